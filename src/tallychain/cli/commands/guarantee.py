"""`tally guarantee`: a guarantor stands for an issuer, and a settlement bank says what it has paid and what it is repaid."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.values import AMOUNT, DAY, INSTANT, read_file

_VOUCHER = click.argument("voucher", metavar="VOUCHER")
_REFERENCE = click.option(
    "--reference", required=True, help="The bank's own number of the booking, never used twice."
)
_BOOKED = click.option("--booked", type=INSTANT, required=True, help="When the bank booked it, local time.")
_DOCUMENT = click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The bank's document; only its digest leaves this machine.",
)


@click.group(cls=Group)
def guarantee() -> None:
    """Stand for an issuer's new vouchers as a guarantor; attest and pass on its money as a settlement bank."""


@guarantee.command(
    examples=[
        "tally --as guar-a-maker guarantee give core-a --limit 2,000,000.00 --until 2026-12-31 --pay-days 10 \\",
        "    --contract contract.pdf",
    ]
)
@click.argument("issuer", metavar="ISSUER")
@click.option("--limit", type=AMOUNT, required=True, help="What is guaranteed at once never exceeds it.")
@click.option("--until", type=DAY, required=True, help="Last day on which a voucher may be issued under it.")
@click.option(
    "--pay-days",
    type=click.IntRange(1, 90),
    required=True,
    help="Days from a voucher's being overdue in which its holders are paid.",
)
@click.option(
    "--contract",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The contract of guarantee; only its digest leaves this machine.",
)
@wait_option()
def give(issuer: str, limit: int, until: str, pay_days: int, contract: Path, wait: bool) -> None:
    """Stand for new vouchers of an issuer, up to a limit and until a day; needs a second person."""
    args = {
        "issuer": issuer,
        "limit": limit,
        "until": until,
        "pay_days": pay_days,
        "terms": _digest(contract),
    }
    _do("guarantee.give", args, wait=wait)


@guarantee.command(examples=["tally --as guar-a-maker guarantee end core-a"])
@click.argument("issuer", metavar="ISSUER")
@wait_option()
def end(issuer: str, wait: bool) -> None:
    """Stand for no new vouchers of an issuer; those that there are keep their guarantee; needs a second person."""
    _do("guarantee.end", {"issuer": issuer}, wait=wait)


@guarantee.command(
    examples=[
        "tally --as settle-a-maker guarantee pay EVTALY20260316000000000180 400,000.00 --reference 20260925-000018 \\",
        "    --booked '2026-09-25 10:30' --document advice.pdf",
    ]
)
@_VOUCHER
@click.argument("amount", type=AMOUNT, metavar="AMOUNT")
@_REFERENCE
@_BOOKED
@_DOCUMENT
@wait_option()
def pay(voucher: str, amount: int, reference: str, booked: int, document: Path, wait: bool) -> None:
    """State as the settlement bank that the guarantor's money has come; holders get it; needs a second person."""
    args = {
        "voucher": voucher,
        "amount": amount,
        "received_ms": booked,
        "reference": reference,
        "document": _digest(document),
    }
    _do("guarantor.pay", args, wait=wait)


@guarantee.command(
    "pass-on",
    examples=[
        "tally --as settle-a-maker guarantee pass-on EVTALY20260316000000000180 5a…5a --reference 20261009-000003 \\",
        "    --booked '2026-10-09 10:30' --document advice.pdf",
    ],
)
@_VOUCHER
@click.argument("attestation", metavar="ATTESTATION")
@_REFERENCE
@_BOOKED
@_DOCUMENT
@wait_option()
def pass_on(voucher: str, attestation: str, reference: str, booked: int, document: Path, wait: bool) -> None:
    """State as the bank that what the issuer paid for the guarantor was paid to it; needs a second person."""
    args = {
        "voucher": voucher,
        "attestation": attestation,
        "reference": reference,
        "paid_ms": booked,
        "document": _digest(document),
    }
    _do("guarantor.pass_on", args, wait=wait)


@guarantee.command("list", examples=["tally --as s1 guarantee list"])
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
def list_guarantees(voucher: str | None) -> None:
    """Who stands for which vouchers, and what became of it, as of the last block that this gateway has."""
    client = session().client
    rows = list(client.rows("guarantees", **({"voucher": voucher} if voucher else {})))
    output.print_table(
        rows,
        ["Voucher", "Issuer", "Guarantor", "Guaranteed", "Paid", "Owed to it", "Status"],
        [
            (
                row["voucher"],
                row["issuer"],
                row["guarantor"],
                money(row["liable"]),
                money(row["paid"]),
                money(row["claim"]),
                row["status"],
            )
            for row in rows
        ],
        "No voucher is guaranteed.",
    )


@guarantee.command("limits", examples=["tally --as core-a-maker guarantee limits"])
def list_limits() -> None:
    """For which issuers guarantors stand, up to what limit, and how much of it is used."""
    rows = list(session().client.rows("guarantee_frames"))
    output.print_table(
        rows,
        ["Guarantor", "Issuer", "Limit", "Used", "Until", "Days to pay", "Status"],
        [
            (
                row["guarantor"],
                row["issuer"],
                money(row["limit_amount"]),
                money(row["exposure"]),
                row["valid_until"],
                row["pay_days"],
                row["status"],
            )
            for row in rows
        ],
        "No guarantor stands for any issuer.",
    )


def _do(kind: str, args: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    perform(me, Wish(type=kind, args=args, sealed={}, unlock=me.unlock()), wait=wait)


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()
