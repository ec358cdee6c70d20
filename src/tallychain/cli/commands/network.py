"""`tally network`: a trial alliance on this machine."""

import asyncio
import time
from pathlib import Path
from typing import Final

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.profile import network_folder

_MEBIBYTE: Final = 1024 * 1024
_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path), required=False)


@click.group(cls=Group)
def network() -> None:
    """Make, start, look at and end a trial alliance on this machine."""


@network.command(
    examples=["tally network init my-trial", "tally network init my-trial --alliance mine.json --seed 7"]
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
    "--first-port", type=click.IntRange(1024, 65_000), help="Ports from here on; else free ones are found."
)
def init(
    folder: Path,
    alliance: Path | None,
    calendar: Path | None,
    chain: str,
    seed: int | None,
    demo: bool,
    clock: str,
    first_port: int | None,
) -> None:
    """Make a trial alliance in the empty folder DIR: genesis, keys, accounts and settings."""
    from tallychain.cli.examples import examples_folder
    from tallychain.network.alliance import read_alliance, read_calendar
    from tallychain.network.making import Making, make

    described = read_alliance(alliance or examples_folder() / "alliance.json")
    days = read_calendar(calendar or examples_folder() / "calendar-2026.json")
    made = make(
        folder,
        Making(
            alliance=described,
            calendar=days,
            chain=chain,
            seed=seed,
            demo=demo,
            clock=clock,
            first_port=first_port,
        ),
    )
    output.print_record(
        made,
        [
            ("Chain", f"{made.chain} ({'demonstration' if demo else 'no demonstration'}, clock {clock})"),
            ("Members", ", ".join(place.id for place in made.members)),
            ("Folder", folder.absolute()),
            ("Next", f"tally network up {folder}"),
        ],
    )


@network.command(examples=["tally network up my-trial", "tally network up my-trial --foreground"])
@_FOLDER
@click.option("--foreground", is_flag=True, help="Stay here; Ctrl-C ends the alliance.")
def up(folder: Path | None, foreground: bool) -> None:
    """Start the ledger and every gateway, and return when all are ready."""
    from tallychain.network import running
    from tallychain.network.layout import Layout

    where = network_folder(folder)
    began = time.monotonic()
    if foreground:
        asyncio.run(running.run(Layout(where), output.say, _stay))
        return
    running.start(where)
    output.say(f"Ready in {time.monotonic() - began:.1f} s.")
    _show(where)


@network.command(examples=["tally network status my-trial"])
@_FOLDER
def status(folder: Path | None) -> None:
    """Show processes, memory, heights, and whether all gateways stand at the same state."""
    _show(network_folder(folder))


@network.command(examples=["tally network down my-trial"])
@_FOLDER
def down(folder: Path | None) -> None:
    """End every process, gracefully and then by force."""
    from tallychain.network import running

    record = running.stop(network_folder(folder))
    names = [item.name for item in record.programs]
    output.print_record({"ended": names}, [("Ended", ", ".join(names))])


async def _stay() -> None:
    output.say("Ready; Ctrl-C ends the alliance.")
    await asyncio.Event().wait()


def _show(where: Path) -> None:
    from tallychain.network import running

    found = asyncio.run(running.status(where))
    if output.is_json():
        output.print_json(found)
        return
    ledger = found.ledger
    if ledger is not None:
        equal = "every gateway answers as of this block" if found.equal else "the gateways differ"
        click.echo(f"{ledger.chain}: block {ledger.height}, root {ledger.app_hash}; {equal}")
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
