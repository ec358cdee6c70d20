"""What may be asked about a dispute: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.types import Amount, Digest

DisputeField = Annotated[
    Digest,
    Meta(
        title="Dispute",
        description="The operation that opened it.",
        examples=["d1" * 32],
        extra={"zh": "争议编号"},
    ),
]
DocumentField = Annotated[
    Digest,
    Meta(
        title="Document",
        description="Digest of the evidence, the notice or the decision; who acts keeps it.",
        examples=["d0" * 32],
        extra={"zh": "凭据摘要"},
    ),
]


class OpenDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """Say that a part of the first holder's holding is not owed; no more than the evidence covers."""

    voucher: NumberOfVoucher
    holding: Annotated[
        Units,
        Meta(
            title="Holding",
            description="First unit of the first holder's holding.",
            examples=[42_500_002],
            extra={"zh": "持有份额起始单位"},
        ),
    ]
    first: Annotated[
        Units,
        Meta(
            title="First unit",
            description="From this unit on.",
            examples=[42_500_002],
            extra={"zh": "起始单位"},
        ),
    ]
    last: Annotated[
        Units,
        Meta(
            title="Last unit",
            description="To this unit; 0.01 yuan each.",
            examples=[52_500_001],
            extra={"zh": "截止单位"},
        ),
    ]
    covered: Annotated[
        Amount,
        Meta(
            title="Covered",
            description="How much the evidence covers.",
            examples=[10_000_000],
            extra={"zh": "证据所及金额", "unit": "fen"},
        ),
    ]
    document: DocumentField


class AnswerDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """Deny what the issuer says, or admit it: then the issuer is released of these units at once."""

    voucher: NumberOfVoucher
    dispute: DisputeField
    admits: Annotated[
        bool,
        Meta(
            title="Admitted",
            description="Whether the holder releases the issuer of the disputed units, for good.",
            extra={"zh": "承认并豁免"},
        ),
    ]


class ReferDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """Show that a court or an arbitration decides."""

    voucher: NumberOfVoucher
    dispute: DisputeField
    document: DocumentField


class CloseDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """Withdraw a dispute as its issuer, or close it as the court or arbiter that has decided."""

    voucher: NumberOfVoucher
    dispute: DisputeField
    document: DocumentField
