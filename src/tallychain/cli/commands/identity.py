"""`tally identity`: who stands behind acts, whose identity part could not be verified, and which acts are on record as false."""

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session


@click.group(cls=Group)
def identity() -> None:
    """Identity parts of acts: those that could not be verified here, and those that were shown to be false."""


@identity.command(examples=["tally --as ce-a-maker identity unverified"])
def unverified() -> None:
    """Identity parts that this seat can open and that no certificate here confirms, as of the last block that this gateway has."""
    rows = [row for row in session().client.rows("identities") if not row["verified"]]
    output.print_table(
        rows,
        ["Act", "Kind", "Name", "Credit code", "Tag"],
        [(row["operation"], row["kind"], row["name"], row["uscc"], row["tag"]) for row in rows],
        "Every identity part that this seat can open is verified.",
    )


@identity.command(examples=["tally --as ce-a-maker identity challenge c7…c7:1"])
@click.argument("subject", metavar="OFFER|FINANCING")
@wait_option()
def challenge(subject: str, wait: bool) -> None:
    """Show everybody that the identity part of an offer, or of a request for money, is false.  The gateway opens it, if it is; needs a second person."""
    from tallychain.sdk.client import Wish

    me = session()
    act, _, row = subject.partition(":")
    found = me.client.row("offers", subject) if row else me.client.row("financings", act)
    args = {"voucher": found["voucher"], "act": act}
    perform(me, Wish(type="identity.challenge", args=args, sealed={}, unlock=me.unlock()), wait=wait)


@identity.command("list", examples=["tally --as supervisor-maker identity list"])
@click.option("--sponsor", metavar="MEMBER", help="Only acts that this member has carried.")
def list_false(sponsor: str | None) -> None:
    """Acts that are on record as false, with the member that carried each, as of the last block that this gateway has."""
    rows = list(session().client.rows("false_identities", **({"sponsor": sponsor} if sponsor else {})))
    output.print_table(
        rows,
        ["Act", "Kind", "Voucher", "Carried by", "Shown by", "Ground"],
        [
            (
                row["act"],
                row["kind"],
                row["voucher"],
                row["sponsor"],
                row["challenger"],
                row["ground"],
            )
            for row in rows
        ],
        "No act is on record as false.",
    )
