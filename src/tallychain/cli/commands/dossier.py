"""`tally dossier`: who held the units of a financing from the issue to the seller, as the issuer shows it to the funders asked."""

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.times import local

_FINANCING = click.argument("financing", metavar="FINANCING")


@click.group(cls=Group)
def dossier() -> None:
    """Chains of title: see who stands in one, ask the issuer once more, and see to whom one's own were shown."""


@dossier.command(examples=["tally --as bank-b-maker dossier show f1…f1"])
@_FINANCING
def show(financing: str) -> None:
    """The chain of title behind a financing in which this member was asked for money; exit status 0 also where it is incomplete."""
    from tallychain.sdk import calls

    found = session().client.ask(calls.title_dossier(financing))
    output.print_record(
        found,
        [
            ("Voucher", found["voucher"]),
            ("Chain", "complete" if found["is_whole"] else "incomplete"),
            ("Issuer's letter", local(found["got_ms"]) if found["got_ms"] else "none yet"),
            ("Nothing shown because", found["why"]),
            *(
                (
                    f"Holder {link['number']}",
                    f"{link['name'] or link['tag'][:24]} {link['uscc']} through {link['sponsor']}, {link['came_by']} "
                    f"{local(link['at_ms'])}: {link['state']} {link['why']}".rstrip(),
                )
                for link in found["links"]
            ),
        ],
    )


@dossier.command(examples=["tally --as bank-b-maker dossier ask f1…f1"])
@_FINANCING
def ask(financing: str) -> None:
    """Ask the issuer once more for what is missing; then see `show`."""
    from tallychain.sdk import calls

    asked = session().client.ask(calls.ask_dossier(financing))
    output.print_record(asked, [("Letter", asked["letter"])])


@dossier.command("list", examples=["tally --as core-a-maker dossier list"])
def list_given() -> None:
    """To whom this member has shown chains of title, as issuer, newest first."""
    from tallychain.sdk import calls

    rows = session().client.ask(calls.dossiers_given())
    output.print_table(
        rows,
        ["Member", "When", "Financing", "Holders", "Missing", "Not given because"],
        [
            (
                row["member"],
                local(row["given_ms"]),
                row["financing"][:16],
                row["links"],
                row["missing"],
                row["why"],
            )
            for row in rows
        ],
        "Nothing was shown.",
    )
