"""What may be asked about a pledge: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.types import Day, Digest, MemberName

HoldingField = Annotated[
    Units,
    Meta(
        title="Holding",
        description="First unit of the holding that is pledged, whole.",
        examples=[30_000_001],
        extra={"zh": "持有份额起始单位"},
    ),
]
PledgeField = Annotated[
    Digest,
    Meta(
        title="Pledge",
        description="The operation that proposed it: a digest of its whole text.",
        examples=["7e" * 32],
        extra={"zh": "质押编号"},
    ),
]


class CreatePledge(Struct, frozen=True, forbid_unknown_fields=True):
    """Offer a whole holding as security to a bank or a factor; what it secures stands in the sealed part."""

    voucher: NumberOfVoucher
    holding: HoldingField
    pledgee: Annotated[
        MemberName,
        Meta(
            title="Pledgee",
            description="The bank or factor to which it is pledged.",
            examples=["bank-b"],
            extra={"zh": "质权人"},
        ),
    ]
    until: Annotated[
        Day,
        Meta(
            title="Until",
            description="Local day with whose end the pledge ends, unless the pledgee has claimed.",
            examples=["2026-09-30"],
            extra={"zh": "质押截止日"},
        ),
    ]


class RecallPledge(Struct, frozen=True, forbid_unknown_fields=True):
    """Take a pledge back that the pledgee has not accepted."""

    voucher: NumberOfVoucher
    pledge: PledgeField


class AcceptPledge(Struct, frozen=True, forbid_unknown_fields=True):
    """Accept a pledge that was registered before; the pledge arises with the registration (民法典, article 445)."""

    voucher: NumberOfVoucher
    pledge: PledgeField
    registration: Annotated[
        Digest,
        Meta(
            title="Registration",
            description="Digest of the certificate of the movable-property registry; the pledgee keeps the certificate.",
            examples=["c7" * 32],
            extra={"zh": "动产融资统一登记证明摘要"},
        ),
    ]


class ReleasePledge(Struct, frozen=True, forbid_unknown_fields=True):
    """Let a pledged holding go, or turn a proposal down."""

    voucher: NumberOfVoucher
    pledge: PledgeField


class ClaimPledge(Struct, frozen=True, forbid_unknown_fields=True):
    """State how much of what is paid on the holding is the pledgee's; the amount and the account stand in the sealed part."""

    voucher: NumberOfVoucher
    pledge: PledgeField


class ContestClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """Deny a claim; the money stays with the settlement bank."""

    voucher: NumberOfVoucher
    pledge: PledgeField
    claim: Annotated[
        Digest,
        Meta(
            title="Claim",
            description="The operation that is contested.",
            examples=["7f" * 32],
            extra={"zh": "主张操作编号"},
        ),
    ]


class EnforcePledge(Struct, frozen=True, forbid_unknown_fields=True):
    """Show that a court or an arbitration decides about a contested claim."""

    voucher: NumberOfVoucher
    pledge: PledgeField
    document: Annotated[
        Digest,
        Meta(
            title="Document",
            description="Digest of the notice that the case was taken; the pledgee keeps the notice.",
            examples=["d0" * 32],
            extra={"zh": "受理通知书摘要"},
        ),
    ]
