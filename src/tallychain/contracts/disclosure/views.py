"""How disclosure becomes rows: months, vouchers, corrections and remarks, all public to everybody."""

from collections.abc import Iterable

from tallychain.contracts.disclosure import events
from tallychain.contracts.disclosure.state import CLOSED, OPEN
from tallychain.ledger.contract import Words
from tallychain.ledger.views import Column, Fact, RowWrite, View, column

WORDS = {
    OPEN: Words("open", "未结账"),
    CLOSED: Words("closed", "已结账"),
    "BOOKED_IN_TIME": Words("booked in time, attested later", "按时入账，事后证明"),
    "RECORDED_LATE": Words("written down after the month was closed", "结账后补记"),
    "UNDER_50M": Words("under 50 million yuan", "5000万元以下"),
    "50M_TO_200M": Words("50 to 200 million yuan", "5000万元至2亿元"),
    "200M_TO_1BN": Words("200 million to 1 billion yuan", "2亿元至10亿元"),
    "1BN_TO_5BN": Words("1 to 5 billion yuan", "10亿元至50亿元"),
    "OVER_5BN": Words("5 billion yuan or more", "50亿元及以上"),
    "UNDER_5": Words("under 5", "5家以下"),
    "5_TO_9": Words("5 to 9", "5至9家"),
    "10_TO_19": Words("10 to 19", "10至19家"),
    "20_TO_49": Words("20 to 49", "20至49家"),
    "50_OR_MORE": Words("50 or more", "50家及以上"),
}


def _months(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if not isinstance(event, events.MonthPublished):
        return
    more = event.further
    yield RowWrite(
        "disclosures",
        (event.issuer, event.month),
        {
            "accepted_month": event.accepted_month,
            "accepted_year": event.accepted_year,
            "accepted": event.accepted,
            "balance": event.balance,
            "overdue": event.overdue,
            "overdue_balance": event.overdue_balance,
            "overdue_events": event.overdue_events,
            "persistent_since": event.persistent_since,
            "held_back": int(more is None),
            "on_time_bp": -1 if more is None else more.on_time_bp,
            "term_days": 0 if more is None else more.term_days,
            "scale": "" if more is None else more.scale,
            "sponsors": "" if more is None else more.sponsors,
            "funders": "" if more is None else more.funders,
            "score": -1 if more is None else more.score,
            "grade": "" if more is None else more.grade,
            "policy": event.policy,
            "closed_at": event.since_ms,
            "height": fact.height,
        },
    )


def _issuers(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.MonthPublished):
        yield RowWrite(
            "disclosed_issuers",
            (event.issuer,),
            {
                "month": event.month,
                "accepted": event.accepted,
                "balance": event.balance,
                "overdue": event.overdue,
                "overdue_balance": event.overdue_balance,
                "persistent_since": event.persistent_since,
                "grade": "" if event.further is None else event.further.grade,
            },
        )


def _vouchers(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.VoucherDisclosed):
        yield RowWrite(
            "disclosed_vouchers",
            (event.voucher,),
            {
                "issuer": event.issuer,
                "issuer_name": event.name,
                "uscc": event.uscc,
                "issue_day": event.issue_day,
                "accepted_day": event.accepted_day,
                "face": event.face,
                "maturity": event.maturity,
                "disclosed_at": fact.time_ms,
            },
        )


def _corrections(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.RecordCorrected):
        yield RowWrite(
            "disclosure_corrections",
            (fact.height, fact.index),
            {
                "issuer": event.issuer,
                "month": event.month,
                "through": event.through,
                "voucher": event.voucher,
                "cause": event.cause,
                "missed": event.missed,
                "overdue": event.overdue,
                "overdue_events": event.overdue_events,
                "told_at": fact.time_ms,
            },
        )


def _remarks(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.IssuerRemarked):
        yield RowWrite(
            "disclosure_remarks",
            (event.issuer, event.month, event.number),
            {"text": event.text, "told_at": fact.time_ms},
        )


ISSUER = Column("issuer", "text", Words("Issuer", "开立方"))
MONTH = column("month", "text", "Month", "月份")

MONTHS_VIEW = View(
    name="disclosures",
    title=Words("Disclosure by month", "月度信息披露"),
    key=("issuer", "month"),
    columns=(
        ISSUER,
        MONTH,
        column("accepted_month", "amount", "Accepted in the month", "当月承兑"),
        column("accepted_year", "amount", "Accepted since 1 January", "当年累计承兑"),
        column("accepted", "amount", "Accepted in all", "累计承兑"),
        column("balance", "amount", "Balance", "余额"),
        column("overdue", "amount", "Became overdue in five years", "近五年累计逾期"),
        column("overdue_balance", "amount", "Overdue balance", "逾期余额"),
        column("overdue_events", "integer", "Recent overdue events", "近期逾期次数"),
        column("persistent_since", "text", "Persistently overdue since", "持续逾期起始月"),
        column("held_back", "flag", "Further figures held back", "补充指标不披露"),
        column("on_time_bp", "integer", "On time (0.01 %)", "按时付款率（万分之一）"),
        column("term_days", "integer", "Weighted term (days)", "加权期限（天）"),
        column("scale", "text", "Scale of twelve months", "十二个月规模"),
        column("sponsors", "text", "Sponsors of first holders", "首手持有人保荐机构数"),
        column("funders", "text", "Funders", "资金方数"),
        column("score", "integer", "Score", "评分"),
        column("grade", "text", "Grade", "等级"),
        column("policy", "integer", "Policy version", "规则版本"),
        column("closed_at", "time", "Closed at", "结账时间"),
        column("height", "integer", "Block", "区块高度"),
    ),
    project=_months,
)

VOUCHERS_VIEW = View(
    name="disclosed_vouchers",
    title=Words("Disclosure by voucher", "逐张信息披露"),
    key=("voucher",),
    columns=(
        column("voucher", "text", "Voucher", "凭证编号"),
        ISSUER,
        column("issuer_name", "text", "Issuer's name", "开立方名称"),
        column("uscc", "text", "Social credit code", "统一社会信用代码"),
        column("issue_day", "day", "Issued", "开立日"),
        column("accepted_day", "day", "Accepted", "签收日"),
        column("face", "amount", "Face", "票面金额"),
        column("maturity", "day", "Maturity", "到期日"),
        column("disclosed_at", "time", "Disclosed at", "披露时间"),
    ),
    project=_vouchers,
)

CORRECTIONS_VIEW = View(
    name="disclosure_corrections",
    title=Words("Corrections of disclosure", "披露更正"),
    key=("height", "position"),
    columns=(
        column("height", "integer", "Block", "区块高度"),
        column("position", "integer", "Position", "序号"),
        ISSUER,
        MONTH,
        column("through", "text", "Through", "至月份"),
        column("voucher", "text", "Voucher", "凭证编号"),
        column("cause", "text", "Cause", "原因"),
        column("missed", "amount", "Missed", "到期未付"),
        column("overdue", "amount", "Overdue", "逾期"),
        column("overdue_events", "integer", "Overdue events", "逾期次数"),
        column("told_at", "time", "Told at", "更正时间"),
    ),
    project=_corrections,
)

REMARKS_VIEW = View(
    name="disclosure_remarks",
    title=Words("Issuers' remarks", "企业备注"),
    key=("issuer", "month", "number"),
    columns=(
        ISSUER,
        MONTH,
        column("number", "integer", "Number", "序号"),
        column("text", "text", "Remark", "备注"),
        column("told_at", "time", "Said at", "时间"),
    ),
    project=_remarks,
)

ISSUERS_VIEW = View(
    name="disclosed_issuers",
    title=Words("Issuers, newest month", "披露企业（最近月份）"),
    key=("issuer",),
    columns=(
        ISSUER,
        MONTH,
        column("accepted", "amount", "Accepted in all", "累计承兑"),
        column("balance", "amount", "Balance", "余额"),
        column("overdue", "amount", "Became overdue in five years", "近五年累计逾期"),
        column("overdue_balance", "amount", "Overdue balance", "逾期余额"),
        column("persistent_since", "text", "Persistently overdue since", "持续逾期起始月"),
        column("grade", "text", "Grade", "等级"),
    ),
    project=_issuers,
)

VIEWS = (MONTHS_VIEW, ISSUERS_VIEW, VOUCHERS_VIEW, CORRECTIONS_VIEW, REMARKS_VIEW)
