"""The operations of recourse."""

from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.contents import ReasonContent
from tallychain.contracts.vouchers.financing.find import BANK_KINDS, FUNDER_KINDS
from tallychain.contracts.vouchers.financing.refusals import (
    BankNotEligible,
    FinancingNotFound,
    FinancingStands,
    NotTheFunder,
    UnitsPassedOn,
)
from tallychain.contracts.vouchers.recoursing import audiences, operations, refusals, rules
from tallychain.contracts.vouchers.recoursing.contents import RecourseContent
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.contracts.vouchers.settling.declared import PAYEE_EXAMPLE
from tallychain.contracts.vouchers.settling.refusals import (
    AlreadyPaid,
    BankReferenceUsed,
    BookingTimeNotPossible,
    MoneyWithBank,
    NotOverdue,
    ReleasePending,
    UnitsBound,
)
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent

RECOURSE = "e9" * 32
FIRST = Units(1)
CLAIM_EXAMPLE = RecourseContent(
    principal=12_000_000,
    until="2026-09-24",
    days=10,
    interest=60_000,
    amount=12_060_000,
    contract="BL-2026-0416",
)
FOUND = (general.VoucherNotFound, refusals.RecourseNotFound)
OWED = (NotOverdue, AlreadyPaid)
FREE = (MoneyWithBank, UnitsBound, ReleasePending)
IDENTITY = SealRule("identity", IdentityContent, audiences.selling, example=declared.IDENTITY_EXAMPLE)

CLAIM = OperationType(
    name="recourse.claim",
    args=operations.ClaimRecourse,
    authority=Authority.TWO_PERSONS,
    kinds=FUNDER_KINDS,
    title=Words("Claim from the seller", "向卖方追索"),
    summary=Words(
        "Claim from the seller, with recourse, what the issuer of an overdue voucher has not paid; nothing is bound by it.",
        "开立方逾期未付时，就有追索权的融资向卖方追索；该操作不限制份额。",
    ),
    rule=rules.claim,
    refusals=(
        general.VoucherNotFound,
        FinancingNotFound,
        FinancingStands,
        NotTheFunder,
        refusals.NoRecourse,
        general.HoldingNotFound,
        UnitsPassedOn,
        *OWED,
        *FREE,
        BankNotEligible,
        refusals.RecourseStands,
    ),
    seals=(
        SealRule("claim", RecourseContent, audiences.claiming, example=CLAIM_EXAMPLE),
        SealRule("payee", PayeeContent, audiences.claiming, example=PAYEE_EXAMPLE),
    ),
    primary=lambda args: args.voucher,
    example=operations.ClaimRecourse(
        voucher=declared.VOUCHER, financing="f1" * 32, holding=FIRST, bank="settle-a"
    ),
)

BUY_BACK = OperationType(
    name="recourse.buy_back",
    args=operations.BuyBackUnits,
    authority=Authority.HOLDER,
    title=Words("Buy back", "同意回购"),
    summary=Words(
        "Agree to buy the holding back; title returns once the bank says that the money has come.",
        "同意回购份额；收款行确认到账后份额返还。",
    ),
    rule=rules.buy_back,
    refusals=(
        *FOUND,
        general.NotTheHolder,
        general.RecipientNotEligible,
        refusals.RecourseNotPending,
        *OWED,
        *FREE,
        refusals.RecourseOutdated,
    ),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.BuyBackUnits(voucher=declared.VOUCHER, holding=FIRST, recourse=RECOURSE),
)

CONTEST = OperationType(
    name="recourse.contest",
    args=operations.ContestRecourse,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Contest a recourse claim", "对追索提出异议"),
    summary=Words(
        "Say that nothing is owed to the funder, or not this; the claim is over on the ledger.",
        "对追索提出异议；该追索在账本上终止，争议另行解决。",
    ),
    rule=rules.contest,
    refusals=(*FOUND, general.NotTheHolder, refusals.RecourseNotPending),
    seals=(
        IDENTITY,
        SealRule(
            "reason", ReasonContent, audiences.contesting, required=False, example=declared.REASON_EXAMPLE
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.ContestRecourse(voucher=declared.VOUCHER, holding=FIRST, recourse=RECOURSE),
)

WITHDRAW = OperationType(
    name="recourse.withdraw",
    args=operations.WithdrawRecourse,
    authority=Authority.TWO_PERSONS,
    kinds=FUNDER_KINDS,
    begins=False,
    title=Words("Withdraw a recourse claim", "撤回追索"),
    summary=Words(
        "Take a claim back to which the seller has not agreed.",
        "撤回卖方尚未同意的追索。",
    ),
    rule=rules.withdraw,
    refusals=(*FOUND, NotTheFunder, refusals.RecourseNotPending),
    primary=lambda args: args.voucher,
    example=operations.WithdrawRecourse(voucher=declared.VOUCHER, holding=FIRST, recourse=RECOURSE),
)

ATTEST = OperationType(
    name="recourse.attest",
    args=operations.AttestBuyBack,
    authority=Authority.TWO_PERSONS,
    kinds=BANK_KINDS,
    begins=False,
    title=Words("Attest the money of a buy-back", "确认回购款到账"),
    summary=Words(
        "State that what the sealed claim says has come for the funder; title returns to the seller.",
        "确认密封追索条款所载款项已到账；份额返还卖方。",
    ),
    rule=rules.attest,
    refusals=(
        *FOUND,
        refusals.NotTheReceivingBank,
        refusals.RecourseNotPending,
        UnitsBound,
        BookingTimeNotPossible,
        BankReferenceUsed,
    ),
    primary=lambda args: args.voucher,
    example=operations.AttestBuyBack(
        voucher=declared.VOUCHER,
        holding=FIRST,
        recourse=RECOURSE,
        reference="20260925-000017",
        booked_ms=1_790_305_200_000,
        document="d0" * 32,
    ),
)

OPERATIONS: tuple[AnyOperation, ...] = (CLAIM, BUY_BACK, CONTEST, WITHDRAW, ATTEST)
