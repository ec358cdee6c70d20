"""`tally holding`: who holds what."""

import click

from tallychain.cli import output
from tallychain.cli.acting import money
from tallychain.cli.base import Group
from tallychain.cli.profile import session


@click.group(cls=Group)
def holding() -> None:
    """Look at who holds which part of which voucher."""


@holding.command(
    "list", examples=["tally --as s1 holding list --mine", "tally --as bank-b-maker holding list"]
)
@click.option("--voucher", help="Only of this voucher.")
@click.option("--status", default="LIVE", show_default=True, help="LIVE, DUE, SPENT, or all.")
@click.option("--mine", is_flag=True, help="Only what this seat holds.")
def list_holdings(voucher: str | None, status: str, mine: bool) -> None:
    """Holdings; of others one sees the tag and the sponsor, never the name, unless one is entitled to."""
    me = session()
    filters = {} if status == "all" else {"status": status}
    if voucher:
        filters["voucher"] = voucher
    names = {str(row["tag"]): row for row in me.client.rows("identities")}
    rows = list(me.client.rows("my/holdings" if mine else "holdings", **filters))
    output.print_table(
        rows,
        ["Holding", "Amount", "Sponsor", "Holder", "Layer", "Acquired", "Status"],
        [
            (
                row["holding"],
                money(row["face"]),
                row["sponsor"],
                names.get(str(row["tag"]), {}).get("name", f"tag {str(row['tag'])[8:16]}…"),
                row["layer"],
                row["acquired_by"],
                row["status"],
            )
            for row in rows
        ],
        "There are no such holdings.",
    )
