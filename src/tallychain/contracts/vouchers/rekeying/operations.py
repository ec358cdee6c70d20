"""What may be asked about a change of keys: the fields of each operation, with their bounds."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import Digest, KeyText, MemberName

MAX_REKEYED: Final = 10
"""Holdings taken over by one operation; each has a bounded number of open offers that end with it."""

TagField = Annotated[
    KeyText,
    Meta(
        title="Old tag",
        description="The tag whose keys are lost.",
        extra={"zh": "原标签"},
    ),
]
RekeyField = Annotated[
    Digest,
    Meta(
        title="Change of keys",
        description="The operation that proposed it.",
        examples=["7e" * 32],
        extra={"zh": "密钥更换编号"},
    ),
]


class ProposeRekey(Struct, frozen=True, forbid_unknown_fields=True):
    """State that a client has lost its wallet, and name its new tag; who the client is stands in the sealed part."""

    voucher: NumberOfVoucher
    holding: Annotated[
        Units,
        Meta(
            title="Holding",
            description="First unit of a holding of the tag whose keys are lost.",
            examples=[1],
            extra={"zh": "持有份额起始单位"},
        ),
    ]
    receiver: Annotated[
        Receiver,
        Meta(
            title="New tag",
            description="A tag of the same client's new wallet, which the proposing member sponsors.",
            extra={"zh": "新标签"},
        ),
    ]
    second: Annotated[
        MemberName,
        Meta(
            title="Second bank",
            description="The bank that has to have seen the client as well.",
            examples=["bank-b"],
            extra={"zh": "复核银行"},
        ),
    ]


class WithdrawRekey(Struct, frozen=True, forbid_unknown_fields=True):
    """Take the proposal back; the holdings keep their keys."""

    voucher: NumberOfVoucher
    tag: TagField
    rekey: RekeyField


class ConsentRekey(Struct, frozen=True, forbid_unknown_fields=True):
    """State as the second bank that the client was seen; the old key then has three business days to object."""

    voucher: NumberOfVoucher
    tag: TagField
    rekey: RekeyField


class DeclineRekey(Struct, frozen=True, forbid_unknown_fields=True):
    """Refuse as the second bank; the holdings keep their keys."""

    voucher: NumberOfVoucher
    tag: TagField
    rekey: RekeyField


class VetoRekey(Struct, frozen=True, forbid_unknown_fields=True):
    """Object with the old key, through any member: it is not lost."""

    voucher: NumberOfVoucher
    tag: TagField
    rekey: RekeyField


class TakeRekeyed(Struct, frozen=True, forbid_unknown_fields=True):
    """Take holdings of the old tag over with the new one."""

    voucher: NumberOfVoucher
    tag: TagField
    rekey: RekeyField
    holdings: Annotated[
        tuple[Units, ...],
        Meta(
            min_length=1,
            max_length=MAX_REKEYED,
            title="Holdings",
            description="First unit of each holding of the old tag.",
            examples=[[1]],
            extra={"zh": "持有份额起始单位"},
        ),
    ]
