"""Fields that several kinds of change have."""

from typing import Annotated

from msgspec import Meta

from tallychain.ledger import limits
from tallychain.ledger.types import MemberName

MemberField = Annotated[
    MemberName,
    Meta(title="Member", description="Id of the member.", examples=["factor-a"], extra={"zh": "成员"}),
]
ReasonField = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=limits.TEXT_CODE_POINTS,
        title="Reason",
        description="Public to all members; names no natural person.",
        examples=["Licence withdrawn"],
        extra={"zh": "理由"},
    ),
]
