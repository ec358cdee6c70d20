"""What a holder and its sponsor may ask."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.types import KeyText

MAX_PORTED: Final = 10
"""Holdings moved by one operation; each has a bounded number of open offers that move with it."""

OptionalOffer = Annotated[
    str,
    Meta(
        pattern="^([0-9a-f]{64}:[1-9][0-9]?)?$(?!\\n)",
        title="Offer",
        description="The offer in which the tag is named; empty where it holds units or was promised the voucher.",
        examples=[""],
        extra={"zh": "转让编号（可空）"},
    ),
]


class Port(Struct, frozen=True, forbid_unknown_fields=True):
    """Move holdings of one tag to the member that carries this act."""

    voucher: NumberOfVoucher
    holdings: Annotated[
        tuple[Units, ...],
        Meta(
            min_length=1,
            max_length=MAX_PORTED,
            title="Holdings",
            description="First unit of each holding that moves.",
            examples=[[1]],
            extra={"zh": "持有份额起始单位"},
        ),
    ]


class ClaimSponsorIdle(Struct, frozen=True, forbid_unknown_fields=True):
    """Say, through any other member, that the sponsor of this tag does not carry its acts."""

    voucher: NumberOfVoucher
    holding: Annotated[
        int,
        Meta(
            ge=0,
            title="Holding",
            description="First unit of a holding of this tag; 0 where it has none.",
            examples=[1],
            extra={"zh": "持有份额起始单位（无则填 0）"},
        ),
    ]
    offer: OptionalOffer


class AnswerClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """The sponsor is there and carries the tag's acts."""

    tag: Annotated[KeyText, Meta(title="Tag", description="The holder's tag.", extra={"zh": "标签"})]
