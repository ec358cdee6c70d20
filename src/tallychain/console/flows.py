"""What falls due for a visitor: as issuer what it has to pay, as settlement bank what passes through it, as holder or sponsor what comes in."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tallychain.console.desk import Row
from tallychain.console.names import Names
from tallychain.console.visits import Visit
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import CORE_ENTERPRISE, SETTLEMENT_BANK

ISSUER: Final = "issuer"
BANK: Final = "bank"
HOLDER: Final = "holder"
CLIENTS: Final = "clients"
OWED: Final = ("ACTIVE", "DUE", "DUE_UNDATED", "UNPAID_PENDING", "OVERDUE")
"""Statuses of vouchers of which something may still have to be paid."""
OVER: Final = ("SPENT", "PAID", "RELEASED")
"""Statuses of holdings that have nothing more coming."""
ENDED: Final = ("CANCELLED", "RELEASED")
"""Statuses of vouchers on which nothing is paid any more."""
MOST: Final = 5_000
WEEK: Final = "week"
MONTH: Final = "month"


@dataclass(frozen=True, slots=True)
class Flow:
    """One amount on one day."""

    voucher: str
    issuer: str
    bank: str
    day: str
    """The effective maturity; the nominal one as long as no calendar says more."""
    amount: int
    status: str


@dataclass(frozen=True, slots=True)
class Flows:
    """Everything that falls due on one side, by day."""

    side: str
    rows: tuple[Flow, ...]
    is_whole: bool
    """Whether that is everything; a list has a bound, and a sum of a part must say so."""


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month of the ladder."""

    first: str
    last: str
    flows: tuple[Flow, ...]
    sum: int
    so_far: int
    """The sum of this and all before."""
    share: float
    """Of the largest period, in percent."""


def sides_of(visit: Visit, names: Names) -> tuple[str, ...]:
    """On which sides the visitor may stand, the most usual first."""
    if visit.caller.seat != HOUSE:
        return (HOLDER,)
    member = visit.gateway.member
    kinds = str(names.members.get(member, {}).get("kinds", "")).split()
    found = [BANK] if SETTLEMENT_BANK in kinds else []
    found += [ISSUER] if CORE_ENTERPRISE in kinds else []
    found += [HOLDER] if names.own else []
    found += [CLIENTS] if any(row["member"] == member for row in names.sponsors()) else []
    return tuple(found)


async def flows_of(visit: Visit, names: Names, side: str) -> Flows:
    """What falls due on one side."""
    if side in (ISSUER, BANK):
        rows = await _owed(visit, "issuer" if side == ISSUER else "settlement_bank")
    else:
        rows = await _coming(visit, names, side)
    made = sorted((row for row in rows if row.amount), key=lambda row: (row.day, row.voucher))
    return Flows(side, tuple(made), len(rows) < MOST)


def ladder(flows: Flows, by: str, today: date) -> tuple[Period | None, tuple[Period, ...]]:
    """What was due before today, and every week or month that has something, the nearest first."""
    past = [row for row in flows.rows if row.day < today.isoformat()]
    groups: dict[tuple[str, str], list[Flow]] = {}
    for row in flows.rows[len(past) :]:
        groups.setdefault(_bounds(row.day, by), []).append(row)
    sums = [sum(row.amount for row in rows) for rows in groups.values()]
    overdue = sum(row.amount for row in past)
    most = max([*sums, overdue, 1])
    first = Period("", "", tuple(past), overdue, overdue, 100 * overdue / most) if past else None
    made, so_far = list[Period](), overdue
    for (begin, end), rows in groups.items():
        amount = sum(row.amount for row in rows)
        so_far += amount
        made.append(Period(begin, end, tuple(rows), amount, so_far, 100 * amount / most))
    return first, tuple(made)


def _bounds(day: str, by: str) -> tuple[str, str]:
    """The first and last day of the week or month of a day."""
    given = date.fromisoformat(day)
    if by == MONTH:
        first = given.replace(day=1)
        return first.isoformat(), (
            (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        ).isoformat()
    first = given - timedelta(days=given.weekday())
    return first.isoformat(), (first + timedelta(days=6)).isoformat()


def _day(voucher: Row) -> str:
    return str(voucher["effective_maturity"] or voucher["nominal_maturity"])


async def _owed(visit: Visit, column: str) -> list[Flow]:
    found: list[Row] = []
    for status in OWED:
        filters = {column: visit.gateway.member, "status": status}
        found += await visit.desk.rows("vouchers", at_most=MOST - len(found), **filters)
    return [_flow(row, int(row["outstanding"]), str(row["status"])) for row in found]


async def _coming(visit: Visit, names: Names, side: str) -> list[Flow]:
    if side == CLIENTS:
        held = await visit.desk.rows("holdings", at_most=MOST, sponsor=visit.gateway.member)
    else:
        held = [row for tag in sorted(names.own) for row in await visit.desk.rows("holdings", tag=tag)][:MOST]
    living = [row for row in held if row["status"] not in OVER]
    numbers = sorted({str(row["voucher"]) for row in living})
    vouchers = {number: await visit.desk.row("vouchers", number) for number in numbers}
    living = [row for row in living if vouchers[str(row["voucher"])]["status"] not in ENDED]
    shares: dict[tuple[str, int], Row] = {}
    for number in numbers:
        if vouchers[number]["status"] != "ACTIVE":
            for share in await visit.desk.rows("shares", voucher=number):
                shares[number, int(share["first"])] = share
    return [_coming_in(row, vouchers, shares) for row in living]


def _coming_in(holding: Row, vouchers: dict[str, Row], shares: dict[tuple[str, int], Row]) -> Flow:
    """A holding's money: its face, or, once something was attested, what is owed and what the bank has for it."""
    voucher = vouchers[str(holding["voucher"])]
    share = shares.get((str(holding["voucher"]), int(holding["first"])), {})
    coming = int(share.get("outstanding") or 0) + int(share.get("payable") or 0)
    return _flow(voucher, coming or int(holding["face"]), str(holding["status"]))


def _flow(voucher: Row, amount: int, status: str) -> Flow:
    return Flow(
        str(voucher["voucher"]),
        str(voucher["issuer"]),
        str(voucher["settlement_bank"]),
        _day(voucher),
        amount,
        status,
    )
