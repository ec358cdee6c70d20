"""`tally rekey`: a client has lost its wallet; two members say so, the old key may object, and the new one takes over."""

from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import Session, session
from tallychain.cli.values import RECEIVER

_REKEY = click.argument("rekey", metavar="REKEY")
_NAME = click.option("--name", required=True, help="Legal name of the client; sealed.")
_USCC = click.option("--uscc", required=True, help="Its unified social credit code; sealed.")
_CERTIFICATE = click.option(
    "--certificate", required=True, help="Digest of the certificate of its identity key; sealed."
)
_GROUND = click.option(
    "--ground", required=True, help="What was lost, and how the client was identified; sealed."
)


@click.group(cls=Group)
def rekey() -> None:
    """Give a client that has lost its wallet other keys: propose as its sponsor, consent as a second bank, object with the old key, take over with the new one."""


@rekey.command(
    examples=[
        "tally --as bank-a-maker rekey propose EVTALY20260316000000000180:1-100000000:1 --to 91310000MA0000000Y@bank-a \\",
        "    --second bank-b --name 上海示例机械有限公司 --uscc 91310000MA0000000Y --certificate 9c…9c --ground 口令遗失",
    ]
)
@click.argument("holding", metavar="HOLDING")
@click.option("--to", "receiver", type=RECEIVER, required=True, help="The client with its new wallet.")
@click.option("--second", required=True, help="The bank that has to have seen the client too.")
@_NAME
@_USCC
@_CERTIFICATE
@_GROUND
@wait_option()
def propose(
    holding: str,
    receiver: dict[str, str],
    second: str,
    name: str,
    uscc: str,
    certificate: str,
    ground: str,
    wait: bool,
) -> None:
    """State that a client has lost its wallet, and name its new tag; needs a second person."""
    me = session()
    row = me.client.row("holdings", holding)
    args = {"voucher": row["voucher"], "holding": row["first"], "receiver": receiver, "second": second}
    sealed = {"client": _client(name, uscc, certificate, ground)}
    _do(me, "holder.rekey.propose", args, sealed, wait=wait)


@rekey.command(
    examples=[
        "tally --as bank-b-maker rekey consent 7e…7e --name 上海示例机械有限公司 --uscc 91310000MA00000001 \\",
        "    --certificate 9c…9c --ground 法定代表人到场核验",
    ]
)
@_REKEY
@_NAME
@_USCC
@_CERTIFICATE
@_GROUND
@wait_option()
def consent(rekey: str, name: str, uscc: str, certificate: str, ground: str, wait: bool) -> None:
    """State as the second bank whom it has seen; the old key then has three business days. Needs a second person."""
    _on("holder.rekey.consent", rekey, {"client": _client(name, uscc, certificate, ground)}, wait=wait)


@rekey.command(examples=["tally --as bank-b-maker rekey decline 7e…7e"])
@_REKEY
@wait_option()
def decline(rekey: str, wait: bool) -> None:
    """Refuse as the second bank, also after a consent; needs a second person."""
    _on("holder.rekey.decline", rekey, {}, wait=wait)


@rekey.command(examples=["tally --as bank-a-maker rekey withdraw 7e…7e"])
@_REKEY
@wait_option()
def withdraw(rekey: str, wait: bool) -> None:
    """Take a proposal back; needs a second person."""
    _on("holder.rekey.withdraw", rekey, {}, wait=wait)


@rekey.command(examples=["tally --as s1 rekey veto 7e…7e"])
@_REKEY
@wait_option()
def veto(rekey: str, wait: bool) -> None:
    """Object with the old key, through whichever member's gateway this is; the wallet is not lost."""
    _on("holder.rekey.veto", rekey, {}, wait=wait)


@rekey.command(examples=["tally --as s1 rekey take 7e…7e"])
@_REKEY
@wait_option()
def take(rekey: str, wait: bool) -> None:
    """Take over with the new key what the old tag holds of the voucher, ten holdings at a time."""
    me = session()
    row = me.client.row("rekeys", rekey)
    held = me.client.rows("holdings", tag=row["tag"], voucher=row["voucher"])
    firsts = sorted(one["first"] for one in held if one["status"] != "SPENT")[:10]
    args = {**_named(row), "holdings": firsts}
    _do(me, "holder.rekey.take", args, {}, wait=wait)


@rekey.command("list", examples=["tally --as bank-b-maker rekey list"])
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
def list_rekeys(voucher: str | None) -> None:
    """Changes of keys with the client that was stated, where this seat may read it, as of the last block that this gateway has."""
    from tallychain.sdk.rekeys import same_client

    client = session().client
    rows = list(client.rows("rekeys", **({"voucher": voucher} if voucher else {})))
    said = list(client.rows("rekey_clients"))
    shown, told = [], []
    for row in rows:
        own = [one for one in said if one["rekey"] == row["rekey"]]
        name = own[0]["name"] if own else "sealed"
        is_one = same_client(own)
        told.append({**row, "name": own[0]["name"] if own else None, "same_client": is_one if own else None})
        shown.append(
            (
                row["rekey"],
                row["holding"],
                name if is_one else f"{name} DIFFERS",
                row["proposer"],
                row["second"],
                row["status"],
            )
        )
    output.print_table(
        told,
        ["Change of keys", "Holding", "Client", "Proposed by", "Second bank", "Status"],
        shown,
        "No keys are changed.",
    )


def _client(name: str, uscc: str, certificate: str, ground: str) -> dict[str, str]:
    return {"name": name, "uscc": uscc, "certificate": certificate, "ground": ground}


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {"voucher": row["voucher"], "tag": row["tag"], "rekey": row["rekey"]}


def _on(kind: str, rekey: str, sealed: dict[str, Any], *, wait: bool) -> None:
    """An act on a change of keys."""
    me = session()
    _do(me, kind, _named(me.client.row("rekeys", rekey)), sealed, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)
