"""Why a risk operation is refused, in order of precedence.  A code never changes once published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class CeilingNotFound(Refused):
    """The issuer has no such ceiling, or it has ended."""

    code = "CEILING_NOT_FOUND"
    en = "{issuer} has no ceiling {ceiling}, or it has ended."
    zh = "{issuer} 没有额度 {ceiling}，或该额度已终止。"
    issuer: str
    ceiling: str


@dataclass(eq=False)
class NotTheGrantor(Refused):
    """Only the bank that granted a ceiling lowers it."""

    code = "NOT_THE_GRANTOR"
    en = "The ceiling {ceiling} was granted by another bank."
    zh = "额度 {ceiling} 由其他银行授予。"
    ceiling: str


@dataclass(eq=False)
class CeilingNotLower(Refused):
    """More is granted by another ceiling, never by raising one."""

    code = "CEILING_NOT_LOWER"
    en = "The new amount {amount} is not below {current}, what the ceiling is."
    zh = "调减后额度 {amount} 不低于现有额度 {current}。"
    amount: int
    current: int


@dataclass(eq=False)
class OwnCeiling(Refused):
    """Nobody grants itself a ceiling."""

    code = "OWN_CEILING"
    en = "{issuer} cannot grant a ceiling to itself."
    zh = "{issuer} 不能为自己授予额度。"
    issuer: str


@dataclass(eq=False)
class IssuerNotEligible(Refused):
    """The issuer named is no active core enterprise."""

    code = "ISSUER_NOT_ELIGIBLE"
    en = "{issuer} is not an active core enterprise."
    zh = "{issuer} 不是有效的核心企业成员。"
    issuer: str


@dataclass(eq=False)
class CeilingCurrencyNotTaken(Refused):
    """Vouchers, and so ceilings, are in yuan."""

    code = "CEILING_CURRENCY_NOT_TAKEN"
    en = "Ceilings are in CNY, not in {currency}."
    zh = "额度以人民币计，不接受 {currency}。"
    currency: str


@dataclass(eq=False)
class CeilingDayNotValid(Refused):
    """There is no such day."""

    code = "CEILING_DAY_NOT_VALID"
    en = "There is no day {day}."
    zh = "不存在日期 {day}。"
    day: str


@dataclass(eq=False)
class CeilingDaysNotPossible(Governed):
    """A ceiling begins today or later, ends no earlier than it begins, and within what the alliance allows."""

    code = "CEILING_DAYS_NOT_POSSIBLE"
    rests_on = ("RISK", "ceiling_months_max")
    en = "A ceiling cannot hold from {valid_from} until {valid_until}; it begins from {today} on and ends by {latest}."
    zh = "额度期限不能为 {valid_from} 至 {valid_until}；应自 {today} 起，不晚于 {latest}。"
    valid_from: str
    valid_until: str
    today: str
    latest: str
    article: str


@dataclass(eq=False)
class TooManyCeilings(Refused):
    """A bank has granted an issuer as many ceilings as it may."""

    code = "TOO_MANY_CEILINGS"
    en = "This bank has {limit} ceilings for {issuer} already; end one first."
    zh = "该银行对 {issuer} 已有 {limit} 笔额度，请先终止一笔。"
    issuer: str
    limit: int


@dataclass(eq=False)
class IssuerBlocked(Refused):
    """Who has missed a payment issues nothing until it is made."""

    code = "ISSUER_BLOCKED"
    en = "{issuer} has missed a payment and issues nothing until it is made."
    zh = "{issuer} 存在到期未付款项，清偿前不得开立。"
    issuer: str


@dataclass(eq=False)
class CeilingExceeded(Refused):
    """More would be outstanding than the banks' ceilings allow."""

    code = "CEILING_EXCEEDED"
    en = "Of the ceilings of {issuer} {free} is free, not {amount}."
    zh = "{issuer} 剩余可用额度为 {free}，不足 {amount}。"
    issuer: str
    free: int
    amount: int
