"""`tally recourse`: a funder comes back to its seller once the issuer is overdue, from the claim to the bank's word."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.values import AMOUNT, DAY, INSTANT, read_file

_RECOURSE = click.argument("recourse", metavar="RECOURSE")
_SEALED = "sealed"
_LATE = 500


@click.group(cls=Group)
def recourse() -> None:
    """Claim as the funder; buy back and contest as the seller; say as the bank that the money has come."""


@recourse.command(
    examples=[
        "tally --as bank-b-maker recourse claim EVTALY20260316000000000180:1-30000000:3 f1…f1 --principal 120,000.00 \\",
        "    --until 2026-09-24 --bank settle-a --name 乙银行 --account-bank 示例清算银行 --account 1009876543210987654",
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.argument("financing", metavar="FINANCING")
@click.option("--principal", type=AMOUNT, required=True, help="What the issuer has not paid; sealed.")
@click.option(
    "--until", type=DAY, required=True, help="The day until which late interest is claimed; sealed."
)
@click.option(
    "--late",
    type=click.IntRange(0, 10_000),
    default=_LATE,
    show_default=True,
    help="Late interest in parts per million a day, at most the voucher's own.",
)
@click.option("--contract", default="", help="Number of the financing contract; sealed.")
@click.option(
    "--bank",
    required=True,
    help="The member, another than the funder, that will say that the money has come.",
)
@click.option("--name", required=True, help="In whose name the account is; sealed.")
@click.option("--uscc", default="", help="Unified social credit code of that name; sealed.")
@click.option("--account-bank", required=True, help="The bank that keeps the account; sealed.")
@click.option("--bank-code", default="", help="Its number in the payment system; sealed.")
@click.option("--account", required=True, help="The account to which the money goes; sealed.")
@wait_option()
def claim(
    holding: str,
    financing: str,
    principal: int,
    until: str,
    late: int,
    contract: str,
    bank: str,
    name: str,
    uscc: str,
    account_bank: str,
    bank_code: str,
    account: str,
    wait: bool,
) -> None:
    """Claim a whole holding's unpaid face, with late interest, from who sold it with recourse; needs a second person."""
    from tallychain.sdk.recourse import ClaimNotPossible, claim_of

    me = session()
    row = me.client.row("holdings", holding)
    maturity = me.client.row("vouchers", row["voucher"])["effective_maturity"]
    try:
        terms = claim_of(principal, maturity, until=until, contract=contract, late_ppm_per_day=late)
    except ClaimNotPossible as wrong:
        raise Failure("CLAIM_NOT_POSSIBLE", str(wrong)) from None
    payee = {"name": name, "uscc": uscc, "bank": account_bank, "bank_code": bank_code, "account": account}
    args = {"voucher": row["voucher"], "financing": financing, "holding": row["first"], "bank": bank}
    _do(me, "recourse.claim", args, {"claim": terms, "payee": payee}, wait=wait)


@recourse.command("buy-back", examples=["tally --as s2 recourse buy-back e9…e9"])
@_RECOURSE
@wait_option()
def buy_back(recourse: str, wait: bool) -> None:
    """Agree to buy back; the units are bound until the money has come, by the cut-off of the third business day."""
    _on("recourse.buy_back", recourse, {}, {}, wait=wait)


@recourse.command(examples=["tally --as s2 recourse contest e9…e9 --reason 合同未约定追索"])
@_RECOURSE
@click.option("--reason", default="", help="Why nothing is owed; sealed to the funder.")
@wait_option()
def contest(recourse: str, reason: str, wait: bool) -> None:
    """Say that nothing is owed, or not this; the claim is over on the ledger."""
    _on("recourse.contest", recourse, {}, {"reason": {"reason": reason}} if reason else {}, wait=wait)


@recourse.command(examples=["tally --as bank-b-maker recourse withdraw e9…e9"])
@_RECOURSE
@wait_option()
def withdraw(recourse: str, wait: bool) -> None:
    """Take a claim back to which the seller has not agreed; needs a second person."""
    _on("recourse.withdraw", recourse, {}, {}, wait=wait)


@recourse.command(
    examples=[
        "tally --as settle-a-maker recourse attest e9…e9 --reference 20260925-000017 \\",
        "    --booked '2026-09-25 10:30' --document advice.pdf",
    ]
)
@_RECOURSE
@click.option("--reference", required=True, help="The bank's own number of the booking, never used twice.")
@click.option("--booked", type=INSTANT, required=True, help="When the bank booked it, local time.")
@click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The bank's document; only its digest leaves this machine.",
)
@wait_option()
def attest(recourse: str, reference: str, booked: int, document: Path, wait: bool) -> None:
    """State as the bank of the claim that its money has come; title returns to the seller; needs a second person."""
    more = {"reference": reference, "booked_ms": booked, "document": _digest(document)}
    _on("recourse.attest", recourse, more, {}, wait=wait)


@recourse.command("list", examples=["tally --as s2 recourse list"])
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
def list_recourses(voucher: str | None) -> None:
    """Recourse claims with what this seat may read of their figures, as of the last block that this gateway has."""
    client = session().client
    rows = list(client.rows("recourses", **({"voucher": voucher} if voucher else {})))
    terms = {row["recourse"]: row for row in client.rows("recourse_terms")}
    told = [{**row, **_told(row, terms.get(row["recourse"]))} for row in rows]
    output.print_table(
        told,
        ["Claim", "Holding", "Unpaid", "Claimed", "Funder", "Bank", "Status"],
        [
            (
                row["recourse"],
                row["holding"],
                money(row["unpaid"]),
                _SEALED if row["amount"] is None else money(row["amount"]) + _warned(row["follows"]),
                row["funder"],
                row["bank"],
                row["status"],
            )
            for row in told
        ],
        "Nothing is claimed from a seller.",
    )


def _warned(follows: bool) -> str:
    return "" if follows else " TOO MUCH"


def _told(row: dict[str, Any], terms: dict[str, Any] | None) -> dict[str, Any]:
    """The figures beside their claim, and whether they ask for no more than they may."""
    from tallychain.sdk.recourse import follows

    names = ("principal", "until", "interest", "amount")
    if terms is None:
        return {**dict.fromkeys(names), "follows": None}
    return {**{name: terms[name] for name in names}, "follows": follows(row, terms)}


def _on(kind: str, recourse: str, more: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    """An act on a claim."""
    me = session()
    row = me.client.row("recourses", recourse)
    args = {"voucher": row["voucher"], "holding": row["first"], "recourse": recourse, **more}
    _do(me, kind, args, sealed, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()
