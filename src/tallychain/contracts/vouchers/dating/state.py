"""The one job that goes through all vouchers after a calendar was published."""

from typing import Final

from msgspec import Struct

from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Instant

RUNNING: Final = "RUNNING"


class Redating(Struct, frozen=True, forbid_unknown_fields=True):
    """How far the vouchers have been dated again, the newest first; another publication begins it anew."""

    first_year: Count
    last_year: Count
    """Nominal maturities from the first to the last year may rest on what was published."""
    published_ms: Instant
    """When the latest of the calendars was published."""
    day: str
    """Issue day of the next voucher to look at; empty once no day is left."""
    serial: Count
    """Its serial of that day."""
    timeline: Timeline


REDATING: Final = Table("redating", Redating, lambda _: ())
