"""The application under a simulated engine: the calls of ABCI in plain types, over the real machine and store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.digest import sha256
from tallychain.engine import records
from tallychain.engine.port import CommittedBlock
from tallychain.ledger import machine, merkle
from tallychain.ledger.admission import AdmittedEnvelope, SignatureCheck, VerifyAll, parse
from tallychain.ledger.genesis import genesis_digest, initial_rows, read_genesis
from tallychain.ledger.header import Header, encode_header
from tallychain.ledger.identity import COURT_GATEWAY, MEMBERS
from tallychain.ledger.machine import BlockInput, Executed, LedgerState
from tallychain.ledger.ordering import Carried, block_order
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.tree import BucketTree
from tallychain.ledger.types import Height, TimeMs
from tallychain.store.backing import StoreBacking
from tallychain.store.store import NO_HEIGHT, BlockRecord, Store

CANDIDATES = 8
FRESH_MS = 1000
"""A block time that is staler than this is renewed by an empty block before operations are taken."""


@dataclass(frozen=True, slots=True)
class Info:
    """What is durably committed."""

    height: int
    app_hash: bytes


@dataclass(frozen=True, slots=True)
class Finalized:
    """What the engine learns of an executed block."""

    app_hash: bytes
    results: tuple[tuple[int, bytes], ...]
    """Per envelope its code and data."""
    operations: tuple[tuple[bytes, ...], ...]
    """Per envelope the answers to its operations."""
    due_events: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """An envelope found good, and the key that its standing still depends on."""

    key: str
    envelope: AdmittedEnvelope


class Signatures:
    """Every envelope parsed and every signature verified once in a simulation, whoever asks: both are functions of the bytes alone."""

    def __init__(self, verify_all: VerifyAll) -> None:
        self._verify_all = verify_all
        self._known: dict[SignatureCheck, bool] = {}
        self._parsed: dict[bytes, Parsed | Inadmissible] = {}

    def admit(self, data: bytes, registry: LedgerState) -> AdmittedEnvelope:
        """What `admissible` says; of all that it asks only the carrier's key changes from block to block."""
        digest = sha256(data)
        found = self._parsed.get(digest)
        if found is None:
            try:
                envelope, checks = parse(data, registry)
                if not self.verify(checks):
                    raise Inadmissible("SIGNATURE_FALSE", "a signature does not fit its key")
            except Inadmissible as error:
                if error.code == "ENVELOPE_KEY_UNKNOWN":
                    raise
                found = error
            else:
                found = Parsed(checks[0].key, envelope)
            self._parsed[digest] = found
        if isinstance(found, Inadmissible):
            raise found
        if not registry.is_system_key(found.envelope.member, found.key):
            raise Inadmissible("ENVELOPE_KEY_UNKNOWN", "not a system key in force")
        return found.envelope

    def verify(self, checks: Sequence[SignatureCheck]) -> bool:
        """Whether every one of these is good."""
        for check in checks:
            if check not in self._known:
                self._known[check] = self._verify_all([check])
        return all(self._known[check] for check in checks)


class Application:
    """One replica's state machine; memory only between two commits."""

    def __init__(self, path: Path, document: bytes, signatures: Signatures) -> None:
        """Open what is on the disk, or begin the chain there."""
        self.store = Store.open(path, create=True)
        self.document = document
        self._signatures = signatures
        self._genesis = read_genesis(document)
        if self.store.height == NO_HEIGHT:
            self._begin()
        self.state = self._restored()
        self._admitted: dict[bytes, AdmittedEnvelope | None] = {}
        self._admitted_at = -1
        self._pending: tuple[CommittedBlock, Executed] | None = None
        self._candidates: dict[bytes, Executed] = {}
        """Blocks executed when they were proposed, by digest; one of them will be decided."""
        self._last_empty = 0

    def info(self) -> Info:
        """The last durable block."""
        return Info(self.store.height, self.store.app_hash)

    def check(self, envelope: bytes) -> str:
        """Why an envelope is not taken; empty if it is."""
        try:
            self._admit(envelope)
        except Inadmissible as error:
            return error.code
        return ""

    def prepare(self, height: int, time_ms: int, envelopes: Sequence[bytes], now_ms: int) -> list[bytes]:
        """The envelopes of a proposal: admissible and in order; none where time must be told first."""
        good = [data for data in envelopes if self._known(data) is not None]
        if good and now_ms - time_ms > FRESH_MS and self._last_empty != height - 1:
            return []
        return [good[place] for place in self._order(height, good)]

    def process(self, height: int, time_ms: int, envelopes: Sequence[bytes]) -> bool:
        """Whether a proposal is acceptable: everything admissible, everything in order.  It is executed beforehand."""
        if any(self._known(data) is None for data in envelopes):
            return False
        if self._order(height, envelopes) != list(range(len(envelopes))):
            return False
        if len(self._candidates) < CANDIDATES:
            self._candidates[_digest(height, time_ms, envelopes)] = self._execute(height, time_ms, envelopes)
        return True

    def finalize(self, height: int, time_ms: int, envelopes: Sequence[bytes]) -> Finalized:
        """Execute a decided block; nothing is durable yet."""
        before = self.state.tree.root
        executed = self._candidates.get(_digest(height, time_ms, envelopes))
        if executed is None:
            executed = self._execute(height, time_ms, envelopes)
        result = executed.result
        header = encode_header(
            Header(
                chain=self._genesis.chain,
                height=height,
                time_ms=time_ms,
                previous="0" * 64,
                envelopes_root=merkle.data_hash(list(envelopes)).hex(),
                results_root="0" * 64,
                app_hash=before.hex(),
            )
        )
        block = CommittedBlock(
            height=height,
            time_ms=time_ms,
            header=header,
            header_signature=b"",
            envelopes=list(envelopes),
            results=[list(rows) for rows in result.results],
            codes=list(result.codes),
            due_events=list(result.due_events),
        )
        self._pending = (block, executed)
        self._last_empty = self._last_empty if envelopes else height
        data = [
            machine.envelope_data(rows) if code == 0 else b""
            for rows, code in zip(result.results, result.codes, strict=True)
        ]
        return Finalized(
            result.root, tuple(zip(result.codes, data, strict=True)), result.results, result.due_events
        )

    def commit(self) -> None:
        """Make the executed block durable."""
        if self._pending is None:
            raise RuntimeError("nothing was finalized")
        block, executed = self._pending
        self.store.commit(records.record(block, executed.result, self.store))
        machine.adopt(self.state, executed)
        self._pending, self._candidates = None, {}

    def close(self) -> None:
        """Release the store."""
        self.store.close()

    def block(self, height: int) -> CommittedBlock | None:
        """A committed block."""
        return records.stored_block(self.store, height)

    def _execute(self, height: int, time_ms: int, envelopes: Sequence[bytes]) -> Executed:
        admitted = [self._known(data) for data in envelopes]
        return machine.execute(self.state, BlockInput(Height(height), TimeMs(time_ms), admitted))

    def _begin(self) -> None:
        rows = initial_rows(self.document, CATALOGUE)
        root = BucketTree(self._genesis.tree_depth, rows.items()).root
        self.store.commit(BlockRecord(0, self.document, b"", b"", dict(rows), (), root))

    def _restored(self) -> LedgerState:
        tree = BucketTree(self._genesis.tree_depth, self.store.items())
        state = LedgerState(CATALOGUE, StoreBacking(self.store), tree)
        if tree.root != self.store.app_hash or state.facts.genesis != genesis_digest(self.document).hex():
            raise RuntimeError("the rows do not belong to the app hash and the genesis document")
        block = self.block(self.store.height)
        time_ms = 0 if block is None else block.time_ms
        state.restore(Height(self.store.height), TimeMs(time_ms), records.replay_rows(self.store))
        return state

    def _admit(self, data: bytes) -> AdmittedEnvelope:
        return self._signatures.admit(data, self.state)

    def _known(self, data: bytes) -> AdmittedEnvelope | None:
        if self._admitted_at != self.state.height:
            self._admitted, self._admitted_at = {}, self.state.height
        digest = sha256(data)
        if digest not in self._admitted:
            try:
                self._admitted[digest] = self._admit(data)
            except Inadmissible:
                self._admitted[digest] = None
        return self._admitted[digest]

    def _order(self, height: int, envelopes: Sequence[bytes]) -> list[int]:
        return block_order(Height(height), [self._carried(data) for data in envelopes])

    def _carried(self, data: bytes) -> Carried:
        envelope = self._known(data)
        if envelope is None:
            return Carried(sha256(data), None, court=False)
        row = self.state.committed.get(MEMBERS, envelope.member)
        return Carried(sha256(data), envelope.member, row is not None and COURT_GATEWAY in row.kinds)


def _digest(height: int, time_ms: int, envelopes: Sequence[bytes]) -> bytes:
    return sha256(b"".join([height.to_bytes(8, "big"), time_ms.to_bytes(8, "big"), *map(sha256, envelopes)]))
