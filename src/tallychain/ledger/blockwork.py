"""The work of one block while it is executed: due work, then envelopes, each operation tried in a layer of its own.

Everything happens in layers over the chain's state; nothing of the chain itself changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tallychain.crypto.digest import sha256
from tallychain.ledger import codec, receipt
from tallychain.ledger.admission import AdmittedEnvelope, AdmittedOperation
from tallychain.ledger.contract import Change, Contract, DuplicateWrite
from tallychain.ledger.due import DueWork
from tallychain.ledger.engineparameters import EngineParameters, parameter_step
from tallychain.ledger.execution import Surroundings, authenticate, check_touched, decide, quarantine_object
from tallychain.ledger.journals import JournalWriter, PendingReplay, replay_journal, replay_row
from tallychain.ledger.operation import signed_leaf
from tallychain.ledger.quarantine import QUARANTINE, QuarantineRow
from tallychain.ledger.receipt import NotTaken, Place, Receipt
from tallychain.ledger.refusals import Internal, InvariantBroken, Refused, TurnedAway
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import Moment, local_day_number
from tallychain.ledger.types import OperationId
from tallychain.ledger.validators import ValidatorUpdate, engine_step

UNREADABLE = 0
"""The number under which a row that could not be read again counts as a broken invariant."""

_NO_OPERATION = "0" * 64


@dataclass(frozen=True, slots=True)
class BlockWork:
    """The pending effects of the block being executed."""

    contracts: Sequence[Contract]
    now: Moment
    overlay: Overlay
    journals: JournalWriter
    replay: PendingReplay
    due: DueWork
    receipts: list[tuple[OperationId, int, int]] = field(default_factory=list)
    """Which operations got a receipt, with envelope and position."""
    due_events: list[bytes] = field(default_factory=list)
    """Events that no envelope carries: of due work, and of what the engine is told."""
    tried: list[OperationId] = field(default_factory=list)
    """Every operation so far, in order of execution."""


def run_due_work(block: BlockWork) -> None:
    """Write down what time has made true; a change that would break an invariant closes its row instead."""
    for queue in block.due.queues:
        for name, change in queue.run(block.overlay, block.now):
            try:
                _check(block, change)
            except InvariantBroken as broken:
                _close(block, name, broken.number, OperationId(_NO_OPERATION))
                continue
            _publish(block, change)


def tell_engine(block: BlockWork) -> tuple[tuple[ValidatorUpdate, ...], EngineParameters | None]:
    """Last in a block: what the engine is told of its validators and its own parameters, written down with it."""
    validators = engine_step(block.overlay, block.now)
    parameters = parameter_step(block.overlay, block.now)
    for change in (validators.change, parameters.change):
        _check(block, change)
        _publish(block, change)
    return validators.updates, parameters.parameters


def run_envelope(block: BlockWork, envelope: AdmittedEnvelope, position: int) -> tuple[bytes, ...]:
    """Execute the operations of one envelope in order; the canonical receipt or answer of each."""
    if envelope.expires <= block.now.time_ms:
        return tuple(codec.encode(NotTaken(item.id, "EXPIRED", "")) for item in envelope.operations)
    answers: list[bytes] = []
    for item in envelope.operations:
        answer = _run_operation(block, item)
        row = codec.encode(answer)
        if isinstance(answer, Receipt):
            _journal(block, item, row)
            block.receipts.append((item.id, position, len(answers)))
        block.tried.append(item.id)
        answers.append(row)
    return tuple(answers)


def _run_operation(block: BlockWork, item: AdmittedOperation) -> Receipt | NotTaken:
    try:
        call = authenticate(item, Surroundings(block.overlay, block.replay, block.now))
    except TurnedAway as away:
        return NotTaken(item.id, away.code, away.first)
    try:
        change = decide(item, call, block.overlay)
        _check(block, change)
    except Refused as refusal:
        return receipt.refused(_place(block, item), refusal)
    except InvariantBroken as broken:
        name = quarantine_object(item)
        _close(block, name, broken.number, item.id)
        return receipt.refused(_place(block, item), Internal(broken.number, name))
    _take(block, change)
    return receipt.done(_place(block, item), change.events)


def _place(block: BlockWork, item: AdmittedOperation) -> Place:
    return Place(item.id, sha256(signed_leaf(item.signed)).hex(), block.now.height, len(block.tried))


def _check(block: BlockWork, change: Change) -> None:
    """What must hold before a Change is adopted: rows that can be read again, and every contract's invariants."""
    if len({write.key for write in change.writes}) != len(change.writes):
        raise DuplicateWrite
    for write in change.writes:
        if write.value is not None and not codec.can_be_read(write.value):
            raise InvariantBroken(UNREADABLE, "a row would not be read again")
    after = Overlay(block.overlay)
    after.write(change.writes)
    check_touched(block.contracts, change, block.overlay, after)


def _close(block: BlockWork, name: str, number: int, operation: OperationId) -> None:
    """Put an object into quarantine."""
    row = QuarantineRow(name, number, block.now.height, operation)
    _take(block, Change((QUARANTINE.put(row),)))


def _take(block: BlockWork, change: Change) -> None:
    """Let a Change hold for the rest of the block."""
    block.overlay.write(change.writes)
    for write in change.writes:
        block.due.note(write.key, write.value, block.now.outages)
        if write.value is None:
            block.due.resume(write.key, block.overlay, block.now.outages)


def _publish(block: BlockWork, change: Change) -> None:
    """Let a Change hold that no operation made."""
    _take(block, change)
    for event in receipt.encoded_events(change.events):
        block.due_events.append(bytes(event))
        block.journals.append(f"due/{local_day_number(block.now.time_ms)}", bytes(event))


def _journal(block: BlockWork, item: AdmittedOperation, row: bytes) -> None:
    body = item.body
    journal = replay_journal(body.expires)
    use, text = replay_row(body.author, body.nonce, body.via, item.id)
    block.replay.add(journal, use)
    block.journals.append(journal, text)
    block.journals.append(f"receipts/{local_day_number(block.now.time_ms)}", row)
