"""`tally draft`: what waits for a second person."""

import click

from tallychain.cli import output
from tallychain.cli.acting import finish, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session

_DRAFT = click.argument("draft", metavar="DRAFT")


@click.group(cls=Group)
def draft() -> None:
    """Look at, approve or refuse what another person of your seat has made."""


@draft.command("list", examples=["tally --as core-a-checker draft list"])
def list_drafts() -> None:
    """The drafts of this seat that wait for somebody."""
    rows = session().client.listing("/v1/drafts")
    output.print_table(
        rows,
        ["Draft", "Type", "Maker", "State"],
        [(row["id"], row["type"], row["maker"], row["state"]) for row in rows],
        "Nothing waits.",
    )


@draft.command(examples=["tally --as core-a-checker draft show 5f0c…"])
@_DRAFT
def show(draft: str) -> None:
    """One draft in plain words, with the exact text that is signed."""
    row = session().client.get(f"/v1/drafts/{draft}")
    output.print_record(
        row,
        [
            ("Draft", row["id"]),
            ("State", row["state"]),
            ("Made by", row["maker"]),
            ("In words", f"{row['words_zh']}\n\n{row['words_en']}"),
            ("Exact text", row["text"]),
        ],
    )


@draft.command(examples=["tally --as core-a-checker draft approve 5f0c…"])
@_DRAFT
@wait_option()
def approve(draft: str, wait: bool) -> None:
    """Sign as the second person, and submit."""
    me = session()
    finish(me, me.client.approve(draft, me.unlock()), wait=wait)


@draft.command(examples=["tally --as core-a-checker draft refuse 5f0c… --reason 金额有误"])
@_DRAFT
@click.option("--reason", required=True, help="Why; stays in this gateway.")
def refuse(draft: str, reason: str) -> None:
    """Close a draft without an operation."""
    from tallychain.sdk import calls

    row = session().client.ask(calls.refuse(draft, reason))
    output.print_record(row, [("Draft", row["id"]), ("State", row["state"])])
