"""Guarantees: what guarantors stand for, who is called on, and money that waits to be passed on to a guarantor."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.guaranteeing.state import (
    CALLED,
    DEFAULTED,
    FORWARDED,
    FREED,
    IN_FORCE,
    REPAID,
)
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import GUARANTOR

OPEN: Final = (CALLED, DEFAULTED)
OVER: Final = (FREED, REPAID)


@dataclass(frozen=True, slots=True)
class Shown:
    """One row, and the act that the visitor may do with it: its name and the address of its form, filled in; else nothing."""

    row: Row
    act: str = ""
    address: str = ""


async def guarantees(visit: Visit) -> Reply:
    """Everything that is guaranteed; what waits for money first."""
    names = await names_for(visit)
    kinds = str(names.members.get(visit.gateway.member, {}).get("kinds", "")).split()
    frames = [_frame(visit, row) for row in await visit.desk.rows("guarantee_frames")]
    vouchers = sorted(await visit.desk.rows("guarantees"), key=_order)
    banks = {
        str(row["voucher"]): str((await visit.desk.row("vouchers", str(row["voucher"])))["settlement_bank"])
        for row in vouchers
        if row["status"] in OPEN
    }
    return await page(
        visit,
        "guarantees.html",
        active="guarantees",
        names=names,
        frames=frames,
        guarantees=[_voucher(visit, row, banks.get(str(row["voucher"]), "")) for row in vouchers],
        repayments=[_repayment(visit, row) for row in await visit.desk.rows("guarantor_repayments")],
        may_give=GUARANTOR in kinds and _is_maker(visit),
    )


async def guarantee_of(visit: Visit, voucher: str) -> Row | None:
    """Who stands for a voucher, and for how much; None for nobody."""
    found = await visit.desk.rows("guarantees", voucher=voucher)
    return found[0] if found else None


async def guarantors_for(visit: Visit, issuer: str) -> list[Row]:
    """The guarantees for an issuer that are in force, with what is left of their limits."""
    found = await visit.desk.rows("guarantee_frames", issuer=issuer)
    return [
        row | {"free": int(row["limit_amount"]) - int(row["exposure"])}
        for row in found
        if row["status"] == IN_FORCE
    ]


def _is_maker(visit: Visit) -> bool:
    return visit.caller.seat == HOUSE and visit.may("staff:maker")


def _frame(visit: Visit, row: Row) -> Shown:
    if row["status"] == IN_FORCE and row["guarantor"] == visit.gateway.member and _is_maker(visit):
        return _with(row, "guarantee.end", issuer=row["issuer"])
    return Shown(row)


def _voucher(visit: Visit, row: Row, bank: str) -> Shown:
    if bank == visit.gateway.member and _is_maker(visit):
        return _with(row, "guarantor.pay", voucher=row["voucher"])
    return Shown(row)


def _repayment(visit: Visit, row: Row) -> Shown:
    waits = row["status"] != FORWARDED
    if waits and row["bank"] == visit.gateway.member and _is_maker(visit):
        return _with(row, "guarantor.pass_on", voucher=row["voucher"], attestation=row["attestation"])
    return Shown(row)


def _with(row: Row, act: str, **fields: object) -> Shown:
    return Shown(row, act.replace(".", "_"), f"/acts/{act}?{urlencode(fields)}")


def _order(row: Row) -> tuple[bool, bool, str]:
    return row["status"] not in OPEN, row["status"] in OVER, str(row["voucher"])


ROUTES: Final[tuple[Route, ...]] = (get("/guarantees", guarantees),)
