"""The operations of guarantees: who signs each, why it may be refused, and an example."""

from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.guaranteeing import operations, refusals, rules
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words
from tallychain.ledger.identity import GUARANTOR, SETTLEMENT_BANK

BOOKED_MS = 1_790_305_200_000

GIVE = OperationType(
    name="guarantee.give",
    args=operations.GiveGuarantee,
    authority=Authority.TWO_PERSONS,
    kinds=(GUARANTOR,),
    title=Words("Give a guarantee", "提供担保额度"),
    summary=Words(
        "Stand for new vouchers of one issuer, up to a limit and until a day.",
        "在额度和有效期内，为该开立方新开立的凭证提供担保。",
    ),
    rule=rules.give,
    refusals=(
        refusals.IssuerNotEligible,
        general.DateNotValid,
        refusals.FrameNotAhead,
        refusals.FrameStands,
        refusals.LimitBelowExposure,
    ),
    example=operations.GiveGuarantee(
        issuer="ce-a", limit=200_000_000, until="2026-12-31", pay_days=10, terms="a9" * 32
    ),
)

END = OperationType(
    name="guarantee.end",
    args=operations.EndGuarantee,
    authority=Authority.TWO_PERSONS,
    kinds=(GUARANTOR,),
    begins=False,
    title=Words("End a guarantee for new vouchers", "终止新增担保"),
    summary=Words(
        "Stand for no new vouchers of this issuer; those that there are keep their guarantee.",
        "不再为该开立方新开立的凭证提供担保；已担保凭证不受影响。",
    ),
    rule=rules.end,
    refusals=(refusals.GuaranteeNotGiven,),
    example=operations.EndGuarantee(issuer="ce-a"),
)

PAY = OperationType(
    name="guarantor.pay",
    args=operations.PayAsGuarantor,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Attest a guarantor's money", "确认代偿款到账"),
    summary=Words(
        "State that the guarantor's money was booked; holders get it, and the issuer owes it to the guarantor.",
        "确认担保机构代偿款已入账；款项分配给持有人，开立方改对担保机构负债。",
    ),
    rule=rules.pay,
    refusals=(
        general.VoucherNotFound,
        settling.NotTheSettlementBank,
        settling.BookingTimeNotPossible,
        refusals.GuaranteeNotFound,
        refusals.MoreThanGuaranteed,
        settling.TooManyAttestations,
        settling.BankReferenceUsed,
    ),
    amount=lambda args: args.amount,
    primary=lambda args: args.voucher,
    example=operations.PayAsGuarantor(
        voucher=declared.VOUCHER,
        amount=40_000_000,
        received_ms=BOOKED_MS,
        reference="20260925-000018",
        document="d0" * 32,
    ),
)

PASS_ON = OperationType(
    name="guarantor.pass_on",
    args=operations.PassOn,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Pass money on to a guarantor", "转付担保机构"),
    summary=Words(
        "State that what the issuer paid for the guarantor was paid to it.",
        "确认开立方偿还的代偿款已转付担保机构。",
    ),
    rule=rules.pass_on,
    refusals=(
        general.VoucherNotFound,
        refusals.RepaymentNotFound,
        refusals.NotTheReceivingBank,
        settling.BookingTimeNotPossible,
        settling.BankReferenceUsed,
    ),
    primary=lambda args: args.voucher,
    example=operations.PassOn(
        voucher=declared.VOUCHER,
        attestation="5a" * 32,
        reference="20261009-000003",
        paid_ms=BOOKED_MS,
        document="d0" * 32,
    ),
)

OPERATIONS: tuple[AnyOperation, ...] = (GIVE, END, PAY, PASS_ON)
