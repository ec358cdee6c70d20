"""Webhooks of the visitor's seat: where to, what nobody took, and the secret that is shown once."""

from typing import Final

from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.gateway import permissions
from tallychain.gateway.problems import Problem

_SHOWN: Final = "20"


async def webhooks(visit: Visit) -> Reply:
    """All of them, with what was told last."""
    return await _page(visit)


async def add(visit: Visit) -> Reply:
    """Tell an address what happens from now on; the answer shows the secret."""
    kinds = visit.text("kinds").split() or ["*"]
    body = {"url": visit.text("url"), "kinds": kinds, "own": visit.text("all") != "yes"}
    try:
        made = await visit.desk.post("webhook-add", body)
    except Problem as problem:
        return await _page(visit, problem=problem)
    return await _page(visit, secret=made["secret"])


async def do(visit: Visit) -> Reply:
    """What one of the buttons beside a webhook does."""
    name, act = visit.path["webhook"], visit.text("act")
    try:
        if act in ("on", "off"):
            await visit.desk.post("webhook-change", {"on": act == "on"}, id=name)
        elif act == "secret":
            made = await visit.desk.post("webhook-secret", None, id=name)
            return await _page(visit, secret=made["secret"])
        elif act in ("test", "remove"):
            await visit.desk.post(f"webhook-{act}", None, id=name)
        elif act == "redeliver":
            await visit.desk.post("webhook-redeliver", {}, id=name)
        else:
            raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    except Problem as problem:
        return await _page(visit, problem=problem)
    return go_to("/webhooks")


async def _page(visit: Visit, *, secret: str = "", problem: Problem | None = None) -> Reply:
    rows = await visit.desk.get("webhook-list")
    for row in rows:
        row["deliveries"] = await visit.desk.get("webhook-deliveries", {"limit": _SHOWN}, id=row["id"])
    return await page(
        visit,
        "webhooks.html",
        status=200 if problem is None else problem.status,
        active="webhooks",
        rows=rows,
        kinds=await visit.desk.get("webhook-kinds"),
        may_change=bool(visit.caller.classes & permissions.PERMISSIONS["webhook-add"]),
        secret=secret,
        values={"url": visit.text("url"), "kinds": visit.text("kinds")},
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/webhooks", webhooks),
    post("/webhooks", add),
    post("/webhooks/{webhook:str}", do),
)
