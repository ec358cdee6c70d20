"""Courts: what a court gateway has frozen, and what is frozen of the visitor's, with what each may do next."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.courting.state import AWARDED, FROZEN, STANDING
from tallychain.gateway.accounts import HOUSE
from tallychain.instruments.calendar import local_day
from tallychain.ledger.identity import COURT_GATEWAY

ACTS: Final = {
    "court.renew": (FROZEN,),
    "court.unfreeze": STANDING,
    "court.execute": STANDING,
    "court.transfer": (FROZEN,),
}
FIRST_ONLY: Final = ("court.execute", "court.transfer")
"""Acts of the court that stands first on all of its units."""
SOON_DAYS: Final = 30
"""From so many days before its end a freeze is marked: it is renewed, or it ends by itself."""
OVER: Final = ("SPENT", "PAID")


@dataclass(frozen=True, slots=True)
class Shown:
    """One freeze as the visitor may see it."""

    row: Row
    order: Row | None
    """The order by which it was frozen, where the visitor can open it."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the operation, and the query that fills its form in."""

    @property
    def stands(self) -> bool:
        """Whether it still binds anything."""
        return str(self.row["status"]) in STANDING

    @property
    def waiting(self) -> int:
        """How much of it waits behind other courts, in fen."""
        return int(self.row["frozen"]) - int(self.row["effective"]) if self.row["status"] == FROZEN else 0

    @property
    def is_executed(self) -> bool:
        """Whether its money goes to the court's account."""
        return str(self.row["status"]) == AWARDED


async def courts(visit: Visit) -> Reply:
    """Every freeze that concerns the visitor, those that stand first."""
    names = await names_for(visit)
    is_court = await _is_court(visit)
    shown = await _freezes(visit, names)
    may_freeze = is_court and visit.may("staff:maker")
    return await page(
        visit,
        "courts.html",
        active="courts",
        names=names,
        freezes=shown,
        is_court=is_court,
        may_freeze=may_freeze,
        today=local_day(visit.gateway.clock.now_ms()),
        days_left=days_left,
        soon=SOON_DAYS,
    )


def days_left(row: Row, today: date) -> int | None:
    """Days until a freeze ends by itself; none where it has ended or was executed."""
    if row["status"] != FROZEN or not row["until"]:
        return None
    return (date.fromisoformat(str(row["until"])) - today).days


async def freezes_on(visit: Visit, row: Row) -> list[Row]:
    """The freezes that stand on a holding, in the order of the queue."""
    found = await visit.desk.rows("freezes", voucher=row["voucher"], tag=row["tag"])
    return [one for one in sorted(found, key=_placed) if one["status"] in STANDING and _within(row, one)]


async def frozen_parts(visit: Visit, voucher: str, holdings: list[Row]) -> list[Row]:
    """The holdings of a voucher that a freeze stands on."""
    found = await visit.desk.rows("freezes", voucher=voucher)
    standing = [one for one in found if one["status"] in STANDING]
    return [
        row
        for row in holdings
        if row["status"] not in OVER
        and any(row["tag"] == one["tag"] and _within(row, one) for one in standing)
    ]


async def _freezes(visit: Visit, names: Names) -> list[Shown]:
    """Those of the visitor's tags, of a court gateway's own, and those whose orders the visitor can open."""
    orders = {str(row["operation"]): row for row in await visit.desk.rows("court_orders")}
    found = [row for tag in sorted(names.own) for row in await visit.desk.rows("freezes", tag=tag)]
    if visit.caller.seat == HOUSE:
        found += await visit.desk.rows("freezes", court=visit.gateway.member)
        opened = sorted({str(row["freeze"]) for row in orders.values()})
        found += [await visit.desk.row("freezes", name) for name in opened]
    rows = {str(row["freeze"]): row for row in found}
    ordered = sorted(rows.values(), key=lambda row: (row["status"] not in STANDING, -int(row["frozen_at"])))
    return [await _shown(visit, row, orders.get(str(row["freeze"]))) for row in ordered]


async def _shown(visit: Visit, row: Row, order: Row | None) -> Shown:
    is_own = visit.caller.seat == HOUSE and row["court"] == visit.gateway.member
    if not is_own or row["status"] not in STANDING or not visit.may("staff:maker"):
        return Shown(row, order, ())
    is_first = row["effective"] == row["frozen"]
    kinds = [
        kind for kind, when in ACTS.items() if row["status"] in when and (is_first or kind not in FIRST_ONLY)
    ]
    return Shown(row, order, tuple([(kind, await _query(visit, kind, row)) for kind in kinds]))


async def _query(visit: Visit, kind: str, row: Row) -> str:
    fields = {"voucher": row["voucher"], "freeze": row["freeze"]}
    if kind == "court.execute":
        held = await visit.desk.rows("holdings", voucher=row["voucher"], tag=row["tag"])
        firsts = sorted(int(one["first"]) for one in held if one["status"] not in OVER and _within(one, row))
        fields["holdings"] = json.dumps(firsts)
    return urlencode(fields)


async def _is_court(visit: Visit) -> bool:
    member = await visit.desk.row("members", visit.gateway.member)
    return visit.caller.seat == HOUSE and COURT_GATEWAY in str(member["kinds"])


def _within(holding: Row, freeze: Row) -> bool:
    return int(freeze["first"]) <= int(holding["first"]) and int(holding["last"]) <= int(freeze["last"])


def _placed(row: Row) -> tuple[int, int]:
    return int(row["height"]), int(row["frozen_at"])


ROUTES: Final[tuple[Route, ...]] = (get("/courts", courts),)
