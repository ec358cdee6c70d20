"""The state machine: blocks of envelopes in, receipts, events and a state root out.

`apply_block` changes only the memory of a `LedgerState`; the caller makes the result durable in one batch, and on any exception
stops the process, so that what is on disk is always exactly one block's end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from tallychain.crypto.digest import sha256
from tallychain.ledger import codec, merkle, receipt
from tallychain.ledger.admission import AdmittedEnvelope, AdmittedOperation
from tallychain.ledger.contract import AnyOperation, Change, Contract, DuplicateWrite
from tallychain.ledger.due import DueWork
from tallychain.ledger.execution import Surroundings, authenticate, check_touched, decide, quarantine_object
from tallychain.ledger.identity import KEYS, SYSTEM, Key
from tallychain.ledger.journals import JournalWriter, ReplayIndex, ReplayRow, replay_journal, replay_row
from tallychain.ledger.operation import signed_leaf
from tallychain.ledger.outages import OUTAGES, OutageRow, all_outages, outage_between
from tallychain.ledger.parameters import ChainFacts, facts_of
from tallychain.ledger.quarantine import QUARANTINE, QuarantineRow
from tallychain.ledger.receipt import NotTaken, Place, Receipt
from tallychain.ledger.refusals import Internal, InvariantBroken, Refused, TurnedAway
from tallychain.ledger.state import Backing, Committed, Overlay
from tallychain.ledger.timeline import Moment, Outage
from tallychain.ledger.tree import BucketTree
from tallychain.ledger.types import Height, MemberId, OperationId, TimeMs

EXECUTED = 0
INADMISSIBLE = 1

UNREADABLE = 0
"""The number under which a row that could not be read again counts as a broken invariant."""

_NO_OPERATION = "0" * 64

Result = Receipt | NotTaken


class Catalogue:
    """Which contracts a chain runs."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self.contracts = tuple(contracts)
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


@dataclass(slots=True)
class _Block:
    """The pending effects of the block being applied."""

    now: Moment
    overlay: Overlay
    journals: JournalWriter
    receipts: list[tuple[OperationId, int, int]] = field(default_factory=list)
    due_events: list[bytes] = field(default_factory=list)
    index: int = 0


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
        """The declared type of an operation, if this chain runs it."""
        return self.catalogue.operation_type(name, version)

    def moment(self) -> Moment:
        """Now, as of the last committed block."""
        return Moment(self.height, self.time_ms, self.outages)


def apply_block(ledger: LedgerState, block: BlockInput) -> BlockResult:
    """
    Execute one block: outage, due work, then every operation in order.

    A block without effects leaves the root byte-identical, so an idle chain comes to rest.
    """
    overlay = Overlay(ledger.committed)
    _record_outage(ledger, overlay, block)
    pending = _Block(
        Moment(block.height, block.time_ms, ledger.outages), overlay, JournalWriter(ledger.committed)
    )
    _run_due_work(ledger, pending)
    results, codes = [], []
    for position, envelope in enumerate(block.envelopes):
        codes.append(INADMISSIBLE if envelope is None else EXECUTED)
        results.append(() if envelope is None else _run_envelope(ledger, pending, envelope, position))
    if pending.receipts:
        for journal in ledger.replay.over(block.time_ms):
            ledger.replay.drop(journal)
            pending.journals.drop(journal)
    overlay.write(pending.journals.writes())
    return _finish(ledger, block, pending, tuple(results), tuple(codes))


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


def _record_outage(ledger: LedgerState, overlay: Overlay, block: BlockInput) -> None:
    if block.height == 1:
        return
    outage = outage_between(ledger.facts, ledger.time_ms, block.time_ms)
    if outage is not None:
        overlay.write([OUTAGES.put(OutageRow(block.height, outage))])
        ledger.outages += (outage,)
        ledger.due.shift(outage)


def _run_due_work(ledger: LedgerState, block: _Block) -> None:
    """Write down what time has made true; a change that would break an invariant closes its row instead."""
    for queue in ledger.due.queues:
        for name, change in queue.run(block.overlay, block.now):
            try:
                _check(ledger, block, change)
            except InvariantBroken as broken:
                _close(ledger, block, name, broken.number, OperationId(_NO_OPERATION))
                continue
            _adopt(ledger, block, change)
            for event in receipt.encoded_events(change.events):
                block.due_events.append(bytes(event))
                block.journals.append(f"due/{_local_day_number(block.now.time_ms)}", bytes(event))


def _run_envelope(
    ledger: LedgerState, block: _Block, envelope: AdmittedEnvelope, position: int
) -> tuple[bytes, ...]:
    if envelope.expires <= block.now.time_ms:
        return tuple(codec.encode(NotTaken(item.id, "EXPIRED", "")) for item in envelope.operations)
    answers: list[bytes] = []
    for item in envelope.operations:
        answer = _run_operation(ledger, block, item)
        row = codec.encode(answer)
        if isinstance(answer, Receipt):
            _journal(ledger, block, item, row)
            block.receipts.append((item.id, position, len(answers)))
        block.index += 1
        answers.append(row)
    return tuple(answers)


def _run_operation(ledger: LedgerState, block: _Block, item: AdmittedOperation) -> Result:
    try:
        call = authenticate(item, Surroundings(block.overlay, ledger.replay, block.now))
    except TurnedAway as away:
        return NotTaken(item.id, away.code, away.first)
    try:
        change = decide(item, call, block.overlay)
        _check(ledger, block, change)
    except Refused as refusal:
        return receipt.refused(_place(block, item), refusal)
    except InvariantBroken as broken:
        name = quarantine_object(item)
        _close(ledger, block, name, broken.number, item.id)
        return receipt.refused(_place(block, item), Internal(broken.number, name))
    _adopt(ledger, block, change)
    return receipt.done(_place(block, item), change.events)


def _place(block: _Block, item: AdmittedOperation) -> Place:
    return Place(item.id, sha256(signed_leaf(item.signed)).hex(), block.now.height, block.index)


def _check(ledger: LedgerState, block: _Block, change: Change) -> None:
    """What must hold before a Change is adopted: rows that can be read again, and every contract's invariants."""
    if len({write.key for write in change.writes}) != len(change.writes):
        raise DuplicateWrite
    for write in change.writes:
        if write.value is not None and not codec.can_be_read(write.value):
            raise InvariantBroken(UNREADABLE, "a row would not be read again")
    after = Overlay(block.overlay)
    after.write(change.writes)
    check_touched(ledger.catalogue.contracts, change, block.overlay, after)


def _close(ledger: LedgerState, block: _Block, name: str, number: int, operation: OperationId) -> None:
    """Put an object into quarantine."""
    row = QuarantineRow(name, number, block.now.height, operation)
    _adopt(ledger, block, Change((QUARANTINE.put(row),)))


def _adopt(ledger: LedgerState, block: _Block, change: Change) -> None:
    block.overlay.write(change.writes)
    for write in change.writes:
        ledger.due.note(write.key, write.value, block.now.outages)
        if write.value is None:
            ledger.due.resume(write.key, block.overlay, block.now.outages)


def _journal(ledger: LedgerState, block: _Block, item: AdmittedOperation, row: bytes) -> None:
    body = item.body
    journal = replay_journal(body.expires)
    use, text = replay_row(body.author, body.nonce, body.via, item.id)
    ledger.replay.add(journal, use)
    block.journals.append(journal, text)
    block.journals.append(f"receipts/{_local_day_number(block.now.time_ms)}", row)


def _local_day_number(time_ms: int) -> int:
    """Days since 1970-01-01 in local time, UTC + 8 hours."""
    return (time_ms + 8 * 3_600_000) // 86_400_000


def _finish(
    ledger: LedgerState,
    block: BlockInput,
    pending: _Block,
    results: tuple[tuple[bytes, ...], ...],
    codes: tuple[int, ...],
) -> BlockResult:
    written: Mapping[bytes, msgspec.Struct | None] = pending.overlay.written
    writes = {key: None if value is None else codec.encode(value) for key, value in written.items()}
    root = ledger.tree.update(writes)
    ledger.committed.adopt(written.items())
    ledger.height, ledger.time_ms = block.height, block.time_ms
    return BlockResult(
        height=block.height,
        time_ms=block.time_ms,
        results=results,
        codes=codes,
        due_events=tuple(pending.due_events),
        writes=writes,
        journal_rows=tuple(pending.journals.appended),
        journals_dropped=tuple(pending.journals.dropped),
        receipts=tuple(pending.receipts),
        root=root,
        results_root=block_results_root(results, codes),
    )
