"""What may be asked of the contract: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.governance.changes import ProposedChange
from tallychain.contracts.governance.constitution import KindName
from tallychain.contracts.governance.state import Choice
from tallychain.ledger import limits
from tallychain.ledger.types import Digest

ProposalField = Annotated[
    Digest,
    Meta(
        title="Proposal",
        description="Id of the proposal: the operation that opened it.",
        examples=["7b" * 32],
        extra={"zh": "提案"},
    ),
]


class Open(Struct, frozen=True, forbid_unknown_fields=True):
    """Put a change to the vote, in plain words and as data."""

    kind: KindName
    words_zh: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="In plain words (Chinese)",
            description="What would change and why, for members to read.",
            examples=["公布 2027 年日历"],
            extra={"zh": "中文说明"},
        ),
    ]
    words_en: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="In plain words (English)",
            description="The same in English.",
            examples=["Publish the calendar of 2027"],
            extra={"zh": "英文说明"},
        ),
    ]
    data: Annotated[
        ProposedChange,
        Meta(
            title="Change",
            description="The change as data; its fields follow from the kind.",
            extra={"zh": "变更内容"},
        ),
    ]


class Cast(Struct, frozen=True, forbid_unknown_fields=True):
    """Vote on a proposal, by the digest of exactly what it says."""

    proposal: ProposalField
    digest: Annotated[
        Digest,
        Meta(
            title="Digest",
            description="Digest of the proposal's text that was shown.",
            examples=["5d" * 32],
            extra={"zh": "提案摘要"},
        ),
    ]
    choice: Choice


class Withdraw(Struct, frozen=True, forbid_unknown_fields=True):
    """Take one's own proposal back before anybody else has voted."""

    proposal: ProposalField
