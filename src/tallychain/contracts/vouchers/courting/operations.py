"""What a court may ask: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.courting.state import HOLDINGS_MAX
from tallychain.contracts.vouchers.operations import NumberOfVoucher, ReceivingTag
from tallychain.instruments.money import Units
from tallychain.ledger.types import Day, Digest, KeyText

FreezeField = Annotated[
    Digest,
    Meta(
        title="Freeze",
        description="The operation that froze: a digest of its whole text.",
        examples=["f2" * 32],
        extra={"zh": "冻结编号"},
    ),
]
OrderDocument = Annotated[
    Digest,
    Meta(
        title="Document",
        description="Digest of the court's order as it was served; the court gateway keeps the order.",
        examples=["d0" * 32],
        extra={"zh": "法律文书摘要"},
    ),
]
UntilField = Annotated[
    Day,
    Meta(
        title="Until",
        description="Local day with whose end the freeze ends, unless it is renewed.",
        examples=["2027-03-15"],
        extra={"zh": "冻结截止日"},
    ),
]


class FreezeUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """Freeze what one tag still holds within a range of units; the order's number stands in the sealed part."""

    voucher: NumberOfVoucher
    tag: Annotated[
        KeyText,
        Meta(
            title="Holder's tag",
            description="The tag whose units are frozen; what it has passed on before stays with whom it went to.",
            examples=["ed25519:" + "3b" * 32],
            extra={"zh": "持有标签"},
        ),
    ]
    holding: Annotated[
        Units,
        Meta(
            title="Holding",
            description="First unit of the holding that the court knows of; it may have been divided since.",
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
            examples=[72_500_001],
            extra={"zh": "截止单位"},
        ),
    ]
    until: UntilField
    document: OrderDocument


class RenewFreeze(Struct, frozen=True, forbid_unknown_fields=True):
    """Let a freeze last longer; its place in the queue stays."""

    voucher: NumberOfVoucher
    freeze: FreezeField
    until: UntilField
    document: OrderDocument


class Unfreeze(Struct, frozen=True, forbid_unknown_fields=True):
    """Let the units go; whoever waits behind moves up in the same block."""

    voucher: NumberOfVoucher
    freeze: FreezeField
    document: OrderDocument


class ExecuteFreeze(Struct, frozen=True, forbid_unknown_fields=True):
    """Say to which account the money of the frozen units goes; the account stands in the sealed part."""

    voucher: NumberOfVoucher
    freeze: FreezeField
    holdings: Annotated[
        tuple[Units, ...],
        Meta(
            min_length=1,
            max_length=HOLDINGS_MAX,
            title="Holdings",
            description="First unit of every holding that the freeze stands on, ascending.",
            extra={"zh": "持有份额起始单位"},
        ),
    ]
    document: OrderDocument


class TransferFrozen(Struct, frozen=True, forbid_unknown_fields=True):
    """Give title to the frozen units to a tag that the court names."""

    voucher: NumberOfVoucher
    freeze: FreezeField
    receiver: ReceivingTag
    document: OrderDocument
