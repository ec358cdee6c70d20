"""The settings of a node: one institution's processes, started and ended together.

They are the ledger and the gateway and, on a chain of several validators, the engine; the genesis document says which chain it is.  `node.toml`, with paths
relative to its folder::

    ledger = "ledger"                      # folder of the chain
    genesis = "genesis.json"               # what the chain began with
    workers = 1                            # processes that verify signatures beside the ledger's own
    ledger_metrics_port = 0                # the ledger's health and figures, on this machine alone; 0 for nowhere
    halt_height = 0                        # several validators: no block after this one, for an upgrade of all together; 0 for never
    snapshot_interval = 10000              # several validators: blocks from one snapshot for joining nodes to the next; 0 for none
    retain_blocks = 0                      # several validators: how many of the last blocks the engine keeps for others; 0 for all
    remote_listen = ""                     # several validators: host:port where gateways of other members connect; "" for nowhere
    tls = "tls"                            # folder of certificates for that: see tallychain.engine.tls
    gateway = "gateway.toml"               # settings of the gateway
    logs = "logs"

    sequencer_key = "sequencer.key"        # embedded engine: key file that signs block headers
    passphrase_file = "passphrase"         # opens it; mode 0600; "" for the credential that the service manager hands over

    [engine]                               # several validators: see tallychain.engine.cometbft.settings
    home = "engine"
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.crypto.passphrases import CREDENTIALS_VARIABLE, PassphraseFileRefused, read_passphrase
from tallychain.engine.cometbft.home import Home
from tallychain.engine.cometbft.settings import (
    SNAPSHOT_INTERVAL,
    EngineSettings,
    EngineSettingsRefused,
    checked,
)
from tallychain.engine.tls import TlsRefused, split_address
from tallychain.gateway import config as gateway_config
from tallychain.gateway.config import ConfigRefused
from tallychain.ledger import limits
from tallychain.ledger.founders import COMETBFT
from tallychain.ledger.genesis import GenesisRefused, read_genesis
from tallychain.node.supervisor import Program

_LEDGER: Final = "tallychain.engine.cometbft.__main__"
SOCKET_PATH_MAX: Final = 100
"""Bytes: the system allows 107, and a socket is bound under a longer name before it is found under its own."""


class NodeSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table above."""

    ledger: str = "ledger"
    genesis: str = "genesis.json"
    sequencer_key: str = "sequencer.key"
    passphrase_file: str = "passphrase"  # noqa: S105 - the name of a file
    workers: Annotated[int, Meta(ge=0, le=64)] = 1
    ledger_metrics_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    halt_height: Annotated[int, Meta(ge=0, le=limits.AMOUNT)] = 0
    snapshot_interval: Annotated[int, Meta(ge=0, le=limits.AMOUNT)] = SNAPSHOT_INTERVAL
    retain_blocks: Annotated[int, Meta(ge=0, le=limits.AMOUNT)] = 0
    remote_listen: str = ""
    tls: str = "tls"
    gateway: str = "gateway.toml"
    logs: str = "logs"
    engine: EngineSettings | None = None


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
        self.ledger_metrics_port = settings.ledger_metrics_port
        self.halt_height = settings.halt_height
        self.snapshot_interval, self.retain_blocks = settings.snapshot_interval, settings.retain_blocks
        self.remote_listen, self.tls = settings.remote_listen, root / settings.tls
        self.gateway_file = root / settings.gateway
        self.logs = root / settings.logs
        self.gateway, self.gateway_folder = gateway_config.load(self.gateway_file)
        self.socket = self.gateway_folder.root / self.gateway.engine
        self.url = f"http://{self.gateway.listen_host}:{self.gateway.listen_port}"
        self.engine = _engine(file, self.genesis, settings)
        """None where the chain has the embedded engine, which is a part of the ledger process."""
        if self.engine is not None:
            self.home = Home(root / self.engine.home)
            self.socket, self.abci = self.ledger / "ledger.sock", self.ledger / "abci.sock"
            _check_sockets(self.socket, self.abci)

    @property
    def needed(self) -> tuple[Path, ...]:
        """Files without which nothing can be started."""
        if self.engine is None:
            return (self.sequencer_key,)
        signing = () if self.engine.remote_signer else (self.home.consensus_key,)
        return (*signing, self.home.node_key, self.home.signed)

    @property
    def rpc(self) -> str:
        """Where the engine answers on this machine."""
        return "" if self.engine is None else f"http://127.0.0.1:{self.engine.rpc_port}"

    def programs(self, name: str = "", *, preloaded: str = "") -> list[Program]:
        """
        The processes of this node, ended in the reverse of the order in which they need each other.  Raises `ConfigRefused`.

        With several nodes under one supervisor, `name` is this one's; their gateways may be forked from one process with the module `preloaded`, and their
        ledgers from another.
        """
        prefix = f"{name}-" if name else ""
        gateway = Program(
            name=name or "gateway",
            module="tallychain.console",
            arguments=("--config", str(self.gateway_file)),
            log=self.logs / f"{name or 'gateway'}.log",
            stage=2,
            health=f"{self.url}/v1/health",
            preloaded=preloaded,
        )
        if self.engine is None:
            return [self._embedded(), gateway]
        forked = bool(preloaded and self.ledger_metrics_port)
        ledger = Program(
            name=f"{prefix}ledger",
            module="tallychain.engine.cometbft",
            arguments=self.ledger_arguments,
            log=self.logs / f"{prefix}ledger.log",
            # A forked process inherits no descriptor to say on that it serves.
            health=f"http://127.0.0.1:{self.ledger_metrics_port}/healthz" if forked else "",
            preloaded=_LEDGER if forked else "",
        )
        engine = Program(
            name=f"{prefix}engine",
            module="tallychain.node.engine",
            arguments=("--config", str(self.file)),
            log=self.logs / f"{prefix}engine.log",
            stage=1,
            health=f"{self.rpc}/health",
            needs=ledger.name,
        )
        return [ledger, engine, gateway]

    @property
    def ledger_arguments(self) -> tuple[str, ...]:
        """Of the ledger process where the engine is one of its own."""
        return (
            *("--dir", str(self.ledger), "--genesis", str(self.genesis)),
            *("--abci", str(self.abci), "--rpc", self.rpc),
            *("--workers", str(self.workers), "--metrics-port", str(self.ledger_metrics_port)),
            *("--snapshot-interval", str(self.snapshot_interval), "--retain-blocks", str(self.retain_blocks)),
            *(("--remote", self.remote_listen, "--tls", str(self.tls)) if self.remote_listen else ()),
            *(("--halt-height", str(self.halt_height)) if self.halt_height else ()),
        )

    def _embedded(self) -> Program:
        try:
            read_passphrase(self.passphrase)
        except PassphraseFileRefused as refused:
            raise ConfigRefused(str(refused)) from None
        return Program(
            name="ledger",
            module="tallychain.engine.embedded",
            arguments=(
                *("--dir", str(self.ledger), "--genesis", str(self.genesis), "--socket", str(self.socket)),
                *("--key-file", str(self.sequencer_key), "--passphrase-file", str(self.passphrase)),
                *("--workers", str(self.workers), "--metrics-port", str(self.ledger_metrics_port)),
            ),
            log=self.logs / "ledger.log",
        )


def load_node(path: Path) -> Node:
    """The node of a settings file; raises `ConfigRefused` with a sentence that says what to change."""
    try:
        plain: dict[str, Any] = tomllib.loads(path.read_text())
        settings = msgspec.convert(plain, NodeSettings)
    except FileNotFoundError:
        raise ConfigRefused(f"There is no settings file {path}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigRefused(f"The settings file {path} cannot be used: {error}.") from None
    genesis = path.resolve().parent / settings.genesis
    if not genesis.is_file():
        raise ConfigRefused(f"There is no file {genesis}; {path} names it.")
    node = Node(path.resolve(), settings)
    for needed in node.needed:
        if not needed.is_file():
            raise ConfigRefused(f"There is no file {needed}; {path} names it.")
    return node


def _engine(file: Path, genesis: Path, settings: NodeSettings) -> EngineSettings | None:
    """The engine's settings, where the chain has one of its own; raises `ConfigRefused`."""
    try:
        kind = read_genesis(genesis.read_bytes()).engine
        if kind == COMETBFT:
            if settings.remote_listen:
                split_address(settings.remote_listen)
            return checked(settings.engine or EngineSettings())
    except OSError as error:
        raise ConfigRefused(f"{genesis} cannot be read: {error.strerror}.") from None
    except TlsRefused as refused:
        raise ConfigRefused(f"The setting remote_listen in {file} cannot be used: {refused}") from None
    except (GenesisRefused, EngineSettingsRefused) as refused:
        raise ConfigRefused(str(refused)) from None
    if settings.remote_listen:
        raise ConfigRefused(
            f"The chain of {genesis} has one operator, whose ledger serves gateways on its own machine alone: remove remote_listen from {file}."
        )
    if settings.engine is not None:
        raise ConfigRefused(f"The chain of {genesis} has the embedded engine: remove [engine] from {file}.")
    return None


def _check_sockets(*paths: Path) -> None:
    for path in paths:
        if len(os.fsencode(path)) > SOCKET_PATH_MAX:
            raise ConfigRefused(
                f"The path {path} of a socket is longer than {SOCKET_PATH_MAX} bytes: choose a folder nearer to the root."
            )


def _passphrase(root: Path, settings: NodeSettings) -> Path:
    handed_over = os.environ.get(CREDENTIALS_VARIABLE)
    if not settings.passphrase_file and handed_over:
        return Path(handed_over) / gateway_config.CREDENTIAL
    return root / (settings.passphrase_file or gateway_config.CREDENTIAL)
