"""The movable-property registry: what is due there, its list, and where ledger and registry differ."""

from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.gateway.problems import Problem

SHOWN: Final = 500
"""Differences and rejected rows that a page shows; its head counts all."""


async def show(visit: Visit) -> Reply:
    """What is due, and what differs by the newest list."""
    _allowed(visit)
    return await _page(visit, await visit.desk.get("registry-reconciliation"))


async def take(visit: Visit) -> Reply:
    """Compare with a list, and keep it where that is asked for."""
    _allowed(visit)
    upload = next((item for item in visit.files if item.field == "list"), None)
    query = {"dry_run": "false" if visit.text("step") == "keep" else "true"}
    try:
        content = b"" if upload is None else upload.content
        read = await visit.desk.post_bytes("registry-list", content, query)
    except Problem as problem:
        report = await visit.desk.get("registry-reconciliation")
        return await _page(visit, report, problem=problem)
    return await _page(visit, read["report"], read=read)


async def export(visit: Visit) -> Reply:
    """The table for the registry, as a download."""
    _allowed(visit)
    query = {"everything": "true"} if visit.query.get("everything") == "true" else {}
    answer = await visit.desk.ask("registry-export", query=query)
    return Reply(answer.body, answer.status, answer.media_type, answer.headers)


def may_look(visit: Visit) -> bool:
    """Whether the visitor is of the staff that files at the registry."""
    return visit.may("staff:maker", "staff:checker", "staff:system")


def _allowed(visit: Visit) -> None:
    if not may_look(visit):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)


async def _page(
    visit: Visit, report: Row, *, read: Row | None = None, problem: Problem | None = None
) -> Reply:
    values: dict[str, Any] = {"report": report, "read": read, "problem": problem, "shown": SHOWN}
    return await page(
        visit,
        "registry.html",
        status=200 if problem is None else problem.status,
        active="financings",
        may_give=visit.may("staff:maker", "staff:system"),
        **values,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/registry", show),
    post("/registry", take, takes_files=True),
    get("/registry/export", export),
)
