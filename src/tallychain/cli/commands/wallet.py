"""`tally wallet`: the keys of a seat that keeps them itself, and the stock of tag cards."""

from pathlib import Path

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import passphrase, session

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))


@click.group(cls=Group)
def wallet() -> None:
    """Make and look at wallets, and sign tag cards."""


@wallet.command(examples=["tally wallet new my-wallet"])
@_FOLDER
def new(folder: Path) -> None:
    """Make a wallet: a file that reads (view.key) and one that acts (sign.key), each under the passphrase given."""
    from tallychain.crypto.wallet import Wallet

    if folder.exists() and any(folder.iterdir()):
        raise Failure("FOLDER_NOT_EMPTY", f"{folder} is not empty: choose another folder.")
    secret = passphrase(folder.name, demo=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Wallet.generate()
    made.view.save(folder / "view.key", secret)
    made.sign.save(folder / "sign.key", secret)
    public = made.sign.identity_key().public
    output.print_record(
        {"folder": str(folder), "identity": public}, [("Folder", folder), ("Identity key", public)]
    )


@wallet.command(examples=["tally wallet show my-wallet --tags 3"])
@_FOLDER
@click.option("--tags", type=click.IntRange(0, 100), default=0, help="Show so many tags, from the first.")
def show(folder: Path, tags: int) -> None:
    """The identity key of a wallet, which its certificate is for, and its first tags."""
    from tallychain.crypto.wallet import SignRoot, ViewRoot

    secret = passphrase(folder.name, demo=False)
    sign, view = SignRoot.load(folder / "sign.key", secret), ViewRoot.load(folder / "view.key", secret)
    public = sign.identity_key().public
    rows = [
        {"counter": n, "tag": sign.tag_key(n).public, "sealing": view.sealing_key(n).public}
        for n in range(tags)
    ]
    lines: list[tuple[str, object]] = [("Identity key", public)]
    lines += [(f"Tag {row['counter']}", f"{row['tag']}\n{row['sealing']}") for row in rows]
    output.print_record({"identity": public, "tags": rows}, lines)


@wallet.command(examples=["tally --as s1 wallet cards"])
def cards() -> None:
    """Sign tag cards up to the stock of a hosted seat, so that others can give to it while you are away."""
    from tallychain.sdk import calls

    me = session()
    found = me.client.ask(calls.refill_cards(me.unlock()))
    output.print_record(found, [("Cards", found["cards"])])
