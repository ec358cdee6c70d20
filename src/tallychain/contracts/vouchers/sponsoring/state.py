"""Holders that claim that their sponsor is idle."""

from typing import Final

from msgspec import Struct

from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Instant, KeyText, MemberName

WAITING: Final = "WAITING"
FREE: Final = "FREE"
"""The sponsor did not answer: for a time any member may carry the holder's acts."""
ANSWERED: Final = "ANSWERED"
OVER: Final = "OVER"
CLAIM_STATUSES: Final = (WAITING, FREE, ANSWERED, OVER)


class Claim(Struct, frozen=True, forbid_unknown_fields=True):
    """A holder says that its sponsor does not carry its acts; the row is there as long as that matters."""

    tag: KeyText
    sponsor: MemberName
    claimed_ms: Instant
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """`WAITING`, `FREE` or `OVER`, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


CLAIMS: Final = Table("claim", Claim, lambda row: (row.tag,))
