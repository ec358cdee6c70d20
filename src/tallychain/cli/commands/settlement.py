"""`tally settlement`: agreements, payees, money booked and payouts, and how far a voucher is paid."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.values import AMOUNT, INSTANT, read_file

_VOUCHER = click.argument("voucher", metavar="VOUCHER")
_DOCUMENT = click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The bank's document; only its digest leaves this machine.",
)
_ROWS = 20
"""Payouts of one operation."""


@click.group(cls=Group)
def settlement() -> None:
    """From the agreement with a settlement bank to the last fen paid out."""


@settlement.command(
    examples=[
        "tally --as core-a-maker settlement agree --bank settle-a --terms agreement.pdf",
        "tally --as settle-a-maker settlement agree --issuer core-a",
    ]
)
@click.option("--bank", metavar="MEMBER", help="Propose to this settlement bank, as an issuer.")
@click.option("--issuer", metavar="MEMBER", help="Consent to this issuer's proposal, as the bank.")
@click.option(
    "--terms", type=click.Path(path_type=Path, dir_okay=False), help="The agreement, when proposing."
)
@wait_option()
def agree(bank: str | None, issuer: str | None, terms: Path | None, wait: bool) -> None:
    """Propose an agreement, or consent to one; needs a second person."""
    me = session()
    if bank and terms and not issuer:
        args = {"bank": bank, "terms": _digest(terms)}
        _do(me, "settlement.agree.propose", args, wait=wait)
    elif issuer and not bank and not terms:
        found = next(me.client.rows("agreements", issuer=issuer, status="PROPOSED"), None)
        if found is None:
            raise Failure("AGREEMENT_NOT_PENDING", f"No proposal of {issuer} waits.")
        args = {"issuer": issuer, "proposal": found["proposal"]}
        _do(me, "settlement.agree.consent", args, wait=wait)
    else:
        raise click.UsageError("Give --bank and --terms to propose, or --issuer to consent.")


@settlement.command(
    examples=[
        "tally --as bank-a-system settlement payee EVTALY20260316000000000180:1-30000000:3 --name 桐舟精密机械有限公司 \\",
        "    --uscc 91990201MA2Y1N018B --bank 示例银行 --bank-code 102290000000 --account 1001234567890123456",
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.option("--name", help="Name of the account; nothing of it: the account of record.")
@click.option("--uscc", help="Credit code of the holder.")
@click.option("--bank", help="Bank that keeps the account.")
@click.option("--bank-code", help="Its number in the payment system, 12 digits.")
@click.option("--account", help="Number of the account.")
@click.option(
    "--not-of-record",
    is_flag=True,
    help="Another account than the one of record on purpose; the bank is told.",
)
@wait_option()
def payee(holding: str, not_of_record: bool, wait: bool, **given: str | None) -> None:
    """Name the account to which a client's holding is paid, as its sponsor's system; from the black-out on. Without an account, the one of record."""
    if any(given.values()) and not all(given.values()):
        raise click.UsageError("Give all of --name, --uscc, --bank, --bank-code and --account, or none.")
    me = session()
    row = me.client.row("holdings", holding)
    args = {"voucher": row["voucher"], "holding": row["first"]}
    other = {"record": "OTHER"} if not_of_record else {}
    _do(me, "settlement.payee", args, {"payee": {**given, **other}} if any(given.values()) else {}, wait=wait)


@settlement.command(
    examples=[
        "tally --as settle-a-maker settlement attest EVTALY20260316000000000180 --amount 1,000,000.00 \\",
        '    --booked "2026-09-14 09:30" --reference 20260914-000017 --document slip.pdf',
    ]
)
@_VOUCHER
@click.option("--amount", type=AMOUNT, required=True, help="What was booked, in yuan.")
@click.option("--booked", type=INSTANT, required=True, help="When, in Shanghai's time.")
@click.option("--reference", "number", required=True, help="The bank's own number of the booking.")
@_DOCUMENT
@wait_option()
def attest(voucher: str, amount: int, booked: int, number: str, document: Path, wait: bool) -> None:
    """State that the issuer's money was booked, and when; needs a second person of the settlement bank."""
    args = {
        "voucher": voucher,
        "amount": amount,
        "received_ms": booked,
        "reference": number,
        "document": _digest(document),
    }
    _do(session(), "settlement.attest", args, wait=wait)


@settlement.command(
    examples=[
        'tally --as settle-a-maker settlement payout EVTALY20260316000000000180 --paid "2026-09-14 09:45" \\',
        "    --reference P-20260914 --document payments.pdf",
    ]
)
@_VOUCHER
@click.option("--paid", type=INSTANT, required=True, help="When, in Shanghai's time.")
@click.option(
    "--reference", "number", required=True, help="The bank's own number; each payment gets -1, -2 …"
)
@_DOCUMENT
@wait_option()
def payout(voucher: str, paid: int, number: str, document: Path, wait: bool) -> None:
    """State that holders with a payee were paid what they have coming, up to 20 at a time; needs a second person."""
    me = session()
    coming = [
        row
        for row in me.client.rows("shares", voucher=voucher)
        if int(row["payable"] or 0) and int(row["payee_at"] or 0)
    ][:_ROWS]
    if not coming:
        raise Failure("NOTHING_ATTESTED", f"No holder of {voucher} with a payee has anything coming.")
    rows = [
        {"holding": row["first"], "amount": row["payable"], "reference": f"{number}-{place}"}
        for place, row in enumerate(coming, start=1)
    ]
    args = {"voucher": voucher, "paid_ms": paid, "document": _digest(document), "rows": rows}
    _do(me, "settlement.payout", args, wait=wait)


@settlement.command(
    "replace-bank",
    examples=["tally --as core-a-maker settlement replace-bank EVTALY20260316000000000180 --bank settle-b"],
)
@_VOUCHER
@click.option("--bank", metavar="MEMBER", required=True, help="The settlement bank that is asked.")
@wait_option()
def replace_bank(voucher: str, bank: str, wait: bool) -> None:
    """Ask another settlement bank to take a voucher over, as its issuer; needs a second person.  The last one asked has five days."""
    _do(session(), "settlement.reassign.propose", {"voucher": voucher, "bank": bank}, wait=wait)


@settlement.command(
    "take-over", examples=["tally --as settle-b-maker settlement take-over EVTALY20260316000000000180"]
)
@_VOUCHER
@wait_option()
def take_over(voucher: str, wait: bool) -> None:
    """Take a voucher over as the settlement bank that was asked; needs a second person.  Sponsors name the payees again."""
    me = session()
    found = next(me.client.rows("settlements", voucher=voucher), None)
    if found is None or not found["successor_proposal"]:
        raise Failure("PROPOSAL_NOT_PENDING", f"No bank is asked to take {voucher} over.")
    args = {"voucher": voucher, "proposal": found["successor_proposal"]}
    _do(me, "settlement.reassign.consent", args, wait=wait)


@settlement.command(examples=["tally --as s1 settlement show EVTALY20260316000000000180"])
@_VOUCHER
def show(voucher: str) -> None:
    """What of a voucher is paid and still owed, to whom, and by which payments."""
    client = session().client
    row = client.row("vouchers", voucher)
    shares = list(client.rows("shares", voucher=voucher))
    payouts = list(client.rows("payouts", voucher=voucher))
    if output.is_json():
        output.print_json({"voucher": row, "shares": shares, "payouts": payouts})
        return
    output.print_record(
        row,
        [
            ("Voucher", voucher),
            ("Status", row["status"]),
            ("Face", money(row["face"])),
            ("Owed", money(row["outstanding"])),
        ],
    )
    columns = ("share", "outstanding", "payable")
    parts = [(item["holding"], *(money(int(item[name] or 0)) for name in columns)) for item in shares]
    paid = [(item["reference"], item["holding"], money(item["amount"])) for item in payouts]
    click.echo()
    click.echo(output.table(["Holding", "Share", "Owed", "To be paid out"], parts))
    click.echo()
    click.echo(output.table(["Bank reference", "Holding", "Paid"], paid))


@settlement.command("list", examples=["tally --as settle-a-maker settlement list"])
@click.option("--bank", metavar="MEMBER", help="Only of this settlement bank.")
def list_settlements(bank: str | None) -> None:
    """Vouchers for which money was attested, as of the last block that this gateway has."""
    filters = {"bank": bank} if bank else {}
    rows = list(session().client.rows("settlements", **filters))
    columns = ("received", "outstanding", "paid_out", "payable")
    output.print_table(
        rows,
        ["Voucher", "Issuer", "Bank", "Received", "Owed", "Paid out", "To be paid out", "Status"],
        [
            (
                row["voucher"],
                row["issuer"],
                row["bank"],
                *(money(int(row[name] or 0)) for name in columns),
                row["status"],
            )
            for row in rows
        ],
        "No money was attested yet.",
    )


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()


def _do(
    me: Session, type_name: str, args: dict[str, Any], sealed: dict[str, Any] | None = None, *, wait: bool
) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=type_name, args=args, sealed=sealed or {}, unlock=me.unlock()), wait=wait)
