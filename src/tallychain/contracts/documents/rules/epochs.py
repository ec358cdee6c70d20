"""Epochs of the alliance's fingerprint key: which are named, how another begins, and when one ends.

A member that has left keeps the keys that it had, and tests papers with them as long as papers are named under them.  The earlier keys go on
being named for as long as a payable that was presented under them, and a voucher on it, can last, and a year longer: so a paper that was
promised under an earlier name is found under it by whoever presents it again.  Once they have ended, the leaver's keys tell nothing.
"""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from tallychain.contracts.documents import keyrefusals
from tallychain.contracts.documents.events import KeyEpochBegun, KeyEpochEnded, KeyEpochEnding
from tallychain.contracts.documents.policies import longest_months
from tallychain.contracts.documents.state import EPOCHS_MAX, KEY_ENDED, KEY_EPOCHS, NAMED, KeyEpoch
from tallychain.instruments.calendar import add_months, format_date, instant_ms, local_day
from tallychain.ledger import limits
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, settled, shifted

WITHOUT_RECORD: Final = (1,)
"""What is named on a chain whose genesis document commits to no key: one, which nobody can compare."""


def named_epochs(state: Reader, now: Moment) -> tuple[int, ...]:
    """The epochs under whose keys a paper is named at this moment, oldest first; the last is the newest."""
    rows = state.scan(KEY_EPOCHS)
    return tuple(row.epoch for row in rows if row.status_at(now) == NAMED) or WITHOUT_RECORD


def begin_epoch(epoch: int, commitment: str, passed_ms: int, state: Reader, now: Moment) -> Change:
    """
    Papers are named with another key from this block on, and each earlier one has an end.

    `passed_ms` is since when gateways pass the key to one another.
    """
    rows = state.scan(KEY_EPOCHS)
    if not rows:
        raise keyrefusals.NoFoundingKey
    following = rows[-1].epoch + 1
    if epoch != following:
        raise keyrefusals.KeyEpochNotNext(epoch, following)
    for row in rows:
        if row.commitment == commitment:
            raise keyrefusals.KeyCommitmentKnown(row.epoch)
    named = [row for row in rows if row.status_at(now) == NAMED]
    if len(named) >= EPOCHS_MAX:
        raise keyrefusals.TooManyKeyEpochs(EPOCHS_MAX, format_date(local_day(named[0].ends_ms)))
    newest = KeyEpoch(epoch, commitment, passed_ms, now.time_ms, 0, settled(NAMED))
    ends_ms = _end_ms(now.time_ms, state)
    ending = [_ending(row, ends_ms) for row in named if row.ends_ms == 0]
    over = [row for row in rows if row.timeline.status == NAMED and row not in named]
    written_down = Change()
    for row in over:  # its end is true and due work has not come to it
        written_down += end_epoch(row, shifted(row.ends_ms, now.outages), now, state)
    return written_down + Change(
        (*(KEY_EPOCHS.put(row) for row in ending), KEY_EPOCHS.put(newest)),
        (
            KeyEpochBegun(epoch, commitment, now.time_ms),
            *(KeyEpochEnding(row.epoch, row.ends_ms, row.timeline) for row in ending),
        ),
    )


def prolong_epochs(state: Reader, now: Moment) -> Change:
    """Where a policy lets vouchers last longer than when an epoch was given its end, that end moves; none ever comes nearer."""
    rows = state.scan(KEY_EPOCHS)
    begun = {row.epoch: row.begun_ms for row in rows}
    moved = [
        _ending(row, ends_ms)
        for row in rows
        if row.ends_ms
        and row.status_at(now) == NAMED
        and (ends_ms := _end_ms(begun[row.epoch + 1], state)) > row.ends_ms
    ]
    return Change(
        tuple(KEY_EPOCHS.put(row) for row in moved),
        tuple(KeyEpochEnding(row.epoch, row.ends_ms, row.timeline) for row in moved),
    )


def end_epoch(row: KeyEpoch, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """An earlier key is named no longer."""
    ended = replace(row, timeline=after_next_step(row.timeline))
    return Change((KEY_EPOCHS.put(ended),), (KeyEpochEnded(row.epoch, since_ms),))


def _ending(row: KeyEpoch, ends_ms: int) -> KeyEpoch:
    return replace(row, ends_ms=ends_ms, timeline=Timeline(NAMED, (Step(ends_ms, KEY_ENDED),)))


def _end_ms(begun_ms: int, state: Reader) -> int:
    """The beginning of the day after the last on which something that was named without the newer key can matter."""
    day = local_day(begun_ms)
    last = min(add_months(day, longest_months(state, format_date(day))), local_day(limits.TIME_MS))
    return instant_ms(last + timedelta(days=1))
