"""What may be asked about recourse: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.types import Digest, Identifier, Instant, MemberName

HoldingField = Annotated[
    Units,
    Meta(
        title="Holding",
        description="First unit of the funder's holding, which is bought back whole.",
        examples=[1],
        extra={"zh": "持有份额起始单位"},
    ),
]
RecourseField = Annotated[
    Digest,
    Meta(
        title="Recourse claim",
        description="The operation that claimed.",
        examples=["e9" * 32],
        extra={"zh": "追索编号"},
    ),
]


class ClaimRecourse(Struct, frozen=True, forbid_unknown_fields=True):
    """Claim from the seller what the issuer has not paid; how much stands in the sealed part."""

    voucher: NumberOfVoucher
    financing: Annotated[
        Digest,
        Meta(
            title="Financing",
            description="The financing with recourse by which the units were bought.",
            examples=["f1" * 32],
            extra={"zh": "融资编号"},
        ),
    ]
    holding: HoldingField
    bank: Annotated[
        MemberName,
        Meta(
            title="Bank",
            description="Where the funder is paid: a bank other than the funder, which will say that the money has come.",
            examples=["settle-a"],
            extra={"zh": "收款行"},
        ),
    ]


class BuyBackUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """Agree to buy back; the units are bound until the money has come."""

    voucher: NumberOfVoucher
    holding: HoldingField
    recourse: RecourseField


class ContestRecourse(Struct, frozen=True, forbid_unknown_fields=True):
    """Say that nothing is owed, or not this."""

    voucher: NumberOfVoucher
    holding: HoldingField
    recourse: RecourseField


class WithdrawRecourse(Struct, frozen=True, forbid_unknown_fields=True):
    """Take a claim back to which the seller has not agreed."""

    voucher: NumberOfVoucher
    holding: HoldingField
    recourse: RecourseField


class AttestBuyBack(Struct, frozen=True, forbid_unknown_fields=True):
    """State that exactly what the sealed claim says has come for the funder, and when."""

    voucher: NumberOfVoucher
    holding: HoldingField
    recourse: RecourseField
    reference: Annotated[
        Identifier,
        Meta(
            title="Bank reference",
            description="The bank's own number of the booking, never used twice.",
            examples=["20260925-000017"],
            extra={"zh": "银行流水号"},
        ),
    ]
    booked_ms: Annotated[
        Instant,
        Meta(
            title="Booked at",
            description="When the bank booked it, in UTC milliseconds.",
            examples=[1_790_305_200_000],
            extra={"zh": "入账时间"},
        ),
    ]
    document: Annotated[
        Digest,
        Meta(
            title="Document",
            description="Digest of the bank's document; the bank keeps the document.",
            examples=["d0" * 32],
            extra={"zh": "凭据文件摘要"},
        ),
    ]
