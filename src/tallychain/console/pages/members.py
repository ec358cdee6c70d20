"""Members and their keys."""

from typing import Final

from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit


async def members(visit: Visit) -> Reply:
    """Every member of the alliance."""
    return await page(visit, "members.html", active="members", rows=await visit.desk.rows("members"))


async def member(visit: Visit) -> Reply:
    """One member with the keys that sign and seal for it."""
    name = visit.path["member"]
    return await page(
        visit,
        "member.html",
        active="members",
        row=await visit.desk.row("members", name),
        keys=await visit.desk.rows("keys", member=name),
        sealing_keys=await visit.desk.rows("sealing_keys", member=name),
    )


ROUTES: Final[tuple[Route, ...]] = (get("/members", members), get("/members/{member:str}", member))
