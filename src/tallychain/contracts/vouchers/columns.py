"""Columns of this contract's views, and the words for what stands in them."""

from tallychain.contracts.vouchers.state import (
    ACTIVE,
    CANCELLED,
    COLLECTED,
    DECLINED,
    DUE,
    DUE_UNDATED,
    ENDED,
    EXPIRED,
    FIRM,
    ISSUED,
    LIVE,
    OPEN,
    OVERDUE,
    PAID,
    PROVISIONAL,
    RECALLED,
    REJECTED,
    RELEASED,
    SETTLED,
    SETTLED_LATE,
    SPENT,
    TAKEN,
    UNPAID,
    UNPAID_PENDING,
    WITHDRAWN,
    WITHHELD,
)
from tallychain.ledger.contract import Words
from tallychain.ledger.views import Column

WORDS = {
    ISSUED: Words("waits for acceptance", "待签收"),
    ACTIVE: Words("active", "有效"),
    REJECTED: Words("rejected", "已拒签"),
    EXPIRED: Words("expired", "已失效"),
    WITHDRAWN: Words("withdrawn", "已撤回"),
    DUE: Words("due", "已到期"),
    DUE_UNDATED: Words("due, day not fixed", "已到期（日期未定）"),
    CANCELLED: Words("cancelled by all", "已注销"),
    UNPAID_PENDING: Words("unpaid at the cut-off", "截止未付"),
    OVERDUE: Words("overdue", "已逾期"),
    SETTLED: Words("settled", "已结清"),
    SETTLED_LATE: Words("settled late", "逾期结清"),
    RELEASED: Words("released", "已豁免"),
    OPEN: Words("open", "待签收转让"),
    TAKEN: Words("taken", "已签收转让"),
    DECLINED: Words("declined", "已拒绝"),
    ENDED: Words("ended with a sponsor's standing, or by a freeze", "因接入机构资格中止或冻结而终止"),
    RECALLED: Words("recalled", "已收回"),
    LIVE: Words("held", "持有中"),
    COLLECTED: Words("paid in, to be paid out", "已收款待兑付"),
    PAID: Words("paid", "已兑付"),
    WITHHELD: Words("withheld", "暂缓支付"),
    UNPAID: Words("unpaid", "未兑付"),
    SPENT: Words("passed on or divided", "已转出或拆分"),
    FIRM: Words("firm", "已确定"),
    PROVISIONAL: Words("provisional", "暂定"),
    "ISSUE": Words("by issue", "开立取得"),
    "TRANSFER": Words("by transfer", "受让取得"),
    "SPLIT_REST": Words("rest of a split", "拆分剩余"),
    "FREEZE": Words("freeze", "冻结"),
    "PLEDGE": Words("pledge", "质押"),
    "FINANCING": Words("financing", "融资锁定"),
    "OFFER": Words("offer", "转让锁定"),
    "DISPUTE": Words("dispute", "争议"),
}


def text(name: str, en: str, zh: str) -> Column:
    """A column of text."""
    return Column(name, "text", Words(en, zh))


def amount(name: str, en: str, zh: str) -> Column:
    """A column of amounts in minor units."""
    return Column(name, "amount", Words(en, zh))


def units(name: str, en: str, zh: str) -> Column:
    """A column of whole numbers."""
    return Column(name, "integer", Words(en, zh))


def time(name: str, en: str, zh: str) -> Column:
    """A column of instants."""
    return Column(name, "time", Words(en, zh))


def day(name: str, en: str, zh: str) -> Column:
    """A column of local days."""
    return Column(name, "day", Words(en, zh))


def flag(name: str, en: str, zh: str) -> Column:
    """Whether something holds: 1 or 0."""
    return Column(name, "flag", Words(en, zh))
