"""Disputes: what an issuer says that it does not owe, what its holder answers, and what each may do next."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.disputing.state import DENIED, DISPUTED, OPENED, REFERRED
from tallychain.contracts.vouchers.state import FIRST_LAYER
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import ARBITER, CORE_ENTERPRISE, COURT_GATEWAY

DENY: Final = "deny"
ADMIT: Final = "admit"
REFER: Final = "refer"
CLOSE: Final = "close"
ACTS_OF_HOLDER: Final = {DENY: (OPENED,), ADMIT: DISPUTED}
ACTS_OF_ISSUER: Final = {REFER: DISPUTED, CLOSE: DISPUTED}
ACTS_OF_DECIDER: Final = {CLOSE: DISPUTED}
FORMS: Final = {
    DENY: "dispute.answer",
    ADMIT: "dispute.answer",
    REFER: "dispute.refer",
    CLOSE: "dispute.close",
}
"""Behind which operation each act stands; a denial and an admission differ in one box."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One dispute as the visitor may see it."""

    row: Row
    ground: Row | None
    """The last of what was said about it that the visitor can open."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the act, and the address of its form, filled in."""
    waits: bool
    """Whether it waits for the visitor: the holder for its answer, the issuer for the number of its case."""

    @property
    def is_referred(self) -> bool:
        """Whether a court or an arbitration decides, so that the day says when that has to be shown again."""
        return str(self.row["status"]) == REFERRED


async def disputes(visit: Visit) -> Reply:
    """Every dispute that concerns the visitor, those that stand first."""
    names = await names_for(visit)
    may_open = CORE_ENTERPRISE in await _kinds(visit) and visit.may("staff:maker")
    return await page(
        visit,
        "disputes.html",
        active="disputes",
        names=names,
        disputes=await disputes_of(visit, names),
        may_open=may_open,
    )


async def disputes_of(visit: Visit, names: Names) -> list[Shown]:
    """
    The disputes of the visitor's tags; for staff those of the member as an issuer, and those whose grounds it can open.

    Whoever decides sees all that stand: it closes what it has decided, and learns the ground from the papers of its case.
    """
    said = sorted(await visit.desk.rows("dispute_grounds"), key=lambda row: int(row["said_at"]))
    grounds = {str(row["dispute"]): row for row in said}
    found = [row for tag in sorted(names.own) for row in await visit.desk.rows("disputes", tag=tag)]
    decides = False
    if visit.caller.seat == HOUSE:
        kinds = await _kinds(visit)
        decides = COURT_GATEWAY in kinds or ARBITER in kinds
        found += await visit.desk.rows("disputes", issuer=visit.gateway.member)
        found += [await visit.desk.row("disputes", row["voucher"], name) for name, row in grounds.items()]
        if decides:
            found += [row for status in DISPUTED for row in await visit.desk.rows("disputes", status=status)]
    rows = {str(row["dispute"]): row for row in found}
    return [
        _shown(visit, names, row, grounds.get(str(row["dispute"])), decides=decides)
        for row in sorted(rows.values(), key=_order)
    ]


async def disputes_on(visit: Visit, row: Row) -> list[Row]:
    """The disputes that stand on a holding; at most one."""
    found = await visit.desk.rows("disputes", holding=row["holding"])
    return [one for one in found if one["status"] in DISPUTED]


async def disputed_parts(visit: Visit, voucher: str) -> list[Row]:
    """The ranges of a voucher that are disputed."""
    found = await visit.desk.rows("disputes", voucher=voucher)
    return [
        {"first": row["first"], "last": int(row["first"]) + int(row["face"]) - 1}
        for row in found
        if row["status"] in DISPUTED
    ]


def may_be_disputed(visit: Visit, row: Row, voucher: Row) -> bool:
    """Whether the visitor, as the issuer, may begin a dispute about a holding: only the first holder's, only before the maturity."""
    is_issuer = visit.caller.seat == HOUSE and voucher["issuer"] == visit.gateway.member
    is_first = int(row["layer"]) == FIRST_LAYER and row["status"] == "LIVE" and voucher["status"] == "ACTIVE"
    return is_issuer and is_first and visit.may("staff:maker")


def _shown(visit: Visit, names: Names, row: Row, ground: Row | None, *, decides: bool) -> Shown:
    status = str(row["status"])
    is_issuer = visit.caller.seat == HOUSE and row["issuer"] == visit.gateway.member
    is_holder = row["tag"] in names.own
    acts: dict[str, tuple[str, ...]] = {}
    if is_issuer and visit.may("staff:maker"):
        acts |= ACTS_OF_ISSUER
    if decides and visit.may("staff:maker"):
        acts |= ACTS_OF_DECIDER
    if is_holder and visit.may("client:maker", "staff:maker"):
        acts |= ACTS_OF_HOLDER
    offered = tuple((act, _address(act, row)) for act, when in acts.items() if status in when)
    waits = (is_holder and status == OPENED) or (is_issuer and status == DENIED)
    return Shown(row, ground, offered, waits)


def _address(act: str, row: Row) -> str:
    fields = {"voucher": row["voucher"], "dispute": row["dispute"]}
    if act == ADMIT:
        fields["admits"] = "1"
    return f"/acts/{FORMS[act]}?{urlencode(fields)}"


def _order(row: Row) -> tuple[bool, int]:
    return row["status"] not in DISPUTED, -int(row["opened_at"])


async def _kinds(visit: Visit) -> str:
    if visit.caller.seat != HOUSE:
        return ""
    member = await visit.desk.row("members", visit.gateway.member)
    return str(member["kinds"])


ROUTES: Final[tuple[Route, ...]] = (get("/disputes", disputes),)
