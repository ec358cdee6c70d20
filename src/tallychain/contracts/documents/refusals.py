"""Why a document operation is refused, in order of precedence.  A code never changes once published.

None of them names another member than the one asking or the one asked: an invoice that is used is used, by nobody in particular.
"""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class PayableNotFound(Refused):
    """There is no such payable."""

    code = "PAYABLE_NOT_FOUND"
    en = "There is no payable {payable}."
    zh = "不存在应付账款 {payable}。"
    payable: str


@dataclass(eq=False)
class InvoiceNotKnown(Refused):
    """No confirmed payable rests on this invoice."""

    code = "INVOICE_NOT_KNOWN"
    en = "No confirmed payable rests on the invoice {fingerprint}."
    zh = "单据 {fingerprint} 没有经确认的应付账款。"
    fingerprint: str


@dataclass(eq=False)
class NotTheDebtor(Refused):
    """Only the debtor named in a payable answers it or issues on it."""

    code = "NOT_THE_DEBTOR"
    en = "The payable {payable} names another debtor."
    zh = "应付账款 {payable} 的债务人不是该成员。"
    payable: str


@dataclass(eq=False)
class NotThePresenter(Refused):
    """Only the tag that presented a payable takes it back."""

    code = "NOT_THE_PRESENTER"
    en = "The payable {payable} was presented by another tag."
    zh = "应付账款 {payable} 由其他标签提交。"
    payable: str


@dataclass(eq=False)
class NotConcerned(Refused):
    """Only the debtor and the supplier's sponsor record what becomes of an invoice."""

    code = "NOT_CONCERNED"
    en = "This member has no payable on the invoice {fingerprint}."
    zh = "该成员与单据 {fingerprint} 无关。"
    fingerprint: str


@dataclass(eq=False)
class CardNotOwn(Refused):
    """A payable carries the card of the tag that presents it."""

    code = "CARD_NOT_OWN"
    en = "The card is not that of the presenting tag."
    zh = "所附标签卡不属于提交标签。"


@dataclass(eq=False)
class CardSponsorDiffers(Refused):
    """A holder's act is carried by the sponsor that its card names."""

    code = "CARD_SPONSOR_DIFFERS"
    en = "The card names {sponsor} as sponsor; it carries the tag's acts."
    zh = "标签卡载明的接入机构为 {sponsor}，应由该机构提交。"
    sponsor: str


@dataclass(eq=False)
class SponsorMayNotPresent(Refused):
    """The carrier is no sponsor in good standing."""

    code = "SPONSOR_MAY_NOT_PRESENT"
    en = "{sponsor} may not sponsor a supplier now."
    zh = "{sponsor} 目前不能作为供应商的接入机构。"
    sponsor: str


@dataclass(eq=False)
class CardKeyNotAdmissible(Refused):
    """A key of the card is malformed or weak."""

    code = "CARD_KEY_NOT_ADMISSIBLE"
    en = "The key {key} of the card is not admissible."
    zh = "标签卡中的密钥 {key} 不符合要求。"
    key: str


@dataclass(eq=False)
class DebtorNotEligible(Refused):
    """The debtor named is no active core enterprise."""

    code = "DEBTOR_NOT_ELIGIBLE"
    en = "{issuer} is not an active core enterprise."
    zh = "{issuer} 不是有效的核心企业成员。"
    issuer: str


@dataclass(eq=False)
class DueDayNotValid(Refused):
    """There is no such day."""

    code = "DUE_DAY_NOT_VALID"
    en = "There is no day {day}."
    zh = "不存在日期 {day}。"
    day: str


@dataclass(eq=False)
class DueDayNotAhead(Refused):
    """What is due today or earlier is paid, not confirmed."""

    code = "DUE_DAY_NOT_AHEAD"
    en = "The due day {day} is not after today, {today}."
    zh = "应付日 {day} 不晚于今日 {today}。"
    day: str
    today: str


@dataclass(eq=False)
class DueDayTooFar(Governed):
    """The due day lies beyond what the alliance allows."""

    code = "DUE_DAY_TOO_FAR"
    rests_on = ("DOCUMENTS", "due_months_max")
    en = "The due day {day} is after {latest}, the latest allowed today."
    zh = "应付日 {day} 晚于今日允许的最晚日期 {latest}。"
    day: str
    latest: str
    article: str


@dataclass(eq=False)
class PapersDoNotFit(Refused):
    """An order names no invoices; a delivery or an invoice names at least one paper."""

    code = "PAPERS_DO_NOT_FIT"
    en = "A payable of the kind {kind} cannot rest on {count} papers."
    zh = "类别为 {kind} 的应付账款不能附 {count} 张单据。"
    kind: str
    count: int


@dataclass(eq=False)
class InvoiceTwice(Refused):
    """One paper stands twice in one operation."""

    code = "INVOICE_TWICE"
    en = "The invoice {fingerprint} stands twice."
    zh = "单据 {fingerprint} 重复出现。"
    fingerprint: str


@dataclass(eq=False)
class InvoiceAlreadyUsed(Refused):
    """Another issuer's voucher takes from this invoice; the answer names nobody."""

    code = "INVOICE_ALREADY_USED"
    en = "The invoice {fingerprint} is used already."
    zh = "单据 {fingerprint} 已被使用。"
    fingerprint: str


@dataclass(eq=False)
class InvoiceNamesDiffer(Refused):
    """The names of one paper lead to two records, so one of them is another paper's."""

    code = "INVOICE_NAMES_DIFFER"
    en = "The names of the invoice {fingerprint} are recorded as two papers."
    zh = "单据 {fingerprint} 的各期指纹对应两张不同的已登记单据。"
    fingerprint: str


@dataclass(eq=False)
class InvoiceTotalDiffers(Refused):
    """The invoice is recorded with another total."""

    code = "INVOICE_TOTAL_DIFFERS"
    en = "The invoice {fingerprint} is recorded with another total than {total}."
    zh = "单据 {fingerprint} 登记的价税合计与 {total} 不符。"
    fingerprint: str
    total: int


@dataclass(eq=False)
class AmountAbovePapers(Refused):
    """More is presented than the papers add up to."""

    code = "AMOUNT_ABOVE_PAPERS"
    en = "The amount {amount} is above {total}, what the papers add up to."
    zh = "金额 {amount} 超过单据合计 {total}。"
    amount: int
    total: int


@dataclass(eq=False)
class PayableReferenceUsed(Refused):
    """The reference stands for a payable that lives."""

    code = "PAYABLE_REFERENCE_USED"
    en = "The reference {reference} stands for the payable {payable} already."
    zh = "业务编号摘要 {reference} 已对应应付账款 {payable}。"
    reference: str
    payable: str


@dataclass(eq=False)
class PayableNotPresented(Refused):
    """The payable no longer waits for an answer."""

    code = "PAYABLE_NOT_PRESENTED"
    en = "The payable {payable} is {status} and waits for no answer."
    zh = "应付账款 {payable} 状态为 {status}，不再等待答复。"
    payable: str
    status: str


@dataclass(eq=False)
class AmountDiffers(Refused):
    """Those who sign for an amount repeat the one that was presented."""

    code = "AMOUNT_DIFFERS"
    en = "The payable is over {presented}, not {amount}."
    zh = "应付账款金额为 {presented}，并非 {amount}。"
    presented: int
    amount: int


@dataclass(eq=False)
class OrderBacksNoVoucher(Refused):
    """A confirmed order is a fact that funders may see; nothing is owed yet."""

    code = "ORDER_BACKS_NO_VOUCHER"
    en = "The payable {payable} is an order, and an order never backs a voucher."
    zh = "应付账款 {payable} 为订单，不能作为开立凭证的依据。"
    payable: str


@dataclass(eq=False)
class PayableNotConfirmed(Refused):
    """Only a confirmed payable that is not due yet backs a voucher."""

    code = "PAYABLE_NOT_CONFIRMED"
    en = "The payable {payable} is {status} and backs no voucher."
    zh = "应付账款 {payable} 状态为 {status}，不能作为开立凭证的依据。"
    payable: str
    status: str


@dataclass(eq=False)
class ReceiverDiffers(Refused):
    """A voucher backed by a payable is promised to the card that the payable carries."""

    code = "RECEIVER_DIFFERS"
    en = "The payable {payable} was presented by another tag than the voucher's receiver."
    zh = "应付账款 {payable} 的提交标签与凭证签收方不一致。"
    payable: str


@dataclass(eq=False)
class InvoiceNotOfPayable(Refused):
    """Only the payable's own papers can be allocated."""

    code = "INVOICE_NOT_OF_PAYABLE"
    en = "The payable does not rest on the invoice {fingerprint}."
    zh = "应付账款不含单据 {fingerprint}。"
    fingerprint: str


@dataclass(eq=False)
class AllocationDiffers(Refused):
    """What is taken of the papers adds up to the face."""

    code = "ALLOCATION_DIFFERS"
    en = "The parts of the papers add up to {allocated}, the face is {face}."
    zh = "单据占用合计 {allocated}，与票面金额 {face} 不符。"
    allocated: int
    face: int


@dataclass(eq=False)
class InvoiceOverallocated(Refused):
    """More is taken of an invoice than is left of it."""

    code = "INVOICE_OVERALLOCATED"
    en = "Of the invoice {fingerprint} {headroom} is left, not {amount}."
    zh = "单据 {fingerprint} 剩余可用金额为 {headroom}，不足 {amount}。"
    fingerprint: str
    headroom: int
    amount: int


@dataclass(eq=False)
class PayableExceeded(Refused):
    """More is issued on a payable than was confirmed."""

    code = "PAYABLE_EXCEEDED"
    en = "Of the payable {payable} {headroom} is left, not {face}."
    zh = "应付账款 {payable} 剩余可用金额为 {headroom}，不足 {face}。"
    payable: str
    headroom: int
    face: int


@dataclass(eq=False)
class TooManyVouchers(Refused):
    """A paper, or a payable, backs as many vouchers as it may."""

    code = "TOO_MANY_VOUCHERS"
    en = "{object} backs {limit} vouchers already."
    zh = "{object} 已对应 {limit} 张凭证。"
    object: str
    limit: int


@dataclass(eq=False)
class VoucherUnderReview(Refused):
    """A red letter has eaten into what this voucher rests on; until the review it is not passed on."""

    code = "VOUCHER_UNDER_REVIEW"
    en = "A red letter has reduced what the voucher {voucher} rests on; it is not passed on until that is reviewed."
    zh = "凭证 {voucher} 所依据的单据已被红冲，核查完成前不得转让或融资。"
    voucher: str


@dataclass(eq=False)
class CreditKnown(Refused):
    """This red letter is recorded already."""

    code = "CREDIT_KNOWN"
    en = "The red letter {credit} is recorded already."
    zh = "红字发票 {credit} 已登记。"
    credit: str


@dataclass(eq=False)
class CreditExceedsTotal(Refused):
    """Red letters cannot take away more than the invoice is over."""

    code = "CREDIT_EXCEEDS_TOTAL"
    en = "Red letters may still take {left} of this invoice, not {amount}."
    zh = "该单据剩余可红冲金额为 {left}，不足 {amount}。"
    left: int
    amount: int


@dataclass(eq=False)
class TooManyCredits(Refused):
    """As many red letters are recorded against an invoice as may be."""

    code = "TOO_MANY_CREDITS"
    en = "{limit} red letters are recorded against this invoice already."
    zh = "该单据已登记 {limit} 张红字发票。"
    limit: int


@dataclass(eq=False)
class NothingToReview(Refused):
    """No review is open on this invoice."""

    code = "NOTHING_TO_REVIEW"
    en = "The invoice {fingerprint} is {status}; no review is open."
    zh = "单据 {fingerprint} 状态为 {status}，无待核查事项。"
    fingerprint: str
    status: str


@dataclass(eq=False)
class NotAwaited(Refused):
    """The review does not wait for this member, or has its word already."""

    code = "NOT_AWAITED"
    en = "The review of the invoice {fingerprint} does not wait for this member's word."
    zh = "单据 {fingerprint} 的核查不需要或已取得该成员的意见。"
    fingerprint: str
