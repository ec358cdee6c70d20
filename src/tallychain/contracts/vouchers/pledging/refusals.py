"""Why an act on a pledge is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class PledgeNotFound(Refused):
    """Nothing of this name was pledged on this voucher, or it ended and has left the state."""

    code = "PLEDGE_NOT_FOUND"
    en = "The voucher {voucher} has no pledge {pledge}."
    zh = "凭证 {voucher} 没有质押 {pledge}。"
    voucher: str
    pledge: str


@dataclass(eq=False)
class NotThePledgee(Refused):
    """Only the pledgee has this right."""

    code = "NOT_THE_PLEDGEE"
    en = "The pledge {pledge} is another member's right."
    zh = "质押 {pledge} 的质权人是其他成员。"
    pledge: str


@dataclass(eq=False)
class PledgeeNotEligible(Refused):
    """Security is given to banks and factors in good standing."""

    code = "PLEDGEE_NOT_ELIGIBLE"
    en = "{member} is not an active bank or factor."
    zh = "{member} 不是有效的银行或保理机构。"
    member: str


@dataclass(eq=False)
class PledgeEndNotPossible(Refused):
    """A pledge ends tomorrow at the earliest, and not long after the maturity, so that nobody's money is withheld without end."""

    code = "PLEDGE_END_NOT_POSSIBLE"
    en = "A pledge of this voucher ends from {earliest} to {latest}, not on {until}."
    zh = "该凭证的质押截止日应在 {earliest} 至 {latest} 之间，不能为 {until}。"
    until: str
    earliest: str
    latest: str


@dataclass(eq=False)
class PledgeNotPending(Refused):
    """It does not wait for the pledgee's answer (any more)."""

    code = "PLEDGE_NOT_PENDING"
    en = "The pledge {pledge} does not wait to be accepted; it is {status}."
    zh = "质押 {pledge} 不在待接受状态，当前为 {status}。"
    pledge: str
    status: str


@dataclass(eq=False)
class PledgeNotInForce(Refused):
    """The pledge has no right in the holding that this act could use."""

    code = "PLEDGE_NOT_IN_FORCE"
    en = "This cannot be done with the pledge {pledge}; it is {status}."
    zh = "质押 {pledge} 当前为 {status}，不能办理该操作。"
    pledge: str
    status: str


@dataclass(eq=False)
class TooManyClaims(Refused):
    """A holder is not asked without end to contest the same."""

    code = "TOO_MANY_PLEDGE_CLAIMS"
    en = "The pledge {pledge} was claimed {limit} times, and no more claim is taken."
    zh = "质押 {pledge} 已主张 {limit} 次，不再受理。"
    pledge: str
    limit: int


@dataclass(eq=False)
class ClaimNotContestable(Refused):
    """This claim was never made, a later one stands, or the time to contest it is over."""

    code = "CLAIM_NOT_CONTESTABLE"
    en = "No such claim of the pledge {pledge} can be contested."
    zh = "质押 {pledge} 没有可提出异议的此项主张。"
    pledge: str
