"""One or two persons for a client's seat: how many sign, who they are, what waits for the second one, and the sponsor's help."""

from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.pages.operations import Titles
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import one_line, unlock
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem


async def persons(visit: Visit) -> Reply:
    """Of a client: its own seat.  Of the sponsor's admins: its clients of two persons."""
    return await _page(visit)


async def ask(visit: Visit) -> Reply:
    """Ask that two persons, or one, sign for the own seat."""
    body = {"two_persons": visit.text("two_persons") == "yes", "unlock": unlock(visit)}
    try:
        await visit.desk.post("seat-persons-ask", body)
    except Problem as problem:
        return await _page(visit, problem)
    return go_to("/persons")


async def ask_one(visit: Visit) -> Reply:
    """Ask, as an admin of the sponsor, that one person signs for a client."""
    body = {"reason": one_line(visit.text("reason")), "unlock": unlock(visit)}
    try:
        await visit.desk.post("seat-one-person", body, id=visit.text("seat"))
    except Problem as problem:
        return await _page(visit, problem)
    return go_to("/persons")


async def decide(visit: Visit) -> Reply:
    """What the second one says."""
    said, change = visit.text("say"), visit.path["change"]
    try:
        if said == "approve":
            await visit.desk.post("seat-persons-approve", {"unlock": unlock(visit)}, id=change)
        elif said == "refuse":
            await visit.desk.post("seat-persons-refuse", None, id=change)
        else:
            raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    except Problem as problem:
        if problem.code == "GATEWAY_NOT_FOUND":
            raise
        return await _page(visit, problem)
    return go_to("/persons")


async def _page(visit: Visit, problem: Problem | None = None) -> Reply:
    is_client = visit.caller.seat != HOUSE
    if not is_client and not visit.may("staff:admin"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    values: dict[str, Any] = await (_of_client(visit) if is_client else _of_sponsor(visit))
    return await page(
        visit,
        "persons.html",
        status=200 if problem is None else problem.status,
        active="account",
        is_client=is_client,
        me=visit.caller.id,
        title_of=Titles(visit),
        reason=visit.text("reason"),
        problem=problem,
        **values,
    )


async def _of_client(visit: Visit) -> dict[str, Any]:
    found: Row = await visit.desk.get("seat-persons-show")
    waiting = await visit.desk.get("draft-list")
    return {"found": found, "changes": found["changes"], "waiting": waiting, "seats": []}


async def _of_sponsor(visit: Visit) -> dict[str, Any]:
    every = await visit.gateway.seats.all()
    changes: list[Row] = await visit.desk.get("seat-change-list")
    seats = [seat for seat in every if seat.two_persons and seat.active and seat.hosted]
    return {"found": None, "changes": changes, "waiting": [], "seats": seats}


ROUTES: Final[tuple[Route, ...]] = (
    get("/persons", persons),
    post("/persons", ask),
    post("/persons/sponsored", ask_one),
    post("/persons/changes/{change:str}", decide),
)
