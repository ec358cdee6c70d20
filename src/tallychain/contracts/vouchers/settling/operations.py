"""What may be asked in settlement: the fields of each operation, with their bounds."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.contracts.vouchers.settling.state import BankReference
from tallychain.instruments.money import Units
from tallychain.ledger.types import Amount, Digest, Instant, MemberName

MAX_PAYOUTS: Final = 20
"""Payouts of one operation; so many fit into its body."""

HoldingField = Annotated[
    Units,
    Meta(
        title="Holding",
        description="First unit of the holding.",
        examples=[1],
        extra={"zh": "持有份额起始单位"},
    ),
]
IssuerField = Annotated[
    MemberName,
    Meta(title="Issuer", description="The core enterprise.", examples=["ce-a"], extra={"zh": "开立方"}),
]
BankField = Annotated[
    MemberName,
    Meta(
        title="Settlement bank",
        description="The member through which vouchers are paid.",
        examples=["settle-a"],
        extra={"zh": "清分行"},
    ),
]
ProposalField = Annotated[
    Digest,
    Meta(
        title="Proposal",
        description="The operation that is consented to.",
        examples=["5a" * 32],
        extra={"zh": "提议操作编号"},
    ),
]
AmountField = Annotated[
    Amount,
    Meta(title="Amount", description="In fen.", examples=[60_000_000], extra={"zh": "金额", "unit": "fen"}),
]
ReferenceField = Annotated[
    BankReference,
    Meta(
        title="Bank reference",
        description="The bank's own number of the booking, never used twice.",
        examples=["20260914-000017"],
        extra={"zh": "银行流水号"},
    ),
]
BookedField = Annotated[
    Instant,
    Meta(
        title="Booked at",
        description="When the bank booked it, in UTC milliseconds.",
        examples=[1_789_375_200_000],
        extra={"zh": "入账时间"},
    ),
]
DocumentField = Annotated[
    Digest,
    Meta(
        title="Document",
        description="Digest of the bank's document; the bank keeps the document.",
        examples=["d0" * 32],
        extra={"zh": "凭据文件摘要"},
    ),
]


class ProposeAgreement(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask a settlement bank to pay out what is promised in this issuer's vouchers."""

    bank: BankField
    terms: Annotated[
        Digest,
        Meta(
            title="Terms",
            description="Digest of the agreement as both sides keep it.",
            examples=["a9" * 32],
            extra={"zh": "协议文本摘要"},
        ),
    ]


class ConsentAgreement(Struct, frozen=True, forbid_unknown_fields=True):
    """Agree to pay out the vouchers of an issuer."""

    issuer: IssuerField
    proposal: ProposalField


class EndAgreement(Struct, frozen=True, forbid_unknown_fields=True):
    """Give notice, or turn a proposal down; vouchers that exist are still paid out."""

    issuer: IssuerField
    bank: BankField


class NamePayee(Struct, frozen=True, forbid_unknown_fields=True):
    """Name the account to which the holder of a holding is paid; it stands in the sealed part."""

    voucher: NumberOfVoucher
    holding: HoldingField


class Attest(Struct, frozen=True, forbid_unknown_fields=True):
    """State that the issuer's money has been booked, and when."""

    voucher: NumberOfVoucher
    amount: AmountField
    received_ms: BookedField
    reference: ReferenceField
    document: DocumentField


class AttestLate(Struct, frozen=True, forbid_unknown_fields=True):
    """State that late interest has been booked, and when."""

    voucher: NumberOfVoucher
    amount: AmountField
    received_ms: BookedField
    reference: ReferenceField
    document: DocumentField


class PayoutRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One payment to the payee of one holding."""

    holding: HoldingField
    amount: AmountField
    reference: ReferenceField


class Payout(Struct, frozen=True, forbid_unknown_fields=True):
    """State that holders have been paid what they have coming; all rows or none."""

    voucher: NumberOfVoucher
    paid_ms: Annotated[
        Instant,
        Meta(
            title="Paid at",
            description="When the bank booked the payments, in UTC milliseconds.",
            examples=[1_789_377_000_000],
            extra={"zh": "付款时间"},
        ),
    ]
    document: DocumentField
    rows: Annotated[
        tuple[PayoutRow, ...],
        Meta(
            min_length=1,
            max_length=MAX_PAYOUTS,
            title="Payouts",
            description="What is paid to whom.",
            extra={"zh": "付款明细"},
        ),
    ]


class FailPayout(Struct, frozen=True, forbid_unknown_fields=True):
    """State that a payout came back; its holder has to name another account."""

    voucher: NumberOfVoucher
    holding: HoldingField
    reference: Annotated[
        BankReference,
        Meta(
            title="Bank reference",
            description="Of the payout that came back.",
            examples=["20260914-000018"],
            extra={"zh": "原付款流水号"},
        ),
    ]
    document: DocumentField


class ReleaseWithheld(Struct, frozen=True, forbid_unknown_fields=True):
    """Let a holding be paid that was withheld, now that its payee is known and nothing binds it."""

    voucher: NumberOfVoucher
    holding: HoldingField


class ReturnExcess(Struct, frozen=True, forbid_unknown_fields=True):
    """State that what was paid in above what is owed has gone back to the issuer."""

    voucher: NumberOfVoucher
    attestation: Annotated[
        Digest,
        Meta(
            title="Attestation",
            description="The operation that attested the money.",
            examples=["5a" * 32],
            extra={"zh": "入账确认操作编号"},
        ),
    ]
    reference: ReferenceField
    paid_ms: BookedField
    document: DocumentField


class ProposeBank(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask another settlement bank, with which there is an agreement, to pay a voucher out."""

    voucher: NumberOfVoucher
    bank: BankField


class ConsentBank(Struct, frozen=True, forbid_unknown_fields=True):
    """Take a voucher over as its settlement bank."""

    voucher: NumberOfVoucher
    proposal: ProposalField


class ProposeOutside(Struct, frozen=True, forbid_unknown_fields=True):
    """State that a holder has been paid the whole face of its holding directly."""

    voucher: NumberOfVoucher
    holding: HoldingField
    document: DocumentField


class ConsentOutside(Struct, frozen=True, forbid_unknown_fields=True):
    """Confirm to have been paid directly; the holding is paid."""

    voucher: NumberOfVoucher
    holding: HoldingField
    proposal: ProposalField


class WriteOff(Struct, frozen=True, forbid_unknown_fields=True):
    """Note that a holding has been written off in the holder's books; the debt stays."""

    voucher: NumberOfVoucher
    holding: HoldingField


class Release(Struct, frozen=True, forbid_unknown_fields=True):
    """Release the issuer of part or all of what it owes on a holding."""

    voucher: NumberOfVoucher
    holding: HoldingField
    amount: AmountField


class Revoke(Struct, frozen=True, forbid_unknown_fields=True):
    """Take a release of debt back before it is final."""

    voucher: NumberOfVoucher
    holding: HoldingField
