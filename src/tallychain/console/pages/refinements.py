"""Refinements: the expression that says what a funder quotes for beyond its published standards, for its own staff alone."""

from typing import Any, Final

from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.gateway.problems import Problem
from tallychain.gateway.refining.language import SOURCE_BYTES
from tallychain.gateway.refining.refinements import OPEN

_SHOWN: Final = 50
_DONE: Final = ("entered", "approved", "refused")


async def refinements(visit: Visit) -> Reply:
    """What holds, what waits, and a box to try an expression in."""
    return await _page(visit)


async def enter(visit: Visit) -> Reply:
    """Try an expression on the holdings of today, or enter it for a second person."""
    body = {"expression": visit.text("expression")[: SOURCE_BYTES + 1]}
    try:
        if visit.text("act") == "try":
            return await _page(visit, tried=await _tried(visit, body))
        await visit.desk.post("refinement-ask", body)
    except Problem as problem:
        return await _page(visit, problem=problem)
    return go_to("/refinements", done="entered")


async def decide(visit: Visit) -> Reply:
    """Let an expression hold as its second person, or close it."""
    act = visit.text("act")
    if act not in ("approve", "refuse"):
        raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    try:
        await visit.desk.post(f"refinement-{act}", None, id=visit.path["refinement"])
    except Problem as problem:
        return await _page(visit, problem=problem)
    return go_to("/refinements", done="approved" if act == "approve" else "refused")


async def _tried(visit: Visit, body: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = await visit.desk.post("refinement-try", body)
    found["rows"] = sorted(found["rows"], key=lambda row: ("failed", "no", "yes").index(row["answer"]))[
        :_SHOWN
    ]
    return found


async def _page(
    visit: Visit, *, problem: Problem | None = None, tried: dict[str, Any] | None = None
) -> Reply:
    found = await visit.desk.get("refinement-list")
    rows = found["refinements"]
    done = visit.query.get("done", "")
    language = visit.words.language
    return await page(
        visit,
        "refinements.html",
        status=200 if problem is None else problem.status,
        active="limits",
        names=await names_for(visit),
        holding=next((row for row in rows if row["state"] != OPEN), None),
        waiting=[row for row in rows if row["state"] == OPEN],
        variables=[(row["name"], row["type"], row[language]) for row in found["variables"]],
        may_enter=visit.may("staff:maker"),
        may_approve=visit.may("staff:checker"),
        tried=tried,
        done=done if done in _DONE else "",
        problem=problem,
        values={"expression": visit.text("expression")},
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/refinements", refinements),
    post("/refinements", enter),
    post("/refinements/{refinement:str}", decide),
)
