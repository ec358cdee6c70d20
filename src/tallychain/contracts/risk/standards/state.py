"""What is remembered of standards: those that hold or will hold, and how many each funder has published."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.risk.standards.operations import Publish
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, later_statuses, status_at
from tallychain.ledger.types import Amount, Digest, MemberName

STANDARDS_MAX: Final = 10
"""Standards of one funder that have not ended."""
MONTHS_MAX: Final = 24
"""How far ahead the last day of a standard may lie."""


class Standard(Struct, frozen=True, forbid_unknown_fields=True):
    """On what terms one funder would finance.  It leaves the state when it ends; its history is in the events."""

    standard: Digest
    """The operation that published it."""
    funder: MemberName
    number: Amount
    """Running number of the funder's standards, so that a version is never taken for another."""
    terms: Publish
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether it is planned, in force or ended at this moment, whether or not that has been written down yet."""
        return status_at(self.timeline, now)

    @property
    def begins_ms(self) -> int:
        """The beginning of its first day."""
        return instant_ms(parse_date(self.terms.valid_from))

    @property
    def ends_ms(self) -> int:
        """When it ends by itself."""
        return later_statuses(self.timeline, ())[-1][0]


class Published(Struct, frozen=True, forbid_unknown_fields=True):
    """How many standards a funder has published."""

    funder: MemberName
    standards: Amount


STANDARDS: Final = Table("standard", Standard, lambda row: (row.funder, row.standard))
PUBLISHED: Final = Table("meta", Published, lambda row: (row.funder,), prefix=("standards-published",))
