"""The state machine: blocks of envelopes in, receipts, events and a state root out, in two steps.

`execute` says what a block does and changes nothing: several candidates for one height may be executed side by side.  The caller makes the
chosen one's result durable in one batch and only then lets the `LedgerState` `adopt` it; on any exception it stops the process, so that what is on
disk is always exactly one block's end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from tallychain.ledger import blockwork, codec, merkle
from tallychain.ledger.admission import AdmittedEnvelope
from tallychain.ledger.blockwork import BlockWork
from tallychain.ledger.contract import AnyOperation, Contract
from tallychain.ledger.due import DueWork
from tallychain.ledger.engineparameters import EngineParameters
from tallychain.ledger.identity import KEYS, SYSTEM, Key
from tallychain.ledger.journals import (
    JournalWriter,
    PendingReplay,
    ReplayIndex,
    ReplayRow,
)
from tallychain.ledger.outages import CLOCK, OUTAGES, Clock, OutageRow, all_outages, outage_between
from tallychain.ledger.parameters import ChainFacts, facts_of
from tallychain.ledger.protocol import (
    FIRST_PROTOCOL,
    KNOWN_PROTOCOLS,
    ProtocolUnknown,
    protocol_at,
    stop_sentence,
)
from tallychain.ledger.state import Backing, Committed, Overlay
from tallychain.ledger.timeline import Moment, Outage
from tallychain.ledger.tree import BucketTree, PendingTree
from tallychain.ledger.types import Height, MemberId, OperationId, TimeMs
from tallychain.ledger.validators import ValidatorUpdate

EXECUTED = 0
INADMISSIBLE = 1


class Catalogue:
    """Which contracts a chain runs."""

    def __init__(self, contracts: Sequence[Contract], protocols: frozenset[int] = KNOWN_PROTOCOLS) -> None:
        self.contracts = tuple(contracts)
        self.protocols = protocols
        """What this build can run."""
        self._types = {
            (kind.name, kind.version): kind for contract in contracts for kind in contract.operations
        }
        self._owners = {kind.name: contract for contract in contracts for kind in contract.operations}

    def operation_type(self, name: str, version: int) -> AnyOperation | None:
        """The declared type of an operation, if this chain runs it."""
        return self._types.get((name, version))

    def owner(self, name: str) -> Contract:
        """The contract that an operation belongs to."""
        return self._owners[name]

    def operation_types(self) -> tuple[AnyOperation, ...]:
        """Every operation of every contract, in order."""
        return tuple(kind for contract in self.contracts for kind in contract.operations)


@dataclass(frozen=True, slots=True)
class BlockInput:
    """One ordered block: `None` stands for an envelope that was not admissible."""

    height: Height
    time_ms: TimeMs
    envelopes: Sequence[AdmittedEnvelope | None]
    target_ms: int | None = None
    """Where a clock that is moved by hand goes on to after this block, 0 where it has arrived; None where this block does not move it."""


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What one block did, ready to be made durable."""

    height: Height
    time_ms: TimeMs
    results: tuple[tuple[bytes, ...], ...]
    """Per envelope, the canonical receipt or answer of each of its operations."""
    codes: tuple[int, ...]
    """Per envelope, `EXECUTED` or `INADMISSIBLE`."""
    due_events: tuple[bytes, ...]
    """Events of due work, each as a canonical text."""
    writes: Mapping[bytes, bytes | None]
    journal_rows: tuple[tuple[str, int, bytes], ...]
    journals_dropped: tuple[str, ...]
    receipts: tuple[tuple[OperationId, int, int], ...]
    """Which operations got a receipt, with envelope and position."""
    root: bytes
    results_root: bytes
    validator_updates: tuple[ValidatorUpdate, ...] = ()
    """What the engine is told of its validators; they count from the second block after this one."""
    engine_parameters: EngineParameters | None = None
    """What the engine is told of its own parameters, if they change; they count from the next block on."""


@dataclass(frozen=True, slots=True)
class Executed:
    """One block executed and not adopted: its result, and what a `LedgerState` has to take over."""

    result: BlockResult
    rows: Mapping[bytes, msgspec.Struct | None]
    """The rows of `result.writes`, decoded."""
    tree: PendingTree
    replay: PendingReplay
    due: DueWork
    outages: tuple[Outage, ...]


class NotTheNextBlock(Exception):
    """Our own mistake: a block was executed or adopted out of turn."""

    def __init__(self, height: int, last: int) -> None:
        super().__init__(f"Block {height} does not follow block {last}.")


class LedgerState:
    """The state of one chain in memory, over its committed rows; also what admission knows of the chain."""

    def __init__(self, catalogue: Catalogue, backing: Backing, tree: BucketTree) -> None:
        self.catalogue = catalogue
        self.committed = Committed(backing)
        self.tree = tree
        self.replay = ReplayIndex()
        self.outages: tuple[Outage, ...] = ()
        self.due = DueWork([kind for contract in catalogue.contracts for kind in contract.due])
        self.facts: ChainFacts = facts_of(self.committed)
        self.height = Height(0)
        self.time_ms = TimeMs(0)

    def restore(self, height: Height, time_ms: TimeMs, replay_rows: Iterable[tuple[str, bytes]]) -> None:
        """Rebuild what is not committed: replay index, due queues, outages; `height` and time are those of the last block."""
        self.height, self.time_ms = height, time_ms
        for journal, row in replay_rows:
            self.replay.add(journal, codec.trusted(ReplayRow, row))
        self.outages = all_outages(self.committed)
        self.due.rebuild(self.committed, self.outages)

    def next_due_ms(self) -> int | None:
        """The earliest instant that due work waits for."""
        return self.due.next_ms(self.committed, self.outages)

    @property
    def chain(self) -> str:
        """The chain's name."""
        return self.facts.chain

    def is_system_key(self, member: MemberId, key: str) -> bool:
        """Whether this member's system signs with this key, as of the last committed height."""
        row: Key | None = self.committed.get(KEYS, key)
        return (
            row is not None
            and row.member == member
            and SYSTEM in row.rights
            and row.signs_at(Height(self.height + 1))
        )

    def operation_type(self, name: str, version: int) -> AnyOperation | None:
        """The declared type of an operation, if the next block of this chain takes it."""
        kind = self.catalogue.operation_type(name, version)
        if kind is None or kind.since_protocol == FIRST_PROTOCOL:
            return kind
        return kind if kind.since_protocol <= protocol_at(self.committed, self.height + 1) else None

    def check_protocol(self) -> None:
        """Raises `ProtocolUnknown` where the next block is one that this build cannot execute."""
        sentence = stop_sentence(self.committed, self.height + 1, self.catalogue.protocols)
        if sentence:
            raise ProtocolUnknown(sentence)

    def moment(self) -> Moment:
        """Now, as of the last committed block."""
        return Moment(self.height, self.time_ms, self.outages)


def apply_block(ledger: LedgerState, block: BlockInput) -> BlockResult:
    """Execute one block and adopt it, where nothing has to be made durable in between."""
    executed = execute(ledger, block)
    adopt(ledger, executed)
    return executed.result


def execute(ledger: LedgerState, block: BlockInput) -> Executed:
    """
    What the next block does: outage, due work, then every operation in order.  Nothing in `ledger` changes.

    A block without effects leaves the root byte-identical, so an idle chain comes to rest.  Raises `ProtocolUnknown` where this build cannot.
    """
    if block.height != ledger.height + 1:
        raise NotTheNextBlock(block.height, ledger.height)
    ledger.check_protocol()
    overlay, due = Overlay(ledger.committed), ledger.due.layer()
    outages = _record_outage(ledger, overlay, due, block)
    pending = BlockWork(
        ledger.catalogue.contracts,
        Moment(block.height, block.time_ms, outages),
        overlay,
        JournalWriter(ledger.committed),
        PendingReplay(ledger.replay),
        due,
    )
    blockwork.run_due_work(pending)
    results, codes = [], []
    for position, envelope in enumerate(block.envelopes):
        codes.append(INADMISSIBLE if envelope is None else EXECUTED)
        results.append(() if envelope is None else blockwork.run_envelope(pending, envelope, position))
    told = blockwork.tell_engine(pending)
    if pending.receipts:
        for journal in pending.replay.drop_over(block.time_ms):
            pending.journals.drop(journal)
    overlay.write(pending.journals.writes())
    keeps_time = ledger.committed.get(CLOCK) is not None
    if keeps_time and (overlay.written or block.target_ms is not None):
        overlay.write([CLOCK.put(Clock(block.height, block.time_ms, block.target_ms or 0))])
    return _executed(ledger, block, pending, (tuple(results), tuple(codes)), told)


def adopt(ledger: LedgerState, executed: Executed) -> None:
    """
    Make an executed block the last one, once its result is durable.

    Raises `NotTheNextBlock` where another block was adopted since it was executed.
    """
    result = executed.result
    if result.height != ledger.height + 1:
        raise NotTheNextBlock(result.height, ledger.height)
    ledger.tree.adopt(executed.tree)
    ledger.committed.adopt(executed.rows.items())
    ledger.replay.adopt(executed.replay)
    ledger.due.adopt(executed.due)
    ledger.outages = executed.outages
    ledger.height, ledger.time_ms = result.height, result.time_ms


def envelope_data(results: Sequence[bytes]) -> bytes:
    """The engine's result data of one envelope: the root over its operations' results."""
    return merkle.root(list(results))


def block_results_root(results: Sequence[Sequence[bytes]], codes: Sequence[int]) -> bytes:
    """The root over all results of a block, as the next header carries it."""
    return merkle.results_root(
        [
            (code, envelope_data(items) if code == EXECUTED else b"")
            for items, code in zip(results, codes, strict=True)
        ]
    )


def _record_outage(
    ledger: LedgerState, overlay: Overlay, due: DueWork, block: BlockInput
) -> tuple[Outage, ...]:
    """The outages that count for this block: those before, and one that ends with it."""
    if block.height == 1:
        return ledger.outages
    outage = outage_between(ledger.facts, ledger.time_ms, block.time_ms)
    if outage is None:
        return ledger.outages
    overlay.write([OUTAGES.put(OutageRow(block.height, outage))])
    due.shift(outage)
    return (*ledger.outages, outage)


def _executed(
    ledger: LedgerState,
    block: BlockInput,
    pending: BlockWork,
    answers: tuple[tuple[tuple[bytes, ...], ...], tuple[int, ...]],
    told: tuple[tuple[ValidatorUpdate, ...], EngineParameters | None],
) -> Executed:
    results, codes = answers
    written: Mapping[bytes, msgspec.Struct | None] = pending.overlay.written
    writes = {key: None if value is None else codec.encode(value) for key, value in written.items()}
    tree = ledger.tree.pending(writes)
    result = BlockResult(
        height=block.height,
        time_ms=block.time_ms,
        results=results,
        codes=codes,
        due_events=tuple(pending.due_events),
        writes=writes,
        journal_rows=tuple(pending.journals.appended),
        journals_dropped=tuple(pending.journals.dropped),
        receipts=tuple(pending.receipts),
        root=tree.root,
        results_root=block_results_root(results, codes),
        validator_updates=told[0],
        engine_parameters=told[1],
    )
    return Executed(result, written, tree, pending.replay, pending.due, pending.now.outages)
