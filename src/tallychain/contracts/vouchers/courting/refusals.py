"""Why an act of a court is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class FreezeNotFound(Refused):
    """Nothing of this name was frozen on this voucher, or it ended and has left the state."""

    code = "FREEZE_NOT_FOUND"
    en = "The voucher {voucher} has no freeze {freeze}."
    zh = "凭证 {voucher} 没有冻结 {freeze}。"
    voucher: str
    freeze: str


@dataclass(eq=False)
class NotTheCourt(Refused):
    """Only the court that froze disposes of its freeze."""

    code = "NOT_THE_COURT"
    en = "The freeze {freeze} is another court's."
    zh = "冻结 {freeze} 由其他法院作出。"
    freeze: str


@dataclass(eq=False)
class FreezeNotInForce(Refused):
    """The freeze does not stand any more, or not in a way that this act could use."""

    code = "FREEZE_NOT_IN_FORCE"
    en = "This cannot be done with the freeze {freeze}; it is {status}."
    zh = "冻结 {freeze} 当前为 {status}，不能办理该操作。"
    freeze: str
    status: str


@dataclass(eq=False)
class FreezeEndNotPossible(Refused):
    """A freeze ends tomorrow at the earliest and three years ahead at the latest; a renewal ends later than before."""

    code = "FREEZE_END_NOT_POSSIBLE"
    en = "This freeze ends from {earliest} to {latest}, not on {until}."
    zh = "冻结截止日应在 {earliest} 至 {latest} 之间，不能为 {until}。"
    until: str
    earliest: str
    latest: str


@dataclass(eq=False)
class NothingToFreeze(Refused):
    """The tag holds nothing there on which anything is still to be paid."""

    code = "NOTHING_TO_FREEZE"
    en = "The tag holds nothing of the units {first} to {last} of {voucher} that is not paid."
    zh = "该标签在凭证 {voucher} 的单位 {first} 至 {last} 中没有尚未兑付的份额。"
    voucher: str
    first: int
    last: int


@dataclass(eq=False)
class TooManyFrozenHoldings(Refused):
    """The range of one freeze meets so many holdings; a court freezes the rest with another."""

    code = "TOO_MANY_FROZEN_HOLDINGS"
    en = "From the holding named to the last unit there are more than {limit} holdings; freeze them in parts."
    zh = "自所指份额至截止单位超过 {limit} 份持有份额，请分次冻结。"
    limit: int


@dataclass(eq=False)
class FreezeQueueFull(Refused):
    """So many courts stand in the queue of a holding already."""

    code = "FREEZE_QUEUE_FULL"
    en = "{limit} freezes stand on the holding {holding} already."
    zh = "持有份额 {holding} 上已有 {limit} 个冻结。"
    holding: str
    limit: int


@dataclass(eq=False)
class FreezeWholeOnly(Refused):
    """A holding that somebody has another right in, or that is due, is not divided any more."""

    code = "FREEZE_WHOLE_ONLY"
    en = "Of the holding {holding} no part can be frozen any more: {why}.  Freeze the whole of it."
    zh = "持有份额 {holding} 不能再部分冻结（{why}），请冻结整份。"
    holding: str
    why: str


@dataclass(eq=False)
class FreezeWaits(Refused):
    """Another court's freeze stands before it in the queue."""

    code = "FREEZE_WAITS"
    en = "The freeze {freeze} waits behind another on the holding {holding}."
    zh = "冻结 {freeze} 在持有份额 {holding} 上为轮候冻结，须等待在先冻结。"
    freeze: str
    holding: str


@dataclass(eq=False)
class HoldingsDiffer(Refused):
    """The order has to name exactly the holdings that the freeze stands on."""

    code = "HOLDINGS_DIFFER"
    en = "The freeze stands on the holdings at {found}."
    zh = "该冻结所及的持有份额起始单位为 {found}。"
    found: str
