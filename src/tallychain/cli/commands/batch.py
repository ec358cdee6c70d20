"""`tally batch`: a table whose every row becomes an operation; tried first, signed by one person, released by another."""

from pathlib import Path
from typing import Any, Final

import click

from tallychain.cli import offline, output
from tallychain.cli.acting import money
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import session
from tallychain.cli.values import read_file

_LARGEST: Final = 1024 * 1024
_KIND = click.argument("kind", type=click.Choice(["issue", "offer", "present"]))
_BATCH = click.argument("batch", metavar="BATCH")
_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_LANGUAGE = click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
_TO = click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="A .xlsx or .csv file.",
)


@click.group(cls=Group)
def batch() -> None:
    """Issue vouchers, offer parts of holdings, or present payables from a table (CSV or XLSX): one operation a row."""


@batch.command(examples=["tally --as core-a-maker batch template issue --to issue.xlsx"])
@_KIND
@_TO
@_LANGUAGE
def template(kind: str, path: Path, language: str) -> None:
    """Write a table to be filled in, with a row for each payable that may be promised on, each holding, or each stored e-invoice."""
    from tallychain.sdk import batches

    offline.keep(path, session().client.ask(batches.template(kind, form=_form(path), language=language)))


@batch.command(examples=["tally --as core-a-maker batch check issue rows.xlsx"])
@_KIND
@_FILE
@_LANGUAGE
def check(kind: str, file: Path, language: str) -> None:
    """Try a table: what each row would do by the ledger's rules, or why it cannot be (exit status 1).  Nothing is sent."""
    from tallychain.sdk import batches

    found = session().client.ask(batches.check(kind, read_file(file, _LARGEST)))
    if output.is_json():
        output.print_json(found)
    else:
        _show_dry(found, language)
    if found["faults"]:
        raise Failure("ROWS_REJECTED", f"{len(found['faults'])} rows cannot be as they stand.")


@batch.command(examples=["tally --as core-a-maker batch make issue rows.xlsx"])
@_KIND
@_FILE
def make(kind: str, file: Path) -> None:
    """Sign every row of a table as the maker; given again, the same table goes on where it stopped."""
    from tallychain.sdk import batches

    me = session()
    _show(me.client.ask(batches.make(kind, file.name, read_file(file, _LARGEST), me.unlock())))


@batch.command("list", examples=["tally --as core-a-checker batch list"])
def list_batches() -> None:
    """The newest batches of this seat."""
    from tallychain.sdk import batches

    rows = session().client.ask(batches.listing())
    output.print_table(
        rows,
        ["Batch", "Kind", "File", "Total", "Maker", "State"],
        [
            (row["id"], row["kind"], row["name"], money(row["total"]), row["maker"], row["state"])
            for row in rows
        ],
        "No table was given.",
    )


@batch.command(examples=["tally --as core-a-checker batch show 5f0c…"])
@_BATCH
@_LANGUAGE
def show(batch: str, language: str) -> None:
    """One batch: the digest of its file, its total, and every row with what became of it."""
    from tallychain.sdk import batches

    client = session().client
    found, rows = client.ask(batches.show(batch)), client.ask(batches.rows(batch))
    if output.is_json():
        output.print_json({**found, "list": rows})
        return
    _show(found)
    why = f"why_{language}"
    click.echo(
        output.table(
            ["Line", "Reference", "To", "Amount", "State", "Operation", "Why"],
            [
                (
                    str(row["line"]),
                    row["reference"],
                    row["to"][:40],
                    money(row["amount"]),
                    row["state"],
                    row["operation"][:16],
                    f"{row['code']} {row[why]}".strip(),
                )
                for row in rows
            ],
        )
    )


@batch.command(examples=["tally --as core-a-checker batch release 5f0c… --file rows.xlsx"])
@_BATCH
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="The table as you have it.")
@click.option("--digest", help="Or its SHA-256, as you have looked at it.")
def release(batch: str, file: Path | None, digest: str | None) -> None:
    """Sign every waiting row as the second person, and submit; the table you looked at has to be the very same."""
    from tallychain.crypto.digest import sha256
    from tallychain.sdk import batches

    if (file is None) == (digest is None):
        raise Failure("USAGE", "Say which table you have looked at: --file or --digest.")
    seen = digest or sha256(read_file(file, _LARGEST) if file else b"").hex()
    me = session()
    _show(me.client.ask(batches.release(batch, seen, me.unlock())))


@batch.command(examples=["tally --as core-a-maker batch sign 5f0c…"])
@_BATCH
def sign(batch: str) -> None:
    """Sign what is not signed yet, and anew what ended without effect; what is on its way is left alone."""
    from tallychain.sdk import batches

    me = session()
    _show(me.client.ask(batches.sign(batch, me.unlock())))


@batch.command(examples=["tally --as core-a-checker batch refuse 5f0c… --reason 金额有误"])
@_BATCH
@click.option("--reason", required=True, help="Why; stays in this gateway.")
def refuse(batch: str, reason: str) -> None:
    """Close every row that nobody has released."""
    from tallychain.sdk import batches

    _show(session().client.ask(batches.refuse(batch, reason)))


@batch.command(examples=["tally --as core-a-maker batch result 5f0c… --to result.xlsx"])
@_BATCH
@_TO
@_LANGUAGE
def result(batch: str, path: Path, language: str) -> None:
    """Write every row with its operation and block, and why one had no effect."""
    from tallychain.sdk import batches

    offline.keep(path, session().client.ask(batches.result(batch, form=_form(path), language=language)))


def _form(path: Path) -> str:
    form = path.suffix.removeprefix(".").lower()
    if form not in ("csv", "xlsx"):
        raise Failure("USAGE", "The file ends with .csv or .xlsx.")
    return form


def _show(found: dict[str, Any]) -> None:
    one = found["batch"]
    output.print_record(
        found,
        [
            ("Batch", one["id"]),
            ("File", f"{one['name']} (SHA-256 {one['digest']})"),
            ("State", one["state"]),
            ("Total", money(one["total"])),
            ("Rows", ", ".join(f"{count} {state}" for state, count in sorted(found["states"].items()))),
        ],
    )


def _show_dry(found: dict[str, Any], language: str) -> None:
    click.echo(f"SHA-256 {found['digest']}")
    click.echo(f"{len(found['rows'])} rows over {money(found['total'])} can be; nothing was sent.")
    for row in found["rows"]:
        ceiling = f", ceilings left {money(row['ceiling_left'])}" if row["ceiling_left"] else ""
        click.echo(
            f"Line {row['line']}: {row['reference']} {money(row['amount'])} {row['maturity']}, left {money(row['left'])}{ceiling}"
        )
    for row in found["faults"]:
        click.echo(f"Line {row['line']}: {row['code']}: {row[language]}")
