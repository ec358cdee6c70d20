"""`tally rate`: what rates a funder agreed on, against the grades that its issuers had; for its own staff, told to nobody else."""

from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.times import local

_MONTHS_MOST = 60
_WORDS = {
    "NO_GRADE": "no grade voted",
    "HELD_BACK": "held back",
    "NO_RECORD": "no month closed yet",
}


@click.group(cls=Group)
def rate() -> None:
    """Look at the rates of one's own financings against the grades of issuers."""


@rate.command(
    examples=[
        "tally --as factor-a-maker rate report",
        "tally --as bank-b-maker rate report --months 12 --issuer core-a --each",
    ]
)
@click.option(
    "--months",
    type=click.IntRange(1, _MONTHS_MOST),
    default=24,
    show_default=True,
    help="How many months, this one counted.",
)
@click.option("--issuer", metavar="MEMBER", default="", help="Of one issuer alone.")
@click.option("--each", is_flag=True, help="Every financing instead of sums by month and grade.")
def report(months: int, issuer: str, each: bool) -> None:
    """All-in rates on average by month and grade of the issuer at the award; how they are weighted says docs/disclosure.md."""
    query = {"months": str(months), **({"issuer": issuer} if issuer else {})}
    found = session().client.get("/v1/rate-report", query)
    none = f"No own financing was awarded from {found['since']} to {found['until']}."
    if each:
        heads = ["Awarded", "Financing", "Issuer", "Grade then", "Face", "Days", "Rate", "All-in"]
        output.print_table(found, heads, [_financing(row) for row in found["financings"]], none)
    else:
        heads = ["Month", "Grade then", "Number", "Face", "Days", "Rate", "All-in", "Lowest", "Highest"]
        rows = [_sum(row, row["month"]) for row in found["by_month"]]
        rows += [_sum(row, "all") for row in found["by_grade"]]
        output.print_table(found, heads, rows, none)
    if not output.is_json():
        if found["unread"]:
            output.say(
                f"{found['unread']} financings have a quote that cannot be read here; they are in no figure."
            )
        if not found["is_whole"]:
            output.say("There are more financings than one report takes: these are the newest.")


def _financing(row: dict[str, Any]) -> tuple[str, ...]:
    from tallychain.sdk.quotes import percent

    return (
        local(row["awarded_at"]),
        row["financing"],
        row["issuer"],
        _grade(row),
        money(row["face"]),
        str(row["days"]),
        percent(row["rate"]),
        percent(row["all_in"]),
    )


def _sum(row: dict[str, Any], month: str) -> tuple[str, ...]:
    from tallychain.sdk.quotes import percent

    figures = [percent(row[name]) for name in ("rate", "all_in", "lowest", "highest")]
    return month, _grade(row), str(row["number"]), money(row["face"]), str(row["days"]), *figures


def _grade(row: dict[str, Any]) -> str:
    grade = str(row["grade"])
    return _WORDS.get(grade, grade)
