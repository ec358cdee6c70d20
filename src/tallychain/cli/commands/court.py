"""`tally court`: units that a court freezes, renews, lifts and executes."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.values import AMOUNT, DAY, RECEIVER, read_file

_FREEZE = click.argument("freeze", metavar="FREEZE")
_SEALED = "sealed"
_COURT = click.option("--court", required=True, help="Name of the court; sealed.")
_NUMBER = click.option("--number", required=True, help="Number of the order; sealed.")
_NOTE = click.option("--note", default="", help="What else the parties should know; sealed.")
_DOCUMENT = click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The order as it was served; only its digest leaves this machine.",
)


@click.group(cls=Group)
def court() -> None:
    """Freeze what holders hold, and renew, lift and execute freezes, as a court gateway; look at freezes."""


@court.command(
    examples=[
        "tally --as court-maker court freeze EVTALY20260316000000000180:42500002-100000000:2 --amount 300,000.00 \\",
        "    --until 2027-03-15 --court 上海金融法院 --number （2026）沪74执保123号 --document order.pdf",
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.option(
    "--amount", type=AMOUNT, help="How much of it, in yuan, from its first unit on; else all of it."
)
@click.option("--until", type=DAY, required=True, help="Day with whose end the freeze ends.")
@_COURT
@_NUMBER
@_NOTE
@_DOCUMENT
@wait_option()
def freeze(
    holding: str,
    amount: int | None,
    until: str,
    court: str,
    number: str,
    note: str,
    document: Path,
    wait: bool,
) -> None:
    """Freeze a holding or a part of it; needs a second person.  What its holder passes on before stays with whom it went to."""
    me = session()
    row = me.client.row("holdings", holding)
    last = row["last"] if amount is None else row["first"] + amount - 1
    args = {
        "voucher": row["voucher"],
        "tag": row["tag"],
        "holding": row["first"],
        "first": row["first"],
        "last": last,
        "until": until,
        "document": _digest(document),
    }
    _do(me, "court.freeze", args, _order(court, number, note), wait=wait)


@court.command(
    examples=[
        "tally --as court-maker court renew f2…f2 --until 2029-03-15 --court 上海金融法院 \\",
        "    --number （2027）沪74执保9号 --document order.pdf",
    ]
)
@_FREEZE
@click.option("--until", type=DAY, required=True, help="The later day with whose end it ends.")
@_COURT
@_NUMBER
@_NOTE
@_DOCUMENT
@wait_option()
def renew(freeze: str, until: str, court: str, number: str, note: str, document: Path, wait: bool) -> None:
    """Let a freeze last longer; needs a second person."""
    _on("court.renew", freeze, document, {"until": until}, _order(court, number, note), wait=wait)


@court.command(
    examples=[
        "tally --as court-maker court lift f2…f2 --court 上海金融法院 --number 9号 --document order.pdf"
    ]
)
@_FREEZE
@_COURT
@_NUMBER
@_NOTE
@_DOCUMENT
@wait_option()
def lift(freeze: str, court: str, number: str, note: str, document: Path, wait: bool) -> None:
    """Let frozen units go; needs a second person.  The court that waits behind is next in the same block."""
    _on("court.unfreeze", freeze, document, {}, _order(court, number, note), wait=wait)


@court.command(
    examples=[
        "tally --as court-maker court execute f2…f2 --court 上海金融法院 --number 9号 --document order.pdf \\",
        "    --name 上海金融法院 --bank 示例银行上海分行 --bank-code 103290000000 --account 6209876543210987654",
    ]
)
@_FREEZE
@_COURT
@_NUMBER
@_NOTE
@_DOCUMENT
@click.option("--name", required=True, help="In whose name the account is; sealed.")
@click.option("--uscc", default="", help="Unified social credit code of that name; sealed.")
@click.option("--bank", required=True, help="The bank that keeps the account; sealed.")
@click.option("--bank-code", default="", help="Its number in the payment system; sealed.")
@click.option("--account", required=True, help="The account to which the money goes; sealed.")
@wait_option()
def execute(
    freeze: str,
    court: str,
    number: str,
    note: str,
    document: Path,
    name: str,
    uscc: str,
    bank: str,
    bank_code: str,
    account: str,
    wait: bool,
) -> None:
    """Name the account to which all of the money of the frozen units goes; needs a second person."""
    me = session()
    row = me.client.row("freezes", freeze)
    payee = {"name": name, "uscc": uscc, "bank": bank, "bank_code": bank_code, "account": account}
    args = {"holdings": _holdings(me, row)}
    _on("court.execute", freeze, document, args, {**_order(court, number, note), "payee": payee}, wait=wait)


@court.command(
    examples=[
        "tally --as court-maker court transfer f2…f2 --to s2 --court 上海金融法院 --number 9号 --document order.pdf"
    ]
)
@_FREEZE
@click.option(
    "--to", "receiver", type=RECEIVER, required=True, help="Who gets title: CODE@SPONSOR, or a client's name."
)
@_COURT
@_NUMBER
@_NOTE
@_DOCUMENT
@wait_option()
def transfer(
    freeze: str,
    receiver: dict[str, str],
    court: str,
    number: str,
    note: str,
    document: Path,
    wait: bool,
) -> None:
    """Give title to the frozen units to somebody else; needs a second person."""
    order = _order(court, number, note)
    _on("court.transfer", freeze, document, {"receiver": receiver}, order, wait=wait)


@court.command("list", examples=["tally --as court-maker court list --voucher EVTALY20260316000000000180"])
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
def list_freezes(voucher: str | None) -> None:
    """Freezes with what this seat may read of their orders, as of the last block that this gateway has."""
    client = session().client
    rows = list(client.rows("freezes", **({"voucher": voucher} if voucher else {})))
    numbers = {row["operation"]: row["number"] for row in client.rows("court_orders")}
    output.print_table(
        [{**row, "number": numbers.get(row["freeze"])} for row in rows],
        ["Freeze", "Voucher", "Order", "Frozen", "First in the queue", "Until", "Status"],
        [
            (
                row["freeze"],
                row["voucher"],
                numbers.get(row["freeze"], _SEALED),
                money(row["frozen"]),
                money(row["effective"]),
                row["until"],
                row["status"],
            )
            for row in rows
        ],
        "Nothing is frozen.",
    )


def _holdings(me: Session, row: dict[str, Any]) -> list[int]:
    """First units of the holdings that a freeze stands on: those of its tag within its range that wait for money."""
    found = me.client.rows("holdings", voucher=row["voucher"], tag=row["tag"])
    firsts = sorted(
        one["first"]
        for one in found
        if one["status"] not in ("SPENT", "PAID") and row["first"] <= one["first"] <= row["last"]
    )
    if not firsts:
        raise Failure("NOTHING_TO_FREEZE", f"Nothing stands under the freeze {row['freeze']} any more.")
    return firsts


def _order(court: str, number: str, note: str) -> dict[str, Any]:
    return {"order": {"court": court, "number": number, "note": note}}


def _on(
    kind: str,
    freeze: str,
    document: Path,
    more: dict[str, Any],
    sealed: dict[str, Any],
    *,
    wait: bool,
) -> None:
    """An act on a freeze that stands."""
    me = session()
    row = me.client.row("freezes", freeze)
    args = {"voucher": row["voucher"], "freeze": freeze, **more, "document": _digest(document)}
    _do(me, kind, args, sealed, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()
