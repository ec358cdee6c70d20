"""Today: what waits for the visitor, and what an issuer is told."""

from typing import Any, Final

from tallychain.console.deadlines import deadlines_of
from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages import admissions, ceilings, consents, payables, proposals, settling
from tallychain.console.pages.operations import Titles
from tallychain.console.pages.sharing import waiting_of
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import unlock
from tallychain.console.visits import Reply, Visit, go_to
from tallychain.contracts.documents.state import PRESENTED
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem
from tallychain.ledger.identity import CORE_ENTERPRISE

_NOTICES: Final = 20


async def today(visit: Visit) -> Reply:
    """Everything that waits."""
    return await _today(visit)


async def refill(visit: Visit) -> Reply:
    """Sign tag cards, and so answer everybody who waits for one."""
    try:
        await visit.desk.post("cards-refill", {"unlock": unlock(visit)})
    except Problem as problem:
        return await _today(visit, problem)
    return go_to("/today")


async def _today(visit: Visit, problem: Problem | None = None) -> Reply:
    names = await names_for(visit)
    waiting = await visit.desk.get("today")
    values: dict[str, Any] = {"to_accept": [], "to_take": [], "given": []}
    if names.own:
        issued = await visit.desk.rows("vouchers", status="ISSUED")
        values["to_accept"] = [row for row in issued if row["receiver"] in names.own]
        offers = await visit.desk.rows("offers", status="OPEN")
        values["to_take"] = [row for row in offers if row["receiver"] in names.own]
        values["given"] = [row for row in offers if row["giver"] in names.own]
    is_issuer = _is_issuer(visit, names)
    values["notices"] = await _notices(visit) if is_issuer else []
    values["promised"] = (
        await visit.desk.rows("vouchers", issuer=visit.gateway.member, status="ISSUED") if is_issuer else []
    )
    values |= await _of_the_alliance(visit, names, is_issuer=is_issuer)
    values["consents"] = await consents.consents_of(visit, names)
    values["papers_asked"] = await waiting_of(visit)
    values["dishonours"] = await _dishonours(visit, names)
    values["presented"] = await payables.presented_by(visit, names, PRESENTED) if names.own else []
    return await page(
        visit,
        "today.html",
        status=200 if problem is None else problem.status,
        active="today",
        names=names,
        waiting=waiting,
        is_issuer=is_issuer,
        problem=problem,
        title_of=Titles(visit),
        has_wallet=await visit.gateway.seats.get(visit.caller.seat) is not None,
        **values,
    )


async def _of_the_alliance(visit: Visit, names: Names, *, is_issuer: bool) -> dict[str, Any]:
    """What waits for a member: payables to answer, votes to cast, and what it must not overlook."""
    found: dict[str, Any] = {
        "to_confirm": [],
        "to_vote": [],
        "missed": (),
        "persistent": None,
        "work": None,
        "deadlines": (),
        "dishonours": [],
        "reminders": (),
    }
    if visit.caller.seat != HOUSE:
        return found
    found["reminders"] = await admissions.reminders_of(visit, names)
    found["to_vote"] = await proposals.to_vote(visit)
    work = found["work"] = await settling.work_of(visit, names)
    now_ms = visit.gateway.clock.now_ms()
    found["deadlines"] = deadlines_of(work.collecting, visit.gateway.member, now_ms)
    if is_issuer:
        member = visit.gateway.member
        found["to_confirm"] = await visit.desk.rows("payables", issuer=member, status=PRESENTED)
        standing = await ceilings.standing_of(visit, member)
        found["missed"], found["persistent"] = standing.missed, standing.persistent
    return found


async def _dishonours(visit: Visit, names: Names) -> list[Row]:
    """Vouchers that were unpaid at their cut-off and that the visitor owes, settles or holds: its notice of dishonour."""
    rows = await visit.desk.rows("dishonours", at_most=500)
    held: set[str] = set()
    for tag in sorted(names.own) if rows else ():
        held |= {
            str(row["voucher"])
            for row in await visit.desk.rows("holdings", tag=tag)
            if row["status"] != "SPENT"
        }
    member, is_house = visit.gateway.member, visit.caller.seat == HOUSE
    mine = [
        row for row in rows if row["voucher"] in held or (is_house and member in (row["issuer"], row["bank"]))
    ]
    return sorted(mine, key=lambda row: int(row["since"]), reverse=True)[:_NOTICES]


def _is_issuer(visit: Visit, names: Names) -> bool:
    record = names.members.get(visit.gateway.member)
    return visit.caller.seat == HOUSE and record is not None and CORE_ENTERPRISE in str(record["kinds"])


async def _notices(visit: Visit) -> list[Row]:
    """The newest movements of title of what this issuer owes: its notice of assignment."""
    moves = await visit.desk.rows("title_moves", issuer=visit.gateway.member, at_most=5000)
    return sorted(moves, key=lambda row: int(row["moved_at"]), reverse=True)[:_NOTICES]


ROUTES: Final[tuple[Route, ...]] = (get("/today", today), post("/cards", refill))
