"""`tally payables` and `tally invoice`: read papers without writing anything anywhere."""

from pathlib import Path

import click

from tallychain.cli import output
from tallychain.cli.acting import money
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.values import read_file

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_TABLE_BYTES = 4 * 1024 * 1024
_INVOICE_BYTES = 256 * 1024


@click.group(cls=Group)
def payables() -> None:
    """Read tables of payables as enterprise software exports them."""


@payables.command(examples=["tally payables check examples/chain/payables/core-a-sap.csv"])
@_FILE
def check(file: Path) -> None:
    """A dry run: every row that can be used, and every row that cannot with its reason; exit status 1 if there are any."""
    from tallychain.integrations.payables import dry_run

    found = dry_run(read_file(file, _TABLE_BYTES))
    if output.is_json():
        output.print_json(found)
    else:
        click.echo(f"{found.layout}, {found.encoding}: {len(found.accepted)} rows can be used.")
        click.echo(
            output.table(
                ["Line", "Supplier", "Invoice", "Amount", "Due"],
                [
                    (row.line, row.supplier_name, row.invoice_number, money(row.amount_fen), row.due_date)
                    for row in found.accepted
                ],
            )
        )
        for wrong in found.rejected:
            click.echo(f"Line {wrong.line}: {wrong.sentence} [{wrong.reason.value}]")
    if found.rejected:
        raise Failure("ROWS_REJECTED", f"{len(found.rejected)} rows cannot be used.")


@click.group(cls=Group)
def invoice() -> None:
    """Read fully digital e-invoices."""


@invoice.command(examples=["tally invoice read examples/chain/invoices/26992000000000000001.xml"])
@_FILE
def read(file: Path) -> None:
    """What an e-invoice says, or the first thing that is wrong with it."""
    from tallychain.integrations.einvoice import read_einvoice

    found = read_einvoice(read_file(file, _INVOICE_BYTES))
    output.print_record(
        found,
        [
            ("Number", found.number),
            ("Issued", found.issue_date),
            ("Seller", f"{found.seller.name} ({found.seller.uscc})"),
            ("Buyer", f"{found.buyer.name} ({found.buyer.uscc})"),
            ("Without tax", money(found.amount_fen)),
            ("Tax", money(found.tax_fen)),
            ("Total", money(found.total_fen)),
            ("Lines", "\n".join(f"{line.name} {money(line.amount_fen)}" for line in found.lines)),
        ],
    )
