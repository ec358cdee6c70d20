"""Admissions: who introduces whom, which bank answers for which core enterprise, and until when it has to be reviewed."""

from dataclasses import dataclass
from typing import Final

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.admission.state import IN_ORDER, OPEN
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import BANK

_MOST: Final = 1_000
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Shown:
    """Who answers for one core enterprise, as the visitor may act on it."""

    row: Row
    days: int
    """Whole days left for the review; 0 where its last day has come, or is over."""
    is_near: bool
    """Whether everybody is reminded: the last day is near, it has no bank, or the review is missed."""
    may_review: bool
    may_withdraw: bool


async def admissions(visit: Visit) -> Reply:
    """Reviews, the nearest first, and introductions, those that stand first."""
    names = await names_for(visit)
    member, acts = visit.gateway.member, _acts_as_bank(visit, names)
    introductions = await visit.desk.rows("introductions", at_most=_MOST)
    introductions.sort(key=lambda row: (row["status"] != OPEN, -int(row["introduced_at"])))
    return await page(
        visit,
        "admissions.html",
        active="admissions",
        names=names,
        reviews=await _reviews(visit, names),
        introductions=introductions,
        may_introduce=acts,
        may_withdraw={
            str(row["member"])
            for row in introductions
            if acts and row["bank"] == member and row["status"] == OPEN
        },
    )


async def reminders_of(visit: Visit, names: Names) -> list[Shown]:
    """What Today reminds of: the reviews that a bank has to make, and the enterprise's own."""
    if visit.caller.seat != HOUSE:
        return []
    member = visit.gateway.member
    return [
        one
        for one in await _reviews(visit, names)
        if one.is_near and member in (one.row["bank"], one.row["member"])
    ]


async def _reviews(visit: Visit, names: Names) -> list[Shown]:
    acts, now_ms = _acts_as_bank(visit, names), visit.gateway.clock.now_ms()
    rows = await visit.desk.rows("reviews", at_most=_MOST)
    return sorted(
        (_shown(row, visit.gateway.member, now_ms, acts=acts) for row in rows),
        key=lambda one: (str(one.row["due"]), str(one.row["member"])),
    )


def _shown(row: Row, member: str, now_ms: int, *, acts: bool) -> Shown:
    is_near = row["status"] != IN_ORDER or now_ms >= int(row["remind_at"])
    answers = row["bank"] == member
    return Shown(
        row,
        max(0, (int(row["status_until"] or 0) - now_ms) // _DAY_MS),
        is_near,
        may_review=acts and row["member"] != member and (answers or is_near),
        may_withdraw=acts and answers and row["status"] == IN_ORDER,
    )


def _acts_as_bank(visit: Visit, names: Names) -> bool:
    kinds = str(names.members.get(visit.gateway.member, {}).get("kinds", "")).split()
    return visit.caller.seat == HOUSE and visit.may("staff:maker") and BANK in kinds


ROUTES: Final[tuple[Route, ...]] = (get("/admissions", admissions),)
