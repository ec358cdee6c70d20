"""What a gateway needs from an engine, whichever engine it is.

An envelope goes in and is answered when its block is durable; committed blocks come out, in order, from any height.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from tallychain.ledger.merkle import Path
from tallychain.ledger.tree import StateProof


class SubmitAnswer(Struct, frozen=True):
    """What became of an envelope, once its block is durable."""

    height: int
    code: int
    """`machine.EXECUTED` or `machine.INADMISSIBLE`."""
    results: list[bytes]
    """Per operation, its canonical `Receipt` or `NotTaken`."""


class CommittedBlock(Struct, frozen=True):
    """One durable block, as every follower gets it."""

    height: int
    time_ms: int
    header: bytes
    """Canonical header; it carries the results and the state root of the block before."""
    header_signature: bytes
    envelopes: list[bytes]
    results: list[list[bytes]]
    """Per envelope and operation, the canonical `Receipt` or `NotTaken`."""
    codes: list[int]
    """Per envelope, `machine.EXECUTED` or `machine.INADMISSIBLE`."""
    due_events: list[bytes]
    """Canonical events of due work, which no envelope carries."""


class Status(Struct, frozen=True):
    """Where the chain stands, and how far its engine may be trusted."""

    engine: str
    """Which engine this is and what it does not promise, for screens to show as it stands."""
    chain: str
    genesis: str
    """Digest of the genesis document, 64 hex digits."""
    height: int
    time_ms: int
    app_hash: str
    """State root after the last block, 64 hex digits; the next header carries it."""
    clock: str
    """`system`, or `driven` on a trial chain."""
    demo: bool
    waiting: int
    """Envelopes taken and not yet in a block."""


class QueryAnswer(Struct, frozen=True):
    """One row of the state."""

    height: int
    """The block after which the row reads so; with a proof, header `height + 1` carries the root."""
    value: bytes | None
    """The canonical row, or None where there is none."""
    proof: StateProof | None
    """Presence or absence, if it was asked for."""


class ScanAnswer(Struct, frozen=True):
    """All rows of the state whose key begins with a prefix."""

    height: int
    """The block after which they read so."""
    rows: list[tuple[bytes, bytes]]
    """Key and canonical row, in key order."""


class ReceiptAnswer(Struct, frozen=True):
    """
    Where the receipt of an operation stands, and all that proves it against two signed headers.

    Only `height` and `receipt` are there, and all else is empty or 0, where the block came before the snapshot with which the chain was
    taken over: that the operation was executed is known then, and its proof is at whoever has the block.
    """

    height: int
    envelope_index: int
    position: int
    receipt: bytes
    envelope: bytes
    """The envelope that carried the operation."""
    envelope_path: Path
    """From the envelope's SHA-256 to `envelopes_root` of `header`."""
    receipt_path: Path
    """From the receipt to the envelope's result data."""
    result_path: Path
    """From the envelope's result (code and data) to `results_root` of `next_header`."""
    header: bytes
    header_signature: bytes
    next_header: bytes
    """Header `height + 1`; empty until that block is made."""
    next_header_signature: bytes


class EngineError(Exception):
    """The ancestor of everything that an engine answers instead of a result."""


class EngineUnavailable(EngineError):
    """The engine cannot be reached, or was lost before it answered; what was asked may or may not have happened."""


class EngineRefused(EngineError):
    """The engine will not do what was asked, and nothing has changed; `code` is stable, `sentence` is for a person."""

    def __init__(self, code: str, sentence: str, retry_after_ms: int = 0) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.retry_after_ms = retry_after_ms
        """When it is worth trying again; 0 where it is not."""


class ChainDiffers(EngineError):
    """The chain at hand began with another genesis document than the one expected."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"This is the chain with the genesis {found}; expected was {expected}.")
        self.expected = expected
        self.found = found


class Engine(Protocol):
    """An engine, seen from a gateway."""

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        """
        Have an envelope ordered and executed; returns when its block is durable.

        Raises `EngineRefused` (the codes of `admission.admissible`, `BUSY`, `RATE_EXCEEDED`) or `EngineUnavailable`.  To send the same
        bytes again is always safe: operations already executed answer `REPEAT` (or `EXPIRED`, once the envelope has
        expired), and `receipt` has their first receipt.
        """
        ...

    def follow(self, from_height: int) -> AsyncIterator[CommittedBlock]:
        """Every block from a height on, in order, without end."""
        ...

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        """One row: as of the last block, or with a proof as of the newest root that stands in a header."""
        ...

    async def scan(self, prefix: bytes) -> ScanAnswer:
        """
        All rows under a prefix as of the last block, for questions that look at a whole small table.

        Raises `EngineRefused` with `SCAN_TOO_LONG` beyond the bound that rules have too.
        """
        ...

    async def status(self) -> Status:
        """Where the chain stands."""
        ...

    async def block(self, height: int) -> CommittedBlock:
        """One block; raises `EngineRefused` with `BLOCK_NOT_KEPT`."""
        ...

    async def validators(self, height: int) -> bytes:
        """
        The set of validators that decided a height, as the engine's protobuf `ValidatorSet`; the header's `validators_hash` proves it.

        Raises `EngineRefused` with `NO_VALIDATORS` on a chain of one operator, and with `BLOCK_NOT_KEPT`.
        """
        ...

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        """The receipt of an operation with what proves it, or None where there is none."""
        ...

    async def advance(self, to_ms: int) -> int:
        """Move the time of a driven chain; the height reached.  Raises `EngineRefused` with `CLOCK_NOT_DRIVEN`."""
        ...
