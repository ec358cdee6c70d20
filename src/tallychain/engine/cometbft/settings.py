"""How one node of the engine runs: what an operator may choose, checked before the engine sees it.

These are the fields of the table `[engine]` of `node.toml`.  What is not here is the same on every node: see `template.py`.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

_NODE_ID: Final = "[0-9a-f]{40}"
_HOST: Final = "[A-Za-z0-9.-]{1,253}"
_PORT: Final = "[0-9]{1,5}"
SNAPSHOT_INTERVAL: Final = 10_000
"""Blocks from one snapshot for joining nodes to the next, unless the operator chose otherwise."""
_PORT_MAX: Final = 65_535

Address = Annotated[str, Meta(pattern=f"^{_HOST}:{_PORT}$(?!\\n)")]
"""Host and port."""
AddressOrNone = Annotated[str, Meta(pattern=f"^({_HOST}:{_PORT})?$(?!\\n)")]
"""The same, or empty."""
PeerAddress = Annotated[str, Meta(pattern=f"^{_NODE_ID}@{_HOST}:{_PORT}$(?!\\n)")]
"""A node's id, host and port."""
Port = Annotated[int, Meta(ge=1, le=_PORT_MAX)]
_Milliseconds = Annotated[int, Meta(ge=0, le=600_000)]


class EngineSettingsRefused(Exception):
    """The settings of the engine cannot be used; the text is one sentence that says what to change."""

    code = "ENGINE_SETTINGS_REFUSED"


class SyncSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[engine.sync]`: how a new node begins from a snapshot of its peers instead of replaying every block."""

    height: Annotated[int, Meta(ge=1)]
    """A height that another member told you by a channel you trust …"""
    hash: Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$(?!\\n)")]
    """… and the hash of its header.  Everything that peers then send is checked against it."""
    servers: Annotated[tuple[Address, ...], Meta(min_length=2, max_length=10)]
    """At least two nodes whose RPC answers, from different members: each checks what the other says."""
    trust_hours: Annotated[int, Meta(ge=1, le=8_760)] = 168
    """How old the trusted header may be."""


class EngineSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[engine]`."""

    home: Annotated[str, Meta(min_length=1, max_length=1_000)] = "engine"
    """Folder of the engine's keys, settings and blocks."""
    listen: Address = "0.0.0.0:26656"
    """Where other nodes connect to."""
    external: AddressOrNone = ""
    """Where others reach this node, if not at `listen`."""
    peers: Annotated[tuple[PeerAddress, ...], Meta(max_length=200)] = ()
    """The nodes that this one keeps connections to, as `id@host:port`."""
    rpc_port: Port = 26657
    """On this machine alone: through it the ledger process hands envelopes to the engine."""
    metrics_port: Annotated[int, Meta(ge=0, le=_PORT_MAX)] = 26660
    """On this machine alone: the engine's figures for Prometheus; 0 for none."""
    network: Annotated[str, Meta(pattern="^(lan|wan)$(?!\\n)")] = "lan"
    """`lan` where nodes reach each other within a few milliseconds, else `wan`."""
    same_machine: bool = False
    """Several nodes of the alliance run on this machine: for trials."""
    propose_ms: _Milliseconds = 2_000
    """How long a proposal is waited for before the next validator's turn.  About the same on all nodes."""
    vote_ms: _Milliseconds = 1_000
    """How long votes are waited for once more than two thirds were heard."""
    idle_ms: Annotated[int, Meta(ge=1_000, le=600_000)] = 5_000
    """Time between blocks where nothing is to be decided."""
    rate_bytes: Annotated[int, Meta(ge=100_000, le=1_000_000_000)] = 50_000_000
    """Bytes a second to and from each peer at most."""
    waiting: Annotated[int, Meta(ge=100, le=1_000_000)] = 20_000
    """Envelopes that may wait for a block."""
    double_sign_check: Annotated[int, Meta(ge=0, le=1_000)] = 0
    """Blocks that are looked through for votes of this validator before it votes again; see docs/production.md before use."""
    follow_first: Annotated[str, Meta(pattern="^(auto|always|never)$(?!\\n)")] = "auto"
    """Whether the node follows the chain without its consensus key before it votes again: `auto` where its folder is a copy of another."""
    remote_signer: str = ""
    """Address that a signer of its own connects to (`tcp://127.0.0.1:26659`), so that the consensus key is not on this machine."""
    log_level: Annotated[str, Meta(pattern="^[a-z0-9*:,]{1,200}$(?!\\n)")] = (
        "main:info,p2p:info,statesync:info,blocksync:info,*:error"
    )
    """What the engine's log says."""
    sync: SyncSettings | None = None


def read_engine_settings(values: object) -> EngineSettings:
    """The settings in a table as TOML has it; raises `EngineSettingsRefused`."""
    try:
        return checked(msgspec.convert(values, EngineSettings))
    except msgspec.ValidationError as error:
        raise EngineSettingsRefused(f"The table [engine] cannot be used: {error}.") from None


def checked(settings: EngineSettings) -> EngineSettings:
    """The settings, if they fit together; raises `EngineSettingsRefused`."""
    addresses = [settings.listen, *settings.peers, *([settings.external] if settings.external else [])]
    for address in addresses:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or not 1 <= int(port) <= _PORT_MAX:
            raise EngineSettingsRefused(f"{address!r} is no host and port.")
    ids = [peer.partition("@")[0] for peer in settings.peers]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise EngineSettingsRefused(f"The peer {twice} stands twice in the list of peers.")
    ports = [int(settings.listen.rpartition(":")[2]), settings.rpc_port, settings.metrics_port]
    if len(set(ports)) != len(ports):
        raise EngineSettingsRefused("listen, rpc_port and metrics_port name one port twice.")
    if settings.remote_signer and not settings.remote_signer.startswith(("tcp://", "unix://")):
        raise EngineSettingsRefused("remote_signer begins with tcp:// or unix://.")
    return settings
