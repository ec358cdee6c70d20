"""How a change of keys ends without anything having moved: by somebody's word, by an act of the old key, or by time."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from tallychain.contracts.vouchers.rekeying.events import RekeyEnded, RekeyVetoed
from tallychain.contracts.vouchers.rekeying.state import (
    FORGOTTEN,
    REKEYS,
    STANDING,
    TAKEABLE,
    VETOED,
    VETOED_DAYS,
    Rekey,
)
from tallychain.contracts.vouchers.rules.change import DAY_MS
from tallychain.ledger.contract import Call, Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, settled

A = TypeVar("A", bound=msgspec.Struct)

REKEYS_PER_BLOCK: Final = 200


def ended(rekey: Rekey, status: str, since_ms: int) -> Change:
    """It is over, and the holdings have kept their keys."""
    told = RekeyEnded(rekey.id, rekey.voucher, rekey.tag, status, since_ms)
    return Change((REKEYS.put(replace(rekey, timeline=settled(status))),), (told,))


def vetoed(rekey: Rekey, now: Moment) -> Change:
    """The old key has acted: it is over, and stays so for a while, whoever would propose it again."""
    timeline = Timeline(VETOED, (Step(now.time_ms + VETOED_DAYS * DAY_MS, FORGOTTEN),))
    told = RekeyVetoed(rekey.id, rekey.voucher, rekey.tag, rekey.proposer, rekey.second, timeline)
    return Change((REKEYS.put(replace(rekey, timeline=timeline)),), (told,))


def vetoed_by_acting(rule: Callable[[A, Call, Reader], Change]) -> Callable[[A, Call, Reader], Change]:
    """The same rule; whoever acts with a key has it, so any act of the old tag is a veto."""

    def asked(args: A, call: Call, state: Reader) -> Change:
        change = rule(args, call, state)
        stands = None if call.tag is None else state.get(REKEYS, call.tag)
        if stands is None or stands.status_at(call.now) not in STANDING or change.written(Rekey):
            return change
        return change + vetoed(stands, call.now)

    return asked


def rekey_change(rekey: Rekey, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """The time to object is over, or nobody has answered or taken; or a veto is long ago."""
    later = after_next_step(rekey.timeline)
    if later.status == TAKEABLE:
        return Change((REKEYS.put(replace(rekey, timeline=later)),))
    return ended(rekey, later.status, since_ms)


DUE_KIND: Final = DueKind(
    name="rekey",
    table=REKEYS,
    budget=REKEYS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=rekey_change,
)
