"""What may be asked about guarantees: the fields of each operation, with their bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.guaranteeing.state import PAY_DAYS_MAX
from tallychain.contracts.vouchers.operations import NumberOfVoucher
from tallychain.contracts.vouchers.settling.operations import (
    AmountField,
    BookedField,
    DocumentField,
    IssuerField,
    ReferenceField,
)
from tallychain.ledger.types import Amount, Day, Digest


class GiveGuarantee(Struct, frozen=True, forbid_unknown_fields=True):
    """Stand for new vouchers of one issuer, up to a limit and until a day."""

    issuer: IssuerField
    limit: Annotated[
        Amount,
        Meta(
            title="Limit",
            description="What is guaranteed at once never exceeds it; in fen.",
            examples=[200_000_000],
            extra={"zh": "担保额度", "unit": "fen"},
        ),
    ]
    until: Annotated[
        Day,
        Meta(
            title="Valid until",
            description="Last day on which a voucher may be issued under it.",
            examples=["2026-12-31"],
            extra={"zh": "额度有效期至"},
        ),
    ]
    pay_days: Annotated[
        int,
        Meta(
            ge=1,
            le=PAY_DAYS_MAX,
            title="Days to pay",
            description="Days from a voucher's being overdue in which the guarantor pays its holders.",
            examples=[10],
            extra={"zh": "代偿期限（天）"},
        ),
    ]
    terms: Annotated[
        Digest,
        Meta(
            title="Terms",
            description="Digest of the contract of guarantee as the parties keep it.",
            examples=["a9" * 32],
            extra={"zh": "担保合同摘要"},
        ),
    ]


class EndGuarantee(Struct, frozen=True, forbid_unknown_fields=True):
    """Stand for no new vouchers of this issuer; those that there are keep their guarantee."""

    issuer: IssuerField


class PayAsGuarantor(Struct, frozen=True, forbid_unknown_fields=True):
    """State that the guarantor's money for the holders of a voucher has been booked, and when."""

    voucher: NumberOfVoucher
    amount: AmountField
    received_ms: BookedField
    reference: ReferenceField
    document: DocumentField


class PassOn(Struct, frozen=True, forbid_unknown_fields=True):
    """State that what the issuer has paid for the guarantor has been paid to it."""

    voucher: NumberOfVoucher
    attestation: Annotated[
        Digest,
        Meta(
            title="Attestation",
            description="The operation that attested the issuer's money.",
            examples=["5a" * 32],
            extra={"zh": "入账确认操作编号"},
        ),
    ]
    reference: ReferenceField
    paid_ms: BookedField
    document: DocumentField
