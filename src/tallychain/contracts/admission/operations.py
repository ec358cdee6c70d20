"""What may be asked of the contract: the fields of each operation, with their bounds."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.admission.policies import NAME
from tallychain.ledger import limits
from tallychain.ledger.types import Day, Digest, MemberName

LISTED_MAX: Final = 40

ListedName = Annotated[
    str,
    Meta(
        pattern=f"^{NAME}$(?!\\n)",
        title="Name",
        description="As the policy ADMISSION names it.",
        examples=["BUSINESS-LICENCE"],
        extra={"zh": "名称"},
    ),
]
Commitment = Annotated[
    Digest,
    Meta(
        title="Commitment",
        description="Digest of a random salt and the content; tells nothing without both, which the bank keeps and shows on request.",
        examples=["3e" * 32],
        extra={"zh": "承诺值"},
    ),
]
CandidateField = Annotated[
    MemberName,
    Meta(
        title="Core enterprise",
        description="Id of the core enterprise, as it stands or would stand on the ledger.",
        examples=["ce-b"],
        extra={"zh": "核心企业"},
    ),
]


class Found(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the bank found out."""

    name: ListedName
    commitment: Commitment


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """A paper that the bank has seen."""

    name: ListedName
    commitment: Commitment
    valid_until: Annotated[
        Day,
        Meta(
            title="Valid until",
            description="Last day on which the paper counts.",
            examples=["2027-03-31"],
            extra={"zh": "有效期至"},
        ),
    ]


class DueDiligence(Struct, frozen=True, forbid_unknown_fields=True):
    """The file of a due diligence: three facts in the open, and commitments to everything else."""

    established_on: Annotated[
        Day,
        Meta(
            title="Established on",
            description="Day of the registration, as it stands in the business licence.",
            examples=["2008-05-20"],
            extra={"zh": "成立日期"},
        ),
    ]
    accounts_until: Annotated[
        Day,
        Meta(
            title="Accounts until",
            description="Last day of the last audited business year.",
            examples=["2025-12-31"],
            extra={"zh": "最近经审计年度截止日"},
        ),
    ]
    overdue_found: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000,
            title="Overdue found",
            description="Public records of overdue payments within five years.",
            examples=[0],
            extra={"zh": "五年内公开逾期记录"},
        ),
    ]
    fields: Annotated[
        tuple[Found, ...],
        Meta(
            max_length=LISTED_MAX,
            title="Fields",
            description="What the bank found out, in alphabetical order of the names.",
            extra={"zh": "尽职调查事项"},
        ),
    ]
    papers: Annotated[
        tuple[Seen, ...],
        Meta(
            max_length=LISTED_MAX,
            title="Papers",
            description="What the bank has seen, in alphabetical order of the names.",
            extra={"zh": "尽职调查文件"},
        ),
    ]


FileField = Annotated[
    DueDiligence,
    Meta(
        title="Due diligence",
        description="The file of the due diligence that the bank answers for.",
        extra={"zh": "尽职调查"},
    ),
]


class Introduce(Struct, frozen=True, forbid_unknown_fields=True):
    """Introduce an enterprise that is no member yet."""

    member: CandidateField
    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Legal name",
            description="As registered.",
            examples=["Core B Co., Ltd."],
            extra={"zh": "法定名称"},
        ),
    ]
    uscc: Annotated[
        str,
        Meta(
            max_length=20,
            title="Unified social credit code or LEI",
            description="The code with its check digits; the admission has to name the same.",
            examples=["91310000MA1FL0007C"],
            extra={"zh": "统一社会信用代码或 LEI"},
        ),
    ]
    file: FileField


class Review(Struct, frozen=True, forbid_unknown_fields=True):
    """Review a core enterprise, and answer for it until the next review."""

    member: CandidateField
    file: FileField


class WithdrawIntroduction(Struct, frozen=True, forbid_unknown_fields=True):
    """No longer answer for an enterprise."""

    member: CandidateField
    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Reason",
            description="Public to all members; names no natural person.",
            examples=["Our client no longer"],
            extra={"zh": "理由"},
        ),
    ]
