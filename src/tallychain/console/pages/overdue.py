"""The desk of what was not paid: each voucher with its class, days, balance and late interest, and what each side may do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.settling import attest_query, is_bank
from tallychain.console.routes import Route, get
from tallychain.console.sheets import FORM, as_file
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.state import SHARES
from tallychain.gateway.accounts import HOUSE
from tallychain.instruments.calendar import local_day
from tallychain.instruments.money import PPM_WHOLE
from tallychain.ledger.state import Reader
from tallychain.ledger.views import Column, column

OPEN: Final = ("UNPAID_PENDING", "OVERDUE")
MOST: Final = 500
COLUMNS: Final[tuple[Column, ...]] = (
    column("voucher", "text", "Voucher", "凭证编号"),
    column("issuer", "text", "Issuer", "开立方"),
    column("bank", "text", "Settlement bank", "清分行"),
    column("status", "text", "Status", "状态"),
    column("cause", "text", "Class", "原因"),
    column("maturity", "day", "Due", "到期日"),
    column("days", "integer", "Days late", "逾期天数"),
    column("at_cutoff", "amount", "Owed at the cut-off", "截止时未付"),
    column("balance", "amount", "Balance", "余额"),
    column("accrued", "amount", "Late interest accrued", "应计逾期利息"),
    column("attested", "amount", "Late interest attested", "已确认逾期利息"),
)


@dataclass(frozen=True, slots=True)
class Late:
    """One dishonoured voucher as it stands today."""

    row: Row
    voucher: Row
    cause: str
    days: int
    balance: int
    accrued: int
    """Late interest until today, on what was paid late and on what is still owed."""
    attested: int
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: a word, and the address of the form."""

    @property
    def rest(self) -> int:
        """Late interest that nobody has attested."""
        return max(0, self.accrued - self.attested)

    @property
    def is_open(self) -> bool:
        """Whether something is still owed."""
        return self.row["status"] in OPEN


async def overdue(visit: Visit) -> Reply:
    """Every dishonour that concerns the visitor, or every one of the chain, those with a balance first."""
    names = await names_for(visit)
    is_all, with_ended = visit.query.get("scope") == "all", visit.query.get("ended") == "yes"
    found = await late_ones(visit, names, is_all=is_all, with_ended=with_ended)
    if FORM in visit.query:
        return as_file(visit, "overdue", COLUMNS, [_cells(visit, item) for item in found])
    numbers = {str(item.row["voucher"]) for item in found}
    return await page(
        visit,
        "overdue.html",
        active="overdue",
        names=names,
        rows=found,
        classes=classes_of(found),
        is_all=is_all,
        with_ended=with_ended,
        releases=await _of(visit, "debt_releases", numbers),
        write_offs=await _of(visit, "write_offs", numbers),
        own=await _own(visit, names),
    )


async def late_ones(visit: Visit, names: Names, *, is_all: bool, with_ended: bool) -> list[Late]:
    """The dishonours of the chain or of the visitor, with what has accrued on each until today."""
    rows = await visit.desk.rows("dishonours", at_most=5_000)
    held = await _held(visit, names)
    member, is_house = visit.gateway.member, visit.caller.seat == HOUSE
    chosen = [
        row
        for row in rows
        if (with_ended or row["status"] in OPEN)
        and (is_all or row["voucher"] in held or (is_house and member in (row["issuer"], row["bank"])))
    ]
    chosen.sort(key=lambda row: (row["status"] not in OPEN, int(row["since"]), str(row["voucher"])))
    return [await _late(visit, names, row, held) for row in chosen[:MOST]]


def classes_of(found: Iterable[Late]) -> list[tuple[str, int, int, int]]:
    """Of each class that something is open in: how many, what balance, and what late interest is open."""
    groups: dict[str, list[Late]] = {}
    for item in found:
        if item.is_open:
            groups.setdefault(item.cause, []).append(item)
    return [
        (cause, len(items), sum(item.balance for item in items), sum(item.rest for item in items))
        for cause, items in sorted(groups.items())
    ]


def accrued_until(state: Reader, voucher: Row, owed: int, today: date) -> int:
    """Late interest of a voucher until a day: on what was paid late, and on what is still owed; rounded once."""
    ppm = settlement_policy(state, int(voucher["settlement_policy"])).late_ppm_per_day
    shares = state.get(SHARES, str(voucher["voucher"]))
    since = date.fromisoformat(str(voucher["effective_maturity"]))
    paid = 0
    if shares is not None:
        since = date.fromisoformat(shares.accrued_to) if shares.accrued_to else since
        paid = sum(portion.fen_days for portion in shares.portions)
    fen_days = paid + owed * max(0, (today - since).days)
    return (2 * fen_days * ppm + PPM_WHOLE) // (2 * PPM_WHOLE)


async def _late(visit: Visit, names: Names, row: Row, held: dict[str, list[Row]]) -> Late:
    number = str(row["voucher"])
    voucher = await visit.desk.row("vouchers", number)
    settlements = await visit.desk.rows("settlements", voucher=number)
    today = local_day(visit.gateway.clock.now_ms())
    owed = int(voucher["outstanding"]) if row["status"] in OPEN else 0
    days = max(0, (today - date.fromisoformat(str(voucher["effective_maturity"]))).days) if owed else 0
    accrued = await visit.gateway.state.evaluate(lambda state: accrued_until(state, voucher, owed, today))
    attested = int(settlements[0]["interest"] or 0) if settlements else 0
    acts = _acts(visit, names, voucher, held.get(number, []), owed=owed, rest=accrued - attested)
    return Late(row, voucher, str(row["cause"] or ""), days, owed, accrued, attested, tuple(acts))


def _acts(
    visit: Visit, names: Names, voucher: Row, held: list[Row], *, owed: int, rest: int
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if (
        is_bank(visit, names)
        and voucher["settlement_bank"] == visit.gateway.member
        and visit.may("staff:maker")
    ):
        if owed:
            found.append(("settlement.attest", f"/acts/settlement.attest?{attest_query(voucher)}"))
        if rest > 0:
            given = {"voucher": voucher["voucher"], "amount": f"{rest // 100}.{rest % 100:02d}"}
            found.append(("overdue.attest_late", f"/acts/settlement.late?{urlencode(given)}"))
    if owed and visit.may("client:maker", "staff:maker"):
        for holding in held:
            if holding["tag"] not in names.own:
                continue
            given = {"voucher": voucher["voucher"], "holding": holding["first"]}
            if voucher["status"] == "OVERDUE":
                found.append(("overdue.write_off", f"/acts/debt.write_off?{urlencode(given)}"))
            found.append(("overdue.release", f"/acts/debt.release?{urlencode(given)}"))
    return found


async def _held(visit: Visit, names: Names) -> dict[str, list[Row]]:
    """The holdings of the visitor, and of a sponsor's staff those of its clients, by voucher."""
    rows = [row for tag in sorted(names.own) for row in await visit.desk.rows("holdings", tag=tag)]
    if visit.caller.seat == HOUSE:
        rows += await visit.desk.rows("holdings", at_most=5_000, sponsor=visit.gateway.member)
    found: dict[str, list[Row]] = {}
    for row in {str(row["holding"]): row for row in rows if row["status"] != "SPENT"}.values():
        found.setdefault(str(row["voucher"]), []).append(row)
    return found


async def _own(visit: Visit, names: Names) -> dict[str, str]:
    """The visitor's own holdings by name, each with the query of the form that takes a release of it back."""
    if not visit.may("client:maker", "staff:maker"):
        return {}
    rows = [row for tag in sorted(names.own) for row in await visit.desk.rows("holdings", tag=tag)]
    return {
        str(row["holding"]): urlencode({"voucher": row["voucher"], "holding": row["first"]}) for row in rows
    }


async def _of(visit: Visit, view: str, numbers: set[str]) -> list[Row]:
    return [row for number in sorted(numbers) for row in await visit.desk.rows(view, voucher=number)]


def _cells(visit: Visit, item: Late) -> Row:
    return {
        "voucher": item.row["voucher"],
        "issuer": item.row["issuer"],
        "bank": item.row["bank"],
        "status": visit.words.status(str(item.row["status"])),
        "cause": visit.words.status(item.cause) if item.cause else "",
        "maturity": item.voucher["effective_maturity"],
        "days": item.days,
        "at_cutoff": item.row["outstanding"],
        "balance": item.balance,
        "accrued": item.accrued,
        "attested": item.attested,
    }


ROUTES: Final[tuple[Route, ...]] = (get("/overdue", overdue),)
