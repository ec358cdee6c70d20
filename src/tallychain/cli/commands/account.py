"""`tally account`: the own account (enrol, phone, passphrase, sessions), and what admins do with those of others."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.failures import NotPossible
from tallychain.cli.profile import PERSON, find_person, network_folder, passphrase, session

if TYPE_CHECKING:
    from tallychain.sdk.calls import Token

_NAME = click.argument("name", metavar="ACCOUNT")
_CHANGE = click.argument("change", metavar="CHANGE")
_ROLE = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    help="maker, checker, admin, system, look; may be repeated.",
)


@click.group(cls=Group)
def account() -> None:
    """Enrol, and look after one's own account; admins look after those of others."""


@account.command(
    examples=[
        "tally --network my-trial --as bank-a-admin-1 account enrol",
        "tally account enrol admin-1 --gateway https://gateway.bank-a.example",
    ]
)
@click.argument("name", metavar="[ACCOUNT]", required=False)
@click.option("--gateway", "url", metavar="URL", envvar="TALLY_GATEWAY", help="Address of the gateway.")
@click.option("--keep-passphrase", is_flag=True, help="The account has a passphrase already, which stays.")
def enrol(name: str | None, url: str | None, keep_passphrase: bool) -> None:
    """Take over a new account: one-time code from an admin, a passphrase of your own, and your phone."""
    from tallychain.sdk import accounts
    from tallychain.sdk.client import GatewayClient

    name, url = _who(name, url)
    one_time = str(click.prompt("One-time enrolment code", hide_input=True, err=True)).strip()
    if keep_passphrase:
        present, new = passphrase(name, demo=False), ""
    else:
        present, new = "", _new_passphrase()
    with GatewayClient(url) as client:
        pending = client.ask(accounts.begin_enrolment(name, one_time, present, new))
        _show_secret(pending)
        code = str(click.prompt("First code that the phone shows", err=True)).strip()
        found = client.ask(accounts.confirm_enrolment(name, one_time, new or present, code))
    _show_recovery(found)


@account.command(
    "sign-in", examples=["export TALLY_TOKEN=$(tally --as bank-a-admin-1 account sign-in --output text)"]
)
def sign_in() -> None:
    """Sign in once and print the token, for TALLY_TOKEN; spares a code of the phone with every command."""
    me = session()
    token = me.client.token
    if output.is_json():
        output.print_json({"token": token})
    else:
        click.echo(token)


@account.command(examples=["tally --as bank-a-maker account phone"])
def phone() -> None:
    """Move the second factor to another phone; the present one counts until the new one has shown a code."""
    from tallychain.sdk import accounts

    me = session()
    _show_secret(me.client.ask(accounts.begin_factor(me.unlock())))
    code = str(click.prompt("First code that the new phone shows", err=True)).strip()
    _show_recovery(me.client.ask(accounts.confirm_factor(code)))


@account.command("recovery-codes", examples=["tally --as bank-a-maker account recovery-codes"])
def recovery_codes() -> None:
    """Ten new recovery codes; the old ones end."""
    from tallychain.sdk import accounts

    me = session()
    _show_recovery(me.client.ask(accounts.renew_recovery(me.unlock())))


@account.command("passphrase", examples=["tally --as bank-a-maker account passphrase"])
def change_passphrase() -> None:
    """Change your passphrase; your key stays the same, your other sessions end."""
    from tallychain.sdk import accounts

    me = session()
    unlock = me.unlock()
    me.client.ask(accounts.change_passphrase(unlock, _new_passphrase()))
    output.print_record({"changed": True}, [("Passphrase", "changed; other sessions have ended")])


@account.command(examples=["tally --as bank-a-maker account sessions"])
@click.option("--of", "other", metavar="ACCOUNT", help="Of another account; for admins.")
@click.option("--end", metavar="ID", help="End this one of your own.")
@click.option("--end-all", is_flag=True, help="End all of the account named by --of.")
def sessions(other: str | None, end: str | None, end_all: bool) -> None:
    """Who is signed in; end a session that is not yours."""
    from tallychain.sdk import accounts

    client = session().client
    if end:
        client.ask(accounts.end_session(end))
    if end_all:
        if not other:
            raise NotPossible("ACCOUNT_NOT_NAMED", "Say whose sessions shall end: --of ACCOUNT.")
        client.ask(accounts.end_sessions_of(other))
    rows = client.listing(f"/v1/accounts/{other}/sessions" if other else "/v1/sessions")
    output.print_table(
        rows,
        ["Session", "Since (ms)", "Until (ms)", "Bound to key", "This one"],
        [
            (row["id"], row["made_ms"], row["expires_ms"], row["key"], "yes" if row["is_current"] else "")
            for row in rows
        ],
        "There are no sessions.",
    )


@account.command("list", examples=["tally --as bank-a-admin-1 account list"])
def list_accounts() -> None:
    """Every account of this gateway; for admins."""
    rows = session().client.listing("/v1/accounts")
    output.print_table(
        rows,
        ["Account", "Name", "Seat", "Roles", "State"],
        [(row["id"], row["name"], row["seat"], ", ".join(row["roles"]), _state(row)) for row in rows],
        "There are no accounts.",
    )


@account.command(examples=["tally --as bank-a-admin-1 account add maker-2 --name 李四 --role maker"])
@_NAME
@click.option("--name", "shown", required=True, help="Name of the person; stays in this gateway.")
@_ROLE
def add(name: str, shown: str, roles: tuple[str, ...]) -> None:
    """Ask for a new account of the staff; another admin approves it."""
    _ask("add", name, shown=shown, roles=roles)


@account.command(
    examples=[
        "tally --as bank-a-admin-1 account client s9 --name 新华支架有限公司 --uscc 91310000MA1K00TF0Y --own-keys"
    ]
)
@click.argument("seat", metavar="SEAT")
@click.option("--name", "shown", required=True, help="Legal name of the enterprise.")
@click.option("--uscc", required=True, help="Its unified social credit code.")
@click.option("--owner", help="Account of the first person; else named like the seat.")
@click.option("--person", default="", help="Name of the first person; stays in this gateway.")
@click.option("--own-keys", is_flag=True, help="The client keeps its own keys; see tally wallet make.")
@click.option("--two-persons", is_flag=True, help="Every act of the seat needs two persons.")
def client(
    seat: str, shown: str, uscc: str, owner: str | None, person: str, own_keys: bool, two_persons: bool
) -> None:
    """A client of your member; prints the one-time code of its first person, this once."""
    from tallychain.sdk import accounts

    name = owner or seat
    made = session().client.ask(
        accounts.add_seat(
            seat, shown, uscc, name, person or shown, hosted=not own_keys, two_persons=two_persons
        )
    )
    lines: list[tuple[str, object]] = [("Seat", seat), ("Account", name)]
    if made["key"]:
        lines.append(("Key to certify", made["key"]))
    if made["enrolment_code"]:
        lines.append(("One-time code", made["enrolment_code"]))
    output.print_record(made, lines)


@account.command(examples=["tally --as bank-a-admin-1 account certificate s9 issued.der"])
@_NAME
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def certificate(name: str, file: Path) -> None:
    """Put the certificate (DER) of a client's identity key beside its account."""
    from tallychain.sdk import accounts

    try:
        der = file.read_bytes()
    except OSError as error:
        raise NotPossible("FILE_NOT_READABLE", f"The file {file} cannot be read: {error.strerror}.") from None
    found = session().client.ask(accounts.put_certificate(name, der))
    output.print_record(found, [("Certificate", found["digest"])])


@account.command("roles", examples=["tally --as bank-a-admin-1 account roles maker-2 --role checker"])
@_NAME
@_ROLE
def change_roles(name: str, roles: tuple[str, ...]) -> None:
    """Ask for other roles of an account; another admin approves it."""
    _ask("roles", name, roles=roles)


@account.command(examples=["tally --as bank-a-admin-1 account reset-phone maker-2"], name="reset-phone")
@_NAME
def reset_phone(name: str) -> None:
    """Ask for the end of a lost second factor; when another admin has approved, the person enrols again."""
    _ask("reset", name)


@account.command("new-key", examples=["tally --as bank-a-admin-1 account new-key maker-2"])
@_NAME
def new_key(name: str) -> None:
    """Ask for a new key for one of the staff whose passphrase is lost; to be registered on the ledger then."""
    _ask("new-key", name)


@account.command(examples=["tally --as bank-a-admin-1 account reopen maker-2"])
@_NAME
def reopen(name: str) -> None:
    """Ask to open a closed account again; another admin approves it."""
    _ask("reopen", name)


@account.command(examples=["tally --as bank-a-admin-1 account close maker-2"])
@_NAME
def close(name: str) -> None:
    """Close an account and end its sessions, at once; one admin is enough."""
    from tallychain.sdk import accounts

    session().client.ask(accounts.close(name))
    output.print_record({"account": name, "active": False}, [("Account", name), ("State", "closed")])


@account.command("open-lock", examples=["tally --as bank-a-admin-1 account open-lock maker-2"])
@_NAME
def open_lock(name: str) -> None:
    """Let somebody try again whose account was locked after wrong attempts."""
    from tallychain.sdk import accounts

    session().client.ask(accounts.open_lock(name))
    output.print_record({"account": name, "locked": False}, [("Account", name), ("Lock", "open")])


@account.command(examples=["tally --as bank-a-admin-2 account changes"])
def changes() -> None:
    """Changes of accounts, newest first."""
    rows = session().client.listing("/v1/account-changes")
    output.print_table(
        rows,
        ["Change", "Kind", "Account", "Roles", "Asked by", "State"],
        [
            (row["id"], row["kind"], row["account"], ", ".join(row["roles"]), row["asked_by"], row["state"])
            for row in rows
        ],
        "Nobody has asked for a change.",
    )


@account.command(examples=["tally --as bank-a-admin-2 account approve 5f0c2ab19d3e7781"])
@_CHANGE
def approve(change: str) -> None:
    """Make a change that another admin has asked for; prints the person's one-time code, this once."""
    from tallychain.sdk import accounts

    me = session()
    found = me.client.ask(accounts.approve_change(change, me.unlock()))
    lines: list[tuple[str, object]] = [("Account", found["account"])]
    if found["key"]:
        lines.append(("Key to register", found["key"]))
    if found["enrolment_code"]:
        lines.append(("One-time code", found["enrolment_code"]))
        lines.append(("Next", f"the person: tally account enrol {found['account']}"))
    output.print_record(found, lines)


@account.command(examples=["tally --as bank-a-admin-2 account refuse 5f0c2ab19d3e7781"])
@_CHANGE
def refuse(change: str) -> None:
    """Close a change without making it."""
    from tallychain.sdk import accounts

    session().client.ask(accounts.refuse_change(change))
    output.print_record({"change": change, "state": "refused"}, [("Change", change), ("State", "refused")])


@account.command(examples=["tally --as bank-a-admin-1 account token erp --key ed25519:3d40… --hours 720"])
@_NAME
@click.option("--key", required=True, metavar="KEY", help="Public key of the system; see tally key new.")
@click.option("--hours", type=click.IntRange(1, 8760), default=720, show_default=True)
@click.option("--role", "roles", multiple=True, help="Narrow the token to a role of the account.")
def token(name: str, key: str, hours: int, roles: tuple[str, ...]) -> None:
    """A token for a system, bound to its key; use it as TALLY_TOKEN with TALLY_TOKEN_KEY (the key file)."""
    from tallychain.sdk import accounts

    _print_token(session().client.ask(accounts.issue_token(name, hours, key, roles)))


@account.command("rotate-token", examples=["tally account rotate-token --key ed25519:d75a…"])
@click.option("--key", required=True, metavar="KEY", help="Public key that the next token is bound to.")
@click.option("--hours", type=click.IntRange(1, 8760), default=720, show_default=True)
def rotate_token(key: str, hours: int) -> None:
    """Another token in place of the one in TALLY_TOKEN, which ends ten minutes later."""
    from tallychain.sdk import accounts

    _print_token(session().client.ask(accounts.rotate_token(hours, key)))


def _print_token(made: "Token") -> None:
    found = {"token": made.token, "expires_ms": made.expires_ms}
    output.print_record(found, [("Token", made.token), ("Until (ms)", made.expires_ms)])


def _ask(kind: str, name: str, *, shown: str = "", roles: tuple[str, ...] = ()) -> None:
    from tallychain.sdk import accounts

    me = session()
    made = me.client.ask(accounts.ask_change(kind, name, me.unlock(), name=shown, roles=roles))
    output.print_record(
        made,
        [
            ("Change", made["id"]),
            ("State", "waits for another admin"),
            ("Next", f"tally --as NAME account approve {made['id']}"),
        ],
    )


def _who(name: str | None, url: str | None) -> tuple[str, str]:
    person = click.get_current_context().find_root().meta.get(PERSON)
    if name is None and isinstance(person, str):
        found, _ = find_person(network_folder(), person)
        return found.account, found.url
    if name is None or not url:
        raise NotPossible(
            "ACCOUNT_NOT_NAMED", "Say which account: --network DIR --as NAME, or ACCOUNT --gateway URL."
        )
    return name, url


def _new_passphrase() -> str:
    import os

    chosen = os.environ.get("TALLY_NEW_PASSPHRASE")
    if chosen:
        return chosen
    text = "New passphrase (12 letters or more)"
    return str(click.prompt(text, hide_input=True, confirmation_prompt=True, err=True))


def _show_secret(pending: dict[str, Any]) -> None:
    import io

    import segno

    if output.is_json():
        output.print_json({"secret": pending["secret"], "uri": pending["uri"]})
        return
    out = io.StringIO()
    segno.make(pending["uri"], error="m").terminal(out=out, compact=True)
    click.echo(out.getvalue())
    output.print_record(pending, [("Or type", pending["secret"]), ("Address", pending["uri"])])


def _show_recovery(found: dict[str, Any]) -> None:
    codes = found["recovery_codes"]
    output.print_record(
        found,
        [
            ("Second factor", "enrolled"),
            ("Recovery codes", "\n".join(codes)),
            (
                "",
                "Each stands in for the phone once. They are not shown again: print them, and lock them away.",
            ),
        ],
    )


def _state(row: dict[str, Any]) -> str:
    if not row["active"]:
        return "closed"
    return "locked" if row.get("locked") else "open"
