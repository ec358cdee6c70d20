"""The operations of the contract: who signs each, what is sealed to whom, why it may be refused, and an example."""

from tallychain.contracts.disclosure import api as disclosure
from tallychain.contracts.documents import api as documents
from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import audiences, operations, refusals, rules
from tallychain.contracts.vouchers.contents import PromiseContent, ReasonContent, TradeContent, check_trade
from tallychain.contracts.vouchers.guaranteeing.book import ISSUE_REFUSALS as GUARANTEE_REFUSALS
from tallychain.contracts.vouchers.operations import TRADE_LABELS
from tallychain.contracts.vouchers.settling.refusals import HoldingPaid, SettlementNotAgreed
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent, Receiver
from tallychain.ledger.identity import CORE_ENTERPRISE

VOUCHER = "EVTRIA20260316000000000180"
OFFER = "5a" * 32 + ":1"
PAYABLE = "4d" * 32
RECEIVER = Receiver(
    "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "x25519:de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    "bank-a",
)

PROMISE_EXAMPLE = PromiseContent(
    promise="本公司承诺于到期日向本凭证的最终持有人无条件支付票面金额。",
    contract="HT-2026-0316",
    invoices=("26312000000000000018", "26312000000000000026"),
    purpose="钢制支架第一批",
    amount="1,120,000.00",
)
TRADE_EXAMPLE = TradeContent(
    contract="CG-2026-0401",
    invoices=("26312000000000000034",),
    purpose="冷轧钢板",
    amount="300,000.00",
)
REASON_EXAMPLE = ReasonContent(reason="金额与发票不符")
IDENTITY_EXAMPLE = IdentityContent(
    name="上海示例机械有限公司",
    uscc="91310000MA00000001",
    certificate="9c" * 32,
    signature="00" * 64,
    checker_certificate="",
    checker_signature="",
)

RECEIVER_SIDE = (refusals.VoucherNotFound, refusals.NotTheNamedReceiver, refusals.NotTheSponsor)
OFFER_FOUND = (refusals.VoucherNotFound, refusals.OfferNotFound)

ISSUE = OperationType(
    name="voucher.issue",
    args=operations.Issue,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    title=Words("Issue a voucher", "开立凭证"),
    summary=Words(
        "Promise to pay a face at maturity to a named receiver, who has some days to accept.",
        "承诺到期支付票面金额，由指定签收方在期限内签收。",
    ),
    rule=rules.issue,
    refusals=(
        refusals.CurrencyNotTaken,
        refusals.FaceExceeded,
        refusals.DateNotValid,
        refusals.MaturityNotAfterIssue,
        refusals.TermExceeded,
        refusals.TermReasonMissing,
        refusals.MaturityOutOfRange,
        refusals.SettlementBankNotEligible,
        SettlementNotAgreed,
        refusals.RecipientNotEligible,
        refusals.KeyNotAdmitted,
        refusals.ReferenceUsed,
        *documents.ALLOCATE_REFUSALS,
        *disclosure.ISSUE_REFUSALS,
        *risk.ISSUE_REFUSALS,
        *GUARANTEE_REFUSALS,
    ),
    seals=(SealRule(TRADE_LABELS[0], PromiseContent, audiences.promise, example=PROMISE_EXAMPLE),),
    amount=lambda args: args.face,
    primary=lambda args: f"voucher-reference {args.reference}",
    example=operations.Issue(
        reference="7b" * 16,
        receiver=RECEIVER,
        currency="CNY",
        face=Units(100_000_000),
        nominal_maturity="2026-09-14",
        settlement_bank="settle-a",
        payable=PAYABLE,
        invoices=(
            documents.AllocatedPart("f1" * 32, 60_000_000),
            documents.AllocatedPart("f2" * 32, 40_000_000),
        ),
    ),
)

ACCEPT = OperationType(
    name="voucher.accept",
    args=operations.Accept,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Accept a voucher", "签收凭证"),
    summary=Words(
        "Hold the whole voucher, consenting to the text of its promise.",
        "同意承诺文本并持有整张凭证。",
    ),
    rule=rules.accept,
    refusals=(
        *RECEIVER_SIDE,
        refusals.VoucherNotPending,
        refusals.ConsentDiffers,
        refusals.RecipientNotEligible,
    ),
    seals=(SealRule("identity", IdentityContent, audiences.answer, example=IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.Accept(voucher=VOUCHER, consent="3c" * 32),
)

REJECT = OperationType(
    name="voucher.reject",
    args=operations.Reject,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Reject a voucher", "拒签凭证"),
    summary=Words("Turn the promise down.", "拒绝签收该凭证。"),
    rule=rules.reject,
    refusals=(*RECEIVER_SIDE, refusals.VoucherNotPending),
    seals=(
        SealRule("identity", IdentityContent, audiences.answer, example=IDENTITY_EXAMPLE),
        SealRule("reason", ReasonContent, audiences.rejection, required=False, example=REASON_EXAMPLE),
    ),
    primary=lambda args: args.voucher,
    example=operations.Reject(voucher=VOUCHER),
)

WITHDRAW = OperationType(
    name="voucher.withdraw",
    args=operations.Withdraw,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Withdraw a voucher", "撤回凭证"),
    summary=Words("Take a promise back before it is accepted.", "在签收前撤回凭证。"),
    rule=rules.withdraw,
    refusals=(refusals.VoucherNotFound, refusals.NotTheIssuer, refusals.VoucherNotPending),
    primary=lambda args: args.voucher,
    example=operations.Withdraw(voucher=VOUCHER),
)

MAKE_OFFER = OperationType(
    name="voucher.offer",
    args=operations.MakeOffer,
    authority=Authority.HOLDER,
    title=Words("Offer units", "转让凭证"),
    summary=Words(
        "Offer sub-ranges of one holding, each to a named receiver; all rows or none.",
        "将持有份额拆分转让给指定签收方；各行同时成立或同时不成立。",
    ),
    rule=rules.offer,
    refusals=(
        refusals.VoucherNotFound,
        refusals.HoldingNotFound,
        refusals.NotTheHolder,
        refusals.NotTheSponsor,
        refusals.VoucherNotActive,
        refusals.BlackOut,
        documents.VoucherUnderReview,
        HoldingPaid,
        refusals.UnitsOutsideHolding,
        refusals.UnitsNotFree,
        refusals.ReceiverIsHolder,
        refusals.RecipientNotEligible,
        refusals.KeyNotAdmitted,
        refusals.DateNotValid,
        refusals.ValueDateNotPossible,
        refusals.UnitsOverlap,
        refusals.ReceiverNamedTwice,
        refusals.LayerLimit,
        refusals.SplitLimit,
        refusals.PartTooSmall,
        refusals.TooManyOpenOffers,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.offering, example=IDENTITY_EXAMPLE),
        *(
            SealRule(
                label,
                TradeContent,
                audiences.trade_of_row(row),
                required=row == 0,
                example=TRADE_EXAMPLE,
                check=check_trade,
            )
            for row, label in enumerate(TRADE_LABELS)
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.MakeOffer(
        voucher=VOUCHER,
        holding=Units(1),
        rows=(operations.OfferRow(Units(1), Units(30_000_000), RECEIVER, "8d" * 16, ""),),
    ),
)

TAKE = OperationType(
    name="voucher.take",
    args=operations.Take,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Take an offer", "签收转让"),
    summary=Words(
        "Take title to the offered units; the issuer has notice from this block on.",
        "取得转让份额的权属；自该区块起视为已通知开立方。",
    ),
    rule=rules.take,
    refusals=(
        *OFFER_FOUND,
        refusals.NotTheNamedReceiver,
        refusals.NotTheSponsor,
        refusals.VoucherNotActive,
        refusals.BlackOut,
        documents.VoucherUnderReview,
        refusals.OfferNotOpen,
        refusals.NotBeforeValueDate,
        refusals.SplitLimit,
        refusals.PartTooSmall,
    ),
    seals=(SealRule("identity", IdentityContent, audiences.taking, example=IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.Take(voucher=VOUCHER, offer=OFFER),
)

DECLINE = OperationType(
    name="voucher.decline",
    args=operations.Decline,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Decline an offer", "拒绝转让"),
    summary=Words("Turn the offer down; its units are free again.", "拒绝转让，相关份额解除锁定。"),
    rule=rules.decline,
    refusals=(
        *OFFER_FOUND,
        refusals.NotTheNamedReceiver,
        refusals.NotTheSponsor,
        refusals.OfferNotOpen,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.taking, example=IDENTITY_EXAMPLE),
        SealRule("reason", ReasonContent, audiences.declining, required=False, example=REASON_EXAMPLE),
    ),
    primary=lambda args: args.voucher,
    example=operations.Decline(voucher=VOUCHER, offer=OFFER),
)

RECALL = OperationType(
    name="voucher.recall",
    args=operations.Recall,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Recall an offer", "收回转让"),
    summary=Words("Take an offer back before it is taken.", "在签收前收回转让。"),
    rule=rules.recall,
    refusals=(*OFFER_FOUND, refusals.NotTheHolder, refusals.NotTheSponsor, refusals.OfferNotOpen),
    seals=(SealRule("identity", IdentityContent, audiences.recalling, example=IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.Recall(voucher=VOUCHER, offer=OFFER),
)

OPERATIONS: tuple[AnyOperation, ...] = (ISSUE, ACCEPT, REJECT, WITHDRAW, MAKE_OFFER, TAKE, DECLINE, RECALL)
