"""Why a voucher operation is refused, in order of precedence.  A code never changes once published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class VoucherNotFound(Refused):
    """There is no voucher of this number."""

    code = "VOUCHER_NOT_FOUND"
    en = "There is no voucher {voucher}."
    zh = "不存在凭证 {voucher}。"
    voucher: str


@dataclass(eq=False)
class HoldingNotFound(Refused):
    """No holding of the voucher begins with this unit."""

    code = "HOLDING_NOT_FOUND"
    en = "No holding of the voucher {voucher} begins with unit {first}."
    zh = "凭证 {voucher} 没有以第 {first} 单位起始的持有份额。"
    voucher: str
    first: int


@dataclass(eq=False)
class OfferNotFound(Refused):
    """There is no such offer on this voucher."""

    code = "OFFER_NOT_FOUND"
    en = "There is no offer {offer} on the voucher {voucher}."
    zh = "凭证 {voucher} 上不存在转让 {offer}。"
    voucher: str
    offer: str


@dataclass(eq=False)
class NotTheIssuer(Refused):
    """Only the issuer of a voucher withdraws it."""

    code = "NOT_THE_ISSUER"
    en = "The voucher {voucher} was not issued by this member."
    zh = "凭证 {voucher} 不是由该成员开立的。"
    voucher: str


@dataclass(eq=False)
class NotTheNamedReceiver(Refused):
    """Only the tag that was named may accept, reject, take or decline."""

    code = "NOT_THE_NAMED_RECEIVER"
    en = "{object} names another receiver."
    zh = "{object} 指定的签收方不是本方。"
    object: str


@dataclass(eq=False)
class NotTheHolder(Refused):
    """Only the holder disposes of a holding, or of an offer from it."""

    code = "NOT_THE_HOLDER"
    en = "{object} belongs to another holder."
    zh = "{object} 属于其他持有人。"
    object: str


@dataclass(eq=False)
class NotTheSponsor(Refused):
    """A holder's act is carried by the sponsor of its tag, which vouches for the person behind it."""

    code = "NOT_THE_SPONSOR"
    en = "The sponsor of this tag is {sponsor}; it carries the tag's acts."
    zh = "该标签的接入机构是 {sponsor}，其业务应由该机构提交。"
    sponsor: str


@dataclass(eq=False)
class CurrencyNotTaken(Refused):
    """Vouchers are in yuan."""

    code = "CURRENCY_NOT_TAKEN"
    en = "Vouchers are issued in CNY, not in {currency}."
    zh = "凭证以人民币开立，不接受 {currency}。"
    currency: str


@dataclass(eq=False)
class DateNotValid(Refused):
    """There is no such day."""

    code = "DATE_NOT_VALID"
    en = "There is no day {day}."
    zh = "不存在日期 {day}。"
    day: str


@dataclass(eq=False)
class FaceExceeded(Governed):
    """The face is above the largest that the alliance allows."""

    code = "FACE_EXCEEDED"
    rests_on = ("TERM", "face_max")
    en = "The face {face} is above {limit}, the largest of one voucher."
    zh = "票面金额 {face} 超过单张凭证上限 {limit}。"
    face: int
    limit: int
    article: str


@dataclass(eq=False)
class MaturityNotAfterIssue(Refused):
    """A promise is to be paid on a later day than it is made."""

    code = "MATURITY_NOT_AFTER_ISSUE"
    en = "The maturity {nominal} is not after the day of issue, {today}."
    zh = "到期日 {nominal} 不晚于开立日 {today}。"
    nominal: str
    today: str


@dataclass(eq=False)
class TermExceeded(Governed):
    """The nominal maturity lies beyond the cap in calendar months."""

    code = "TERM_EXCEEDED"
    rests_on = ("TERM", "term_months")
    en = "The maturity {nominal} is after {latest}, the latest for a voucher issued today."
    zh = "到期日 {nominal} 晚于今日开立凭证的最晚到期日 {latest}。"
    nominal: str
    latest: str
    article: str


@dataclass(eq=False)
class TermReasonMissing(Governed):
    """A long term has a reason, which whoever takes or finances the voucher can judge."""

    code = "TERM_REASON_MISSING"
    rests_on = ("TERM", "usual_months")
    en = "The maturity {nominal} is after {usual}; a voucher issued today with a longer term names the reason for it."
    zh = "到期日 {nominal} 晚于 {usual}；当日开立的凭证超过该期限须注明理由。"
    nominal: str
    usual: str
    article: str


@dataclass(eq=False)
class MaturityOutOfRange(Refused):
    """The effective maturity lies beyond the last instant that the ledger reckons with."""

    code = "MATURITY_OUT_OF_RANGE"
    en = "The maturity {effective} is after {last}, the last day that the ledger reckons with."
    zh = "到期日 {effective} 晚于账本可处理的最后日期 {last}。"
    effective: str
    last: str


@dataclass(eq=False)
class SettlementBankNotEligible(Refused):
    """The settlement bank is not an active member admitted as such."""

    code = "SETTLEMENT_BANK_NOT_ELIGIBLE"
    en = "{member} is not an active settlement bank."
    zh = "{member} 不是有效的清分行。"
    member: str


@dataclass(eq=False)
class RecipientNotEligible(Refused):
    """The receiver's sponsor is not in standing, or not admitted to sponsor anybody."""

    code = "RECIPIENT_NOT_ELIGIBLE"
    en = "{sponsor} is not an active member that may sponsor a holder."
    zh = "{sponsor} 不是可以接入持有人的有效成员。"
    sponsor: str


@dataclass(eq=False)
class KeyNotAdmitted(Refused):
    """A receiving tag's key is malformed or weak; under a small-order key anybody's signature would fit."""

    code = "RECEIVER_KEY_NOT_ADMISSIBLE"
    en = "The key {key} of the receiving tag is not admissible."
    zh = "签收标签的密钥 {key} 不可接受。"
    key: str


@dataclass(eq=False)
class ReferenceUsed(Refused):
    """The issuer's reference already stands for a living voucher."""

    code = "REFERENCE_USED"
    en = "The reference {reference} already stands for the voucher {voucher}."
    zh = "业务编号 {reference} 已用于凭证 {voucher}。"
    reference: str
    voucher: str


@dataclass(eq=False)
class VoucherNotPending(Refused):
    """The voucher no longer waits for its receiver."""

    code = "VOUCHER_NOT_PENDING"
    en = "The voucher {voucher} does not wait for acceptance; it is {status}."
    zh = "凭证 {voucher} 不在待签收状态，当前状态为 {status}。"
    voucher: str
    status: str


@dataclass(eq=False)
class ConsentDiffers(Refused):
    """The consent names another text than the promise that was made."""

    code = "CONSENT_DIFFERS"
    en = "The consent names another text than the promise of the voucher {voucher}."
    zh = "同意所针对的文本与凭证 {voucher} 的付款承诺不一致。"
    voucher: str


@dataclass(eq=False)
class VoucherNotActive(Refused):
    """Only units of an active voucher are passed on."""

    code = "VOUCHER_NOT_ACTIVE"
    en = "The voucher {voucher} is {status}; its units cannot be passed on."
    zh = "凭证 {voucher} 的状态为 {status}，不能转让。"
    voucher: str
    status: str


@dataclass(eq=False)
class BlackOut(Governed):
    """Shortly before maturity no title moves, so that the settlement bank knows whom to pay."""

    code = "BLACKOUT"
    rests_on = ("SPLIT", "blackout_business_days")
    en = "Units of the voucher {voucher} cannot be passed on since {since}."
    zh = "凭证 {voucher} 自 {since} 起停止转让。"
    voucher: str
    since: str
    article: str


@dataclass(eq=False)
class UnitsOutsideHolding(Refused):
    """The units are not a range within the holding."""

    code = "UNITS_OUTSIDE_HOLDING"
    en = "{first} to {last} is not a range of units within {holding}."
    zh = "第 {first} 至 {last} 单位不在持有份额 {holding} 之内。"
    first: int
    last: int
    holding: str


@dataclass(eq=False)
class UnitsOverlap(Refused):
    """Two rows of one operation offer the same unit."""

    code = "UNITS_OVERLAP"
    en = "The rows {one} and {other} offer the same units."
    zh = "区间 {one} 与 {other} 重叠。"
    one: str
    other: str


@dataclass(eq=False)
class UnitsNotFree(Refused):
    """Some of the units carry an encumbrance."""

    code = "UNITS_NOT_FREE"
    en = "Of the units {units}, {bound} already carry: {kind}."
    zh = "区间 {units} 中的 {bound} 已存在权利负担：{kind}。"
    units: str
    bound: str
    kind: str


@dataclass(eq=False)
class ReceiverIsHolder(Refused):
    """Every acquisition has a fresh tag."""

    code = "RECEIVER_IS_HOLDER"
    en = "The receiving tag is the holder's own; every acquisition has a fresh one."
    zh = "签收标签即持有人自身标签；每次取得须使用新的标签。"


@dataclass(eq=False)
class ReceiverNamedTwice(Refused):
    """Two rows of one operation name the same receiving tag, and every acquisition has a fresh one."""

    code = "RECEIVER_NAMED_TWICE"
    en = "Two rows name the receiving tag {tag}; every acquisition has a fresh one."
    zh = "两行指定了同一签收标签 {tag}；每次取得须使用新的标签。"
    tag: str


@dataclass(eq=False)
class ValueDateNotPossible(Governed):
    """The value date is past, too far ahead, or in the black-out."""

    code = "VALUE_DATE_NOT_POSSIBLE"
    rests_on = ("SPLIT", "value_date_months")
    en = "The value date {value_date} is not from {earliest} to {latest}."
    zh = "起息日 {value_date} 不在 {earliest} 至 {latest} 之间。"
    value_date: str
    earliest: str
    latest: str
    article: str


@dataclass(eq=False)
class LayerLimit(Governed):
    """The voucher has been passed on as often as it may."""

    code = "LAYER_LIMIT"
    rests_on = ("SPLIT", "layers_max")
    en = "{holding} is of layer {limit}, the last one."
    zh = "{holding} 已达最大流转层级 {limit}。"
    holding: str
    limit: int
    article: str


@dataclass(eq=False)
class SplitLimit(Governed):
    """The voucher has been, or with its open offers would be, divided more often than it may."""

    code = "SPLIT_LIMIT"
    rests_on = ("SPLIT", "children_max")
    en = "The voucher {voucher} may be divided {limit} times and has no division left."
    zh = "凭证 {voucher} 最多可拆分 {limit} 次，已无剩余次数。"
    voucher: str
    limit: int
    article: str


@dataclass(eq=False)
class PartTooSmall(Governed):
    """Small parts are cut only while at least half of the voucher's splits are left; the others belong to all holders alike."""

    code = "PART_TOO_SMALL"
    rests_on = ("SPLIT", "children_max")
    en = "The part {part} has {length} units; since half of its splits are used, parts of the voucher {voucher} have at least {smallest}."
    zh = "区间 {part} 仅有 {length} 单位；凭证 {voucher} 的拆分次数已用过半，每部分不得少于 {smallest} 单位。"
    voucher: str
    part: str
    length: int
    smallest: int
    article: str


@dataclass(eq=False)
class TooManyOpenOffers(Governed):
    """A holding has only so many open offers at a time."""

    code = "TOO_MANY_OPEN_OFFERS"
    rests_on = ("SPLIT", "offers_open_max")
    en = "{holding} may have {limit} open offers at a time and would have more."
    zh = "{holding} 同时存续的转让不得超过 {limit} 笔。"
    holding: str
    limit: int
    article: str


@dataclass(eq=False)
class OfferNotOpen(Refused):
    """The offer has ended."""

    code = "OFFER_NOT_OPEN"
    en = "The offer {offer} is {status}."
    zh = "转让 {offer} 的状态为 {status}。"
    offer: str
    status: str


@dataclass(eq=False)
class NotBeforeValueDate(Refused):
    """Title was promised for a later day."""

    code = "NOT_BEFORE_VALUE_DATE"
    en = "Title moves on {value_date} at the earliest."
    zh = "权属最早于 {value_date} 转移。"
    value_date: str
