"""`tally refinement`: by which expression a funder refines its own quoting; entered by two persons, evaluated by its gateway, told to nobody else."""

import click

from tallychain.cli import output
from tallychain.cli.acting import money
from tallychain.cli.base import Group
from tallychain.cli.profile import session


@click.group(cls=Group)
def refinement() -> None:
    """Enter, try and approve an expression (CEL) that is true of what one's own member would quote for."""


@refinement.command(
    examples=[
        "tally --as bank-b-maker refinement enter \"grade in ['A', 'B']&&days <= 180&&exposure + face <= 500000000\""
    ]
)
@click.argument("expression", metavar="EXPRESSION")
def enter(expression: str) -> None:
    """Enter an expression in the place of the one before (true ends it); holds when a second person has approved it."""
    from tallychain.sdk import refinements

    made = session().client.ask(refinements.ask(expression))
    output.print_record(made, [("Refinement", made["id"]), ("State", made["state"])])


@refinement.command("try", examples=['tally --as bank-b-maker refinement try "days <= 180&&layer <= 3"'])
@click.argument("expression", metavar="EXPRESSION")
def try_it(expression: str) -> None:
    """Hold an expression against the holdings of today, beside one's own standards; nothing changes."""
    from tallychain.sdk import refinements

    found = session().client.ask(refinements.tried(expression))
    output.print_table(
        found,
        ["Holding", "Issuer", "Face", "Days", "Grade", "Own standard", "Refinement", "Why"],
        [
            (
                row["holding"],
                row["issuer"],
                money(row["face"]),
                str(row["days"]),
                row["grade"],
                row["standard"],
                row["answer"],
                row["why"],
            )
            for row in found["rows"]
        ],
        "No holding stands that could be financed.",
    )
    if not output.is_json():
        part = "" if found["is_whole"] else " These are not all holdings."
        output.say(f"{found['yes']} yes, {found['no']} no, {found['failed']} failed.{part}")


@refinement.command(examples=["tally --as bank-b-checker refinement approve 0f3c…"])
@click.argument("refinement", metavar="REFINEMENT")
def approve(refinement: str) -> None:
    """Let an expression hold, as another person than the one who entered it."""
    _decide(refinement, approve_it=True)


@refinement.command(examples=["tally --as bank-b-checker refinement refuse 0f3c…"])
@click.argument("refinement", metavar="REFINEMENT")
def refuse(refinement: str) -> None:
    """Close an expression that waits."""
    _decide(refinement, approve_it=False)


@refinement.command("list", examples=["tally --as bank-b-maker refinement list"])
def list_refinements() -> None:
    """What holds and what waits, and the variables that an expression may name."""
    found = session().client.get("/v1/refinements")
    output.print_table(
        found,
        ["Refinement", "Expression", "Entered by", "State"],
        [(row["id"], row["expression"], row["asked_by"], row["state"]) for row in found["refinements"]],
        "No refinement is entered: standards and limits alone are looked at.",
    )
    if not output.is_json():
        for row in found["variables"]:
            output.say(f"{row['name']} ({row['type']}): {row['en']}")


def _decide(refinement: str, *, approve_it: bool) -> None:
    from tallychain.sdk import refinements

    made = session().client.ask(refinements.decide(refinement, approve=approve_it))
    output.print_record(made, [("Refinement", made["id"]), ("State", made["state"])])
