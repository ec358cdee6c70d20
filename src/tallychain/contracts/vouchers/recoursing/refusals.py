"""Why an act on a recourse claim is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class NoRecourse(Refused):
    """The units were sold for good, or never sold but pledged: the seller owes the funder nothing for the issuer."""

    code = "NO_RECOURSE"
    en = "The financing {financing} gave no recourse to the seller; the funder has the issuer alone."
    zh = "融资 {financing} 未约定追索权，资金方仅可向开立方主张。"
    financing: str


@dataclass(eq=False)
class RecourseNotFound(Refused):
    """Nothing was claimed under this name on this holding, or something else since."""

    code = "RECOURSE_NOT_FOUND"
    en = "The holding of {voucher} that begins with unit {holding} has no recourse claim {recourse}."
    zh = "凭证 {voucher} 自第 {holding} 单位起的持有份额没有追索 {recourse}。"
    voucher: str
    holding: int
    recourse: str


@dataclass(eq=False)
class NotTheReceivingBank(Refused):
    """Only the bank that the claim names says that the money has come."""

    code = "NOT_THE_RECEIVING_BANK"
    en = "What is paid on the recourse claim {recourse} comes to {bank}."
    zh = "追索 {recourse} 的收款行为 {bank}。"
    recourse: str
    bank: str


@dataclass(eq=False)
class RecourseNotPending(Refused):
    """It waits for another act, or is over."""

    code = "RECOURSE_NOT_PENDING"
    en = "This cannot be done with the recourse claim {recourse}; it is {status}."
    zh = "追索 {recourse} 当前为 {status}，不能办理该操作。"
    recourse: str
    status: str


@dataclass(eq=False)
class RecourseOutdated(Refused):
    """Some of what was claimed has been paid or released since; the funder claims anew for what is left."""

    code = "RECOURSE_OUTDATED"
    en = "{unpaid} was unpaid when {recourse} was claimed, and {now} is now; the funder has to claim anew."
    zh = "提出追索 {recourse} 时未付金额为 {unpaid}，现为 {now}，资金方须重新提出追索。"
    recourse: str
    unpaid: int
    now: int


@dataclass(eq=False)
class RecourseStands(Refused):
    """One at a time, so that a seller answers to one amount."""

    code = "RECOURSE_STANDS"
    en = "The holding {holding} has the recourse claim {recourse}, which is {status}."
    zh = "持有份额 {holding} 已有追索 {recourse}，状态为 {status}。"
    holding: str
    recourse: str
    status: str
