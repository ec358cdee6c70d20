"""`tally member`: who runs the ledger together."""

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.profile import session


@click.group(cls=Group)
def member() -> None:
    """Look at members."""


@member.command("list", examples=["tally --as bank-a-maker member list"])
def list_members() -> None:
    """Every member with its kinds and standing."""
    rows = list(session().client.rows("members"))
    output.print_table(
        rows,
        ["Member", "Name", "Kinds", "Status", "Gateway"],
        [(row["member"], row["name"], row["kinds"], row["status"], row["gateway"]) for row in rows],
        "There are no members.",
    )


@member.command(examples=["tally --as bank-a-maker member show bank-b"])
@click.argument("member", metavar="MEMBER")
def show(member: str) -> None:
    """One member with its keys."""
    client = session().client
    row = client.row("members", member)
    keys = list(client.rows("keys", member=member))
    if output.is_json():
        output.print_json({"member": row, "keys": keys})
        return
    output.print_record(row, [(name.replace("_", " ").capitalize(), value) for name, value in row.items()])
    click.echo()
    titles = list(keys[0]) if keys else []
    click.echo(output.table([title.capitalize() for title in titles], [list(key.values()) for key in keys]))
