"""Limits: what a funder lends at most and to whom, for its own staff alone; one person enters, another approves."""

from datetime import date
from typing import Final

from tallychain.console.fields import reading
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.gateway.limits import ASSETS, KINDS, LINE, OPEN
from tallychain.gateway.problems import Problem
from tallychain.instruments.calendar import parse_date
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.ledger.limits import AMOUNT
from tallychain.sdk.quotes import percent

_FIELDS: Final = ("kind", "issuer", "amount", "until")
_LAST: Final = date(2099, 12, 31)


async def limits(visit: Visit) -> Reply:
    """What holds and what waits, beside what is used of it and what outstanding quotes reserve."""
    return await _page(visit)


async def enter(visit: Visit) -> Reply:
    """Enter a credit line or the risk assets; nothing changes before another person approves it."""
    given = reading(visit)
    kind = given.one_of("kind", list(KINDS))
    issuer = given.one_of("issuer", [name for name, _ in await _issuers(visit)]) if kind == LINE else ""
    amount = given.fen("amount", AMOUNT)
    last = given.day("until", parse_date(visit.gateway.limits.today), _LAST)
    if given.faults:
        return await _page(visit, faults=given.faults)
    body = {"kind": kind, "issuer": issuer, "amount": int(amount), "valid_until": last}
    try:
        await visit.desk.post("limit-ask", body)
    except Problem as problem:
        return await _page(visit, problem=problem)
    return go_to("/limits", done="entered")


async def decide(visit: Visit) -> Reply:
    """Let a limit hold as its second person, or close it."""
    act = visit.text("act")
    if act not in ("approve", "refuse"):
        raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    try:
        await visit.desk.post(f"limit-{act}", None, id=visit.path["limit"])
    except Problem as problem:
        return await _page(visit, problem=problem)
    return go_to("/limits", done="approved" if act == "approve" else "refused")


async def _page(
    visit: Visit, *, problem: Problem | None = None, faults: dict[str, str] | None = None
) -> Reply:
    found = await visit.desk.get("limit-list")
    for row in found["limits"]:
        row["is_over"] = row["valid_until"] < visit.gateway.limits.today
    for row in found["used"]:
        row["share"] = percent(row["share_ppm"]) if row["share_ppm"] >= 0 else ""
        row["free"] = max(0, row["line"] - row["used"] - row["reserved"])
    done = visit.query.get("done", "")
    return await page(
        visit,
        "limits.html",
        status=(400 if faults else 200) if problem is None else problem.status,
        active="limits",
        names=await names_for(visit),
        standing=[row for row in found["limits"] if row["state"] != OPEN],
        waiting=[row for row in found["limits"] if row["state"] == OPEN],
        used=found["used"],
        issuers=[{"member": member, "name": name} for member, name in await _issuers(visit)],
        kinds=KINDS,
        assets=ASSETS,
        may_enter=visit.may("staff:maker"),
        may_approve=visit.may("staff:checker"),
        done=done if done in ("entered", "approved", "refused") else "",
        problem=problem,
        faults=faults or {},
        values={name: visit.text(name) for name in _FIELDS},
    )


async def _issuers(visit: Visit) -> list[tuple[str, str]]:
    names = await names_for(visit)
    return sorted(
        (str(row["member"]), names.member(str(row["member"])))
        for row in names.members.values()
        if CORE_ENTERPRISE in str(row["kinds"]).split()
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/limits", limits),
    post("/limits", enter),
    post("/limits/{limit:str}", decide),
)
