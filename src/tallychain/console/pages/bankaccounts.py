"""Accounts of record: what a client has stated, what its bank has to test, what may still be stopped; and which one a payee is."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.banking.state import (
    CONFIRMED,
    IN_FORCE,
    RETURNED,
    SENT,
    STATED,
    WAITING,
)
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.clientaccounts import OF_RECORD, Standing
from tallychain.ledger.timeline import local_day_number
from tallychain.sdk.clientaccounts import code_came_back, sent_code

WAIT_FOR: Final = ("send", "return", "confirm", "stop")


@dataclass(frozen=True, slots=True)
class Shown:
    """One account as the visitor may see it."""

    row: Row
    details: Row | None
    """What was stated, as far as the visitor can open it."""
    code: str
    """The code that the visitor's bank has drawn."""
    came_back: bool | None
    """Whether the client has said that code; None where the visitor does not know."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the act, and the address of its form, filled in."""

    @property
    def waits(self) -> bool:
        """Whether it waits for the visitor."""
        return any(act in WAIT_FOR for act, _ in self.acts)


@dataclass(frozen=True, slots=True)
class Named:
    """A payee that a sponsor has named for a holding, and how it stands to the accounts of record."""

    share: Row
    payee: Row
    standing: Standing
    days: int
    """For how many days it has been in force."""

    @property
    def is_good(self) -> bool:
        """Whether it is of record, and was so before the black-out."""
        return self.standing.kind == OF_RECORD


async def bank_accounts(visit: Visit) -> Reply:
    """Every account of record that concerns the visitor, those that wait first."""
    names = await names_for(visit)
    return await page(
        visit,
        "bankaccounts.html",
        active="bankaccounts",
        names=names,
        accounts=await accounts_of(visit, names),
        make=await _make(visit),
    )


async def accounts_of(visit: Visit, names: Names) -> list[Shown]:
    """Those of the visitor's tags; for staff those of the member as sponsor and as the bank that tests."""
    found: list[Row] = []
    if visit.caller.seat == HOUSE:
        member = visit.gateway.member
        found += await visit.desk.rows("client_accounts", sponsor=member)
        found += await visit.desk.rows("client_accounts", bank=member)
    else:
        for row in await visit.desk.rows("client_account_details"):
            found.append(await visit.desk.row("client_accounts", str(row["account"])))
    rows = {str(row["account"]): row for row in found}
    details = {str(row["account"]): row for row in await visit.desk.rows("client_account_details")}
    codes = await visit.desk.rows("client_account_codes") if rows else []
    return [
        _shown(visit, names, row, details, [one for one in codes if one["account"] == name])
        for name, row in sorted(rows.items(), key=lambda item: _order(item[1]))
    ]


def _shown(visit: Visit, names: Names, row: Row, details: dict[str, Row], codes: list[Row]) -> Shown:
    known = details.get(str(row["account"]))
    code = sent_code(codes)
    said = code_came_back(codes) if code and row["status"] == RETURNED else None
    named = {"tag": row["tag"], "account": row["account"]}
    acts = []
    for act in _acts(visit, names, row):
        more: dict[str, object] = {}
        if act == "refuse":
            more["wrong_code"] = "true" if said is False else "false"
        if act == "change" and known is not None:
            more |= {"sealed.account.name": known["name"], "sealed.account.uscc": known["uscc"]}
        acts.append((act, f"/acts/account.{act}?{urlencode({**named, **more})}"))
    return Shown(row, known, code, said, tuple(acts))


def _acts(visit: Visit, names: Names, row: Row) -> list[str]:
    status, acts = str(row["status"]), list[str]()
    if visit.caller.seat == HOUSE and row["bank"] == visit.gateway.member and visit.may("staff:maker"):
        acts += {STATED: ["send", "refuse"], SENT: ["refuse"], RETURNED: ["confirm", "refuse"]}.get(
            status, []
        )
    if row["tag"] in names.own and visit.may("client:maker", "staff:maker"):
        acts += ["return"] if status == SENT else ["change"] if status == IN_FORCE else []
        acts += ["stop"] if status in (STATED, SENT, RETURNED, CONFIRMED) else []
    return acts


async def named_for(visit: Visit, voucher: str, shares: list[Row]) -> tuple[Named, ...]:
    """The payees of these shares of a voucher, for the bank that pays them."""
    payees = {int(row["first"]): row for row in await visit.desk.rows("payees", voucher=voucher)}
    blackout = int((await visit.desk.row("vouchers", voucher))["blackout"])
    now, found = visit.gateway.clock.now_ms(), []
    for share in shares:
        payee = payees.get(int(share["first"]))
        if payee is not None:
            accounts = visit.gateway.client_accounts
            standing = await accounts.standing_of(str(payee["operation"]), blackout)
            days = local_day_number(now) - local_day_number(standing.since_ms) if standing.since_ms else 0
            found.append(Named(share, payee, standing, days))
    return tuple(found)


async def _make(visit: Visit) -> str:
    """The address of the form that states an account, filled in for the visitor's own seat; empty for whoever has none."""
    if visit.caller.seat == HOUSE or not visit.may("client:maker"):
        return ""
    seat = await visit.gateway.seats.need(visit.caller.seat)
    fields = {
        "holder.sponsor": visit.gateway.member,
        "holder.uscc": seat.uscc,
        "sealed.account.name": seat.name,
        "sealed.account.uscc": seat.uscc,
    }
    return f"/acts/account.set?{urlencode(fields)}"


def _order(row: Row) -> tuple[bool, int]:
    return row["status"] not in WAITING, -int(row["stated_at"])


ROUTES: Final[tuple[Route, ...]] = (get("/bankaccounts", bank_accounts),)
