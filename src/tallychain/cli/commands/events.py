"""`tally events`: follow what happens."""

import click

from tallychain.cli import output
from tallychain.cli.acting import fact_lines
from tallychain.cli.base import Group
from tallychain.cli.profile import session


@click.group(cls=Group)
def events() -> None:
    """Follow what happens on the ledger."""


@events.command(
    examples=[
        "tally --as s1 events follow",
        "tally --as s1 events follow --after 0-0 --count 10 --output json",
    ]
)
@click.option(
    "--after", default="", metavar="HEIGHT-INDEX", help="Begin behind this position; 0-0 for everything."
)
@click.option("--count", type=click.IntRange(1), help="End after so many facts.")
def follow(after: str, count: int | None) -> None:
    """Print every published fact as it happens, one a line in the JSON form; Ctrl-C ends it."""
    import msgspec

    me = session()
    for number, fact in enumerate(me.client.facts(after), start=1):
        if output.is_json():
            click.echo(msgspec.json.encode(fact.data).decode())
        else:
            shown = "; ".join(line for line in fact_lines(fact.data.get("event", {})) if line)
            click.echo(f"{fact.position}  {fact.name}  {shown}")
        if number == count:
            return
