"""The supervisor's overview: members, what is outstanding and overdue, who is blocked, what is frozen and disputed, alarms, and who did what here."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from tallychain.console.deadlines import Deadline
from tallychain.console.desk import Row
from tallychain.console.flows import MOST, OWED
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.ceilings import Standing, standing_of
from tallychain.console.pages.courts import SOON_DAYS, days_left
from tallychain.console.pages.overdue import Late, classes_of, late_ones
from tallychain.console.routes import Route, get
from tallychain.console.sheets import FORM, as_file
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.vouchers.courting.state import STANDING
from tallychain.contracts.vouchers.disputing.state import DISPUTED
from tallychain.gateway.accounts import HOUSE
from tallychain.instruments.calendar import local_day
from tallychain.ledger.identity import CORE_ENTERPRISE, SUPERVISOR
from tallychain.ledger.views import Column, column

_LINES: Final = 50
COLUMNS: Final[tuple[Column, ...]] = (
    column("issuer", "text", "Issuer", "开立方"),
    column("name", "text", "Legal name", "法定名称"),
    column("granted", "amount", "Ceilings granted", "已授额度"),
    column("used", "amount", "Outstanding", "未到期及未付余额"),
    column("overdue", "amount", "Overdue balance", "逾期余额"),
    column("missed", "integer", "Payments missed", "到期未付笔数"),
    column("persistent", "text", "Persistently overdue since", "持续逾期起始月"),
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """One core enterprise as a supervisor looks at it."""

    standing: Standing
    overdue: int

    @property
    def is_blocked(self) -> bool:
        """Whether a missed payment or a record that finds it persistently overdue bars it from issuing."""
        return self.standing.is_blocked


@dataclass(frozen=True, slots=True)
class Alarms:
    """What nobody should overlook."""

    late_payouts: tuple[Row, ...]
    late_returns: tuple[Row, ...]
    due_today: tuple[Deadline, ...]
    """Vouchers whose cut-off is still to come today and whose money is not there."""
    ending_freezes: tuple[Row, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return (
            len(self.late_payouts) + len(self.late_returns) + len(self.due_today) + len(self.ending_freezes)
        )


async def supervision(visit: Visit) -> Reply:
    """Everything on one page, each figure leading to its list."""
    names = await names_for(visit)
    kinds = str(names.members.get(visit.gateway.member, {}).get("kinds", "")).split()
    if visit.caller.seat != HOUSE or SUPERVISOR not in kinds:
        raise PageRefused("CONSOLE_NOT_A_SUPERVISOR", 403)
    late = await late_ones(visit, names, is_all=True, with_ended=False)
    issuers = await _issuers(visit, names, late)
    if FORM in visit.query:
        return as_file(visit, "issuers", COLUMNS, [_cells(names, item) for item in issuers])
    freezes = [row for status in STANDING for row in await visit.desk.rows("freezes", status=status)]
    return await page(
        visit,
        "supervision.html",
        active="supervision",
        names=names,
        standings=sorted(Counter(str(row["status"]) for row in names.members.values()).items()),
        not_active=[row for row in names.members.values() if row["status"] != "ACTIVE"],
        issuers=issuers,
        outstanding=sum(item.standing.used for item in issuers),
        late=late,
        classes=classes_of(late),
        freezes=freezes,
        disputes=[row for status in DISPUTED for row in await visit.desk.rows("disputes", status=status)],
        voting=await visit.desk.rows("proposals", status="VOTING"),
        alarms=await _alarms(visit, freezes),
        lines=await _lines(visit),
    )


async def _issuers(visit: Visit, names: Names, late: list[Late]) -> list[Issuer]:
    overdue: Counter[str] = Counter()
    for item in late:
        overdue[str(item.row["issuer"])] += item.balance
    issuers = [
        str(row["member"]) for row in names.members.values() if CORE_ENTERPRISE in str(row["kinds"]).split()
    ]
    made = [Issuer(await standing_of(visit, name), overdue[name]) for name in sorted(issuers)]
    return sorted(made, key=lambda item: (-item.overdue, -item.standing.used, item.standing.issuer))


async def _alarms(visit: Visit, freezes: list[Row]) -> Alarms:
    now_ms = visit.gateway.clock.now_ms()
    today = local_day(now_ms)
    near = []
    for status in OWED[:3]:
        day = today.isoformat()
        for row in await visit.desk.rows("vouchers", at_most=MOST, status=status, effective_maturity=day):
            left = int(row["cutoff"] or 0) - now_ms
            if left > 0 and int(row["outstanding"]):
                near.append(Deadline(row, "", left // 60_000))
    ending = []
    for row in freezes:
        left_days = days_left(row, today)
        if left_days is not None and left_days <= SOON_DAYS:
            ending.append(row | {"left": left_days})
    return Alarms(
        late_payouts=tuple(await visit.desk.rows("settlements", status="PAYOUT_LATE")),
        late_returns=tuple(await visit.desk.rows("excesses", status="RETURN_LATE")),
        due_today=tuple(sorted(near, key=lambda one: (one.minutes, str(one.row["voucher"])))),
        ending_freezes=tuple(ending),
    )


async def _lines(visit: Visit) -> list[Row] | None:
    """The newest lines of this gateway's audit; None for who may not read it."""
    if not visit.may("staff:admin", "staff:look"):
        return None
    found: list[Row] = await visit.desk.get("audit", {"limit": str(_LINES)})
    return found


def _cells(names: Names, item: Issuer) -> Row:
    return {
        "issuer": item.standing.issuer,
        "name": names.member(item.standing.issuer),
        "granted": item.standing.granted,
        "used": item.standing.used,
        "overdue": item.overdue,
        "missed": len(item.standing.missed),
        "persistent": "" if item.standing.persistent is None else item.standing.persistent.since,
    }


ROUTES: Final[tuple[Route, ...]] = (get("/supervision", supervision),)
