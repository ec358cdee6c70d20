"""Rates of one's own financings against the grades that issuers had: a chart with a table beside it, every financing, and both as files."""

from typing import Any, Final

from tallychain.console import charts
from tallychain.console.charts import Chart
from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.sheets import FORM, as_file
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.disclosure.months import shifted
from tallychain.gateway.ratereport import MONTHS_USUAL, UNGRADED, rank
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.ledger.views import Column, column
from tallychain.sdk.quotes import percent

SPANS: Final = ("12", str(MONTHS_USUAL), "60")
SHOWN: Final = 200
SUMS: Final[tuple[Column, ...]] = (
    column("month", "text", "Month of the award", "选定月份"),
    column("grade", "text", "Grade then", "当时等级"),
    column("number", "integer", "Financings", "融资笔数"),
    column("face", "amount", "Face", "金额"),
    column("days", "integer", "Days on average", "平均天数"),
    column("rate", "text", "Rate on average", "平均利率"),
    column("all_in", "text", "All-in rate on average", "平均综合成本"),
    column("lowest", "text", "Lowest all-in", "最低综合成本"),
    column("highest", "text", "Highest all-in", "最高综合成本"),
)
FINANCINGS: Final[tuple[Column, ...]] = (
    column("financing", "text", "Financing", "融资编号"),
    column("awarded_at", "time", "Awarded at", "选定时间"),
    column("voucher", "text", "Voucher", "凭证编号"),
    column("issuer", "text", "Issuer", "开立方"),
    column("grade", "text", "Grade then", "当时等级"),
    column("record", "text", "By the record of", "依据披露月份"),
    column("form", "text", "Form", "融资方式"),
    column("recourse", "flag", "With recourse", "有追索权"),
    column("face", "amount", "Face", "金额"),
    column("days", "integer", "Days", "计息天数"),
    column("rate", "text", "Rate", "年化利率"),
    column("all_in", "text", "All-in rate", "综合成本"),
)
_RATES: Final = ("rate", "all_in", "lowest", "highest")


async def rates(visit: Visit) -> Reply:
    """The report, or one of its two tables as a file."""
    issuer = visit.query.get("issuer", "")
    span = visit.query.get("months", "")
    span = span if span in SPANS else str(MONTHS_USUAL)
    query = {"months": span, **({"issuer": issuer} if issuer else {})}
    found = await visit.desk.get("rate-report", query)
    if FORM in visit.query:
        return _file(visit, found)
    names = await names_for(visit)
    sums: list[Row] = found["by_month"]
    return await page(
        visit,
        "rates.html",
        active="rates",
        names=names,
        found=found,
        shown=found["financings"][:SHOWN],
        chart=drawn(visit, found["since"], found["until"], sums),
        keys=[(mark(visit, grade), said(visit, grade)) for grade in UNGRADED],
        said=lambda grade: said(visit, grade),
        issuers=_issuers(names),
        issuer=issuer,
        span=span,
        spans=SPANS,
    )


def drawn(visit: Visit, since: str, until: str, sums: list[Row]) -> Chart:
    """All-in rates on average by month, a line for each grade; a month without a financing of a grade has no mark."""
    months = [since]
    while months[-1] < until:
        months.append(shifted(months[-1], 1))
    known = {(row["grade"], row["month"]): int(row["all_in"]) for row in sums}
    grades = sorted({str(row["grade"]) for row in sums}, key=rank)
    return charts.lines(
        months,
        [(mark(visit, grade), [known.get((grade, month)) for month in months]) for grade in grades],
    )


def mark(visit: Visit, grade: str) -> str:
    """What stands for a grade in the picture: its letter, or a sign."""
    return visit.words(f"rate.mark.{grade}") if grade in UNGRADED else grade


def said(visit: Visit, grade: str) -> str:
    """A grade, or in words why there was none."""
    return visit.words(f"rate.grade.{grade}") if grade in UNGRADED else grade


def _file(visit: Visit, found: dict[str, Any]) -> Reply:
    of_each = visit.query.get("of") == "financings"
    rows: list[Row] = found["financings"] if of_each else found["by_month"]
    told = [_told(visit, row) for row in rows]
    name = f"rates-{'financings' if of_each else 'months'}-{found['since']}-{found['until']}"
    return as_file(visit, name, FINANCINGS if of_each else SUMS, told)


def _told(visit: Visit, row: Row) -> Row:
    changed: Row = {name: percent(int(row[name])) for name in _RATES if name in row}
    form = {"form": visit.words.status(row["form"])} if "form" in row else {}
    flag = {"recourse": int(row["recourse"])} if "recourse" in row else {}
    return {**row, **changed, **form, **flag, "grade": said(visit, str(row["grade"]))}


def _issuers(names: Names) -> list[str]:
    return sorted(
        str(row["member"]) for row in names.members.values() if CORE_ENTERPRISE in str(row["kinds"]).split()
    )


ROUTES: Final[tuple[Route, ...]] = (get("/rates", rates),)
