"""The operations of early redemption."""

from tallychain.contracts.vouchers import audiences, declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.redeeming import operations, refusals, rules
from tallychain.contracts.vouchers.redeeming.contents import RedemptionContent
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.contracts.vouchers.settling.declared import PAYEE_EXAMPLE
from tallychain.contracts.vouchers.settling.refusals import (
    BankReferenceUsed,
    BookingTimeNotPossible,
    HoldingPaid,
    NotTheSettlementBank,
    UnitsBound,
)
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.identity import CORE_ENTERPRISE, SETTLEMENT_BANK

REDEMPTION = "e1" * 32
DOCUMENT = "d0" * 32
FIRST = Units(42_500_002)
TERMS = RedemptionContent(rate=30_000, value_date="2026-06-01", days=105, discount=503_125, net=56_996_874)
FOUND = (general.VoucherNotFound, refusals.RedemptionNotFound)
FREE = (general.VoucherNotActive, HoldingPaid, UnitsBound, refusals.IssuerOverdue)

OFFER = OperationType(
    name="redemption.offer",
    args=operations.OfferRedemption,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    title=Words("Offer to pay early", "提出提前兑付"),
    summary=Words(
        "Offer to pay a holding before its maturity, less a discount; never while anything of the issuer is overdue.",
        "以约定折扣提前兑付一笔持有份额；开立方存在逾期时不得办理。",
    ),
    rule=rules.offer,
    refusals=(
        general.VoucherNotFound,
        general.NotTheIssuer,
        general.HoldingNotFound,
        *FREE,
        refusals.RedemptionTooLate,
        refusals.RedemptionStands,
    ),
    seals=(SealRule("terms", RedemptionContent, audiences.redeeming, example=TERMS),),
    primary=lambda args: args.voucher,
    example=operations.OfferRedemption(voucher=declared.VOUCHER, holding=FIRST),
)

AGREE = OperationType(
    name="redemption.agree",
    args=operations.AgreeRedemption,
    authority=Authority.HOLDER,
    title=Words("Agree to be paid early", "同意提前兑付"),
    summary=Words(
        "Agree to an early payment and name the account; the units are bound until the bank has paid.",
        "同意提前兑付并登记收款账户；付款完成前份额不得转让。",
    ),
    rule=rules.agree,
    refusals=(
        *FOUND,
        general.NotTheHolder,
        general.NotTheSponsor,
        refusals.RedemptionNotPending,
        *FREE,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.redeemed, example=declared.IDENTITY_EXAMPLE),
        SealRule("payee", PayeeContent, audiences.paid_early, example=PAYEE_EXAMPLE),
    ),
    primary=lambda args: args.voucher,
    example=operations.AgreeRedemption(voucher=declared.VOUCHER, holding=FIRST, redemption=REDEMPTION),
)

DECLINE = OperationType(
    name="redemption.decline",
    args=operations.DeclineRedemption,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Decline to be paid early", "不同意提前兑付"),
    summary=Words(
        "Keep the holding until its maturity.",
        "不同意提前兑付，继续持有至到期。",
    ),
    rule=rules.decline,
    refusals=(*FOUND, general.NotTheHolder, general.NotTheSponsor, refusals.RedemptionNotPending),
    seals=(SealRule("identity", IdentityContent, audiences.redeemed, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.DeclineRedemption(voucher=declared.VOUCHER, holding=FIRST, redemption=REDEMPTION),
)

WITHDRAW = OperationType(
    name="redemption.withdraw",
    args=operations.WithdrawRedemption,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    begins=False,
    title=Words("Withdraw an early payment", "撤回提前兑付"),
    summary=Words(
        "Take an offer back to which the holder has not agreed.",
        "撤回持有人尚未同意的提前兑付。",
    ),
    rule=rules.withdraw,
    refusals=(*FOUND, general.NotTheIssuer, refusals.RedemptionNotPending),
    primary=lambda args: args.voucher,
    example=operations.WithdrawRedemption(voucher=declared.VOUCHER, holding=FIRST, redemption=REDEMPTION),
)

ATTEST = OperationType(
    name="redemption.attest",
    args=operations.AttestRedemption,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    begins=False,
    title=Words("Attest an early payment", "确认提前兑付付款"),
    summary=Words(
        "State that what the sealed terms say was paid to the holder; the issuer is discharged of the face.",
        "确认已按密封条款向持有人付款；开立方就该份额的债务消灭。",
    ),
    rule=rules.attest,
    refusals=(
        *FOUND,
        NotTheSettlementBank,
        refusals.RedemptionNotPending,
        UnitsBound,
        BookingTimeNotPossible,
        BankReferenceUsed,
    ),
    primary=lambda args: args.voucher,
    example=operations.AttestRedemption(
        voucher=declared.VOUCHER,
        holding=FIRST,
        redemption=REDEMPTION,
        reference="20260602-000031",
        booked_ms=1_780_369_200_000,
        document=DOCUMENT,
    ),
)

OPERATIONS: tuple[AnyOperation, ...] = (OFFER, AGREE, DECLINE, WITHDRAW, ATTEST)
