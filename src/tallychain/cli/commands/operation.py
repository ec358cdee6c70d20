"""`tally operation`: what became of an operation."""

import click

from tallychain.cli import output
from tallychain.cli.acting import finish, outcome
from tallychain.cli.base import Group
from tallychain.cli.profile import session

_OPERATION = click.argument("operation", metavar="OPERATION")


@click.group(cls=Group)
def operation() -> None:
    """Look at operations of this seat."""


@operation.command("list", examples=["tally --as s1 operation list --limit 10"])
@click.option(
    "--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="How many, newest first."
)
def list_operations(limit: int) -> None:
    """The newest operations of this seat."""
    rows = session().client.listing("/v1/operations", {"limit": str(limit)})
    output.print_table(
        rows,
        ["Operation", "Type", "State", "Code", "Block"],
        [
            (f"{row['operation'][:16]}…", row["type"], row["state"], row["code"], row["height"])
            for row in rows
        ],
        "There are no operations yet.",
    )


@operation.command(examples=["tally --as s1 operation show 9f31…"])
@_OPERATION
def show(operation: str) -> None:
    """What is known of an operation now."""
    found = session().client.operation(operation)
    output.print_record(found, outcome(found))


@operation.command("wait", examples=["tally --as s1 operation wait 9f31…"])
@_OPERATION
def wait_for(operation: str) -> None:
    """Stay until an operation's end is certain; exit status 1 where it had no effect."""
    finish(session(), operation)
