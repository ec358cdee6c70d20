"""`tally demo`: a whole alliance and a story on it, in one command."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tallychain.cli import output
from tallychain.cli.base import Command

if TYPE_CHECKING:
    from tallychain.demo.stage import Row, Stage
    from tallychain.demo.story import Story


@click.command(
    cls=Command,
    examples=[
        "tally demo",
        "tally demo --exit --output json",
        "tally demo --seed 7 --dir my-demo",
        "tally demo --engine cometbft --exit",
    ],
)
@click.option("--exit", "leave", is_flag=True, help="End after the story instead of waiting for Ctrl-C.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Other keys, numbers and amounts; 1: the study's.",
)
@click.option(
    "--dir", "directory", type=click.Path(path_type=Path), help="Folder to make it in; stays afterwards."
)
@click.option("--keep", is_flag=True, help="Leave the folder when it ends.")
@click.option(
    "--engine",
    type=click.Choice(["embedded", "cometbft"]),
    default="embedded",
    show_default=True,
    help="One ledger process, or four validators, each a node of one member.",
)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Other example data.")
def demo(
    leave: bool,
    seed: int,
    directory: Path | None,
    keep: bool,
    engine: str,
    data: Path | None,
) -> None:
    """Start a demonstration alliance of six members, and play a story on it through the public API."""
    from tallychain.cli.examples import examples_folder
    from tallychain.demo.running import Demonstration, demonstrate

    as_json = output.is_json()

    def show(stage: "Stage", story: "Story", found: "Row") -> None:
        _show(stage, story, found, as_json=as_json, leave=leave)

    kept = demonstrate(
        Demonstration(
            data=data or examples_folder(),
            seed=seed,
            directory=directory,
            keep=keep,
            leave=leave,
            engine=engine,
        ),
        output.say,
        show,
    )
    output.say("Ended; no process is left." + (f"  The folder {kept} stays." if kept else ""))


def _show(stage: "Stage", story: "Story", found: "Row", *, as_json: bool, leave: bool) -> None:
    from tallychain.demo.telling import next_steps, tell

    if as_json:
        output.print_document(found)
    else:
        click.echo()
        for line in tell(found):
            click.echo(line)
    if not leave:
        voucher = story.vouchers["V2"]
        held = max(
            (row for row in found["holdings"] if row["voucher"] == voucher and row["sponsor"] == "factor-a"),
            key=lambda row: row["face_fen"],
        )
        output.say("")
        for line in next_steps(stage, voucher, held["holding"]):
            output.say(line)
