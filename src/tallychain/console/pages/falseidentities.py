"""False identities: which acts are on record as false, which the visitor's gateway has found to be, and the page on which that is signed."""

from dataclasses import dataclass
from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, new_key
from tallychain.console.typed import as_text
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.vouchers.financing.state import ASKING
from tallychain.contracts.vouchers.state import OPEN
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.challenges import CHALLENGE, Looked
from tallychain.gateway.problems import Problem
from tallychain.ledger.identity import SUPERVISOR

_ROWS: Final = 5000
_NEWS_MS: Final = 30 * 86_400_000
"""For how long a record stands on the page of today."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An act whose identity part the visitor's gateway has found to be false."""

    act: str
    voucher: str
    looked: Looked
    can_act: bool

    @property
    def waits(self) -> bool:
        """Whether somebody here may show it."""
        return self.can_act


async def false_identities(visit: Visit) -> Reply:
    """What is on record, and what was found here."""
    names = await names_for(visit)
    return await page(
        visit,
        "falseidentities.html",
        active="falseidentities",
        names=names,
        rows=await visit.desk.rows("false_identities"),
        suspects=await suspects_of(visit, names),
    )


async def recorded_for(visit: Visit, names: Names) -> list[Row]:
    """The newest records that the visitor should not overlook: all for a supervisor, else those of vouchers that it owes or holds and of acts that it carried."""
    since = visit.gateway.clock.now_ms() - _NEWS_MS
    news = [row for row in await visit.desk.rows("false_identities") if int(row["shown_at"]) >= since]
    held = set[str]()
    for tag in sorted(names.own) if news else ():
        held |= {str(row["voucher"]) for row in await visit.desk.rows("holdings", tag=tag)}
    mine = {visit.gateway.member} if visit.caller.seat == HOUSE else set[str]()
    is_supervisor = bool(mine) and SUPERVISOR in str(names.members[visit.gateway.member]["kinds"])
    return [
        row
        for row in sorted(news, key=lambda row: -int(row["shown_at"]))
        if is_supervisor or row["voucher"] in held or not mine.isdisjoint((row["issuer"], row["sponsor"]))
    ]


async def suspects_of(visit: Visit, names: Names) -> list[Suspect]:
    """Open offers and requests with an identity part that is false and not on record yet; for staff only, since they are who shows it."""
    if visit.caller.seat != HOUSE:
        return []
    known = {
        str(row["operation"]) for row in await visit.desk.rows("identities", at_most=_ROWS) if row["verified"]
    }
    shown = {str(row["act"]) for row in await visit.desk.rows("false_identities")}
    found: dict[str, Row] = {}
    for row in await visit.desk.rows("offers", status=OPEN):
        found.setdefault(str(row["offer"]).partition(":")[0], row)
    for status in ASKING:
        found |= {str(row["financing"]): row for row in await visit.desk.rows("financings", status=status)}
    owed = {
        str(row["voucher"])
        for row in await visit.desk.rows("vouchers", at_most=_ROWS, issuer=visit.gateway.member)
    }
    suspects = []
    for name, row in found.items():
        if name in known | shown or not _may_concern(visit, names, row, owed):
            continue
        looked = await visit.gateway.challenges.look(name, HOUSE)
        if looked is not None and looked.is_false:
            suspects.append(Suspect(name, str(row["voucher"]), looked, visit.may("staff:maker")))
    return suspects


def _may_concern(visit: Visit, names: Names, row: Row, owed: set[str]) -> bool:
    """Whether the part may have been sealed to this member, so that others' acts are not even asked for."""
    member = visit.gateway.member
    named = [str(row.get(name, "")) for name in ("sponsor", "giver_sponsor", "receiver_sponsor")]
    asked = str(row.get("funders", "")).split(", ")
    if row["voucher"] in owed or member in (*named, *asked):
        return True
    return SUPERVISOR in str(names.members[member]["kinds"])


async def challenge(visit: Visit) -> Reply:
    """A false identity part, and what is about to be signed."""
    return await _challenge(visit)


async def sign(visit: Visit) -> Reply:
    """Sign that it is false; it becomes a draft, because a challenge needs a second person."""
    try:
        return await act(visit, CHALLENGE, _args(visit), {})
    except Problem as problem:
        return await _challenge(visit, problem)


def _args(visit: Visit) -> dict[str, Any]:
    return {"voucher": visit.path["voucher"], "act": visit.path["act"]}


async def _challenge(visit: Visit, problem: Problem | None = None) -> Reply:
    if visit.caller.seat != HOUSE or not visit.may("staff:maker"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    looked = await visit.gateway.challenges.look(visit.path["act"], HOUSE)
    if looked is None or not looked.is_false:
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    return await page(
        visit,
        "falseidentity_challenge.html",
        status=200 if problem is None else problem.status,
        active="falseidentities",
        names=await names_for(visit),
        act=visit.path["act"],
        voucher=visit.path["voucher"],
        looked=looked,
        text=as_text({"args": _args(visit)}),
        key=visit.text("key") or new_key(),
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/falseidentities", false_identities),
    get("/falseidentities/{voucher:str}/{act:str}/challenge", challenge),
    post("/falseidentities/{voucher:str}/{act:str}/challenge", sign),
)
