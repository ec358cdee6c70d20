"""`tally node`: one institution's ledger and gateway."""

import asyncio
from pathlib import Path

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.times import local

_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("node.toml"),
    show_default=True,
    help="Settings file of the node.",
)
_MEBIBYTE = 1024 * 1024


@click.group(cls=Group)
def node() -> None:
    """Run, look at and check one institution's ledger process and gateway."""


@node.command(examples=["tally node run --config /etc/tally/node.toml"])
@_CONFIG
def run(config: Path) -> None:
    """Run ledger and gateway until SIGTERM or Ctrl-C; what ends by itself is started again."""
    from tallychain.node.config import load_node
    from tallychain.node.running import run_node

    asyncio.run(run_node(load_node(config), output.say))


@node.command(examples=["tally node status --output json"])
@_CONFIG
def status(config: Path) -> None:
    """Show processes, memory, height and state root."""
    from tallychain.node.config import load_node
    from tallychain.node.running import node_status

    found = asyncio.run(node_status(load_node(config)))
    if output.is_json():
        output.print_json(found)
        return
    ledger = found.ledger
    output.print_record(
        found,
        [
            ("Chain", f"{ledger.chain} ({ledger.engine})"),
            ("Block", f"{ledger.height} at {local(ledger.time_ms)}, {ledger.waiting} envelopes wait"),
            ("State root", ledger.app_hash),
            ("Gateway", found.url),
        ],
    )
    rows = [
        (row.name, row.pid if row.alive else "ended", row.restarts, row.memory_bytes // _MEBIBYTE)
        for row in found.processes
    ]
    click.echo(output.table(["Process", "Id", "Restarts", "MiB"], rows))


@node.command(examples=["tally node check --config node.toml"])
@_CONFIG
def check(config: Path) -> None:
    """Recompute every invariant, the state root and the journals, and compare the read model with one made again."""
    from tallychain.node.checking import check_node
    from tallychain.node.config import load_node

    found = asyncio.run(check_node(load_node(config)))
    if found.failures:
        raise Failure("CHECK_FAILED", " ".join(found.failures), {"failures": found.failures})
    output.print_record(
        found,
        [
            ("Block", found.height),
            ("State root", found.app_hash),
            ("Compared", ", ".join(f"{count} {name}" for name, count in found.tables.items())),
            ("Result", "everything holds"),
        ],
    )
