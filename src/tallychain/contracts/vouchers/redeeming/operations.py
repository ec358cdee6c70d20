"""What may be asked about an early redemption: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.types import Digest, Identifier, Instant

HoldingField = Annotated[
    Units,
    Meta(
        title="Holding",
        description="First unit of the holding, which is redeemed whole.",
        examples=[42_500_002],
        extra={"zh": "持有份额起始单位"},
    ),
]
RedemptionField = Annotated[
    Digest,
    Meta(
        title="Redemption",
        description="The operation that offered it.",
        examples=["e1" * 32],
        extra={"zh": "提前兑付编号"},
    ),
]


class OfferRedemption(Struct, frozen=True, forbid_unknown_fields=True):
    """Offer to pay a holding before its maturity; for how much stands in the sealed part."""

    voucher: NumberOfVoucher
    holding: HoldingField


class AgreeRedemption(Struct, frozen=True, forbid_unknown_fields=True):
    """Agree to be paid early, and name the account; the units are bound until the bank has paid."""

    voucher: NumberOfVoucher
    holding: HoldingField
    redemption: RedemptionField


class DeclineRedemption(Struct, frozen=True, forbid_unknown_fields=True):
    """Not be paid early; everything stays as it is."""

    voucher: NumberOfVoucher
    holding: HoldingField
    redemption: RedemptionField


class WithdrawRedemption(Struct, frozen=True, forbid_unknown_fields=True):
    """Take an offer back to which the holder has not agreed."""

    voucher: NumberOfVoucher
    holding: HoldingField
    redemption: RedemptionField


class AttestRedemption(Struct, frozen=True, forbid_unknown_fields=True):
    """State that exactly what the sealed terms say was paid to the holder, and when."""

    voucher: NumberOfVoucher
    holding: HoldingField
    redemption: RedemptionField
    reference: Annotated[
        Identifier,
        Meta(
            title="Bank reference",
            description="The bank's own number of the booking, never used twice.",
            examples=["20260602-000031"],
            extra={"zh": "银行流水号"},
        ),
    ]
    booked_ms: Annotated[
        Instant,
        Meta(
            title="Booked at",
            description="When the bank booked it, in UTC milliseconds.",
            examples=[1_780_369_200_000],
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
