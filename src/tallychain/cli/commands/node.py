"""`tally node`: one institution's ledger, engine and gateway."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.times import local

if TYPE_CHECKING:
    from tallychain.node.engineview import EngineView

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
    """Run, look at and check one institution's ledger process, engine and gateway."""


@node.command(examples=["tally node run --config /etc/tally/node.toml"])
@_CONFIG
def run(config: Path) -> None:
    """Run ledger, engine (where it is a process of its own) and gateway until SIGTERM or Ctrl-C; what ends by itself is started again."""
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
            *engine_rows(found.engine),
            ("Gateway", found.url),
        ],
    )
    rows = [
        (row.name, row.pid if row.alive else "ended", row.restarts, row.memory_bytes // _MEBIBYTE)
        for row in found.processes
    ]
    click.echo(output.table(["Process", "Id", "Restarts", "MiB"], rows))


def engine_rows(engine: "EngineView | None") -> list[tuple[str, object]]:
    """What an engine of its own says, as rows for a person."""
    if engine is None:
        return []
    catching_up = ", catching up" if engine.catching_up else ""
    voting = f" with power {engine.power}" if engine.power else ""
    return [
        ("Node", f"{engine.node}, {engine.kind}{voting}{catching_up}"),
        ("Connected to", ", ".join(engine.peers) or "nobody"),
    ]


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


@node.command(
    examples=[
        "tally node propose --power 10 > admission.json",
        "tally --as maker do proposal.open --json @admission.json",
    ]
)
@_CONFIG
@click.option(
    "--power",
    type=click.IntRange(0, 1_000_000),
    default=0,
    show_default=True,
    help="Power of the validator that the node shall be; 0 for an observer.",
)
def propose(config: Path, power: int) -> None:
    """Print the proposal by which this node is admitted, with proofs that it has its keys; the member then opens it."""
    from tallychain.node.candidacy import admission_request
    from tallychain.node.config import load_node

    output.print_document(admission_request(load_node(config), power))


@node.command(examples=["tally node backup --config /etc/tally/node.toml --to /var/backups/tally --keep 14"])
@_CONFIG
@click.option(
    "--to",
    "destination",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder in which each backup gets a folder of its own.",
)
@click.option(
    "--keep", type=click.IntRange(0), default=0, help="Keep this many of this node's backups there; 0: all."
)
@click.option(
    "--keys/--no-keys",
    default=True,
    show_default=True,
    help="With the key files, each under its own passphrase; passphrases are never in a backup.",
)
def backup(config: Path, destination: Path, keep: int, *, keys: bool) -> None:
    """Copy ledger, gateway, documents and key files of one moment into a new folder, while the node runs."""
    from tallychain.node.backup import BackupChoice, backup_node
    from tallychain.node.config import load_node

    choice = BackupChoice(destination=destination, keys=keys, keep=keep)
    made = asyncio.run(backup_node(load_node(config), choice))
    output.print_record(
        made,
        [
            ("Backup", made.folder),
            ("Block", f"{made.height}, state root {made.app_hash}"),
            ("Size", f"{made.bytes // 1024} KiB in {made.files} files, {made.seconds} s"),
            ("Removed", ", ".join(made.removed) or "nothing"),
        ],
    )


@node.command(
    examples=[
        "tally node restore /var/backups/tally/alliance-1-bank-a-20260914t030000000z /var/lib/tally",
        "tally node restore /var/backups/tally/alliance-1-bank-a-20260914t030000000z gateway --part gateway",
    ]
)
@click.argument("backup_folder", metavar="BACKUP", type=click.Path(path_type=Path, file_okay=False))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--part",
    type=click.Choice(["all", "ledger", "gateway"]),
    default="all",
    show_default=True,
    help="A whole node, or one folder of it.",
)
@click.option("--genesis", metavar="DIGEST", default="", help="Refuse a backup of any other chain.")
def restore(
    backup_folder: Path, folder: Path, part: Literal["all", "ledger", "gateway"], genesis: str
) -> None:
    """Make a node again from a backup in the empty folder DIR; every file, the whole state and all blocks are checked first."""
    from tallychain.node.restore import restore_node

    done = restore_node(backup_folder, folder, part=part, genesis=genesis)
    output.print_record(
        done,
        [
            ("Folder", f"{done.folder} ({done.part})"),
            ("Chain", f"{done.chain}, genesis {done.genesis}"),
            ("Block", f"{done.height}, state root {done.app_hash}: everything holds"),
            ("Copied at", local(done.made_ms)),
            ("Size", f"{done.bytes // 1024} KiB in {done.files} files, {done.seconds} s"),
            ("Keys", "restored" if done.keys else "not in this backup: put them into keys/ and seats/"),
        ],
    )


@node.command(examples=["tally node rewind --config /etc/tally/node.toml"])
@_CONFIG
def rewind(config: Path) -> None:
    """
    Have a gateway go back to where the ledger stands, after an older copy of the ledger was put back.

    The gateway must not run. Acts that ended in blocks that are gone are opened again: those still in time are sent again, the others end as expired.
    """
    from tallychain.node.config import load_node
    from tallychain.node.rewinding import rewind_gateway

    done = asyncio.run(rewind_gateway(load_node(config)))
    output.print_record(
        done,
        [
            ("Had seen", f"block {done.seen}"),
            ("Goes on from", f"block {done.common}"),
            ("Acts opened again", done.reopened),
            ("Next", "start the gateway; its rows are made again from the blocks"),
        ],
    )
