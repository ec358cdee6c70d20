"""What time does to guarantees: a frame's last day passes, and a guarantor that was called lets its days pass."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.guaranteeing import repaying
from tallychain.contracts.vouchers.guaranteeing.book import default_of
from tallychain.contracts.vouchers.guaranteeing.events import FrameOver
from tallychain.contracts.vouchers.guaranteeing.state import (
    FRAMES,
    GUARANTEES,
    Frame,
    Guarantee,
)
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step

FRAMES_PER_BLOCK: Final = 100
GUARANTEES_PER_BLOCK: Final = 200


def frame_change(frame: Frame, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """No voucher is issued under it any more; those that were keep their guarantee."""
    later = replace(frame, timeline=after_next_step(frame.timeline))
    event = FrameOver(frame.guarantor, frame.issuer, later.timeline.status, since_ms)
    return Change((FRAMES.put(later),), (event,))


def guarantee_change(guarantee: Guarantee, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """The guarantor has not paid in time; it stays bound."""
    later = replace(guarantee, timeline=after_next_step(guarantee.timeline))
    return Change((GUARANTEES.put(later),), (default_of(guarantee, since_ms),))


DUE_KINDS: Final = (
    DueKind(
        name="guarantee_frame",
        table=FRAMES,
        budget=FRAMES_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=frame_change,
    ),
    DueKind(
        name="guarantee",
        table=GUARANTEES,
        budget=GUARANTEES_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=guarantee_change,
    ),
    repaying.DUE_KIND,
)
