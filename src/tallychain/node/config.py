"""The settings of a node: one institution's ledger process and gateway, started and ended together.

`node.toml`, with paths relative to its folder::

    ledger = "ledger"                      # folder of the chain
    genesis = "genesis.json"               # what the chain began with
    sequencer_key = "sequencer.key"        # key file that signs block headers
    passphrase_file = "passphrase"         # opens it; mode 0600; "" for the credential that the service manager hands over
    workers = 1                            # processes that verify signatures beside the ledger's own
    gateway = "gateway.toml"               # settings of the gateway
    logs = "logs"
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from tallychain.crypto.passphrases import CREDENTIALS_VARIABLE, PassphraseFileRefused, read_passphrase
from tallychain.gateway import config as gateway_config
from tallychain.gateway.config import ConfigRefused
from tallychain.node.supervisor import Program


class NodeSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table above."""

    ledger: str = "ledger"
    genesis: str = "genesis.json"
    sequencer_key: str = "sequencer.key"
    passphrase_file: str = "passphrase"  # noqa: S105 - the name of a file
    workers: Annotated[int, Meta(ge=0, le=64)] = 1
    gateway: str = "gateway.toml"
    logs: str = "logs"


class Node:
    """A node as it is configured."""

    def __init__(self, file: Path, settings: NodeSettings) -> None:
        """`file` is the settings file, beside which everything lies; raises `ConfigRefused`."""
        self.file = file
        self.root = root = file.parent
        self.ledger = root / settings.ledger
        self.genesis = root / settings.genesis
        self.sequencer_key = root / settings.sequencer_key
        self.passphrase = _passphrase(root, settings)
        self.workers = settings.workers
        self.gateway_file = root / settings.gateway
        self.logs = root / settings.logs
        self.gateway, self.gateway_folder = gateway_config.load(self.gateway_file)
        self.socket = self.gateway_folder.root / self.gateway.engine
        self.url = f"http://{self.gateway.listen_host}:{self.gateway.listen_port}"

    def programs(self) -> list[Program]:
        """The processes of this node; the gateway is ended before the ledger that it depends on.  Raises `ConfigRefused`."""
        try:
            read_passphrase(self.passphrase)
        except PassphraseFileRefused as refused:
            raise ConfigRefused(str(refused)) from None
        ledger = Program(
            name="ledger",
            module="tallychain.engine.embedded",
            arguments=(
                *("--dir", str(self.ledger), "--genesis", str(self.genesis), "--socket", str(self.socket)),
                *("--key-file", str(self.sequencer_key), "--passphrase-file", str(self.passphrase)),
                *("--workers", str(self.workers)),
            ),
            log=self.logs / "ledger.log",
        )
        gateway = Program(
            name="gateway",
            module="tallychain.console",
            arguments=("--config", str(self.gateway_file)),
            log=self.logs / "gateway.log",
            stage=1,
            health=f"{self.url}/v1/health",
        )
        return [ledger, gateway]


def load_node(path: Path) -> Node:
    """The node of a settings file; raises `ConfigRefused` with a sentence that says what to change."""
    try:
        plain: dict[str, Any] = tomllib.loads(path.read_text())
        settings = msgspec.convert(plain, NodeSettings)
    except FileNotFoundError:
        raise ConfigRefused(f"There is no settings file {path}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigRefused(f"The settings file {path} cannot be used: {error}.") from None
    node = Node(path.resolve(), settings)
    for needed in (node.genesis, node.sequencer_key):
        if not needed.is_file():
            raise ConfigRefused(f"There is no file {needed}; {path} names it.")
    return node


def _passphrase(root: Path, settings: NodeSettings) -> Path:
    handed_over = os.environ.get(CREDENTIALS_VARIABLE)
    if not settings.passphrase_file and handed_over:
        return Path(handed_over) / gateway_config.CREDENTIAL
    return root / (settings.passphrase_file or gateway_config.CREDENTIAL)
