"""`tally key`: keys of one's member."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import NotPossible
from tallychain.cli.profile import passphrase, session


@click.group(cls=Group)
def key() -> None:
    """Make, register, rotate and revoke keys; what changes the ledger needs two admins."""


@key.command(examples=["tally key new maker-2.key", "tally key new maker-2.key --scheme p256"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--scheme", type=click.Choice(["ed25519", "p256"]), default="ed25519", show_default=True)
def new(file: Path, scheme: str) -> None:
    """Make a signing key in an encrypted file; prints the public half, for registration."""
    import secrets

    from tallychain.crypto.keyfile import StoredSecret, write_key_file
    from tallychain.crypto.keys import SEED_BYTES, signing_key_from_seed

    seed = secrets.token_bytes(SEED_BYTES)
    public = signing_key_from_seed(scheme, seed).public
    if not file.parent.is_dir():
        raise NotPossible("FOLDER_MISSING", f"There is no folder {file.parent}.")
    write_key_file(file, StoredSecret("signing", public, seed), passphrase(file.name, demo=False))
    output.print_record({"file": str(file), "key": public}, [("File", file), ("Key", public)])


@key.command(examples=["tally key request admin-1.key > admin-1.csr"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--person",
    metavar="ID",
    default="",
    help="Id of the person, 16 hexadecimal digits; a random one unless given.",
)
def request(file: Path, person: str) -> None:
    """Print a request (PKCS #10) for a certificate of the key in FILE, to be taken to a licensed authority."""
    import re
    import secrets

    from tallychain.crypto.keyfile import read_key_file
    from tallychain.crypto.requests import certificate_request
    from tallychain.crypto.schemes import scheme_of

    named = person or secrets.token_hex(8)
    if not re.fullmatch("[0-9a-f]{16}", named):
        raise NotPossible("PERSON_NOT_VALID", "The id of a person has 16 hexadecimal digits.")
    stored = read_key_file(file, passphrase(file.name, demo=False))
    if stored.kind != "signing":
        raise NotPossible("KEY_NOT_SIGNING", f"{file} holds a {stored.kind} key, not a signing key.")
    text = certificate_request(scheme_of(stored.public), stored.secret, named).decode()
    if output.is_json():
        output.print_json({"key": stored.public, "person": named, "request": text})
        return
    click.echo(text, nl=False)


@key.command("list", examples=["tally --as bank-a-admin-1 key list"])
@click.option("--member", help="Of another member.")
def list_keys(member: str | None) -> None:
    """The keys of a member as they stand on the ledger."""
    client = session().client
    name = member or str(client.get("/v1/me")["member"])
    rows = list(client.rows("keys", member=name))
    titles = list(rows[0]) if rows else []
    output.print_table(
        rows,
        [title.replace("_", " ") for title in titles],
        [list(row.values()) for row in rows],
        "There are no keys.",
    )


@key.command(
    examples=[
        "tally --as bank-a-admin-1 key register ed25519:3d40… --person 5f0c2ab19d3e7781 --right maker \\",
        "    --certificate 9c9c…",
    ]
)
@click.argument("public", metavar="KEY")
@click.option("--person", required=True, help="Id of the person, 16 hexadecimal digits.")
@click.option(
    "--right",
    "rights",
    multiple=True,
    required=True,
    help="maker, checker, admin, system, look; may be repeated.",
)
@click.option(
    "--limit", default="0.00", metavar="AMOUNT", help="Largest amount that it signs, in yuan; 0.00 for none."
)
@click.option("--certificate", required=True, metavar="DIGEST", help="SHA-256 of the person's certificate.")
@click.option(
    "--from",
    "valid_from",
    type=click.IntRange(0),
    default=0,
    help="Height from which it signs; 0: the next block.",
)
@wait_option()
def register(
    public: str,
    person: str,
    rights: tuple[str, ...],
    limit: str,
    certificate: str,
    valid_from: int,
    wait: bool,
) -> None:
    """Give a person or system of your member one more key; a second admin has to approve."""
    from tallychain.instruments.money import parse_amount

    args = {
        "key": public,
        "person": person,
        "rights": list(rights),
        "limit": int(parse_amount(limit)),
        "certificate": certificate,
        "valid_from": valid_from,
    }
    _do("member.key_register", args, wait=wait)


@key.command(
    examples=["tally --as bank-a-admin-1 key rotate ed25519:d75a… ed25519:3d40… --certificate 9c9c…"]
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--certificate", required=True, metavar="DIGEST", help="SHA-256 of the certificate for the new key."
)
@click.option(
    "--until",
    type=click.IntRange(0),
    default=0,
    help="Height up to which the old key signs; 0: the next block.",
)
@wait_option()
def rotate(old: str, new: str, certificate: str, until: int, wait: bool) -> None:
    """Put a new key in place of an old one; a second admin has to approve."""
    fields = _fields("member.key_rotate")
    values = dict(zip(fields, (old, new, certificate, until), strict=True))
    _do("member.key_rotate", values, wait=wait)


@key.command(examples=["tally --as bank-a-admin-1 key revoke ed25519:d75a… --reason 'Device lost'"])
@click.argument("public", metavar="KEY")
@click.option(
    "--at", type=click.IntRange(0), default=0, help="Height from which it signs no more; 0: the next block."
)
@click.option("--reason", required=True, help="Why; stands on the ledger.")
@wait_option()
def revoke(public: str, at: int, reason: str, wait: bool) -> None:
    """End a key; what it signed before stays valid.  A second admin has to approve."""
    fields = _fields("member.key_revoke")
    _do("member.key_revoke", dict(zip(fields, (public, at, reason), strict=True)), wait=wait)


def _fields(type_name: str) -> tuple[str, ...]:
    """The arguments of an operation in their declared order."""
    from tallychain.catalogue import CATALOGUE

    return next(kind.args.__struct_fields__ for kind in CATALOGUE.operation_types() if kind.name == type_name)


def _do(type_name: str, args: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    perform(me, Wish(type=type_name, args=args, unlock=me.unlock()), wait=wait)
