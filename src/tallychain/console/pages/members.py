"""Members and their keys."""

from typing import Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit


async def members(visit: Visit) -> Reply:
    """Every member of the alliance."""
    return await page(
        visit,
        "members.html",
        active="members",
        rows=await visit.desk.rows("members"),
        weights=await _weights(visit),
        powers=await _powers(visit),
    )


async def member(visit: Visit) -> Reply:
    """One member with the keys that sign and seal for it."""
    name = visit.path["member"]
    weights = await visit.desk.rows("weights", member=name)
    changes = await visit.desk.rows("proposals", at_most=2000)
    return await page(
        visit,
        "member.html",
        active="members",
        weight=max(weights, key=lambda row: int(row["from_height"]))["weight"] if weights else 0,
        names=await names_for(visit),
        has_nodes=bool(await visit.desk.rows("validators")),
        validators=await visit.desk.rows("validators", member=name),
        nodes=await visit.desk.rows("nodes", member=name),
        changes=[row for row in changes if _concerns(row, name)],
        may_propose=visit.may("staff:maker"),
        row=await visit.desk.row("members", name),
        keys=await visit.desk.rows("keys", member=name),
        sealing_keys=await visit.desk.rows("sealing_keys", member=name),
    )


async def _powers(visit: Visit) -> dict[str, int]:
    """The power in the engine of each member that validates."""
    powers: dict[str, int] = {}
    for row in await visit.desk.rows("validators"):
        if int(row["told"]):
            powers[str(row["member"])] = powers.get(str(row["member"]), 0) + int(row["told"])
    return powers


async def _weights(visit: Visit) -> dict[str, int]:
    """The voting weight of each member that has one, as of now."""
    rows = sorted(await visit.desk.rows("weights"), key=lambda row: int(row["from_height"]))
    return {str(row["member"]): int(row["weight"]) for row in rows}


def _concerns(proposal: Row, member: str) -> bool:
    """Whether a proposal is about a member, by the change that it carries."""
    named = msgspec.json.decode(str(proposal["data"])).get("member")
    return member == (named.get("member") if isinstance(named, dict) else named)


ROUTES: Final[tuple[Route, ...]] = (get("/members", members), get("/members/{member:str}", member))
