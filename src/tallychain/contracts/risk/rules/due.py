"""What time does: ceilings take effect and end.  Every rule asks `status_at`, so being late here changes no outcome."""

from msgspec.structs import replace

from tallychain.contracts.risk.events import CeilingEnded, CeilingTookEffect
from tallychain.contracts.risk.state import CEILINGS, ENDED, Ceiling
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step

CEILINGS_PER_BLOCK = 100


def ceiling_change(ceiling: Ceiling, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """A planned ceiling takes effect; one whose last day is over leaves the state, its history is in the events."""
    later = replace(ceiling, timeline=after_next_step(ceiling.timeline))
    if later.timeline.status == ENDED:
        return Change((CEILINGS.delete(later),), (CeilingEnded(later.ceiling, later.issuer, since_ms),))
    event = CeilingTookEffect(later.ceiling, later.issuer, later.timeline, since_ms)
    return Change((CEILINGS.put(later),), (event,))


DUE_KINDS = (
    DueKind(
        name="ceiling",
        table=CEILINGS,
        budget=CEILINGS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=ceiling_change,
    ),
)
