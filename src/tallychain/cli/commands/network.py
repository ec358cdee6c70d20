"""`tally network`: a trial alliance on this machine."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.commands.production import (
    ONLY_FOR_REAL,
    RealStart,
    refuse_trial_options,
    start_really,
    write_units,
)
from tallychain.cli.profile import network_folder

if TYPE_CHECKING:
    from tallychain.network.looking import NodeStatus

_MEBIBYTE: Final = 1024 * 1024
_NODE_TITLES: Final = ["Node", "Kind", "Block", "Root", "Connected to", "MiB"]
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path), required=False)


@click.group(cls=Group)
def network() -> None:
    """Make, start, look at and end a trial alliance on this machine."""


@network.command(
    examples=[
        "tally network init my-trial",
        "tally network init my-trial --alliance mine.json --seed 7",
        "tally network init my-trial --engine cometbft",
        "tally network init /var/lib/tally --production --settings founding.toml",
    ]
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--alliance", type=click.Path(path_type=Path, dir_okay=False), help="Members and clients, as JSON."
)
@click.option(
    "--calendar", type=click.Path(path_type=Path, dir_okay=False), help="Free and worked days of a year."
)
@click.option("--chain", default="trial-1", show_default=True, help="Name of the chain.")
@click.option(
    "--seed", type=click.IntRange(0), help="Have all keys follow from a number, for repeatable trials."
)
@click.option(
    "--demo/--no-demo",
    default=True,
    show_default=True,
    help="A demonstration opens every key with the passphrase demo and asks for no second factor.",
)
@click.option(
    "--clock",
    type=click.Choice(["driven", "system"]),
    default="driven",
    show_default=True,
    help="Whether time moves when told, or by itself.",
)
@click.option(
    "--engine",
    type=click.Choice(["embedded", "cometbft"]),
    default="embedded",
    show_default=True,
    help="One ledger process, or a validator node for each member that follows no other.",
)
@click.option(
    "--first-port", type=click.IntRange(1024, 65_000), help="Ports from here on; else free ones are found."
)
@click.option(
    "--production", is_flag=True, help="A real node of one institution: no demonstration, system clock."
)
@click.option("--settings", type=_FILE, help="Of a real node, in TOML; without it they are asked.")
@click.option(
    "--passphrase-file",
    type=_FILE,
    help="Passphrase of a real node (0600); else a service manager's credential, or typed.",
)
@click.option(
    "--only-member", is_flag=True, help="Prepare the institution alone: others will be founders with it."
)
@click.option(
    "--founders",
    type=_FILE,
    multiple=True,
    help="Member file of another founder, may be repeated: found the chain with a prepared institution, or with --genesis check it.",
)
@click.option("--genesis", type=_FILE, help="Take over the genesis document that another founder has built.")
@click.option(
    "--database", default="", help="Of a real node's gateway: sqlite, or postgresql://role@host/name."
)
@click.option(
    "--fingerprint-key",
    type=_FILE,
    help="With --genesis: the sealed fingerprint key; else fingerprint-key.json beside the document.",
)
@click.option("--database-password-file", type=_FILE, help="Password of the database's role (0600).")
@click.pass_context
def init(
    ctx: click.Context,
    folder: Path,
    alliance: Path | None,
    calendar: Path | None,
    chain: str,
    seed: int | None,
    demo: bool,
    clock: str,
    engine: str,
    first_port: int | None,
    *,
    production: bool,
    settings: Path | None,
    passphrase_file: Path | None,
    only_member: bool,
    founders: tuple[Path, ...],
    genesis: Path | None,
    database: str,
    database_password_file: Path | None,
    fingerprint_key: Path | None,
) -> None:
    """Make a trial alliance, or with --production a real node, in the empty folder DIR: genesis, keys, accounts and settings."""
    if production:
        refuse_trial_options(ctx)
        real = RealStart(folder, settings, passphrase_file, founders, genesis, only_member)
        start_really(
            replace(
                real,
                database=database,
                database_password_file=database_password_file,
                fingerprint_key=fingerprint_key,
            )
        )
        return
    if any(ctx.get_parameter_source(name) is not ParameterSource.DEFAULT for name in ONLY_FOR_REAL):
        raise click.UsageError("These options belong to a real node: give --production too.")
    _make_trial(
        folder,
        alliance,
        calendar,
        chain=chain,
        seed=seed,
        demo=demo,
        clock=clock,
        engine=engine,
        first_port=first_port,
    )


def _make_trial(folder: Path, alliance: Path | None, calendar: Path | None, **chosen: Any) -> None:
    from tallychain.cli.examples import examples_folder
    from tallychain.network.alliance import read_alliance, read_calendar
    from tallychain.network.making import Making, make

    described = read_alliance(alliance or examples_folder() / "alliance.json")
    days = read_calendar(calendar or examples_folder() / "calendar-2026.json")
    made = make(
        folder,
        Making(alliance=described, calendar=days, **chosen),
    )
    output.print_record(
        made,
        [
            (
                "Chain",
                f"{made.chain} ({'demonstration' if made.demo else 'no demonstration'}, clock {made.clock})",
            ),
            ("Members", ", ".join(place.id for place in made.members)),
            *([("Validators", ", ".join(place.id for place in made.nodes))] if made.nodes else []),
            ("Folder", folder.absolute()),
            ("Next", f"tally network up {folder}"),
        ],
    )


@network.command(
    examples=[
        "tally network up my-trial",
        "tally network up my-trial --foreground",
        "tally network up my-trial --node supervisor",
    ]
)
@_FOLDER
@click.option("--foreground", is_flag=True, help="Stay here; Ctrl-C ends the alliance.")
@click.option("--node", "member", help="Start one member's added node alone, beside an alliance that runs.")
def up(folder: Path | None, foreground: bool, member: str | None) -> None:
    """Start the ledger (or every node) and every gateway, and return when all are ready."""
    from tallychain.network import running
    from tallychain.network.layout import Layout

    where = network_folder(folder)
    began = time.monotonic()
    if member is not None:
        running.start_node(where, member)
        output.say(f"Ready in {time.monotonic() - began:.1f} s.")
        _show(where)
        return
    if foreground:
        asyncio.run(running.run(Layout(where), output.say, _stay))
        return
    running.start(where)
    output.say(f"Ready in {time.monotonic() - began:.1f} s.")
    _show(where)


@network.command(
    "add-node",
    examples=[
        "tally network add-node core-a my-trial",
        "tally network add-node supervisor my-trial --validator --snapshot",
    ],
)
@click.argument("member")
@_FOLDER
@click.option("--validator", is_flag=True, help="It is to vote on blocks; else it observes.")
@click.option("--snapshot", is_flag=True, help="Begin from a snapshot of the others, not the first block.")
def add_node(member: str, folder: Path | None, *, validator: bool, snapshot: bool) -> None:
    """
    Make a node for a member of a trial alliance that has none, and show what the member proposes to the others.

    Nobody connects to it before the vote has acted; start it then.
    """
    import msgspec

    from tallychain.network import joining

    where = network_folder(folder)
    wanted = joining.Joining(member=member, validator=validator, snapshot=snapshot)
    added = joining.add_node(where, wanted)
    output.print_record(
        added,
        [
            ("Node", f"{added.node}, {added.kind}"),
            ("Folder", added.folder),
            ("Begins with", f"a snapshot trusted from block {added.synced_from}" if snapshot else "block 1"),
            ("Proposal", msgspec.json.encode(added.proposal).decode()),
            ("Once it acts", f"tally network up {where} --node {member}"),
        ],
    )


@network.command(examples=["tally network status my-trial"])
@_FOLDER
def status(folder: Path | None) -> None:
    """Show processes, memory, heights, and whether all nodes and gateways stand at the same state."""
    _show(network_folder(folder))


@network.command(examples=["tally network down my-trial"])
@_FOLDER
def down(folder: Path | None) -> None:
    """End every process, gracefully and then by force."""
    from tallychain.network import running

    record = running.stop(network_folder(folder))
    names = [item.name for item in record.programs]
    output.print_record({"ended": names}, [("Ended", ", ".join(names))])


@network.command(
    examples=[
        "tally network units /var/lib/tally",
        "tally network units /var/lib/tally --install /etc/systemd/system",
    ]
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--install", type=click.Path(path_type=Path, file_okay=False), help="Write them into this folder."
)
@click.option("--user", default="tally", show_default=True, help="As whom the services run.")
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/tally/passphrase"),
    show_default=True,
    help="What the service manager hands over; only root needs to read it.",
)
@click.option(
    "--backups",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/var/backups/tally"),
    show_default=True,
    help="Where the nightly backup goes.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65_535),
    default=9464,
    show_default=True,
    help="Of the ledger's figures.",
)
def units(
    folder: Path, install: Path | None, user: str, passphrase_file: Path, backups: Path, metrics_port: int
) -> None:
    """Print or install the units for systemd that run the real node in DIR: ledger, gateway, nightly backup."""
    from tallychain.node.config import load_node
    from tallychain.node.units import Running
    from tallychain.node.units import units as texts

    running = Running(user=user, passphrase=passphrase_file, backups=backups, metrics_port=metrics_port)
    write_units(texts(load_node(folder / "node.toml"), running), install)


def _node_row(one: "NodeStatus") -> tuple[object, ...]:
    """One node as a row; empty fields where it does not answer."""
    engine, ledger = one.engine, one.ledger
    kind = "does not answer" if engine is None else engine.kind
    state = "catching up" if engine is not None and engine.catching_up else kind
    return (
        one.member,
        state,
        "" if ledger is None else ledger.height,
        "" if ledger is None else ledger.app_hash[:16],
        "" if engine is None else ", ".join(engine.peers) or "nobody",
        one.memory_bytes // _MEBIBYTE,
    )


async def _stay() -> None:
    output.say("Ready; Ctrl-C ends the alliance.")
    await asyncio.Event().wait()


def _show(where: Path) -> None:
    from tallychain.network import looking

    found = asyncio.run(looking.status(where))
    if output.is_json():
        output.print_json(found)
        return
    ledger = found.ledger
    if ledger is not None:
        equal = "every gateway answers as of this block" if found.equal else "the gateways differ"
        click.echo(f"{ledger.chain}: block {ledger.height}, root {ledger.app_hash}; {equal}")
    if found.nodes:
        click.echo(
            "Every node has this root." if found.roots_equal else "The nodes do not all stand at this root."
        )
        click.echo(output.table(_NODE_TITLES, [_node_row(one) for one in found.nodes]))
    gateways = {one.member: one for one in found.gateways}
    rows = []
    for row in found.programs:
        one = gateways.get(row.name)
        height = one.height if one is not None and one.answers else ""
        outbox = one.outbox if one is not None and one.answers else ""
        memory = row.memory_bytes // _MEBIBYTE
        rows.append(
            (row.name, row.pid if row.alive else "ended", row.restarts, memory, height, outbox, row.url)
        )
    click.echo(output.table(["Process", "Id", "Restarts", "MiB", "As of", "Waiting", "Address"], rows))
