"""Validators and nodes: who orders the chain, what was decided of each and what the engine knows, and which protocol holds from when."""

from typing import Final

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.governance.nodeviews import LEFT, REMOVED
from tallychain.gateway.standing import votes_missed


async def nodes(visit: Visit) -> Reply:
    """The validators with their power, every node that others connect to, and the protocols."""
    validators = await visit.desk.rows("validators")
    return await page(
        visit,
        "nodes.html",
        active="members",
        contract="governance",
        validators=_staying_first(validators, LEFT),
        nodes=_staying_first(await visit.desk.rows("nodes"), REMOVED),
        protocols=await visit.desk.rows("protocols"),
        strength=strength(validators),
        missed=votes_missed(visit.gateway.engine),
        names=await names_for(visit),
        may_propose=visit.may("staff:maker"),
    )


def strength(validators: list[Row]) -> dict[str, int]:
    """How many validators sign, with which power, and how many of the strongest may fail at once without stopping the chain."""
    powers = sorted((int(row["told"]) for row in validators if int(row["told"])), reverse=True)
    total, lost, faults = sum(powers), 0, 0
    for power in powers:
        lost += power
        if 3 * lost >= total:
            break
        faults += 1
    return {"count": len(powers), "total": total, "faults": faults}


def facts_in_words(visit: Visit, facts: list[Row]) -> list[str]:
    """What a dry run would publish of validators, nodes and protocols, in plain words."""
    return [said for fact in facts if (said := _said(visit, fact))]


def _said(visit: Visit, fact: Row) -> str:
    t = visit.words
    match fact.get("event"):
        case "validator.was_set":
            word = "nodes.fact.validator" if fact["decided"] else "nodes.fact.validator_leaves"
            return t(word, **fact)
        case "node.was_set":
            kind = t.status(str(fact["kind"]), "governance")
            return t(
                "nodes.fact.node" if fact["kind"] else "nodes.fact.node_removed", **{**fact, "kind": kind}
            )
        case "protocol.was_scheduled":
            return t("nodes.fact.protocol", **fact["activation"])
        case _:
            return ""


def _staying_first(rows: list[Row], gone: str) -> list[Row]:
    return sorted(rows, key=lambda row: (row["standing"] == gone, row["member"], int(row["since_height"])))


ROUTES: Final[tuple[Route, ...]] = (get("/nodes", nodes),)
