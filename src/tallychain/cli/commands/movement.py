"""`tally movement`: bursts of splits and circles, for the staff of whoever can join tags."""

import click

from tallychain.cli import output
from tallychain.cli.acting import money
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.times import local


@click.group(cls=Group)
def movement() -> None:
    """Look at movements of title that somebody should look at."""


@movement.command(
    examples=["tally --as bank-a-maker movement report", "tally --as supervisor-maker movement report"]
)
def report() -> None:
    """Many splits within an hour, and units or their worth that come back, as far as this gateway can join tags."""
    found = session().client.get("/v1/movement-report")
    names = found["names"]
    rows = [
        (
            "splits",
            names.get(one["party"], one["party"]),
            f"{one['splits']}, {one['most_in_hour']} within an hour",
            money(one["face"]),
            "",
            local(one["first_ms"]),
            local(one["last_ms"]),
        )
        for one in found["bursts"]
    ]
    rows += [
        (
            f"circle, {one['kind']}",
            " > ".join(names.get(party, party) for party in one["path"]),
            one["voucher"],
            money(one["out"]),
            f"{money(one['back'])}, {one['days']} days",
            local(one["first_ms"]),
            local(one["last_ms"]),
        )
        for one in found["circles"]
    ]
    output.print_table(
        found,
        ["What", "Who", "Of", "Passed on", "Came back", "From", "Until"],
        rows,
        f"Nothing to look at among {found['moves']} movements.",
    )
