"""What everybody may know of issuers: a list, and a page of figures with charts and a table beside each; without sign-in where the gateway allows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tallychain.console import charts
from tallychain.console.charts import Chart
from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.persistence import persistent_of
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit

MONTHS_DRAWN: Final = 24
FRESH_S: Final = 60
"""How long anybody may keep a page for visitors without an account: a month is closed once a month."""
_WHOLE_BP: Final = 10_000


async def issuers(visit: Visit) -> Reply:
    """Issuers with their newest month."""
    query = {name: visit.query[name] for name in ("cursor",) if name in visit.query}
    found = await visit.desk.get("disclosure-list", query)
    made = await page(visit, "disclosures.html", active="disclosure", found=found)
    return _for_everybody(visit, made)


async def issuer(visit: Visit) -> Reply:
    """One issuer: figures of the newest month, a chart with its table, corrections, remarks, and its vouchers."""
    member = visit.path["id"]
    found = await visit.desk.get("disclosure-show", id=member)
    query = {name: visit.query[name] for name in ("cursor",) if name in visit.query}
    vouchers = await visit.desk.get("disclosure-vouchers", query, id=member)
    months: list[Row] = found["months"]
    newest_first = months[:MONTHS_DRAWN]
    pictures = drawn(newest_first[::-1])
    made = await page(
        visit,
        "disclosure.html",
        active="disclosure",
        found=found,
        newest=months[0],
        persistent=await persistent_of(visit, months[0]),
        drawn=newest_first,
        balance=pictures.balance,
        overdue=pictures.overdue,
        punctual=pictures.punctual,
        vouchers=vouchers,
        is_own=member == visit.gateway.member and visit.may("staff:maker"),
    )
    return _for_everybody(visit, made)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pictures of one issuer's months, the oldest first."""

    balance: Chart
    overdue: Chart
    punctual: Chart


def drawn(months: Sequence[Row]) -> Drawn:
    """What is owed with what of it is overdue, what became overdue with what of it is still owed, and how much was paid on time."""
    names = [str(row["month"]) for row in months]
    held_back = [bool(row["held_back"]) for row in months]
    late = [int(row["overdue_balance"]) for row in months]
    rates = [
        None if is_held or int(row["on_time_bp"]) < 0 else int(row["on_time_bp"])
        for row, is_held in zip(months, held_back, strict=True)
    ]
    return Drawn(
        balance=charts.bars(names, [int(row["balance"]) for row in months], late),
        overdue=charts.bars(names, [int(row["overdue"]) for row in months], late),
        punctual=charts.lines(names, [("", rates)], top=_WHOLE_BP, unsaid=held_back),
    )


def _for_everybody(visit: Visit, reply: Reply) -> Reply:
    """Whoever has no account reads what everybody reads, so that it may be kept for a moment and no cookie comes with it."""
    if visit.account is not None:
        return reply
    headers = {"Cache-Control": f"public, max-age={FRESH_S}", "Vary": "Cookie, Accept-Language"}
    return replace(reply, headers={**reply.headers, **headers}, sets_cookies=False)


ROUTES: Final[tuple[Route, ...]] = (
    get("/disclosure", issuers, is_open=True),
    get("/disclosure/{id:str}", issuer, is_open=True),
)
