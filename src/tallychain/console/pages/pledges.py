"""Pledges: what the visitor has pledged, holds as pledgee or pays as settlement bank, with what each may do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.pledging.state import (
    BINDING,
    CLAIMED,
    CONTESTED,
    HELD,
    IN_COURT,
    PLEDGED,
    PROPOSED,
    UNCONTESTED,
)
from tallychain.gateway.accounts import HOUSE
from tallychain.instruments.security import Proceeds, proceeds_of

ACTS_OF_PLEDGEE: Final = {
    "pledge.accept": (PROPOSED,),
    "pledge.claim": (PLEDGED, CONTESTED, IN_COURT),
    "pledge.enforce": (CONTESTED, IN_COURT),
    "pledge.release": (PROPOSED, *HELD),
}
ACTS_OF_HOLDER: Final = {"pledge.recall": (PROPOSED,), "pledge.contest": (CLAIMED,)}
WAITS_FOR_PLEDGEE: Final = (PROPOSED, CONTESTED)
WAITS_FOR_HOLDER: Final = (CLAIMED,)


@dataclass(frozen=True, slots=True)
class Shown:
    """One pledge as the visitor may see it."""

    row: Row
    secured: int
    """What it secures; 0 where the visitor cannot open that."""
    claimed: int
    """What the pledgee claims; 0 where there is no claim or the visitor cannot open it."""
    proceeds: Proceeds | None
    """What of the money that waits to be paid out goes to whom, where the claim stands and the visitor knows it."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the operation, and the query that fills its form in."""
    waits: bool
    """Whether it waits for the visitor."""


async def pledges(visit: Visit) -> Reply:
    """Every pledge that concerns the visitor, those that bind first."""
    names = await names_for(visit)
    shown = await pledges_of(visit, names)
    return await page(visit, "pledges.html", active="pledges", names=names, pledges=shown)


async def pledges_of(visit: Visit, names: Names) -> list[Shown]:
    """The pledges of the visitor's tags; for staff those of the member, and those whose claim it can open."""
    claims = {str(row["claim"]): row for row in await visit.desk.rows("pledge_claims")}
    found = [row for tag in sorted(names.own) for row in await visit.desk.rows("pledges", tag=tag)]
    if visit.caller.seat == HOUSE:
        found += await visit.desk.rows("pledges", pledgee=visit.gateway.member)
        found += [await visit.desk.row("pledges", str(row["pledge"])) for row in claims.values()]
    rows = {str(row["pledge"]): row for row in found}
    terms = {str(row["pledge"]): int(row["secured"]) for row in await visit.desk.rows("pledge_terms")}
    ordered = sorted(rows.values(), key=_order)
    return [await _shown(visit, names, row, terms.get(str(row["pledge"]), 0), claims) for row in ordered]


async def binding_on(visit: Visit, holding: str) -> list[Row]:
    """The pledges that bind a holding; at most one."""
    rows = await visit.desk.rows("pledges", holding=holding)
    return [row for row in rows if row["status"] in BINDING]


async def pledged_parts(visit: Visit, voucher: str) -> list[Row]:
    """The ranges of a voucher that a pledge, or a proposal of one, binds."""
    rows = await visit.desk.rows("pledges", voucher=voucher)
    return [
        {"first": row["first"], "last": int(row["first"]) + int(row["face"]) - 1}
        for row in rows
        if row["status"] in BINDING
    ]


def _order(row: Row) -> tuple[bool, int]:
    return row["status"] not in BINDING, -int(row["proposed_at"])


async def _shown(visit: Visit, names: Names, row: Row, secured: int, claims: dict[str, Row]) -> Shown:
    claim = claims.get(str(row["claim"]))
    claimed = 0 if claim is None else int(claim["amount"])
    status = str(row["status"])
    is_pledgee = visit.caller.seat == HOUSE and row["pledgee"] == visit.gateway.member
    is_holder = row["tag"] in names.own
    acts: Sequence[tuple[str, str]] = ()
    if is_pledgee and visit.may("staff:maker"):
        acts = [(kind, _query(kind, row)) for kind, when in ACTS_OF_PLEDGEE.items() if status in when]
    if is_holder and visit.may("client:maker", "staff:maker"):
        acts = [
            *acts,
            *((kind, _query(kind, row)) for kind, when in ACTS_OF_HOLDER.items() if status in when),
        ]
    waits = (is_pledgee and status in WAITS_FOR_PLEDGEE) or (is_holder and status in WAITS_FOR_HOLDER)
    proceeds = await _proceeds(visit, row, claimed) if claimed and status == UNCONTESTED else None
    return Shown(row, secured, claimed, proceeds, tuple(acts), waits)


async def _proceeds(visit: Visit, row: Row, claimed: int) -> Proceeds | None:
    """How the money that can be paid out now is divided; what was paid out before went to the pledgee first."""
    shares = await visit.desk.rows("shares", voucher=str(row["voucher"]))
    share = next((item for item in shares if int(item["first"]) == int(row["first"])), None)
    payable = 0 if share is None else int(share["payable"] or 0)
    if share is None or not payable:
        return None
    paid_before = int(share["share"] or 0) + int(share["interest"] or 0) - payable
    return proceeds_of(payable, claimed, paid_before)


def _query(kind: str, row: Row) -> str:
    fields = {"voucher": row["voucher"], "pledge": row["pledge"]}
    if kind == "pledge.contest":
        fields["claim"] = row["claim"]
    return urlencode(fields)


ROUTES: Final[tuple[Route, ...]] = (get("/pledges", pledges),)
