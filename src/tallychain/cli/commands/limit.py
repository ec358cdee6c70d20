"""`tally limit`: what a funder lends at most to whom; entered by two persons, checked by its gateway, told to nobody else."""

from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.values import AMOUNT, DAY


@click.group(cls=Group)
def limit() -> None:
    """Enter and approve credit lines and risk assets of one's own member, and see what is used of them."""


@limit.command(
    examples=["tally --as bank-b-maker limit line core-a --amount 10,000,000.00 --until 2026-12-31"]
)
@click.argument("issuer", metavar="MEMBER")
@click.option("--amount", type=AMOUNT, required=True, help="What it may owe this member, in yuan.")
@click.option("--until", "last", type=DAY, required=True, help="Last day on which it holds.")
def line(issuer: str, amount: int, last: str) -> None:
    """Enter a credit line for an issuer; holds when a second person has approved it.  Issuers without one have none then."""
    _enter("line", amount, last, issuer)


@limit.command(examples=["tally --as factor-a-maker limit assets --amount 40,000,000.00 --until 2026-06-30"])
@click.option("--amount", type=AMOUNT, required=True, help="All that this member has at risk, in yuan.")
@click.option("--until", "last", type=DAY, required=True, help="Last day on which the figure holds.")
def assets(amount: int, last: str) -> None:
    """Enter the risk assets, of which at most half may be with one debtor; holds when a second person has approved it."""
    _enter("assets", amount, last, "")


@limit.command(examples=["tally --as factor-a-checker limit approve 0f3c…"])
@click.argument("limit", metavar="LIMIT")
def approve(limit: str) -> None:
    """Let a limit hold, as another person than the one who entered it."""
    _decide(limit, approve_it=True)


@limit.command(examples=["tally --as factor-a-checker limit refuse 0f3c…"])
@click.argument("limit", metavar="LIMIT")
def refuse(limit: str) -> None:
    """Close a limit that waits."""
    _decide(limit, approve_it=False)


@limit.command("list", examples=["tally --as factor-a-maker limit list"])
def list_limits() -> None:
    """What holds and what waits, and what is used by one's own financings, from the award on."""
    found = session().client.get("/v1/limits")
    output.print_table(
        found,
        ["Limit", "Kind", "Issuer", "Amount", "Until", "Entered by", "State"],
        [
            (
                row["id"],
                row["kind"],
                row["issuer"],
                money(row["amount"]),
                row["valid_until"],
                row["asked_by"],
                row["state"],
            )
            for row in found["limits"]
        ],
        "No limit is entered: nothing is checked.",
    )
    if not output.is_json():
        for row in found["used"]:
            output.say(_used(row))


def _used(row: dict[str, Any]) -> str:
    from tallychain.sdk.quotes import percent

    of_line = "" if row["line"] < 0 else f" of {money(row['line'])}"
    of_assets = "" if row["share_ppm"] < 0 else f", {percent(row['share_ppm'])} of the risk assets"
    quoted = f" {money(row['reserved'])} more is quoted for." if row["reserved"] else ""
    return f"{row['issuer']}: {money(row['used'])}{of_line} is at risk{of_assets}.{quoted}"


def _enter(kind: str, amount: int, last: str, issuer: str) -> None:
    from tallychain.sdk import limits

    made = session().client.ask(limits.ask(kind, amount, last, issuer))
    output.print_record(made, [("Limit", made["id"]), ("State", made["state"])])


def _decide(limit: str, *, approve_it: bool) -> None:
    from tallychain.sdk import limits

    made = session().client.ask(limits.decide(limit, approve=approve_it))
    output.print_record(made, [("Limit", made["id"]), ("State", made["state"])])
