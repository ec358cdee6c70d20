"""What must hold of changes of keys: two members that are not one, and none without its time to object (I210, I211)."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed
from tallychain.contracts.vouchers.rekeying.state import (
    CONSENTED,
    LAPSED,
    PROPOSED,
    REKEYED,
    REKEYS,
    STANDING,
    TAKEABLE,
    Rekey,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import later_statuses

Fault = tuple[int, str]

AGREED = (CONSENTED, TAKEABLE)
"""What it was when the second bank had consented and nobody had objected, as far as it was written down."""


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for key in change.removed:
        if key.startswith(REKEYS.key()):
            yield 4, "a change of keys was removed"
    for rekey in change.written(Rekey):
        yield from _of_rekey(rekey)
    for event in change.events:
        if isinstance(event, HolderRekeyed):
            stood, stands = before.get(REKEYS, event.tag), after.get(REKEYS, event.tag)
            if not (_agreed(stood, event) and stands is not None and stands.timeline.status == REKEYED):
                yield 210, f"holdings of {event.voucher} got keys to which two members have not agreed"


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for rekey in state.iterate(REKEYS):
        yield from _of_rekey(rekey)


def _agreed(stood: Rekey | None, event: HolderRekeyed) -> bool:
    """Whether both had said so, of this very tag and this very receiver."""
    return (
        stood is not None
        and stood.timeline.status in AGREED
        and (stood.id, stood.voucher, stood.receiver) == (event.rekey, event.voucher, event.receiver)
    )


def _of_rekey(rekey: Rekey) -> Iterator[Fault]:
    if rekey.second in (rekey.proposer, rekey.held.sponsor) or rekey.receiver.sponsor != rekey.proposer:
        yield 210, f"the change of keys {rekey.id} has not two members that say so"
    ends = tuple(status for _, status in later_statuses(rekey.timeline, ()))
    wanted = {PROPOSED: (LAPSED,), CONSENTED: (TAKEABLE, LAPSED), TAKEABLE: (LAPSED,)}
    if rekey.timeline.status in STANDING and ends != wanted[rekey.timeline.status]:
        yield 211, f"the change of keys {rekey.id} is {rekey.timeline.status} without an end by time"
