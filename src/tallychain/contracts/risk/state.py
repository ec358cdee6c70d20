"""What is remembered of risk: ceilings that banks grant to issuers, what is used of them, and payments that were missed."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, has_passed, status_at
from tallychain.ledger.types import Amount, Count, Day, Digest, Instant, MemberName

PLANNED: Final = "PLANNED"
IN_FORCE: Final = "IN_FORCE"
ENDED: Final = "ENDED"
STATUSES: Final = (PLANNED, IN_FORCE, ENDED)

CEILINGS_MAX: Final = 10
"""Ceilings of one bank for one issuer that have not ended."""

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$(?!\\n)")]


class Ceiling(Struct, frozen=True, forbid_unknown_fields=True):
    """How much an issuer may have outstanding as far as one bank is concerned (开立额度).  It leaves the state when it ends."""

    ceiling: Digest
    """The operation that granted it."""
    issuer: MemberName
    bank: MemberName
    amount: Amount
    currency: Currency
    valid_from: Day
    """First local day on which it holds."""
    valid_until: Day
    """Last local day on which it holds."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether it is planned, in force or ended at this moment, whether or not that has been written down yet."""
        return status_at(self.timeline, now)


class Usage(Struct, frozen=True, forbid_unknown_fields=True):
    """What an issuer has outstanding: taken at issue, given back by every payment and every end."""

    issuer: MemberName
    used: Count
    """In fen."""


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """How many vouchers of an issuer have to be paid by one instant and are not paid yet."""

    issuer: MemberName
    cutoff_ms: Instant
    vouchers: Count

    def is_missed(self, now: Moment) -> bool:
        """Whether the instant has passed, whether or not anybody has written that down yet."""
        return has_passed(self.cutoff_ms, now)


class Missed(Struct, frozen=True, forbid_unknown_fields=True):
    """A payment that was missed and has not been made since."""

    issuer: MemberName
    voucher: str
    since_ms: Instant


class Blocked(Struct, frozen=True, forbid_unknown_fields=True):
    """How many missed payments of an issuer are on record; it is there while there is one."""

    issuer: MemberName
    vouchers: Count


CEILINGS: Final = Table("ceiling", Ceiling, lambda row: (row.issuer, row.ceiling))
USAGES: Final = Table("meta", Usage, lambda row: (row.issuer,), prefix=("ceiling-usage",))
EXPECTED: Final = Table(
    "meta", Expected, lambda row: (row.issuer, row.cutoff_ms), prefix=("expected-payment",)
)
MISSED: Final = Table("meta", Missed, lambda row: (row.issuer, row.voucher), prefix=("missed-payment",))
BLOCKED: Final = Table("meta", Blocked, lambda row: (row.issuer,), prefix=("blocked-issuer",))
