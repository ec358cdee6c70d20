"""The time of a trial chain whose clock is moved by hand: the ledger's own, and not that of the engine's blocks.

Every block is one millisecond after the one before.  A transaction that only such a chain has sets a target; then each block moves to the next instant that due
work waits for, or to the target, and writes down where it is going.  So the state changes, and the engine makes the next block at once until the
target is reached.  Whoever reaches a node of such a chain may move its time: it is no production chain and can never become one.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.ledger import codec, limits
from tallychain.ledger.machine import LedgerState
from tallychain.ledger.outages import CLOCK
from tallychain.ledger.types import ChainName

_PREFIX: Final = b"tallychain clock "
_LARGEST: Final = 200


class _Move(Struct, frozen=True, forbid_unknown_fields=True):
    chain: ChainName
    to_ms: Annotated[int, Meta(gt=0, le=limits.TIME_MS)]


def clock_transaction(chain: str, to_ms: int) -> bytes:
    """The transaction that asks for a time."""
    return _PREFIX + codec.encode(_Move(chain, to_ms))


def target_in(tx: bytes, chain: str) -> int | None:
    """The time that a transaction asks for, or None where it is no such transaction."""
    if not tx.startswith(_PREFIX) or len(tx) > _LARGEST:
        return None
    try:
        move = codec.decode(_Move, tx.removeprefix(_PREFIX))
    except codec.Malformed:
        return None
    return move.to_ms if move.chain == chain else None


def pending_target(state: LedgerState) -> int:
    """Where time is on its way to; 0 where it stands."""
    clock = state.committed.get(CLOCK)
    return 0 if clock is None else clock.target_ms


def next_time(state: LedgerState, last_ms: int, asked_ms: int) -> tuple[int, int | None]:
    """
    The next block's time, and the target that it goes on to: 0 where it arrives, None where time is not being moved.

    `asked_ms` is the latest time that the block itself asks for, or 0.
    """
    target_ms = max(pending_target(state), asked_ms)
    if target_ms <= last_ms:
        return last_ms + 1, None
    due_ms = state.next_due_ms()
    time_ms = target_ms if due_ms is None else min(max(due_ms, last_ms + 1), target_ms)
    return time_ms, target_ms if target_ms > time_ms else 0
