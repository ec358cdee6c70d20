"""`tally standard`: on what terms banks and factors would finance, and who would finance what one holds."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import session
from tallychain.cli.values import AMOUNT, DAY, read_file

_FORMS = ("FACTORING", "PLEDGE", "REFACTORING")


@click.group(cls=Group)
def standard() -> None:
    """Publish and end standards as a funder; look at them, and see who would finance what on which terms."""


@standard.command(
    examples=[
        "tally do standard.publish --example > standard.json",
        "tally --as factor-a-maker standard publish standard.json",
    ]
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@wait_option()
def publish(file: Path, wait: bool) -> None:
    """Publish a standard from a file (its form: tally do standard.publish --example); needs a second person."""
    import json

    try:
        read = json.loads(read_file(file))
    except ValueError:
        raise Failure("FILE_NOT_JSON", f"{file.name} is not valid JSON.") from None
    if not isinstance(read, dict):
        raise Failure("FILE_NOT_JSON", f"{file.name} is no object with the fields of a standard.")
    _do("standard.publish", read.get("args", read), wait=wait)


@standard.command(examples=["tally --as factor-a-maker standard end 5d…5d"])
@click.argument("standard", metavar="STANDARD")
@wait_option()
def end(standard: str, wait: bool) -> None:
    """End a standard before its last day; needs a second person."""
    _do("standard.end", {"standard": standard}, wait=wait)


@standard.command("list", examples=["tally --as s1 standard list --funder factor-a"])
@click.option("--funder", metavar="MEMBER", help="Only of this funder.")
def list_standards(funder: str | None) -> None:
    """Standards, as of the last block that this gateway has."""
    rows = list(session().client.rows("standards", **({"funder": funder} if funder else {})))
    output.print_table(
        rows,
        ["Standard", "Funder", "No.", "Name", "Forms", "Days", "Face", "Advance", "Until", "Status"],
        [
            (
                row["standard"],
                row["funder"],
                row["number"],
                row["name"],
                row["forms"],
                f"{row['days_min']}-{row['days_max']}",
                f"{money(row['face_min'])}-{money(row['face_max'])}",
                _percent(row["advance"]),
                row["valid_until"],
                row["status"],
            )
            for row in rows
        ],
        "There are no such standards.",
    )


@standard.command(examples=["tally --as s1 standard show 5d…5d"])
@click.argument("standard", metavar="STANDARD")
def show(standard: str) -> None:
    """All terms of one standard."""
    import json

    row = session().client.row("standards", standard)
    terms = json.loads(row["terms"])
    output.print_table(
        {**row, "terms": terms},
        ["Grade", "Days", "Rate a year"],
        [
            (one["grade"], f"{one['days_from']}-{one['days_until']}", _percent(one["rate"]))
            for one in terms["grid"]
        ],
        "It has no prices.",
    )
    for name, said in terms.items():
        if name != "grid":
            output.say(f"{name}: {', '.join(said) if isinstance(said, list) else said}")


@standard.command(
    examples=[
        "tally --as s1 standard offers EVTALY20260316000000000180:1-100000000:1 --amount 300,000.00",
        "tally --as core-a-maker standard offers --issuer core-a --amount 1,000,000.00 --maturity 2026-09-14",
    ]
)
@click.argument("holding", metavar="[HOLDING]", required=False)
@click.option("--amount", type=AMOUNT, help="How much of it, in yuan; else all of it.")
@click.option("--issuer", metavar="MEMBER", help="Instead of a holding: whose promise it would be.")
@click.option("--maturity", type=DAY, help="When that promise would fall due.")
@click.option("--form", type=click.Choice(_FORMS), default="FACTORING", show_default=True)
@click.option("--recourse", is_flag=True, help="The funder may come back to the seller.")
def offers(
    holding: str | None,
    amount: int | None,
    issuer: str | None,
    maturity: str | None,
    form: str,
    recourse: bool,
) -> None:
    """Who would finance units, at what indicative price, and what is missing; no funder learns of the question."""
    named = {"holding": holding, "issuer": issuer, "maturity": maturity}
    asked = {name: said for name, said in named.items() if said}
    if amount is not None:
        asked["face"] = str(amount)
    asked |= {"form": form, "recourse": "yes" if recourse else "no"}
    found = session().client.get("/v1/funding-offers", asked)
    output.print_table(
        found["offers"],
        [
            "Funder",
            "Standard",
            "Would finance",
            "Rate a year",
            "Advanced",
            "Net proceeds",
            "All-in",
            "Wants",
            "Missing",
        ],
        [
            (
                row["funder"],
                row["name"],
                "yes" if row["is_met"] else "no",
                *_price(row),
                ", ".join([*row["papers"], *row["fields"], *row["categories"]]),
                " ".join(f"{miss['sentence_en']} [{miss['code']}]" for miss in row["missing"]),
            )
            for row in found["offers"]
        ],
        "No funder has published a standard.",
    )


def _price(row: dict[str, Any]) -> tuple[str, str, str, str]:
    if row["rate"] < 0:
        return "", "", "", ""
    return _percent(row["rate"]), money(row["advanced"]), money(row["net"]), _percent(row["all_in"])


def _percent(ppm: int) -> str:
    from tallychain.sdk.quotes import percent

    return percent(ppm)


def _do(type_name: str, args: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    perform(me, Wish(type=type_name, args=args, sealed={}, unlock=me.unlock()), wait=wait)
