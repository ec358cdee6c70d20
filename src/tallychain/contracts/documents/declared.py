"""The operations of the contract: who signs each, what is sealed to whom, why it may be refused, and an example."""

from tallychain.contracts.documents import audiences, keyrefusals, operations, refusals, rules, termrefusals
from tallychain.contracts.documents.contents import PaperContent, PapersContent, WordContent
from tallychain.contracts.documents.rules.present import PAPERS_LABEL
from tallychain.contracts.documents.state import INVOICE, Invoice
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent, Receiver
from tallychain.ledger.identity import CORE_ENTERPRISE

PAYABLE = "4d" * 32
FIRST = Invoice("f1" * 32, (), 60_000_000, ("a1" * 8, "a2" * 8, "a3" * 8, "a4" * 8, "a5" * 8))
SECOND = Invoice("f2" * 32, (), 52_000_000, ("b1" * 8, "b2" * 8, "b3" * 8, "b4" * 8, "b5" * 8))
PRESENTER = Receiver(
    "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "x25519:de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    "bank-a",
)

IDENTITY_EXAMPLE = IdentityContent(
    name="上海示例机械有限公司",
    uscc="91310000MA00000001",
    certificate="9c" * 32,
    signature="00" * 64,
    checker_certificate="",
    checker_signature="",
)
PAPERS_EXAMPLE = PapersContent(
    relation="HT-2026-0316",
    purpose="钢制支架第一批",
    papers=(
        PaperContent(
            fingerprint=FIRST.fingerprint,
            kind=INVOICE,
            number="26312000000000000018",
            seller="91310000MA00000001",
            date="2026-03-10",
            currency="CNY",
            total=60_000_000,
            document="",
        ),
        PaperContent(
            fingerprint=SECOND.fingerprint,
            kind=INVOICE,
            number="26312000000000000026",
            seller="91310000MA00000001",
            date="2026-03-12",
            currency="CNY",
            total=52_000_000,
            document="",
        ),
    ),
)
WORD_EXAMPLE = WordContent(reason="数量与收货单不符")

ANSWERED = (refusals.PayableNotFound, refusals.NotTheDebtor, refusals.PayableNotPresented)

PRESENT = OperationType(
    name="payable.present",
    args=operations.Present,
    authority=Authority.HOLDER,
    title=Words("Present a payable", "提交应付账款"),
    summary=Words(
        "Present a right to its debtor, which has ten business days to confirm or contest it.",
        "向债务人提交应付账款，债务人在十个工作日内确认或提出异议。",
    ),
    rule=rules.present,
    refusals=(
        refusals.CardNotOwn,
        refusals.CardSponsorDiffers,
        refusals.SponsorMayNotPresent,
        refusals.CardKeyNotAdmissible,
        refusals.DebtorNotEligible,
        refusals.DueDayNotValid,
        refusals.DueDayNotAhead,
        refusals.DueDayTooFar,
        termrefusals.DeliveryDayNotValid,
        termrefusals.DeliveryDayMissing,
        termrefusals.DueAfterSellersTerm,
        refusals.PapersDoNotFit,
        keyrefusals.KeyEpochNotNewest,
        keyrefusals.EarlierNamesDiffer,
        refusals.InvoiceTwice,
        refusals.InvoiceAlreadyUsed,
        refusals.InvoiceNamesDiffer,
        refusals.InvoiceTotalDiffers,
        refusals.AmountAbovePapers,
        refusals.PayableReferenceUsed,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.presenting, example=IDENTITY_EXAMPLE),
        SealRule(PAPERS_LABEL, PapersContent, audiences.papers, example=PAPERS_EXAMPLE),
    ),
    example=operations.Present(
        reference="7b" * 16,
        issuer="ce-a",
        presenter=PRESENTER,
        kind=INVOICE,
        amount=112_000_000,
        due_day="2026-09-14",
        epoch=1,
        invoices=(FIRST, SECOND),
    ),
)

CONFIRM = OperationType(
    name="payable.confirm",
    args=operations.Confirm,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    begins=False,
    title=Words("Confirm a payable", "确权"),
    summary=Words(
        "Confirm that the amount is owed; a delivery or an invoice can then back a voucher.",
        "确认该笔应付账款；交付或发票类可作为开立凭证的依据。",
    ),
    rule=rules.confirm,
    refusals=(
        *ANSWERED,
        refusals.AmountDiffers,
        refusals.InvoiceAlreadyUsed,
        refusals.InvoiceNamesDiffer,
        refusals.InvoiceTwice,
        refusals.InvoiceTotalDiffers,
    ),
    amount=lambda args: args.amount,
    primary=lambda args: args.payable,
    example=operations.Confirm(payable=PAYABLE, amount=112_000_000),
)

CONTEST = OperationType(
    name="payable.contest",
    args=operations.Contest,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    begins=False,
    title=Words("Contest a payable", "对应付账款提出异议"),
    summary=Words(
        "Say that the amount is not owed, or not so; the presenter's side reads why.",
        "对该笔应付账款提出异议，原因仅提交方可见。",
    ),
    rule=rules.contest,
    refusals=ANSWERED,
    seals=(SealRule("reason", WordContent, audiences.contesting, example=WORD_EXAMPLE),),
    primary=lambda args: args.payable,
    example=operations.Contest(payable=PAYABLE),
)

WITHDRAW = OperationType(
    name="payable.withdraw",
    args=operations.Withdraw,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Withdraw a payable", "撤回应付账款"),
    summary=Words("Take a payable back before it is answered.", "在答复前撤回应付账款。"),
    rule=rules.withdraw,
    refusals=(
        refusals.PayableNotFound,
        refusals.NotThePresenter,
        refusals.CardSponsorDiffers,
        refusals.PayableNotPresented,
    ),
    seals=(SealRule("identity", IdentityContent, audiences.withdrawing, example=IDENTITY_EXAMPLE),),
    primary=lambda args: args.payable,
    example=operations.Withdraw(payable=PAYABLE),
)

CREDIT = OperationType(
    name="invoice.credit",
    args=operations.RecordCredit,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Record a red letter", "登记红字发票"),
    summary=Words(
        "Record that an invoice was credited; where that eats into what is promised, a review begins.",
        "登记发票红冲；影响已占用金额的，启动核查。",
    ),
    rule=rules.record_credit,
    refusals=(
        refusals.InvoiceNotKnown,
        refusals.NotConcerned,
        keyrefusals.CreditEpochDiffers,
        refusals.CreditKnown,
        refusals.CreditExceedsTotal,
        refusals.TooManyCredits,
    ),
    seals=(SealRule("reason", WordContent, audiences.concerned, required=False, example=WORD_EXAMPLE),),
    primary=lambda args: args.invoice,
    example=operations.RecordCredit(invoice=SECOND.fingerprint, credit="c1" * 32, epoch=1, amount=10_000_000),
)

REVIEW = OperationType(
    name="invoice.review",
    args=operations.Review,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Review a red letter", "红冲核查"),
    summary=Words(
        "Give one's word on a red letter; with the last word the vouchers may be passed on again.",
        "就红冲影响给出意见；各方意见齐备后相关凭证恢复流转。",
    ),
    rule=rules.review,
    refusals=(refusals.InvoiceNotKnown, refusals.NothingToReview, refusals.NotAwaited),
    seals=(SealRule("reason", WordContent, audiences.concerned, required=False, example=WORD_EXAMPLE),),
    primary=lambda args: args.invoice,
    example=operations.Review(invoice=SECOND.fingerprint, finding="REPLACED"),
)

OPERATIONS: tuple[AnyOperation, ...] = (PRESENT, CONFIRM, CONTEST, WITHDRAW, CREDIT, REVIEW)
