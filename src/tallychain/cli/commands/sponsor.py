"""`tally sponsor`: a holder says that its sponsor is idle, and the sponsor answers."""

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session


@click.group(cls=Group)
def sponsor() -> None:
    """Claims that a sponsor is idle: made through another member, answered within an hour, or any member carries the tag's acts for a day."""


@sponsor.command(
    examples=[
        "tally --as s1 sponsor claim EVTALY20260316000000000180:1-100000000:1",
        "tally --as s1 sponsor claim c7…c7:1",
    ]
)
@click.argument("subject", metavar="HOLDING|OFFER|VOUCHER")
@wait_option()
def claim(subject: str, wait: bool) -> None:
    """Say that the sponsor of the tag that holds this, or to which it was offered or promised, is idle; through the gateway of another member."""
    from tallychain.sdk.client import Wish

    me = session()
    if ":" not in subject:
        args = {"voucher": subject, "holding": 0, "offer": ""}
    elif subject.startswith("EV"):
        row = me.client.row("holdings", subject)
        args = {"voucher": row["voucher"], "holding": row["first"], "offer": ""}
    else:
        row = me.client.row("offers", subject)
        args = {"voucher": row["voucher"], "holding": 0, "offer": subject}
    perform(me, Wish(type="sponsor.claim", args=args, sealed={}, unlock=me.unlock()), wait=wait)


@sponsor.command(examples=["tally --as bank-a-robot sponsor answer ed25519:3d…0c"])
@click.argument("tag", metavar="TAG")
@wait_option()
def answer(tag: str, wait: bool) -> None:
    """Answer a claim as the sponsor, with the system key: its acts come through this member as before."""
    from tallychain.sdk.client import Wish

    me = session()
    perform(me, Wish(type="sponsor.answer", args={"tag": tag}, sealed={}, unlock=me.unlock()), wait=wait)


@sponsor.command("list", examples=["tally --as bank-a-maker sponsor list"])
@click.option("--sponsor", "member", metavar="MEMBER", help="Only against this member.")
def list_claims(member: str | None) -> None:
    """Claims against sponsors, with what became of each, as of the last block that this gateway has."""
    rows = list(session().client.rows("claims", **({"sponsor": member} if member else {})))
    output.print_table(
        rows,
        ["Tag", "Sponsor", "Carried by", "Status"],
        [(row["tag"], row["sponsor"], row["via"], row["status"]) for row in rows],
        "Nobody has claimed that a sponsor is idle.",
    )
