"""`tally ceiling`: what issuers may have outstanding."""

from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.values import AMOUNT, DAY


@click.group(cls=Group)
def ceiling() -> None:
    """Grant and lower ceilings of issuers, and look at them."""


@ceiling.command(
    examples=[
        "tally --as bank-a-maker ceiling grant --issuer core-a --amount 50,000,000.00 --from 2026-03-16 \\",
        "    --until 2027-03-15",
    ]
)
@click.option("--issuer", required=True, metavar="MEMBER", help="The core enterprise.")
@click.option("--amount", type=AMOUNT, required=True, help="What it may have outstanding, in yuan.")
@click.option("--from", "first", type=DAY, required=True, help="First day on which it holds.")
@click.option("--until", "last", type=DAY, required=True, help="Last day on which it holds.")
@wait_option()
def grant(issuer: str, amount: int, first: str, last: str, wait: bool) -> None:
    """Add to what an issuer may have outstanding; needs a second person of the bank."""
    args = {
        "issuer": issuer,
        "amount": amount,
        "currency": "CNY",
        "valid_from": first,
        "valid_until": last,
    }
    _do("ceiling.grant", args, wait=wait)


@ceiling.command(examples=["tally --as bank-a-maker ceiling reduce 6e…6e --amount 30,000,000.00"])
@click.argument("ceiling", metavar="CEILING")
@click.option("--amount", type=AMOUNT, help="The new, lower amount; without it the ceiling ends.")
@wait_option()
def reduce(ceiling: str, amount: int | None, wait: bool) -> None:
    """Lower or end a ceiling that one's bank granted; needs a second person."""
    row = session().client.row("ceilings", ceiling)
    _do("ceiling.reduce", {"issuer": row["issuer"], "ceiling": ceiling, "amount": amount or 0}, wait=wait)


@ceiling.command("list", examples=["tally --as bank-a-maker ceiling list --issuer core-a"])
@click.option("--issuer", metavar="MEMBER", help="Only of this issuer.")
def list_ceilings(issuer: str | None) -> None:
    """Ceilings, as of the last block that this gateway has."""
    filters = {"issuer": issuer} if issuer else {}
    rows = list(session().client.rows("ceilings", **filters))
    output.print_table(
        rows,
        ["Ceiling", "Issuer", "Bank", "Amount", "From", "Until", "Status"],
        [
            (
                row["ceiling"],
                row["issuer"],
                row["bank"],
                money(row["amount"]),
                row["valid_from"],
                row["valid_until"],
                row["status"],
            )
            for row in rows
        ],
        "There are no such ceilings.",
    )


def _do(type_name: str, args: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    perform(me, Wish(type=type_name, args=args, sealed={}, unlock=me.unlock()), wait=wait)
