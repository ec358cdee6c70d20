"""Standards of funders: on what terms each would finance, and what a holding meets of them."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.risk.state import ENDED
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import BANK, FACTOR
from tallychain.sdk.quotes import percent

LIVE: Final = "LIVE"
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """One standard with all its terms."""

    row: Row
    terms: dict[str, Any]
    prices: tuple[tuple[str, str, str], ...]
    """Grade, days, rate a year."""
    may_end: bool


async def standards(visit: Visit) -> Reply:
    """Every standard that has not ended, one's own first."""
    names = await names_for(visit)
    member = visit.gateway.member
    kinds = str(names.members.get(member, {}).get("kinds", "")).split()
    may_publish = (
        visit.caller.seat == HOUSE and visit.may("staff:maker") and bool({BANK, FACTOR}.intersection(kinds))
    )
    rows = [row for row in await visit.desk.rows("standards", at_most=_MOST) if row["status"] != ENDED]
    rows.sort(key=lambda row: (row["funder"] != member, row["funder"], int(row["number"])))
    return await page(
        visit,
        "standards.html",
        active="standards",
        names=names,
        standards=[_shown(row, may_end=may_publish and row["funder"] == member) for row in rows],
        may_publish=may_publish,
        percent=percent,
    )


async def offers_for(visit: Visit, holding: Row) -> dict[str, Any] | None:
    """A holding held against every standard in force; None where it cannot be financed any more, or nobody has published one."""
    if holding["status"] != LIVE:
        return None
    found = await visit.desk.get("funding-offers", {"holding": str(holding["holding"])})
    if not found["offers"]:
        return None
    language = visit.words.language
    for offer in found["offers"]:
        offer["yearly"], offer["whole"] = percent(max(offer["rate"], 0)), percent(offer["all_in"])
        offer["said"] = [miss[f"sentence_{language}"] for miss in offer["missing"]]
    shown: dict[str, Any] = found
    return shown


def _shown(row: Row, *, may_end: bool) -> Shown:
    terms = msgspec.json.decode(str(row["terms"]))
    prices = tuple(
        (one["grade"], f"{one['days_from']}–{one['days_until']}", percent(one["rate"]))
        for one in terms["grid"]
    )
    return Shown(row, terms, prices, may_end)


ROUTES: Final[tuple[Route, ...]] = (get("/standards", standards),)
