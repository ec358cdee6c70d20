"""Where commands act and as whom: a trial alliance's folder and a person in it, or a gateway and a token.

`--network DIR` (or TALLY_NETWORK, or this folder) with `--as NAME` (or TALLY_AS) takes a person of `access.json` and signs in with the
passphrase.  Else TALLY_GATEWAY and TALLY_TOKEN name a gateway and a token, and TALLY_TOKEN_KEY the key file that the token is bound to.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tallychain.cli.failures import NotPossible

if TYPE_CHECKING:
    from tallychain.crypto.keys import SigningKey
    from tallychain.network.layout import Access
    from tallychain.sdk.client import GatewayClient, Unlock

NETWORK: Final = "tallychain.network"
PERSON: Final = "tallychain.person"
PASSPHRASE: Final = "TALLY_PASSPHRASE"  # noqa: S105 - the name of a variable
CODE: Final = "TALLY_CODE"
TOKEN_KEY: Final = "TALLY_TOKEN_KEY"  # noqa: S105 - the name of a variable
_DEMO: Final = "demo"


@dataclass(slots=True)
class Session:
    """One person's connection to a gateway."""

    client: "GatewayClient"
    name: str
    demo: bool
    _passphrase: str = field(default="", repr=False)

    def unlock(self) -> "Unlock":
        """What opens this person's key for one act: from the environment, `demo` on demonstrations, or typed in."""
        from tallychain.sdk.client import Unlock

        if not self._passphrase:
            self._passphrase = passphrase(self.name, demo=self.demo)
        return Unlock(self._passphrase, factor_code(self.name, demo=self.demo))


def network_folder(given: Path | None = None) -> Path:
    """The folder of the trial alliance: as given, else `--network` or TALLY_NETWORK, else this folder."""
    found = given or _chosen_folder()
    if found is None:
        raise NotPossible(
            "NETWORK_NOT_NAMED",
            "Name the folder of the alliance: give it, use --network DIR, or set TALLY_NETWORK.",
        )
    return found


def session() -> Session:
    """Sign in as the person chosen; raises `NotPossible` where nobody is chosen."""
    from tallychain.sdk.client import GatewayClient

    url, token = os.environ.get("TALLY_GATEWAY"), os.environ.get("TALLY_TOKEN")
    name = _setting(PERSON)
    if not name:
        if not (url and token):
            raise NotPossible(
                "PERSON_NOT_NAMED",
                "Say who acts: --network DIR --as NAME, or set TALLY_GATEWAY and TALLY_TOKEN.",
            )
        client = GatewayClient(url, token, key=_token_key())
        click.get_current_context().call_on_close(client.close)
        me = client.get("/v1/me")
        return Session(client, str(me["account"]["id"]), bool(me["demo"]))
    folder = network_folder()
    person, demo = find_person(folder, name)
    client = GatewayClient(person.url)
    click.get_current_context().call_on_close(client.close)
    secret = passphrase(person.name, demo=demo)
    client.sign_in(person.account, secret, factor_code(person.name, demo=demo))
    return Session(client, person.name, demo, secret)


def find_person(folder: Path, name: str) -> "tuple[Access, bool]":
    """A person of a trial alliance, and whether it is a demonstration."""
    from tallychain.network.layout import Layout

    layout = Layout(folder)
    network = layout.read()
    for person in layout.read_access():
        if person.name == name:
            return person, network.demo
    known = ", ".join(person.name for person in layout.read_access())
    raise NotPossible(
        "PERSON_UNKNOWN", f"Nobody is called {name[:60]} in {layout.access}; known are: {known}."
    )


def passphrase(name: str, *, demo: bool) -> str:
    """The passphrase of a person: TALLY_PASSPHRASE, else `demo` on demonstrations, else typed in without being shown."""
    found = os.environ.get(PASSPHRASE)
    if found:
        return found
    if demo:
        return _DEMO
    return str(click.prompt(f"Passphrase of {name}", hide_input=True, err=True))


def factor_code(name: str, *, demo: bool) -> str:
    """
    A code of a person's phone: TALLY_CODE, else none on demonstrations, else typed in.

    Each code counts once, so who signs in and then signs types two; a token from `tally account sign-in` spares the first.
    """
    found = os.environ.get(CODE)
    if found or demo:
        return found or ""
    return str(click.prompt(f"Code of {name}'s phone", err=True)).strip()


def _token_key() -> "SigningKey | None":
    """The key that the token in TALLY_TOKEN is bound to, from the key file in TALLY_TOKEN_KEY; None where there is none."""
    path = os.environ.get(TOKEN_KEY)
    if not path:
        return None
    from tallychain.crypto.keyfile import read_key_file
    from tallychain.crypto.keys import signing_key_from_seed
    from tallychain.crypto.schemes import scheme_of

    stored = read_key_file(Path(path), passphrase(Path(path).name, demo=False))
    return signing_key_from_seed(scheme_of(stored.public), stored.secret)


def _chosen_folder() -> Path | None:
    chosen = _setting(NETWORK)
    if chosen:
        return Path(chosen)
    return Path() if Path("network.json").is_file() else None


def _setting(name: str) -> str:
    found = click.get_current_context().find_root().meta.get(name)
    return found if isinstance(found, str) else ""
