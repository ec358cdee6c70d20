"""`tally bank-account`: to which account a client is paid; state and test it, change it, and stop a change."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import Session, session
from tallychain.cli.values import RECEIVER

F = TypeVar("F", bound=Callable[..., object])

_ACCOUNT = click.argument("account", metavar="ACCOUNT")
_TESTER = click.option("--tester", required=True, help="The bank that sends the penny; not the sponsor.")
_REASON = click.option("--reason", required=True, help="Why; sealed to the client and its sponsor.")
_EXAMPLE = "--tester bank-b --name 桐舟精密机械有限公司 --uscc 91990201MA2Y1N018B \\"
_NUMBERS = "    --bank 示例银行上海分行 --bank-code 102290000000 --number 1001234567890123456"


def _details(command: F) -> F:
    """What is sealed of an account."""
    for name, told in reversed(
        (
            ("--name", "Name of the account, which is the client's; sealed."),
            ("--uscc", "Its unified social credit code; sealed."),
            ("--bank", "Branch that keeps the account; sealed."),
            ("--bank-code", "Its number in the payment system, 12 digits; sealed."),
            ("--number", "Number of the account; sealed."),
        )
    ):
        command = click.option(name, required=True, help=told)(command)
    return command


@click.group("bank-account", cls=Group)
def bank_account() -> None:
    """A client's account of record: stated by the client, tested with a penny by a bank that is not its sponsor, in force three business days later."""


@bank_account.command(
    "set",
    examples=[f"tally --as s1 bank-account set 91990201MA2Y1N018B@bank-a {_EXAMPLE}", _NUMBERS],
)
@click.argument("client", metavar="CODE@SPONSOR", type=RECEIVER)
@_TESTER
@_details
@wait_option()
def set_account(client: dict[str, str], tester: str, wait: bool, **details: str) -> None:
    """State the first account of a client, under a fresh tag of its own."""
    args = {"holder": client, "bank": tester}
    _do(session(), "account.set", args, {"account": _sealed(details)}, wait=wait)


@bank_account.command(
    examples=[f"tally --as s1 bank-account change ac…ac {_EXAMPLE}", _NUMBERS],
)
@_ACCOUNT
@_TESTER
@_details
@wait_option()
def change(account: str, tester: str, wait: bool, **details: str) -> None:
    """State another account in the place of the one in force, which stays until the other is tested and its time is over."""
    me = session()
    args = {**_named(me, account), "bank": tester}
    _do(me, "account.change", args, {"account": _sealed(details)}, wait=wait)


@bank_account.command(examples=["tally --as bank-b-maker bank-account send ac…ac"])
@_ACCOUNT
@wait_option()
def send(account: str, wait: bool) -> None:
    """State as the testing bank that the penny is sent; the gateway draws the code. Needs a second person."""
    _on("account.send", account, {}, wait=wait)


@bank_account.command("return", examples=["tally --as s1 bank-account return ac…ac --code 274016"])
@_ACCOUNT
@click.option("--code", required=True, help="Six digits in the remark of the penny; sealed to the bank.")
@wait_option()
def return_code(account: str, code: str, wait: bool) -> None:
    """Say which code came with the penny."""
    _on("account.return", account, {"code": {"code": code}}, wait=wait)


@bank_account.command(examples=["tally --as bank-b-maker bank-account confirm ac…ac"])
@_ACCOUNT
@wait_option()
def confirm(account: str, wait: bool) -> None:
    """State as the testing bank that account and code are right; needs a second person."""
    _on("account.confirm", account, {}, wait=wait)


@bank_account.command(
    examples=[
        "tally --as bank-b-maker bank-account refuse ac…ac --wrong-code --reason 验证码不符",
        "tally --as bank-b-maker bank-account refuse ac…ac --reason 户名与证书所载主体不一致",
    ]
)
@_ACCOUNT
@click.option("--wrong-code", is_flag=True, help="The client may say the code again, three times in all.")
@_REASON
@wait_option()
def refuse(account: str, wrong_code: bool, reason: str, wait: bool) -> None:
    """State as the testing bank that the code is wrong, or that the account is not the client's; needs a second person."""
    me = session()
    args = {**_named(me, account), "wrong_code": wrong_code}
    _do(me, "account.refuse", args, {"reason": {"reason": reason}}, wait=wait)


@bank_account.command(examples=["tally --as s1 bank-account stop ac…ac"])
@_ACCOUNT
@wait_option()
def stop(account: str, wait: bool) -> None:
    """Stop an account that is not in force yet, through whichever member's gateway this is; the one before stays."""
    _on("account.stop", account, {}, wait=wait)


@bank_account.command("list", examples=["tally --as bank-b-maker bank-account list"])
@click.option("--sponsor", metavar="MEMBER", help="Only of this member's clients.")
def list_accounts(sponsor: str | None) -> None:
    """Accounts of record, with name, number and code where this seat may read them, as of the last block that this gateway has."""
    from tallychain.sdk.clientaccounts import sent_code

    client = session().client
    rows = list(client.rows("client_accounts", **({"sponsor": sponsor} if sponsor else {})))
    details = {row["account"]: row for row in client.rows("client_account_details")}
    codes = list(client.rows("client_account_codes"))
    shown, told = [], []
    for row in rows:
        known = details.get(row["account"])
        code = sent_code(one for one in codes if one["account"] == row["account"])
        name, number = ("sealed", "") if known is None else (known["name"], known["number"])
        told.append(
            {
                **row,
                "name": None if known is None else name,
                "number": None if known is None else number,
                "code": code or None,
            }
        )
        shown.append((row["account"], name, number, row["sponsor"], row["bank"], code, row["status"]))
    output.print_table(
        told,
        ["Account", "Client", "Number", "Sponsor", "Testing bank", "Code sent", "Status"],
        shown,
        "No accounts of record.",
    )


def _sealed(details: dict[str, str]) -> dict[str, str]:
    named = dict(details)
    number = named.pop("number")
    return {**named, "account": number}


def _named(me: Session, account: str) -> dict[str, Any]:
    return {"tag": me.client.row("client_accounts", account)["tag"], "account": account}


def _on(kind: str, account: str, sealed: dict[str, Any], *, wait: bool) -> None:
    """An act on an account."""
    me = session()
    _do(me, kind, _named(me, account), sealed, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)
