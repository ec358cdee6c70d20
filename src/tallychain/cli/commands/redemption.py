"""`tally redemption`: an issuer pays a holding before its maturity, from the price to the bank's word."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.values import DAY, INSTANT, PERCENT, read_file

_REDEMPTION = click.argument("redemption", metavar="REDEMPTION")
_SEALED = "sealed"


@click.group(cls=Group)
def redemption() -> None:
    """Offer to pay holdings early as their issuer; agree and decline as their holder; pay as the settlement bank."""


@redemption.command(
    examples=[
        "tally --as ce-a-maker redemption offer EVTALY20260316000000000180:42500002-100000000:3 --rate 3.00 \\",
        "    --value-date 2026-06-01",
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.option(
    "--rate", type=PERCENT, required=True, help="Discount a year in percent, for actual days of 360; sealed."
)
@click.option("--value-date", type=DAY, required=True, help="The day from which it is counted; sealed.")
@wait_option()
def offer(holding: str, rate: int, value_date: str, wait: bool) -> None:
    """Offer to pay a whole holding early, for its face less the discount; needs a second person."""
    from tallychain.sdk.redemptions import PriceNotPossible, terms_of

    me = session()
    row = me.client.row("holdings", holding)
    maturity = me.client.row("vouchers", row["voucher"])["effective_maturity"]
    try:
        terms = terms_of(row["face"], maturity, rate=rate, value_date=value_date)
    except PriceNotPossible as wrong:
        raise Failure("PRICE_NOT_POSSIBLE", str(wrong)) from None
    args = {"voucher": row["voucher"], "holding": row["first"]}
    _do(me, "redemption.offer", args, {"terms": terms}, wait=wait)


@redemption.command(
    examples=[
        "tally --as s1 redemption agree e1…e1 --name 某某供应有限公司 --bank 示例银行上海分行 \\",
        "    --bank-code 102290000000 --account 1001234567890123456",
    ]
)
@_REDEMPTION
@click.option("--name", required=True, help="In whose name the account is; sealed.")
@click.option("--uscc", default="", help="Unified social credit code of that name; sealed.")
@click.option("--bank", required=True, help="The bank that keeps the account; sealed.")
@click.option("--bank-code", default="", help="Its number in the payment system; sealed.")
@click.option("--account", required=True, help="The account to which the money goes; sealed.")
@wait_option()
def agree(redemption: str, name: str, uscc: str, bank: str, bank_code: str, account: str, wait: bool) -> None:
    """Agree to be paid early; the units are bound until the bank has paid, by the next business day's cut-off."""
    payee = {"name": name, "uscc": uscc, "bank": bank, "bank_code": bank_code, "account": account}
    _on("redemption.agree", redemption, {}, {"payee": payee}, wait=wait)


@redemption.command(examples=["tally --as s1 redemption decline e1…e1"])
@_REDEMPTION
@wait_option()
def decline(redemption: str, wait: bool) -> None:
    """Not be paid early; everything stays as it is."""
    _on("redemption.decline", redemption, {}, {}, wait=wait)


@redemption.command(examples=["tally --as ce-a-maker redemption withdraw e1…e1"])
@_REDEMPTION
@wait_option()
def withdraw(redemption: str, wait: bool) -> None:
    """Take an offer back to which the holder has not agreed; needs a second person."""
    _on("redemption.withdraw", redemption, {}, {}, wait=wait)


@redemption.command(
    examples=[
        "tally --as settle-a-maker redemption attest e1…e1 --reference 20260602-000031 \\",
        "    --booked '2026-06-02 10:30' --document advice.pdf",
    ]
)
@_REDEMPTION
@click.option("--reference", required=True, help="The bank's own number of the booking, never used twice.")
@click.option("--booked", type=INSTANT, required=True, help="When the bank booked it, local time.")
@click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The bank's document; only its digest leaves this machine.",
)
@wait_option()
def attest(redemption: str, reference: str, booked: int, document: Path, wait: bool) -> None:
    """State as the settlement bank that the sealed amount was paid; needs a second person."""
    more = {"reference": reference, "booked_ms": booked, "document": _digest(document)}
    _on("redemption.attest", redemption, more, {}, wait=wait)


@redemption.command("list", examples=["tally --as s1 redemption list"])
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
def list_redemptions(voucher: str | None) -> None:
    """Early redemptions with what this seat may read of their terms, as of the last block that this gateway has."""
    client = session().client
    rows = list(client.rows("redemptions", **({"voucher": voucher} if voucher else {})))
    terms = {row["redemption"]: row for row in client.rows("redemption_terms")}
    told = [{**row, **_told(row, terms.get(row["redemption"]))} for row in rows]
    output.print_table(
        told,
        ["Redemption", "Holding", "Face", "Discount", "Paid", "Bank", "Status"],
        [
            (
                row["redemption"],
                row["holding"],
                money(row["face"]),
                _SEALED if row["net"] is None else money(row["discount"]),
                _SEALED if row["net"] is None else money(row["net"]) + ("" if row["follows"] else " FALSE"),
                row["bank"],
                row["status"],
            )
            for row in told
        ],
        "Nothing is redeemed early.",
    )


def _told(row: dict[str, Any], terms: dict[str, Any] | None) -> dict[str, Any]:
    """The terms beside their redemption, and whether their figures follow."""
    from tallychain.sdk.redemptions import follows

    if terms is None:
        return {"rate": None, "value_date": None, "discount": None, "net": None, "follows": None}
    names = ("rate", "value_date", "discount", "net")
    return {**{name: terms[name] for name in names}, "follows": follows(row, terms)}


def _on(kind: str, redemption: str, more: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    """An act on a redemption."""
    me = session()
    row = me.client.row("redemptions", redemption)
    args = {"voucher": row["voucher"], "holding": row["first"], "redemption": redemption, **more}
    _do(me, kind, args, sealed, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()
