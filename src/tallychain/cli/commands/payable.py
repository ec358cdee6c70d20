"""`tally payable`: rights that a supplier presents to its debtor, and the debtor's answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.times import local
from tallychain.cli.values import AMOUNT, DAY, RECEIVER, read_file

if TYPE_CHECKING:
    from tallychain.sdk.payables import Paper

_PAYABLE = click.argument("payable", metavar="PAYABLE")
_INVOICE_BYTES = 256 * 1024


@click.group(cls=Group)
def payable() -> None:
    """Present payables to their debtor, answer them, and look at them."""


@payable.command(
    examples=[
        "tally --as s1 payable present --own s1 --debtor core-a --amount 1,120,000.00 --due 2026-09-14 \\",
        "    --reference HT-2026-0316 --file examples/chain/invoices/26992000000000000001.xml \\",
        "    --file examples/chain/invoices/26992000000000000002.xml",
    ]
)
@click.option(
    "--own", type=RECEIVER, required=True, help="The presenting client: CODE@SPONSOR, or a client's name."
)
@click.option("--debtor", required=True, metavar="MEMBER", help="The core enterprise that owes it.")
@click.option("--amount", type=AMOUNT, required=True, help="What is owed, in yuan.")
@click.option("--due", type=DAY, required=True, help="Day on which it is to be paid.")
@click.option(
    "--reference", "number", required=True, help="Own number of the debt, for instance the contract."
)
@click.option(
    "--file",
    "files",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="An e-invoice behind it; may be repeated.",
)
@click.option("--purpose", default="", help="What was delivered.")
@click.option(
    "--small",
    is_flag=True,
    help="The seller is a small or medium-sized enterprise by the law on payments to them.",
)
@click.option("--delivered", type=DAY, default=None, help="Day of delivery or acceptance.")
@click.option(
    "--longer-term",
    type=click.Choice(["CONTRACT", "INDUSTRY_CUSTOM"]),
    default=None,
    help="On what ground a small seller agreed to a longer term than the law's.",
)
@wait_option()
def present(
    own: dict[str, str],
    debtor: str,
    amount: int,
    due: str,
    number: str,
    files: tuple[Path, ...],
    purpose: str,
    small: bool,
    delivered: str | None,
    longer_term: str | None,
    wait: bool,
) -> None:
    """Present a payable with its e-invoices, which go to the debtor's gateway with it; its persons confirm or contest it within ten business days."""
    from tallychain.sdk.payables import presenting

    args, sealed = presenting(
        reference=number,
        issuer=debtor,
        presenter=own,
        amount=amount,
        due_day=due,
        papers=[_paper(path) for path in files],
        relation=number,
        purpose=purpose,
        small=small,
        delivered=delivered or "",
        longer_term=longer_term or "",
    )
    _do("payable.present", args, sealed, wait=wait)


@payable.command(examples=["tally --as core-a-maker payable confirm 4d…4d"])
@_PAYABLE
@wait_option()
def confirm(payable: str, wait: bool) -> None:
    """Confirm that it is owed; needs a second person."""
    row = session().client.row("payables", payable)
    _do("payable.confirm", {"payable": payable, "amount": row["amount"]}, {}, wait=wait)


@payable.command(examples=["tally --as core-a-maker payable contest 4d…4d --reason 数量不符"])
@_PAYABLE
@click.option("--reason", required=True, help="Why; only the presenter's side can read it.")
@wait_option()
def contest(payable: str, reason: str, wait: bool) -> None:
    """Say that it is not owed, or not so; needs a second person."""
    _do("payable.contest", {"payable": payable}, {"reason": {"reason": reason}}, wait=wait)


@payable.command(examples=["tally --as s1 payable withdraw 4d…4d"])
@_PAYABLE
@wait_option()
def withdraw(payable: str, wait: bool) -> None:
    """Take a payable back before it is answered."""
    _do("payable.withdraw", {"payable": payable}, {}, wait=wait)


@payable.command(
    examples=[
        "tally --as core-a-maker payable papers 4d…4d",
        "tally --as s1 payable papers 4d…4d --to papers/",
    ]
)
@_PAYABLE
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write the files that are here into this folder.",
)
def papers(payable: str, to: Path | None) -> None:
    """Whether the files of the papers are here, missing, or differ; for the debtor's makers and checkers, and for the presenter."""
    from tallychain.sdk import calls

    client = session().client
    rows = client.ask(calls.papers_behind(payable))
    for row in rows if to is not None else ():
        if to is not None and row["state"] == "here":
            to.mkdir(parents=True, exist_ok=True)
            # Not under a name of the sender's choosing.
            (to / f"{row['document']}.bin").write_bytes(
                client.ask(calls.paper_behind(payable, row["document"]))
            )
    output.print_table(
        rows,
        ["Paper", "Number", "File", "Name", "Bytes", "Digest", "Letter"],
        [
            (
                row["row"],
                row["number"],
                row["state"],
                row["name"],
                row["size"],
                row["document"],
                row["letter"],
            )
            for row in rows
        ],
        "It names no papers.",
    )


@payable.command(
    "ask-papers",
    examples=[
        "tally --as bank-b-maker payable ask-papers 4d…4d --financing f1…f1",
        "tally --as core-a-maker payable ask-papers 4d…4d",
    ],
)
@_PAYABLE
@click.option(
    "--financing", default="", help="In which this member was asked for money; the debtor needs none."
)
def ask_papers(payable: str, financing: str) -> None:
    """Ask the presenter's sponsor for the papers: as a funder, or as the debtor that has lost a file; then see `papers`."""
    from tallychain.sdk import calls

    client = session().client
    client.ask(calls.ask_papers(payable, financing))
    _requests(client.ask(calls.papers_asked(payable)))


@payable.command(examples=["tally --as bank-b-maker payable requests 4d…4d"])
@_PAYABLE
def requests(payable: str) -> None:
    """What came of this member's requests for the papers."""
    from tallychain.sdk import calls

    _requests(session().client.ask(calls.papers_asked(payable)))


@payable.command(examples=["tally --as s1 payable lookers 4d…4d"])
@_PAYABLE
def lookers(payable: str) -> None:
    """Who has asked for the papers of a payable that one's seat presented, and who was refused."""
    from tallychain.sdk import calls

    rows = session().client.ask(calls.paper_lookers(payable))
    output.print_table(
        rows,
        ["Member", "When", "Financing", "Refused because"],
        [(row["member"], local(row["given_ms"]), row["financing"][:16], row["why"]) for row in rows],
        "Nobody has asked.",
    )


@payable.command("share-papers", examples=["tally --as s1 payable share-papers --standing"])
@click.option("--standing/--no-standing", "standing", default=None, required=True)
def share_papers(standing: bool) -> None:
    """Share the papers that one has presented with the funders of later holders, without being asked each time."""
    from tallychain.sdk import calls

    said = session().client.ask(calls.share_papers(standing=standing))
    output.print_record(said, [("Standing consent", "yes" if said["standing"] else "no")])


@payable.command("list", examples=["tally --as core-a-maker payable list --status PRESENTED"])
@click.option("--status", help="PRESENTED, CONFIRMED, CONTESTED, WITHDRAWN, LAPSED, PAST_DUE.")
@click.option("--debtor", metavar="MEMBER", help="Only of this debtor.")
def list_payables(status: str | None, debtor: str | None) -> None:
    """Payables, as of the last block that this gateway has."""
    filters = {name: value for name, value in (("status", status), ("issuer", debtor)) if value}
    rows = list(session().client.rows("payables", **filters))
    output.print_table(
        rows,
        ["Payable", "Debtor", "Sponsor", "Kind", "Amount", "Due", "Status"],
        [
            (
                row["payable"],
                row["issuer"],
                row["sponsor"],
                row["kind"],
                money(row["amount"]),
                row["due_day"],
                row["status"],
            )
            for row in rows
        ],
        "There are no such payables.",
    )


def _requests(rows: list[dict[str, Any]]) -> None:
    output.print_table(
        rows,
        ["Asked", "Of", "Financing", "State", "Refused because"],
        [
            (local(row["asked_ms"]), row["sponsor"], row["financing"][:16], row["state"], row["why"])
            for row in rows
        ],
        "Nobody here has asked.",
    )


def _paper(path: Path) -> "Paper":
    from tallychain.integrations.einvoice import read_einvoice
    from tallychain.sdk import calls
    from tallychain.sdk.payables import Paper

    content = read_file(path, _INVOICE_BYTES)
    found = read_einvoice(content)
    stored = session().client.ask(calls.store_document(f"{found.number}.xml", "application/xml", content))
    return Paper(
        found.number,
        found.seller.uscc,
        found.issue_date.isoformat(),
        found.total_fen,
        document=str(stored["digest"]),
    )


def _do(type_name: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    perform(me, Wish(type=type_name, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)
