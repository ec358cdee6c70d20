"""`tally registry`: the movable-property registry by files."""

from pathlib import Path
from typing import Any, Final

import click

from tallychain.cli import offline, output
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import session
from tallychain.cli.times import local
from tallychain.cli.values import read_file

_LARGEST: Final = 4 * 1024 * 1024
_WORDS: Final = {
    "REGISTRATION_DUE": "to be registered",
    "DEREGISTRATION_DUE": "to be taken back",
    "DEREGISTRATION_LATE": "to be taken back, LATE",
    "END_DUE": "the voucher has ended, the registration stands",
    "MISSING_THERE": "registered here, not in the list",
    "ENDED_THERE": "registered here, ended there",
    "STANDS_THERE": "taken back here, stands there",
    "UNKNOWN_HERE": "stands there, unknown here",
    "AMOUNT_DIFFERS": "amounts differ",
    "SELLER_DIFFERS": "sellers differ",
    "FUNDER_DIFFERS": "funders differ",
    "TIME_DIFFERS": "times differ",
}


@click.group(cls=Group)
def registry() -> None:
    """What is to be registered and taken back in the movable-property registry, its list, and both compared."""


@registry.command(examples=["tally --as factor-a-maker registry export --to registry.csv"])
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--everything", is_flag=True, help="What stands and what is over too.")
def export(path: Path, everything: bool) -> None:
    """Write a table of what is due, with the registry's description text of each financing."""
    from tallychain.sdk import calls

    offline.keep(path, session().client.ask(calls.registry_export(everything=everything)))


@registry.command("import", examples=["tally --as factor-a-maker registry import list.csv --dry-run"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Compare, and keep nothing.")
def import_list(file: Path, dry_run: bool) -> None:
    """Give the registry's list of today (CSV or XLSX); kept only when every row can be read (exit status 1: some cannot)."""
    from tallychain.sdk import calls

    read = session().client.ask(calls.registry_list(read_file(file, _LARGEST), dry_run=dry_run))
    if output.is_json():
        output.print_json(read)
    else:
        click.echo(f"{read['rows']} rows can be used; {'kept' if read['taken'] else 'not kept'}.")
        for row in read["rejected"]:
            click.echo(f"Line {row['line']}: {row['sentence']}")
        _show(read["report"])
    if read["rejected"]:
        raise Failure("ROWS_REJECTED", f"{len(read['rejected'])} rows cannot be used.")


@registry.command(examples=["tally --as factor-a-maker registry reconcile"])
def reconcile() -> None:
    """What is due, and where ledger and registry differ by the newest list; exit status 1 where there is anything."""
    from tallychain.sdk import calls

    report = session().client.ask(calls.registry_reconciliation())
    if output.is_json():
        output.print_json(report)
    else:
        _show(report)
    if report["differences"] or report["is_old"]:
        raise Failure("REGISTRY_DIFFERS", f"{len(report['differences'])} things are to be done or looked at.")


def _show(report: dict[str, Any]) -> None:
    when = local(report["list_ms"]) if report["list_ms"] else "never"
    old = ", which is too long ago" if report["is_old"] else ""
    click.echo(f"List of the registry taken: {when}{old}.")
    click.echo(f"Standing here {report['standing_here']}, there {report['standing_there']}.")
    click.echo(
        output.table(
            ["What", "Registration", "Financing", "Here", "There", "By"],
            [
                (
                    _WORDS.get(row["kind"], row["kind"]),
                    row["number"],
                    row["financing"][:16],
                    row["here"],
                    row["there"],
                    local(row["until_ms"]) if row["until_ms"] else "",
                )
                for row in report["differences"]
            ],
        )
        if report["differences"]
        else "Nothing differs and nothing is due."
    )
