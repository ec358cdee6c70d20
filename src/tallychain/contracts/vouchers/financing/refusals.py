"""Why an act on a financing is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class FinancingNotFound(Refused):
    """Nothing of this name was asked for on this voucher, or it ended and has left the state."""

    code = "FINANCING_NOT_FOUND"
    en = "The voucher {voucher} has no financing {financing}."
    zh = "凭证 {voucher} 没有融资 {financing}。"
    voucher: str
    financing: str


@dataclass(eq=False)
class FunderNotEligible(Refused):
    """Money is asked of banks and factors in good standing, each named once in alphabetical order, and not of the issuer."""

    code = "FUNDER_NOT_ELIGIBLE"
    en = "{member} cannot be asked: funders are active banks and factors other than the issuer, each named once, in alphabetical order."
    zh = "{member} 不能作为资金方：资金方须为开立方以外的有效银行或保理机构，按字母顺序各列一次。"
    member: str


@dataclass(eq=False)
class ClosingTimeNotPossible(Refused):
    """Quotes are taken for ten minutes at least and a day at most, and the reveal ends before the black-out."""

    code = "CLOSING_TIME_NOT_POSSIBLE"
    en = "Quotes can be taken until an instant from {earliest_ms} to {latest_ms}, not {closes_ms}."
    zh = "报价截止时间应在 {earliest_ms} 至 {latest_ms} 之间，不能为 {closes_ms}。"
    closes_ms: int
    earliest_ms: int
    latest_ms: int


@dataclass(eq=False)
class FinancingStands(Refused):
    """What was asked is not in a status in which this could be done (any more, or yet)."""

    code = "FINANCING_NOT_READY"
    en = "This cannot be done with the financing {financing}; it is {status}."
    zh = "融资 {financing} 当前为 {status}，不能办理该操作。"
    financing: str
    status: str


@dataclass(eq=False)
class NotAsked(Refused):
    """The seller did not ask this member."""

    code = "NOT_ASKED_TO_QUOTE"
    en = "Another quote is not taken: {member} was not asked in the financing {financing}."
    zh = "{member} 不在融资 {financing} 的询价范围内，不接受其报价。"
    member: str
    financing: str


@dataclass(eq=False)
class TooManyQuotes(Refused):
    """A funder may think again some times, and not without end."""

    code = "TOO_MANY_QUOTES"
    en = "{member} has committed to {limit} quotes in the financing {financing}, and no more is taken."
    zh = "{member} 对融资 {financing} 已提交 {limit} 次报价，不再受理。"
    member: str
    financing: str
    limit: int


@dataclass(eq=False)
class ReceiverOfAnother(Refused):
    """Title goes to a tag of the funder itself."""

    code = "RECEIVER_OF_ANOTHER_MEMBER"
    en = "The receiving tag is served by {sponsor}, not by the funder."
    zh = "受让标签由 {sponsor} 接入，而非资金方自身。"
    sponsor: str


@dataclass(eq=False)
class BankNotEligible(Refused):
    """Money goes from an active bank to an active bank, and the seller's is not the funder."""

    code = "BANK_NOT_ELIGIBLE"
    en = "{member} cannot be the bank here: it is no active bank, or it is the funder at which the seller would be paid."
    zh = "{member} 不能作为该笔融资的银行：并非有效银行，或卖方收款行即为资金方。"
    member: str


@dataclass(eq=False)
class QuoteNotFound(Refused):
    """This funder has committed to nothing."""

    code = "QUOTE_NOT_FOUND"
    en = "{member} has no quote in the financing {financing}."
    zh = "{member} 在融资 {financing} 中没有报价。"
    member: str
    financing: str


@dataclass(eq=False)
class QuoteDelivered(Refused):
    """A quote is delivered once."""

    code = "QUOTE_DELIVERED"
    en = "The quote of {member} was delivered already."
    zh = "{member} 的报价已揭示。"
    member: str


@dataclass(eq=False)
class QuoteDiffers(Refused):
    """What is delivered is not what the funder has committed to."""

    code = "QUOTE_NOT_AS_COMMITTED"
    en = "The quote of {member} is not the one that it committed to before the time for quotes was over."
    zh = "{member} 揭示的报价与其截止前承诺的报价不一致。"
    member: str


@dataclass(eq=False)
class QuoteNotUsable(Refused):
    """The quote was not delivered, was shown to be false, or is not the one named."""

    code = "QUOTE_NOT_USABLE"
    en = "No quote of this name by {member} can be chosen."
    zh = "{member} 没有可供选择的此项报价。"
    member: str


@dataclass(eq=False)
class ChallengeNotProven(Refused):
    """What is shown is not what the funder delivered."""

    code = "CHALLENGE_NOT_PROVEN"
    en = "What is shown is not the content of the quote that {member} delivered."
    zh = "所出示的内容不是 {member} 揭示的报价。"
    member: str


@dataclass(eq=False)
class QuoteIsTrue(Refused):
    """The figures follow from rate, fees and days."""

    code = "QUOTE_IS_TRUE"
    en = "The quote of {member} is true: its figures follow from its rate, its fees and the days."
    zh = "{member} 的报价属实：其金额与利率、费用和天数相符。"
    member: str


@dataclass(eq=False)
class UnitsPassedOn(Refused):
    """The seller holds the units no more, or not in one holding."""

    code = "UNITS_PASSED_ON"
    en = "The units {units} are not the seller's in one holding any more."
    zh = "单位 {units} 已不再由卖方以同一份额持有。"
    units: str


@dataclass(eq=False)
class NotTheFunder(Refused):
    """Only the chosen funder has this right."""

    code = "NOT_THE_FUNDER"
    en = "The financing {financing} was awarded to another member."
    zh = "融资 {financing} 的资金方是其他成员。"
    financing: str


@dataclass(eq=False)
class NotThePayingBank(Refused):
    """Only the bank that the funder named says that it has paid."""

    code = "NOT_THE_PAYING_BANK"
    en = "The financing {financing} is paid by another bank."
    zh = "融资 {financing} 的放款行是其他成员。"
    financing: str


@dataclass(eq=False)
class NotTheSellersBank(Refused):
    """Only the bank that the seller named says whether money came."""

    code = "NOT_THE_SELLERS_BANK"
    en = "In the financing {financing} the seller is paid at another bank."
    zh = "融资 {financing} 的卖方收款行是其他成员。"
    financing: str


@dataclass(eq=False)
class RegistrationTimeNotPossible(Refused):
    """A financing is registered after it was asked for, and not in the future."""

    code = "REGISTRATION_TIME_NOT_POSSIBLE"
    en = "The time of registration lies between the request and now."
    zh = "登记时间应在询价之后且不晚于当前时间。"


@dataclass(eq=False)
class RegistrationUsed(Refused):
    """A registration stands for one financing."""

    code = "REGISTRATION_USED"
    en = "The registration {registration} stands for another financing."
    zh = "登记证明 {registration} 已用于另一笔融资。"
    registration: str


@dataclass(eq=False)
class PaymentDiffers(Refused):
    """The bank has to name the amount and account that the award fixed."""

    code = "PAYMENT_NOT_AS_AWARDED"
    en = "The award of the financing {financing} fixed another payment."
    zh = "与融资 {financing} 选定时确定的放款内容不一致。"
    financing: str


@dataclass(eq=False)
class ReceiptAttested(Refused):
    """The seller's bank speaks once."""

    code = "RECEIPT_ATTESTED"
    en = "The seller's bank has said already whether the money of the financing {financing} came."
    zh = "卖方收款行已就融资 {financing} 的到账情况作出说明。"
    financing: str
