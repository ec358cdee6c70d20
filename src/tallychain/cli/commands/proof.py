"""`tally proof`: bundles that prove an operation without a ledger."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import offline
from tallychain.cli.base import Group
from tallychain.cli.profile import session


@click.group(cls=Group)
def proof() -> None:
    """Make proofs, and verify them without a ledger."""


@proof.command(examples=["tally --as s1 proof make 9f31… --to transfer.tally-proof"])
@click.argument("operation", metavar="OPERATION")
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
def make(operation: str, path: Path | None) -> None:
    """Write one file that proves an operation: text, signatures, receipt, paths, headers, and what you may open."""
    bundle = session().client.proof(operation)
    offline.keep(path or Path(f"{operation[:16]}.tally-proof"), bundle)


@proof.command(examples=["tally proof verify transfer.tally-proof --genesis 1c2d… --root authority.pem"])
@offline.options
def verify(**given: Any) -> None:
    """Say in plain sentences what a file proves, or which link is broken (exit status 1); needs no network."""
    offline.say(**given)
