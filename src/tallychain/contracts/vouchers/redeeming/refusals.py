"""Why an act on an early redemption is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class RedemptionNotFound(Refused):
    """This holding was not offered an early redemption of this name, or another one since."""

    code = "REDEMPTION_NOT_FOUND"
    en = "The holding of {voucher} that begins with unit {holding} has no redemption {redemption}."
    zh = "凭证 {voucher} 自第 {holding} 单位起的持有份额没有提前兑付 {redemption}。"
    voucher: str
    holding: int
    redemption: str


@dataclass(eq=False)
class RedemptionNotPending(Refused):
    """It waits for another act, or is over."""

    code = "REDEMPTION_NOT_PENDING"
    en = "This cannot be done with the redemption {redemption}; it is {status}."
    zh = "提前兑付 {redemption} 当前为 {status}，不能办理该操作。"
    redemption: str
    status: str


@dataclass(eq=False)
class RedemptionStands(Refused):
    """One at a time, so that a holder answers to one price."""

    code = "REDEMPTION_STANDS"
    en = "The holding {holding} has the redemption {redemption}, which is {status}."
    zh = "持有份额 {holding} 已有提前兑付 {redemption}，状态为 {status}。"
    holding: str
    redemption: str
    status: str


@dataclass(eq=False)
class IssuerOverdue(Refused):
    """Whoever has not paid one holder in time pays no other one early: no preference among holders."""

    code = "ISSUER_OVERDUE"
    en = "{issuer} has missed a payment; until it is made it redeems nothing early."
    zh = "{issuer} 存在到期未付款项，在清偿前不得提前兑付。"
    issuer: str


@dataclass(eq=False)
class RedemptionTooLate(Governed):
    """Too short before the maturity."""

    code = "REDEMPTION_TOO_LATE"
    rests_on = ("SETTLEMENT", "outside_business_days")
    en = "The voucher {voucher} is redeemed early before {last} only."
    zh = "凭证 {voucher} 仅可在 {last} 之前提前兑付。"
    voucher: str
    last: str
    article: str
