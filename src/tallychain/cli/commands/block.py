"""`tally block`: the chain's blocks."""

from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import session
from tallychain.cli.times import local


@click.group(cls=Group)
def block() -> None:
    """Look at blocks."""


@block.command("list", examples=["tally --as s1 block list --limit 5"])
@click.option(
    "--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="How many, newest first."
)
@click.option("--below", type=click.IntRange(1), help="Only blocks below this height.")
def list_blocks(limit: int, below: int | None) -> None:
    """The newest blocks."""
    query = {"limit": str(limit)} | ({"below": str(below)} if below else {})
    rows = session().client.listing("/v1/blocks", query)
    output.print_table(
        rows,
        ["Height", "Time", "Operations", "State root before"],
        [(row["height"], local(row["time_ms"]), row["operations"], _root(row)[:16] + "…") for row in rows],
        "There are no blocks yet.",
    )


@block.command(examples=["tally --as s1 block show 12"])
@click.argument("height", type=click.IntRange(1))
def show(height: int) -> None:
    """One block."""
    rows = session().client.listing("/v1/blocks", {"limit": "1", "below": str(height + 1)})
    if not rows or rows[0]["height"] != height:
        raise Failure("BLOCK_NOT_FOUND", f"There is no block {height} here.")
    row = rows[0]
    output.print_record(
        row,
        [
            ("Height", row["height"]),
            ("Time", local(row["time_ms"])),
            ("Operations", row["operations"]),
            ("State root before", _root(row)),
            ("Header", row["header"]),
        ],
    )


def _root(row: dict[str, Any]) -> str:
    """The state root that a block's header carries: that of the block before."""
    import json

    return str(json.loads(row["header"])["app_hash"])
