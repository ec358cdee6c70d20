"""Where everything of a trial alliance lies, and the two small files that describe it.

::

    network.json       members with their ports, name of the chain, how it was made, with which engine
    access.json        who may sign in where: one entry per person, for `tally --as NAME`
    genesis.json       the genesis document
    authority/         the trial authority's certificate
    passphrase         (0600) opens the members' system keys
    members/<id>/      one gateway: gateway.toml, keys/, seats/, databases, documents
    sequencer.key      embedded engine: key that signs block headers
    ledger/            embedded engine: the chain, its socket and snapshots
    members/<id>/tls/  CometBFT: this member's certificate for connections to others' nodes, and the certificates of all others
    members/<id>/node/ CometBFT: this member's node: node.toml, engine/ (keys, settings, blocks), ledger/ (the chain, its socket)
    logs/              one file per process
    run.json run.lock  there while it runs
"""

import os
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")

SUPERVISOR_LOG: Final = "alliance"


class NotANetwork(Exception):
    """The folder holds no trial alliance; the text is one sentence."""

    code = "NOT_A_NETWORK"


class NodePlace(Struct, frozen=True, forbid_unknown_fields=True):
    """The node of one member, on a chain of several validators: its id, and the ports on this machine that its processes listen on."""

    id: str
    kind: str
    """`validator` or `observer`, as it was made; what it is now stands on the ledger."""
    p2p: int
    rpc: int
    engine_metrics: int
    ledger_metrics: int
    remote: int = 0
    """Where gateways of other members connect; 0 in an alliance of before, whose gateways use the sockets."""

    @property
    def address(self) -> str:
        """How other nodes name and reach it."""
        return f"{self.id}@127.0.0.1:{self.p2p}"


class MemberPlace(Struct, frozen=True, forbid_unknown_fields=True):
    """One member and where its gateway listens."""

    id: str
    name: str
    port: int
    node: NodePlace | None = None
    """None with the embedded engine, and for a member that has no node of its own."""
    follows: tuple[str, ...] = ()
    """The members whose nodes its gateway speaks to: its own first, if it has one."""

    @property
    def url(self) -> str:
        """Address of the gateway."""
        return f"http://127.0.0.1:{self.port}"


class Network(Struct, frozen=True, forbid_unknown_fields=True):
    """What was made."""

    chain: str
    alliance: str
    demo: bool
    clock: str
    seed: int | None
    """What all keys follow from; None where they come from the system's randomness."""
    members: tuple[MemberPlace, ...]
    engine: str = "embedded"

    @property
    def nodes(self) -> tuple[MemberPlace, ...]:
        """The members that have a node of their own."""
        return tuple(place for place in self.members if place.node is not None)


class Access(Struct, frozen=True, forbid_unknown_fields=True):
    """One person, and where that person signs in."""

    name: str
    """As `tally --as` takes it."""
    shown: str
    member: str
    url: str
    account: str
    seat: str
    uscc: str
    """Of the enterprise or institution that the person acts for."""
    roles: tuple[str, ...]


class Layout:
    """The paths of one trial alliance."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.network = self.root / "network.json"
        self.access = self.root / "access.json"
        self.genesis = self.root / "genesis.json"
        self.authority = self.root / "authority"
        self.sequencer_key = self.root / "sequencer.key"
        self.passphrase = self.root / "passphrase"
        self.ledger = self.root / "ledger"
        self.socket = self.ledger / "ledger.sock"
        self.members = self.root / "members"
        self.logs = self.root / "logs"

    def member(self, member: str) -> Path:
        """The folder of one member's gateway."""
        return self.members / member

    def tls(self, member: str) -> Path:
        """The folder of one member's certificates for connections between members."""
        return self.member(member) / "tls"

    def node(self, member: str) -> Path:
        """The folder of one member's node."""
        return self.member(member) / "node"

    def node_file(self, member: str) -> Path:
        """The settings of one member's node."""
        return self.node(member) / "node.toml"

    def node_socket(self, member: str) -> Path:
        """Where the ledger process of one member's node listens to gateways."""
        return self.node(member) / "ledger" / "ledger.sock"

    def log(self, program: str) -> Path:
        """Where a program's output goes."""
        return self.logs / f"{program}.log"

    def read(self) -> Network:
        """What was made here; raises `NotANetwork`."""
        return _read(self.network, Network)

    def read_access(self) -> tuple[Access, ...]:
        """Who may sign in; raises `NotANetwork`."""
        return _read(self.access, tuple[Access, ...])


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def write_readable(path: Path, value: object) -> None:
    """Write a description as indented JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise NotANetwork(
            f"There is no trial alliance in {path.parent}: make one with tally network init."
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise NotANetwork(f"{path} cannot be used: {error}.") from None
