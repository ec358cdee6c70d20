"""Why the contract says no where a small or medium-sized seller would wait too long; a code never changes once it is published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class DeliveryDayMissing(Governed):
    """The term of a small seller runs from the delivery, so its day is named."""

    code = "DELIVERY_DAY_MISSING"
    rests_on = ("DOCUMENTS", "sme_days")
    en = "A small or medium-sized seller is paid within {days} days of delivery; the day of delivery is missing."
    zh = "应自交付之日起 {days} 日内向中小企业付款；未注明交付日。"
    days: int
    article: str


@dataclass(eq=False)
class DeliveryDayNotValid(Refused):
    """Nothing was delivered on a day that does not exist or has not come."""

    code = "DELIVERY_DAY_NOT_VALID"
    en = "{day} is no day of delivery: it does not exist or is after {today}."
    zh = "{day} 不能作为交付日：该日期不存在或晚于 {today}。"
    day: str
    today: str


@dataclass(eq=False)
class DueAfterSellersTerm(Governed):
    """A small seller is paid within the law's days, unless it names the ground on which it agreed to more."""

    code = "DUE_AFTER_SELLERS_TERM"
    rests_on = ("DOCUMENTS", "sme_days")
    en = "The due day {day} is after {latest}, the latest for what a small or medium-sized seller delivered on {delivered}, and no ground of a longer term is named."
    zh = "应付日 {day} 晚于 {latest}（中小企业于 {delivered} 交付后的最迟付款日），且未注明长账期依据。"
    day: str
    latest: str
    delivered: str
    article: str


@dataclass(eq=False)
class MaturityExtendsTerm(Governed):
    """A small seller is not made to wait longer by a voucher than it would for its money."""

    code = "MATURITY_EXTENDS_TERM"
    rests_on = ("DOCUMENTS", "sme_days")
    en = "The voucher would mature on {maturity}, after {due}, the due day of the payable of a small or medium-sized seller."
    zh = "凭证到期日 {maturity} 晚于中小企业应收款的应付日 {due}。"
    maturity: str
    due: str
    article: str
