"""The maturity ladder: what falls due by week or month, for an issuer, a settlement bank, a holder and a sponsor."""

from typing import Final

from tallychain.console import flows
from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.sheets import FORM, as_file
from tallychain.console.visits import Reply, Visit
from tallychain.instruments.calendar import local_day
from tallychain.ledger.views import Column, column

BY: Final = (flows.WEEK, flows.MONTH)
COLUMNS: Final[tuple[Column, ...]] = (
    column("day", "day", "Due", "到期日"),
    column("voucher", "text", "Voucher", "凭证编号"),
    column("issuer", "text", "Issuer", "开立方"),
    column("bank", "text", "Settlement bank", "清分行"),
    column("amount", "amount", "Amount", "金额"),
    column("status", "text", "Status", "状态"),
)


async def ladder(visit: Visit) -> Reply:
    """Sums by week or month with what they are made of; as a file every amount on a row of its own."""
    names = await names_for(visit)
    sides = flows.sides_of(visit, names)
    side = _one_of(visit.query.get("side", ""), sides)
    found = await flows.flows_of(visit, names, side) if side else flows.Flows("", (), True)
    if FORM in visit.query:
        return as_file(
            visit, f"maturities-{side or 'none'}", COLUMNS, [_row(visit, row) for row in found.rows]
        )
    by = _one_of(visit.query.get("by", ""), BY)
    past, periods = flows.ladder(found, by, local_day(visit.gateway.clock.now_ms()))
    return await page(
        visit,
        "ladder.html",
        active="ladder",
        names=names,
        sides=sides,
        side=side,
        by=by,
        ways=BY,
        past=past,
        periods=periods,
        total=sum(row.amount for row in found.rows),
        is_whole=found.is_whole,
    )


def _one_of(asked: str, known: tuple[str, ...]) -> str:
    """What was asked for, where it is known; else the first."""
    return asked if asked in known else (known[0] if known else "")


def _row(visit: Visit, flow: flows.Flow) -> Row:
    return {
        "day": flow.day,
        "voucher": flow.voucher,
        "issuer": flow.issuer,
        "bank": flow.bank,
        "amount": flow.amount,
        "status": visit.words.status(flow.status),
    }


ROUTES: Final[tuple[Route, ...]] = (get("/ladder", ladder),)
