"""Settlement: the work-list of those who pay out and collect, with deadlines, and the calendar of what falls due."""

from calendar import Calendar as Weeks
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from tallychain.console import flows
from tallychain.console.deadlines import deadlines_of
from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.bankaccounts import Named, named_for
from tallychain.console.routes import Route, get
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.vouchers.settling.operations import MAX_PAYOUTS
from tallychain.gateway.accounts import HOUSE
from tallychain.instruments.calendar import local_day

OWED: Final = ("DUE", "DUE_UNDATED", "UNPAID_PENDING", "OVERDUE")
"""Statuses in which money is expected."""
LIVING: Final = ("ACTIVE", *OWED)
_HOUR_MS: Final = 3_600_000
_ROWS: Final = 2000


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that waits for one member in settlement."""

    collecting: tuple[Row, ...]
    """Vouchers whose money is expected today or earlier, with what is still owed."""
    payees_missing: tuple[Row, ...]
    """Holdings of vouchers in their black-out or later for which nobody has named an account."""
    paying: tuple["Paying", ...]
    withheld: tuple[Row, ...]
    returning: tuple[Row, ...]
    agreements: tuple[Row, ...]
    """Proposals to consent to."""
    successions: tuple[Row, ...]
    """Vouchers that this bank is asked to take over."""

    @property
    def count(self) -> int:
        """How many things wait."""
        return sum(
            len(items)
            for items in (
                self.collecting,
                self.paying,
                self.withheld,
                self.returning,
                self.agreements,
                self.successions,
            )
        )


@dataclass(frozen=True, slots=True)
class Paying:
    """One voucher with holdings that have money coming and a payee."""

    voucher: str
    status: str
    shares: tuple[Row, ...]
    query: str
    """Of the form that pays out, filled in with the first of them."""
    payees: tuple[Named, ...]
    """To which accounts these are paid, and how they stand to those of record."""

    @property
    def total(self) -> int:
        """What they have coming."""
        return sum(int(row["payable"]) for row in self.shares)


async def settlement(visit: Visit) -> Reply:
    """The work-list of a settlement bank; for other members what they have to pay, or to name payees for."""
    names = await names_for(visit)
    work = await work_of(visit, names)
    return await page(
        visit,
        "settlement.html",
        active="settlement",
        names=names,
        is_bank=is_bank(visit, names),
        work=work,
        deadlines=deadlines_of(work.collecting, visit.gateway.member, visit.gateway.clock.now_ms()),
        attest_query=attest_query,
        may_act=visit.may("staff:maker"),
        may_name=visit.may("staff:system"),
    )


async def month(visit: Visit) -> Reply:
    """What falls due on each day of a month: of this bank, this issuer, or, for holders and sponsors, what they are owed."""
    today = local_day(visit.gateway.clock.now_ms())
    text = visit.path.get("month", today.isoformat()[:7])
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404) from None
    if not 2000 <= first.year <= 2099:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)
    names = await names_for(visit)
    rows = [row for row in await _of_member(visit, names) if str(row["effective_maturity"])[:7] == text]
    rows = await _own_part(visit, names, rows)
    days: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda item: str(item["voucher"])):
        days.setdefault(str(row["effective_maturity"]), []).append(row)
    return await page(
        visit,
        "settlement_month.html",
        active="settlement",
        names=names,
        month=text,
        before=_other(first, -1),
        after=_other(first, 1),
        weeks=Weeks().monthdatescalendar(first.year, first.month),
        first=first,
        today=today,
        days=days,
        total=sum(int(row["outstanding"]) for row in rows),
    )


def is_bank(visit: Visit, names: Names) -> bool:
    """Whether the visitor is staff of a settlement bank."""
    kinds = str(names.members.get(visit.gateway.member, {}).get("kinds", "")).split()
    return visit.caller.seat == HOUSE and "SETTLEMENT_BANK" in kinds


async def work_of(visit: Visit, names: Names) -> Work:
    """What waits for the visitor's member; nothing for clients."""
    if visit.caller.seat != HOUSE:
        return Work((), (), (), (), (), (), ())
    member, now = visit.gateway.member, visit.gateway.clock.now_ms()
    vouchers = [row for row in await _of_member(visit, names) if row["status"] in LIVING]
    soon = [row for row in vouchers if int(row["blackout"]) <= now]
    banking = is_bank(visit, names)
    agreements = await visit.desk.rows("agreements", bank=member, status="PROPOSED") if banking else []
    successions = await visit.desk.rows("settlements", successor=member) if banking else []
    settlements = await visit.desk.rows("settlements", bank=member) if banking else []
    excesses = await visit.desk.rows("excesses", bank=member) if banking else []
    # Also of vouchers that are settled: what is kept back is still to be paid to somebody.
    withheld = await visit.desk.rows("holdings", at_most=_ROWS, status="WITHHELD") if banking else []
    numbers = [str(row["voucher"]) for row in settlements if int(row["payable"] or 0)]
    standing = {str(row["voucher"]): row for row in settlements}
    holdings = await _holdings_of(visit, [*soon, *(await _vouchers(visit, numbers))])
    return Work(
        collecting=tuple(row for row in soon if row["status"] in OWED and int(row["outstanding"])),
        payees_missing=tuple(await _missing(visit, soon, holdings)),
        paying=tuple([await _paying(visit, standing[number]) for number in numbers]),
        withheld=tuple(row for row in withheld if row["voucher"] in standing),
        returning=tuple(row for row in excesses if row["status"] in ("TO_RETURN", "RETURN_LATE")),
        agreements=tuple(agreements),
        successions=tuple(successions),
    )


def attest_query(row: Row) -> str:
    """Of the form that attests money, filled in with what is still owed."""
    owed = int(row["outstanding"])
    return urlencode({"voucher": row["voucher"], "amount": f"{owed // 100}.{owed % 100:02d}"})


async def _of_member(visit: Visit, names: Names) -> list[Row]:
    """The vouchers that a member settles, owes, or whose holders it serves; for a client those that it holds."""
    member = visit.gateway.member
    if is_bank(visit, names):
        return await visit.desk.rows("vouchers", at_most=_ROWS, settlement_bank=member)
    kinds = str(names.members.get(member, {}).get("kinds", "")).split()
    if visit.caller.seat == HOUSE and "CORE_ENTERPRISE" in kinds:
        return await visit.desk.rows("vouchers", at_most=_ROWS, issuer=member)
    if visit.caller.seat == HOUSE and not names.own:
        held = await visit.desk.rows("holdings", at_most=_ROWS, sponsor=member)
    else:
        held = [row for tag in sorted(names.own) for row in await visit.desk.rows("holdings", tag=tag)]
    return await _vouchers(visit, sorted({str(row["voucher"]) for row in held if row["status"] != "SPENT"}))


async def _own_part(visit: Visit, names: Names, rows: list[Row]) -> list[Row]:
    """The vouchers with what comes in on them to the visitor or its clients; an issuer and a settlement bank see the whole."""
    sides = flows.sides_of(visit, names)
    if not rows or not sides or sides[0] not in (flows.HOLDER, flows.CLIENTS):
        return rows
    coming: Counter[str] = Counter()
    for flow in (await flows.flows_of(visit, names, sides[0])).rows:
        coming[flow.voucher] += flow.amount
    return [row | {"outstanding": coming[str(row["voucher"])]} for row in rows]


async def _vouchers(visit: Visit, numbers: list[str]) -> list[Row]:
    return [await visit.desk.row("vouchers", number) for number in numbers]


async def _holdings_of(visit: Visit, vouchers: list[Row]) -> list[Row]:
    numbers = sorted({str(row["voucher"]) for row in vouchers})
    found = [row for number in numbers for row in await visit.desk.rows("holdings", voucher=number)]
    return [row for row in found if row["status"] != "SPENT"]


async def _missing(visit: Visit, vouchers: list[Row], holdings: list[Row]) -> list[Row]:
    """Holdings without an account, with the voucher's deadline; a sponsor sees those of its own clients."""
    member, found = visit.gateway.member, []
    for voucher in vouchers:
        shares = await visit.desk.rows("shares", voucher=str(voucher["voucher"]))
        named = {int(row["first"]) for row in shares if int(row["payee_at"] or 0)}
        found += [
            {**row, "maturity": voucher["effective_maturity"], "settlement_bank": voucher["settlement_bank"]}
            for row in holdings
            if row["voucher"] == voucher["voucher"] and int(row["first"]) not in named and row["status"] not in ("PAID", "COLLECTED")
            and (member in (voucher["settlement_bank"], voucher["issuer"], row["sponsor"]))
        ]  # fmt: skip
    return found


async def _paying(visit: Visit, settlement: Row) -> Paying:
    voucher = str(settlement["voucher"])
    shares = [
        row
        for row in await visit.desk.rows("shares", voucher=voucher)
        if int(row["payable"] or 0) and int(row["payee_at"] or 0)
    ]
    query: dict[str, Any] = {"voucher": voucher}
    for number, row in enumerate(shares[:MAX_PAYOUTS]):
        amount = int(row["payable"])
        query[f"rows.{number}.holding"] = row["first"]
        query[f"rows.{number}.amount"] = f"{amount // 100}.{amount % 100:02d}"
    payees = await named_for(visit, voucher, shares[:MAX_PAYOUTS])
    return Paying(voucher, str(settlement["status"]), tuple(shares), urlencode(query), payees)


def _other(first: date, by: int) -> str:
    """The month before or after."""
    number = first.year * 12 + first.month - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


ROUTES: Final[tuple[Route, ...]] = (
    get("/settlement", settlement),
    get("/settlement/calendar", month),
    get("/settlement/calendar/{month:str}", month),
)
