"""Vouchers: the list, one voucher with its range bar and history, and what others can see of it."""

from typing import Any, Final

from tallychain.console import rangebar
from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.clock import POINTS, instant_of
from tallychain.console.pages.courts import frozen_parts
from tallychain.console.pages.disputes import disputed_parts
from tallychain.console.pages.guarantees import guarantee_of
from tallychain.console.pages.pledges import pledged_parts
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem

PAGE: Final = 50
_PARTS: Final = 2000

MATRIX: Final = {
    "skeleton": ("yes", "yes", "yes", "yes", "yes", "yes"),
    "identity": ("yes", "own", "clients", "hop", "no", "yes"),
    "promise": ("own", "first", "first", "no", "no", "no"),
    "trade": ("no", "hop", "clients", "hop", "no", "no"),
    "rejection": ("own", "own", "clients", "no", "no", "no"),
    "decline": ("no", "hop", "clients", "hop", "no", "no"),
}
"""Who can see what, as the page on confidentiality says: issuer, holder, its sponsor, neighbour, other members, supervisor."""
PARTIES: Final = ("issuer", "holder", "sponsor", "neighbour", "others", "supervisor")


async def vouchers(visit: Visit) -> Reply:
    """The vouchers that the filters of the address ask for."""
    names = await names_for(visit)
    scope = visit.query.get("scope", "mine")
    status = visit.query.get("status", "")
    filters = {"status": status} if status else {}
    cursor = ""
    if scope == "mine" and (visit.caller.seat != HOUSE or names.own):
        rows = await _own(visit, names, filters)
    else:
        if scope == "mine":
            filters |= await _of_member(visit, names)
        query = {**filters, "limit": str(PAGE)}
        if visit.query.get("cursor"):
            query["cursor"] = visit.query["cursor"]
        found = await visit.desk.page("vouchers", query)
        rows, cursor = found["rows"], found["cursor"]
    return await page(
        visit,
        "vouchers.html",
        active="vouchers",
        names=names,
        rows=rows,
        cursor=cursor,
        scope=scope,
        wanted=status,
    )


async def voucher(visit: Visit) -> Reply:
    """One voucher."""
    names = await names_for(visit)
    row = await visit.desk.row("vouchers", visit.path["voucher"])
    holdings = await visit.desk.rows("holdings", voucher=row["voucher"], at_most=_PARTS)
    offers = await visit.desk.rows("offers", voucher=row["voucher"], at_most=_PARTS)
    moves = await visit.desk.rows("title_moves", voucher=row["voucher"], at_most=_PARTS)
    open_offers = [item for item in offers if item["status"] == "OPEN"]
    kept = [
        *await frozen_parts(visit, row["voucher"], holdings),
        *await pledged_parts(visit, row["voucher"]),
        *await disputed_parts(visit, row["voucher"]),
    ]
    bar = rangebar.draw(
        int(row["face"]),
        holdings,
        [{"first": item["first"], "last": item["last"]} for item in (*open_offers, *kept)],
        names.holder,
    )
    return await page(
        visit,
        "voucher.html",
        active="vouchers",
        names=names,
        row=row,
        bar=bar,
        holdings={str(item["holding"]): item for item in holdings},
        open_offers=open_offers,
        history=_history(row, holdings, offers, moves),
        papers=await papers(visit, row["operation"]),
        points=_points_ahead(visit, row),
        **await _settled(visit, row),
        is_bank=row["settlement_bank"] == visit.gateway.member and visit.may("staff:maker"),
        is_receiver=row["receiver"] in names.own,
        is_own=row["issuer"] == visit.gateway.member and visit.caller.seat == HOUSE,
    )


async def visible(visit: Visit) -> Reply:
    """Who can see what of a voucher, and which of these parties the visitor is."""
    names = await names_for(visit)
    row = await visit.desk.row("vouchers", visit.path["voucher"])
    holdings = await visit.desk.rows("holdings", voucher=row["voucher"], at_most=_PARTS)
    member = visit.gateway.member
    is_house = visit.caller.seat == HOUSE
    held = [item for item in holdings if item["status"] != "SPENT"]
    own = {
        "issuer": is_house and row["issuer"] == member,
        "holder": any(item["tag"] in names.own for item in held),
        "sponsor": is_house and any(item["sponsor"] == member for item in held),
        "supervisor": is_house and member in visit.gateway.facts.supervisors,
    }
    named = sum(1 for item in held if names.holder(item["tag"], item["sponsor"]).name)
    return await page(
        visit,
        "visible.html",
        active="vouchers",
        row=row,
        matrix=MATRIX,
        parties=PARTIES,
        own=[name for name, is_so in own.items() if is_so] or ["others"],
        held=len(held),
        named=named,
        papers=await papers(visit, row["operation"]),
    )


async def papers(visit: Visit, operation: str, row: int = 0) -> Row | None:
    """The papers behind an operation that this visitor's seat can open, or None."""
    try:
        return await visit.desk.row("trades", visit.caller.seat, operation, str(row))
    except Problem as problem:
        if problem.code != "GATEWAY_NOT_FOUND":
            raise
        return None


async def _settled(visit: Visit, row: Row) -> dict[str, Any]:
    """What has been collected, divided and paid out of a voucher."""
    number = str(row["voucher"])
    settlements = await visit.desk.rows("settlements", voucher=number)
    dishonours = await visit.desk.rows("dishonours", voucher=number)
    return {
        "settlement": settlements[0] if settlements else None,
        "dishonour": dishonours[0] if dishonours else None,
        "shares": await visit.desk.rows("shares", voucher=number),
        "attestations": await visit.desk.rows("attestations", voucher=number),
        "payouts": await visit.desk.rows("payouts", voucher=number),
        "guarantee": await guarantee_of(visit, number),
    }


async def _own(visit: Visit, names: Names, filters: dict[str, str]) -> list[Row]:
    numbers = {
        item["voucher"] for tag in sorted(names.own) for item in await visit.desk.rows("holdings", tag=tag)
    }
    rows = [item for tag in sorted(names.own) for item in await visit.desk.rows("vouchers", receiver=tag)]
    offers = [item for tag in sorted(names.own) for item in await visit.desk.rows("offers", receiver=tag)]
    numbers |= {item["voucher"] for item in offers}
    known = {item["voucher"]: item for item in rows}
    for number in numbers - known.keys():
        known[number] = await visit.desk.row("vouchers", str(number))
    wanted = filters.get("status")
    return [known[number] for number in sorted(known) if wanted in (None, known[number]["status"])]


async def _of_member(visit: Visit, names: Names) -> dict[str, str]:
    """An issuer sees first what it owes, a sponsor what its clients were promised; a supervisor has nothing of its own."""
    kinds = str(names.members.get(visit.gateway.member, {}).get("kinds", ""))
    if "CORE_ENTERPRISE" in kinds:
        return {"issuer": visit.gateway.member}
    return {}


def _points_ahead(visit: Visit, row: Row) -> list[str]:
    """To which of a voucher's points the clock of a demonstration can still be moved."""
    now = visit.gateway.clock.now_ms()
    return [point for point in POINTS if instant_of(row, point) > now]


def _history(row: Row, holdings: list[Row], offers: list[Row], moves: list[Row]) -> list[Row]:
    """What happened, oldest first; each entry with the operation behind it."""
    found = [_entry("issued", row, row["issued_at"], 1, row["face"])]
    for item in holdings:
        if not item["parent"]:
            to = (item["tag"], item["sponsor"])
            found.append(_entry("accepted", item, item["acquired_at"], 1, row["face"], to=to))
    for what, at, items in (("offered", "offered_at", offers), ("moved", "moved_at", moves)):
        for item in items:
            by, to = (item["giver"], item["giver_sponsor"]), (item["receiver"], item["receiver_sponsor"])
            entry = _entry(what, item, item[at], item["first"], item["last"], by=by, to=to)
            found.append(entry | {"status": item.get("status", "")})
    order = ("issued", "accepted", "offered", "moved")
    return sorted(found, key=lambda item: (int(item["at"]), order.index(item["what"]), int(item["first"])))


def _entry(what: str, item: Row, at: int, first: int, last: int, **who: tuple[str, str]) -> Row:
    entry = {"what": what, "at": at, "first": first, "last": last, "operation": item["operation"]}
    return entry | {"by": who.get("by"), "to": who.get("to"), "status": ""}


ROUTES: Final[tuple[Route, ...]] = (
    get("/vouchers", vouchers),
    get("/vouchers/{voucher:str}", voucher),
    get("/vouchers/{voucher:str}/visible", visible),
)
