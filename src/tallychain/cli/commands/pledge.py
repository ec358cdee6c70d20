"""`tally pledge`: a holding that secures a debt, from the proposal to its release or its proceeds."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import committed, money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.values import AMOUNT, DAY, read_file

_PLEDGE = click.argument("pledge", metavar="PLEDGE")
_SEALED = "sealed"


@click.group(cls=Group)
def pledge() -> None:
    """Pledge holdings to a bank or a factor; accept, release, claim and contest; look at pledges."""


@pledge.command(
    examples=[
        "tally --as s3 pledge create EVTALY20260316000000000180:30000001-42500001:2 --to bank-b \\",
        "    --until 2026-09-30 --secured 102,000.00 --contract ZY-2026-0512",
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.option("--to", "pledgee", metavar="MEMBER", required=True, help="The bank or factor.")
@click.option("--until", type=DAY, required=True, help="Day with whose end the pledge ends.")
@click.option("--secured", type=AMOUNT, required=True, help="The most that it secures, in yuan; sealed.")
@click.option("--contract", required=True, help="Number of the contract of pledge; sealed.")
@wait_option()
def create(holding: str, pledgee: str, until: str, secured: int, contract: str, wait: bool) -> None:
    """Offer a whole holding as security; it is bound until the pledgee answers, 5 days at most."""
    me = session()
    row = me.client.row("holdings", holding)
    args = {"voucher": row["voucher"], "holding": row["first"], "pledgee": pledgee, "until": until}
    _do(me, "pledge.create", args, {"terms": {"secured": secured, "contract": contract}}, wait=wait)


@pledge.command(examples=["tally --as s3 pledge recall 7e…7e"])
@_PLEDGE
@wait_option()
def recall(pledge: str, wait: bool) -> None:
    """Take a pledge back that was not accepted."""
    _on("pledge.recall", pledge, wait=wait)


@pledge.command(examples=["tally --as bank-b-maker pledge accept 7e…7e --registration certificate.pdf"])
@_PLEDGE
@click.option(
    "--registration",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The certificate of the movable-property registry; kept with this seat's documents, its commitment on the ledger.",
)
@wait_option()
def accept(pledge: str, registration: Path, wait: bool) -> None:
    """Accept a pledge that was registered before, as the pledgee; needs a second person."""
    _on("pledge.accept", pledge, {"registration": committed(session(), registration)}, wait=wait)


@pledge.command(examples=["tally --as bank-b-maker pledge release 7e…7e"])
@_PLEDGE
@wait_option()
def release(pledge: str, wait: bool) -> None:
    """Let a pledged holding go, or turn a proposal down, as the pledgee; needs a second person."""
    _on("pledge.release", pledge, wait=wait)


@pledge.command(
    examples=[
        "tally --as bank-b-maker pledge claim 7e…7e --amount 102,000.00 --contract ZY-2026-0512 \\",
        "    --bank-code 103290000000 --account 6209876543210987654",
    ]
)
@_PLEDGE
@click.option("--amount", type=AMOUNT, required=True, help="What is still owed, in yuan; sealed.")
@click.option("--contract", required=True, help="Number of the contract of pledge; sealed.")
@click.option(
    "--bank-code", default="", help="Number in the payment system of the bank that is paid; sealed."
)
@click.option("--account", required=True, help="The pledgee's account; sealed.")
@wait_option()
def claim(pledge: str, amount: int, contract: str, bank_code: str, account: str, wait: bool) -> None:
    """Say how much of the proceeds is the pledgee's; needs a second person, and stands if the holder is silent for 5 days."""
    content = {"amount": amount, "contract": contract, "bank_code": bank_code, "account": account}
    _on("pledge.claim", pledge, sealed={"claim": content}, wait=wait)


@pledge.command(examples=["tally --as s3 pledge contest 7e…7e --reason 已归还"])
@_PLEDGE
@click.option("--reason", default="", help="Why; only the pledgee can read it.")
@wait_option()
def contest(pledge: str, reason: str, wait: bool) -> None:
    """Deny the pledgee's last claim; the money stays with the settlement bank."""
    me = session()
    row = me.client.row("pledges", pledge)
    if not row["claim"]:
        raise Failure("CLAIM_NOT_CONTESTABLE", f"Nothing was claimed from the pledge {pledge}.")
    args = {"voucher": row["voucher"], "pledge": pledge, "claim": row["claim"]}
    _do(me, "pledge.contest", args, {"reason": {"reason": reason}} if reason else {}, wait=wait)


@pledge.command(examples=["tally --as bank-b-maker pledge enforce 7e…7e --document notice.pdf"])
@_PLEDGE
@click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The notice that the case was taken; only its digest leaves this machine.",
)
@wait_option()
def enforce(pledge: str, document: Path, wait: bool) -> None:
    """Show that a court or an arbitration decides about a contested claim; needs a second person, and again after 180 days."""
    _on("pledge.enforce", pledge, {"document": _digest(document)}, wait=wait)


@pledge.command("list", examples=["tally --as bank-b-maker pledge list --pledgee bank-b"])
@click.option("--pledgee", metavar="MEMBER", help="Only of this pledgee.")
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
def list_pledges(pledgee: str | None, voucher: str | None) -> None:
    """Pledges with what this seat may read of them, as of the last block that this gateway has."""
    client = session().client
    filters = {"pledgee": pledgee or "", "voucher": voucher or ""}
    rows = list(client.rows("pledges", **{name: value for name, value in filters.items() if value}))
    secured = {row["pledge"]: row["secured"] for row in client.rows("pledge_terms")}
    claimed = {row["claim"]: row["amount"] for row in client.rows("pledge_claims")}
    output.print_table(
        [
            {**row, "secured": secured.get(row["pledge"]), "claimed": claimed.get(row["claim"])}
            for row in rows
        ],
        ["Pledge", "Holding", "Pledgee", "Secures", "Claimed", "Until", "Status"],
        [
            (
                row["pledge"],
                row["holding"],
                row["pledgee"],
                _amount(secured.get(row["pledge"])),
                _amount(claimed.get(row["claim"])) if row["claim"] else "",
                row["until"],
                row["status"],
            )
            for row in rows
        ],
        "Nothing is pledged.",
    )


def _amount(fen: int | None) -> str:
    return _SEALED if fen is None else money(fen)


def _on(
    kind: str,
    pledge: str,
    more: dict[str, Any] | None = None,
    *,
    sealed: dict[str, Any] | None = None,
    wait: bool,
) -> None:
    """An act on a pledge that stands."""
    me = session()
    row = me.client.row("pledges", pledge)
    _do(me, kind, {"voucher": row["voucher"], "pledge": pledge, **(more or {})}, sealed or {}, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()
