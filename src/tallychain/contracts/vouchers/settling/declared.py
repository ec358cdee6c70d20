"""The operations of settlement: who signs each, what is sealed to whom, why it may be refused, and an example."""

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.settling import audiences, operations, refusals, rules
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.identity import CORE_ENTERPRISE, SETTLEMENT_BANK

VOUCHER = "EVTRIA20260316000000000180"
OPERATION = "5a" * 32
DOCUMENT = "d0" * 32
TERMS = "a9" * 32
RECEIVED_MS = 1_789_375_200_000
PAID_MS = 1_789_377_000_000
PAYEE_EXAMPLE = PayeeContent(
    name="上海示例机械有限公司",
    uscc="91310000MA00000001",
    bank="示例银行上海分行",
    bank_code="102290000000",
    account="1001234567890123456",
)

BANK_SIDE = (general.VoucherNotFound, refusals.NotTheSettlementBank)

PROPOSE_AGREEMENT = OperationType(
    name="settlement.agree.propose",
    args=operations.ProposeAgreement,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    title=Words("Propose a settlement agreement", "提议清分协议"),
    summary=Words(
        "Ask a settlement bank to pay out this issuer's vouchers; without an agreement none can be issued.",
        "请清分行兑付本开立方的凭证；没有协议不能开立凭证。",
    ),
    rule=rules.propose_agreement,
    refusals=(general.SettlementBankNotEligible, refusals.AgreementExists),
    example=operations.ProposeAgreement(bank="settle-a", terms=TERMS),
)

CONSENT_AGREEMENT = OperationType(
    name="settlement.agree.consent",
    args=operations.ConsentAgreement,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    title=Words("Consent to a settlement agreement", "同意清分协议"),
    summary=Words(
        "Pay out the vouchers that this issuer issues from now on.", "兑付该开立方此后开立的凭证。"
    ),
    rule=rules.consent_agreement,
    refusals=(refusals.AgreementNotFound, refusals.AgreementNotPending),
    example=operations.ConsentAgreement(issuer="ce-a", proposal=OPERATION),
)

END_AGREEMENT = OperationType(
    name="settlement.agree.end",
    args=operations.EndAgreement,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("End a settlement agreement", "终止清分协议"),
    summary=Words(
        "Give notice; vouchers issued until it has run out are paid out all the same.",
        "发出终止通知；通知期满前开立的凭证仍照常兑付。",
    ),
    rule=rules.end_agreement,
    refusals=(refusals.NotAParty, refusals.AgreementNotFound),
    example=operations.EndAgreement(issuer="ce-a", bank="settle-a"),
)

NAME_PAYEE = OperationType(
    name="settlement.payee",
    args=operations.NamePayee,
    authority=Authority.SYSTEM,
    begins=False,
    title=Words("Name a payee", "登记收款账户"),
    summary=Words(
        "Name the account to which a holding is paid, sealed to the settlement bank and the issuer.",
        "登记持有份额的收款账户，仅清分行和开立方可见。",
    ),
    rule=rules.name_payee,
    refusals=(
        general.VoucherNotFound,
        general.HoldingNotFound,
        general.NotTheSponsor,
        refusals.VoucherNotOwed,
        refusals.BeforeBlackOut,
        refusals.AlreadyPaid,
        refusals.UnitsBound,
        refusals.PayeeTooLate,
    ),
    seals=(SealRule("payee", PayeeContent, audiences.payee, example=PAYEE_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.NamePayee(voucher=VOUCHER, holding=Units(1)),
)

ATTEST = OperationType(
    name="settlement.attest",
    args=operations.Attest,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Attest money booked", "确认入账"),
    summary=Words(
        "State that the issuer's money was booked, and when; it is divided among the holders at once.",
        "确认开立方款项已入账及其时间；款项即时按份额分配。",
    ),
    rule=rules.attest,
    refusals=(
        *BANK_SIDE,
        refusals.BookingTimeNotPossible,
        refusals.VoucherNotDue,
        refusals.TooManyAttestations,
        refusals.BankReferenceUsed,
    ),
    amount=lambda args: args.amount,
    primary=lambda args: args.voucher,
    example=operations.Attest(
        voucher=VOUCHER,
        amount=60_000_000,
        received_ms=RECEIVED_MS,
        reference="20260914-000017",
        document=DOCUMENT,
    ),
)

ATTEST_LATE = OperationType(
    name="settlement.late",
    args=operations.AttestLate,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Attest late interest", "确认逾期利息"),
    summary=Words("State that late interest was booked.", "确认逾期利息已入账。"),
    rule=rules.attest_late,
    refusals=(
        *BANK_SIDE,
        refusals.BookingTimeNotPossible,
        refusals.LateInterestExceeded,
        refusals.TooManyAttestations,
        refusals.BankReferenceUsed,
    ),
    amount=lambda args: args.amount,
    primary=lambda args: args.voucher,
    example=operations.AttestLate(
        voucher=VOUCHER,
        amount=200_000,
        received_ms=RECEIVED_MS,
        reference="20260924-000003",
        document=DOCUMENT,
    ),
)

PAYOUT = OperationType(
    name="settlement.payout",
    args=operations.Payout,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Pay holders out", "兑付"),
    summary=Words("State that holders were paid what they have coming.", "确认已向持有人付清其应得款项。"),
    rule=rules.pay_out,
    refusals=(
        *BANK_SIDE,
        refusals.BookingTimeNotPossible,
        refusals.NothingAttested,
        refusals.PayoutNamedTwice,
        general.HoldingNotFound,
        refusals.AlreadyPaid,
        refusals.HoldingWithheld,
        refusals.PayoutDiffers,
        refusals.BankReferenceUsed,
    ),
    amount=lambda args: sum(row.amount for row in args.rows),
    primary=lambda args: args.voucher,
    example=operations.Payout(
        voucher=VOUCHER,
        paid_ms=PAID_MS,
        document=DOCUMENT,
        rows=(operations.PayoutRow(Units(1), 30_000_000, "20260914-000018"),),
    ),
)

FAIL_PAYOUT = OperationType(
    name="settlement.payout_failed",
    args=operations.FailPayout,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Report a failed payout", "报告付款失败"),
    summary=Words(
        "State that a payout came back; the holder names another account.",
        "付款被退回，持有人须另行登记账户。",
    ),
    rule=rules.fail_payout,
    refusals=(*BANK_SIDE, general.HoldingNotFound, refusals.PayoutNotFound),
    primary=lambda args: args.voucher,
    example=operations.FailPayout(
        voucher=VOUCHER, holding=Units(1), reference="20260914-000018", document=DOCUMENT
    ),
)

RELEASE_WITHHELD = OperationType(
    name="settlement.release_withheld",
    args=operations.ReleaseWithheld,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Release what is withheld", "解除暂缓支付"),
    summary=Words(
        "Pay a holding whose payee came late, or that nothing binds any more.",
        "对逾期登记账户或已解除权利负担的份额恢复支付。",
    ),
    rule=rules.release_withheld,
    refusals=(
        *BANK_SIDE,
        general.HoldingNotFound,
        refusals.NotWithheld,
        refusals.PayeeMissing,
        refusals.UnitsBound,
    ),
    primary=lambda args: args.voucher,
    example=operations.ReleaseWithheld(voucher=VOUCHER, holding=Units(1)),
)

RETURN_EXCESS = OperationType(
    name="settlement.return_excess",
    args=operations.ReturnExcess,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Return an excess", "退回余款"),
    summary=Words(
        "State that what was paid in above what is owed has gone back to the issuer.",
        "确认超出应付金额的款项已退回开立方。",
    ),
    rule=rules.return_excess,
    refusals=(
        *BANK_SIDE,
        refusals.BookingTimeNotPossible,
        refusals.ExcessNotFound,
        refusals.BankReferenceUsed,
    ),
    primary=lambda args: args.voucher,
    example=operations.ReturnExcess(
        voucher=VOUCHER,
        attestation=OPERATION,
        reference="20260915-000002",
        paid_ms=PAID_MS,
        document=DOCUMENT,
    ),
)

OPERATIONS: tuple[AnyOperation, ...] = (
    PROPOSE_AGREEMENT,
    CONSENT_AGREEMENT,
    END_AGREEMENT,
    NAME_PAYEE,
    ATTEST,
    ATTEST_LATE,
    PAYOUT,
    FAIL_PAYOUT,
    RELEASE_WITHHELD,
    RETURN_EXCESS,
)
