"""What everybody may know of issuers: a list, and a page of figures with a chart for each; without sign-in where the gateway allows it."""

from dataclasses import dataclass
from typing import Final

from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit

MONTHS_DRAWN: Final = 24
WIDTH: Final = 720
HEIGHT: Final = 160
GAP: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of the chart: what was owed, and what of it was overdue."""

    month: str
    x: int
    width: int
    top: int
    height: int
    overdue_top: int
    overdue_height: int
    balance: int
    overdue: int


async def issuers(visit: Visit) -> Reply:
    """Issuers with their newest month."""
    query = {name: visit.query[name] for name in ("cursor",) if name in visit.query}
    found = await visit.desk.get("disclosure-list", query)
    return await page(visit, "disclosures.html", active="disclosure", found=found)


async def issuer(visit: Visit) -> Reply:
    """One issuer: figures of the newest month, a chart with its table, corrections, remarks, and its vouchers."""
    member = visit.path["id"]
    found = await visit.desk.get("disclosure-show", id=member)
    query = {name: visit.query[name] for name in ("cursor",) if name in visit.query}
    vouchers = await visit.desk.get("disclosure-vouchers", query, id=member)
    months: list[Row] = found["months"]
    return await page(
        visit,
        "disclosure.html",
        active="disclosure",
        found=found,
        newest=months[0],
        bars=bars(months[:MONTHS_DRAWN][::-1]),
        chart_width=WIDTH,
        chart_height=HEIGHT,
        vouchers=vouchers,
        is_own=member == visit.gateway.member and visit.may("staff:maker"),
    )


def bars(months: list[Row]) -> list[Bar]:
    """The chart: a bar a month, the oldest first, against the largest balance."""
    most = max((int(row["balance"]) for row in months), default=0) or 1
    step = WIDTH // max(len(months), 1)
    made = []
    for place, row in enumerate(months):
        height = HEIGHT * int(row["balance"]) // most
        overdue = HEIGHT * int(row["overdue_balance"]) // most
        made.append(
            Bar(
                month=str(row["month"]),
                x=place * step,
                width=max(step - GAP, 1),
                top=HEIGHT - height,
                height=height,
                overdue_top=HEIGHT - overdue,
                overdue_height=overdue,
                balance=int(row["balance"]),
                overdue=int(row["overdue_balance"]),
            )
        )
    return made


ROUTES: Final[tuple[Route, ...]] = (
    get("/disclosure", issuers, is_open=True),
    get("/disclosure/{id:str}", issuer, is_open=True),
)
