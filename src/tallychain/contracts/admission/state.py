"""What is remembered: introductions that stand, and which bank answers for which core enterprise until when."""

from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Step, Timeline, status_at
from tallychain.ledger.types import Count, Day, Digest, Instant, MemberName

OPEN: Final = "OPEN"
USED: Final = "USED"
LAPSED: Final = "LAPSED"
WITHDRAWN: Final = "WITHDRAWN"

IN_ORDER: Final = "IN_ORDER"
WITHOUT_BANK: Final = "WITHOUT_BANK"
MISSED: Final = "MISSED"

INTRODUCTIONS_MAX: Final = 20
"""Introductions of one bank that stand."""
DAY_MS: Final = 86_400_000


class Introduction(Struct, frozen=True, forbid_unknown_fields=True):
    """A bank answers for an enterprise that would become a member; it leaves the state with its end, its history is in the events."""

    member: MemberName
    bank: MemberName
    operation: Digest
    """The operation that made it; the file stands in there."""
    uscc: str
    since_ms: Instant
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether it stands at this moment."""
        return status_at(self.timeline, now)


class ReviewRow(Struct, frozen=True, forbid_unknown_fields=True):
    """Which bank answers for a core enterprise, and until when the next review has to be made."""

    member: MemberName
    bank: MemberName
    """That answers or, where it has withdrawn or gone, the last that did."""
    due: Day
    """Last local day for the next review."""
    reviewed_ms: Instant
    """When the last one, or the introduction, was made; 0 for a founder's that has had none."""
    reviews: Count
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether a bank answers for the enterprise at this moment, or the review is missed."""
        return status_at(self.timeline, now)


INTRODUCTIONS: Final = Table("introduction", Introduction, lambda row: (row.member, row.bank))
REVIEWS: Final = Table("review", ReviewRow, lambda row: (row.member,))


def until_end_of(day: str, status: str, then: str) -> Timeline:
    """A status to the end of a local day, and what it is afterwards."""
    return Timeline(status, (Step(end_of(parse_date(day)), then),))


def end_of(day: date) -> int:
    """The instant at which a local day is over."""
    return instant_ms(day + timedelta(days=1))
