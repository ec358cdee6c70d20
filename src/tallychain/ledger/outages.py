"""Gaps in which no block was made: recorded so that deadlines inside them move to their end (design page "ledger", State machine)."""

from typing import Final

from msgspec import Struct

from tallychain.ledger import limits
from tallychain.ledger.parameters import ChainFacts
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Outage
from tallychain.ledger.types import Count, Instant


class OutageRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One outage, by the height of the first block after it."""

    height: Count
    outage: Outage


class Clock(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The last block that had an effect, on a chain whose engine keeps block times where the ledger cannot read them again.

    Whoever takes the state over from others finds the time after which the next gap is counted among what the app hash vouches for.  A block
    without effects does not write it, so an idle chain stays at rest.
    """

    height: Count
    time_ms: Instant
    target_ms: Instant
    """Where a clock that is moved by hand is on its way to; 0 where it stands, and always with the system's clock."""


CLOCK: Final = Table("meta", Clock, lambda _: (), prefix=("clock",))
OUTAGES: Final = Table("outage", OutageRow, lambda row: (row.height,))


def all_outages(state: Reader) -> tuple[Outage, ...]:
    """Every recorded outage in order."""
    return tuple(row.outage for row in state.iterate(OUTAGES))


def outage_between(facts: ChainFacts, before_ms: Instant, now_ms: Instant) -> Outage | None:
    """The outage that ends with a block of this time, if the gap since the block before is one."""
    if not facts.outages or before_ms == 0 or now_ms - before_ms <= limits.OUTAGE_GAP_MS:
        return None
    return Outage(before_ms, now_ms, facts.outage_grace_ms)
