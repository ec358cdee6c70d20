"""Accounts of a gateway, for its admins: what one admin may do alone, and what waits for another."""

from typing import Any, Final

from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import unlock
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.gateway.accounts import STAFF_ROLES
from tallychain.gateway.problems import Problem

_MANY: Final = "500"
_ALONE: Final = {"close": "account-close", "sessions": "account-session-end", "lock": "account-lock-open"}
_ASKED: Final = ("add", "roles", "reset", "new-key", "reopen")


async def accounts(visit: Visit) -> Reply:
    """All accounts, and the changes that wait."""
    return await _page(visit)


async def ask(visit: Visit) -> Reply:
    """Ask for a change; another admin approves it."""
    kind = visit.text("kind")
    if kind not in _ASKED:
        raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    body = {
        "kind": kind,
        "account": visit.text("account"),
        "name": visit.text("name"),
        "roles": [role for role in STAFF_ROLES if visit.text(f"role_{role}")],
        "unlock": unlock(visit),
    }
    try:
        await visit.desk.post("account-change-ask", body)
    except Problem as problem:
        return await _page(visit, problem=problem)
    return go_to("/accounts", done="asked")


async def decide(visit: Visit) -> Reply:
    """Make a change that another admin has asked for, or close it; a one-time code is shown this once."""
    change = visit.path["change"]
    try:
        if visit.text("act") == "refuse":
            await visit.desk.post("account-change-refuse", None, id=change)
            return go_to("/accounts", done="refused")
        made = await visit.desk.post("account-change-approve", {"unlock": unlock(visit)}, id=change)
    except Problem as problem:
        return await _page(visit, problem=problem)
    return await _page(visit, made=made)


async def alone(visit: Visit) -> Reply:
    """What one admin does at once: close an account, end its sessions, open its lock."""
    endpoint = _ALONE.get(visit.text("act"))
    if endpoint is None:
        raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    try:
        await visit.desk.post(endpoint, None, id=visit.path["account"])
    except Problem as problem:
        return await _page(visit, problem=problem)
    return go_to("/accounts", done="alone")


async def _page(visit: Visit, *, problem: Problem | None = None, made: dict[str, Any] | None = None) -> Reply:
    rows = await visit.desk.get("account-list", {"limit": _MANY})
    changes = await visit.desk.get("account-change-list")
    return await page(
        visit,
        "accounts.html",
        status=200 if problem is None else problem.status,
        active="account",
        problem=problem,
        made=made,
        done=visit.query.get("done", ""),
        rows=rows,
        changes=changes,
        roles=STAFF_ROLES,
        values={"account": visit.text("account"), "name": visit.text("name")},
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/accounts", accounts),
    post("/accounts", ask),
    post("/accounts/{account:str}", alone),
    post("/account-changes/{change:str}", decide),
)
