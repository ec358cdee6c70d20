"""`tally wallet export` and `import`: a client takes the wallet of a hosted seat to another sponsor's gateway."""

from pathlib import Path
from typing import Final

import click
import msgspec

from tallychain.cli import output
from tallychain.cli.base import Command
from tallychain.cli.failures import Failure, NotPossible
from tallychain.cli.profile import passphrase, session

WALLET_BYTES: Final = 131_072


@click.command(name="export", cls=Command, examples=["tally --as s1 wallet export s1-wallet.json"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--leave/--copy",
    default=True,
    help="Suspend the seat there, so that it makes no more tags; or take a copy for safekeeping.",
)
def export(file: Path, leave: bool) -> None:
    """Take the wallet of a hosted seat along, under your passphrase, to another sponsor's gateway."""
    from tallychain.sdk import calls

    if file.exists():
        raise Failure("FILE_EXISTS", f"{file} is there already: choose another name.")
    me = session()
    found = me.client.ask(calls.export_wallet(me.unlock(), leave=leave))
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    shown = {"file": str(file), "next_tag": found["next_tag"], "is_left": found["is_left"]}
    output.print_record(shown, [("File", file), ("Tags made", found["next_tag"]), ("Left", found["is_left"])])


@click.command(name="import", cls=Command, examples=["tally --as s1 wallet import s1-wallet.json"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def bring(file: Path) -> None:
    """Bring an exported wallet to a fresh hosted seat here; its tags and papers are found on the ledger."""
    from tallychain.sdk import calls

    try:
        if file.stat().st_size > WALLET_BYTES:
            raise Failure("FILE_NOT_UNDERSTOOD", f"{file} is no exported wallet.")
        exported = msgspec.json.decode(file.read_bytes(), type=dict[str, object])
    except OSError as error:
        raise NotPossible("FILE_NOT_READABLE", f"The file {file} cannot be read: {error.strerror}.") from None
    except msgspec.MsgspecError:
        raise Failure("FILE_NOT_UNDERSTOOD", f"{file} is no exported wallet.") from None
    me = session()
    secret = passphrase(file.name, demo=me.demo)
    found = me.client.ask(calls.import_wallet(exported, secret, me.unlock()))
    output.print_record(found, [("Tags in use", found["tags"]), ("Parts opened", found["parts"])])
