"""
What the consensus engine asks of the application and what it is answered, in plain Python.

The engine's own messages are translated to these in `translate.py`, so that the application, its tests and the simulator know nothing of
sockets and protobuf.  Times are UTC milliseconds, rounded down, on every node alike.  Source: the engine's `abci/types.proto`, version 0.38.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from tallychain.ledger.engineparameters import EngineParameters


@dataclass(frozen=True, slots=True)
class ValidatorPower:
    """A validator and its power; 0 takes it out of the set."""

    key: str
    """`ed25519:<hex>`."""
    power: int


@dataclass(frozen=True, slots=True)
class Info:
    """Where the application stands durably."""

    height: int
    """0 before the first block."""
    app_hash: bytes
    data: str = ""
    version: str = ""
    app_version: int = 0


@dataclass(frozen=True, slots=True)
class InitChain:
    """The chain's beginning as the engine's genesis file has it."""

    chain_id: str
    time_ms: int
    initial_height: int
    validators: tuple[ValidatorPower, ...]
    app_state: bytes
    """The JSON text under `app_state`."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The application's answer to `InitChain`; with no validators named, those of the engine's genesis stay."""

    app_hash: bytes
    validators: tuple[ValidatorPower, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether an envelope may wait for a block: code 0, or why not."""

    code: int
    log: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """Whether a validator's signature is in the commit of the block before."""

    address: bytes
    """The first 20 bytes of the SHA-256 of its key."""
    power: int
    signed: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the engine holds ready when this node is to propose a block."""

    height: int
    time_ms: int
    txs: tuple[bytes, ...]
    max_tx_bytes: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block, proposed or decided."""

    height: int
    time_ms: int
    hash: bytes
    txs: tuple[bytes, ...]
    votes: tuple[Vote, ...] = ()
    """Of the block before; who missed it is worth knowing and decides nothing."""


@dataclass(frozen=True, slots=True)
class TxResult:
    """What became of one envelope; code and data are hashed into the next header."""

    code: int
    data: bytes
    log: str = ""


@dataclass(frozen=True, slots=True)
class Finalized:
    """What a decided block did, not durable yet."""

    results: tuple[TxResult, ...]
    app_hash: bytes
    validators: tuple[ValidatorPower, ...] = ()
    parameters: EngineParameters | None = None
    """What the engine works with from the next block on; None where that stays as it is."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that this node offers, or that another offers to it."""

    height: int
    format: int
    chunks: int
    hash: bytes
    metadata: bytes


class Offer(IntEnum):
    """What is done with an offered snapshot; the engine's own numbers."""

    ACCEPT = 1
    ABORT = 2
    REJECT = 3
    REJECT_FORMAT = 4
    REJECT_SENDER = 5


class Applied(IntEnum):
    """What is done with a chunk; the engine's own numbers."""

    ACCEPT = 1
    ABORT = 2
    RETRY = 3
    RETRY_SNAPSHOT = 4
    REJECT_SNAPSHOT = 5


@dataclass(frozen=True, slots=True)
class ChunkVerdict:
    """The answer to a chunk: whether to go on, what to fetch again, and whom to ask no more."""

    result: Applied
    refetch: tuple[int, ...] = ()
    reject_senders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofOp:
    """One operator of a proof; `simple:v` is the type that the engine's light client knows."""

    type: str
    key: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Queried:
    """The answer to a query: code 0 with a value, or why not."""

    code: int
    log: str = ""
    key: bytes = b""
    value: bytes = b""
    height: int = 0
    proof: tuple[ProofOp, ...] = ()


class Application(Protocol):
    """
    What the engine drives.  Calls of the first group come one at a time, in the order of the engine's grammar; any exception from them ends
    the process.  Those of the second may come at any time from another thread, and read what is committed.
    """

    def info(self) -> Info:
        """Where the application stands durably."""
        ...

    def init_chain(self, call: InitChain) -> Begun:
        """Begin; asked again until the first block is committed."""
        ...

    def check(self, tx: bytes) -> Checked:
        """Whether an envelope may wait for a block."""
        ...

    def prepare(self, call: Proposal) -> Sequence[bytes]:
        """What this node proposes."""
        ...

    def process(self, call: Block) -> bool:
        """Whether a proposed block is acceptable; a function of the committed state and the block alone."""
        ...

    def finalize(self, call: Block) -> Finalized:
        """Execute a decided block; nothing is durable yet."""
        ...

    def commit(self) -> int:
        """Make the last finalized block durable; the lowest height that the engine must keep, 0 for all."""
        ...

    def offer_snapshot(self, snapshot: Snapshot, app_hash: bytes) -> Offer:
        """Whether to restore from a snapshot that another node offers; `app_hash` is from a verified header."""
        ...

    def apply_chunk(self, index: int, chunk: bytes, sender: str) -> ChunkVerdict:
        """Take the next chunk of the snapshot accepted last."""
        ...

    def list_snapshots(self) -> Sequence[Snapshot]:
        """Snapshots that this node can give."""
        ...

    def load_chunk(self, height: int, format_: int, chunk: int) -> bytes:
        """A chunk of a snapshot; empty where it is not here."""
        ...

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> Queried:
        """A row of the state with its proof, or whether a peer may connect (`/p2p/filter/...`)."""
        ...
