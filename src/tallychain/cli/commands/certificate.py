"""`tally certificate`: pages for people and courts, with the proof inside."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import offline
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.sdk.verify.stated import KINDS


@click.group(cls=Group)
def certificate() -> None:
    """Make certificates as PDF/A-3 with their proof inside, and verify them without a ledger."""


@certificate.command(
    examples=["tally --as s1 certificate make holding EVTEST20260316000000000197:1-1000:2 --to held.pdf"]
)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("subject", metavar="SUBJECT")
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
def make(kind: str, subject: str, path: Path | None) -> None:
    """Write a page on a payable, voucher, holding, settlement or default, with the names and parts that you may open.

    SUBJECT is the payable's id, the voucher's number, or the holding's id.
    """
    made = session().client.certificate(kind, subject)
    shown = "".join(letter if letter.isalnum() else "-" for letter in subject)[:40]
    offline.keep(path or Path(f"{kind}-{shown}.pdf"), made)


@certificate.command(examples=["tally certificate verify held.pdf --genesis 1c2d… --root authority.pem"])
@offline.options
def verify(**given: Any) -> None:
    """Compare a page with the records inside it and these with what proves them; needs no network (exit status 1: a broken link)."""
    offline.say(**given)
