"""What is remembered of what issuers have promised and paid: sums by month, and the records of closed months.

A fact is added to the month in which it became true, whenever it is written down; nothing is ever counted over vouchers or holdings.
So a month is closed from a few dozen small rows of its issuer, however much was issued.
"""

from typing import Final

from msgspec import Struct

from tallychain.contracts.disclosure.months import Month
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Instant, MemberName

OPEN: Final = "OPEN"
CLOSED: Final = "CLOSED"

SPONSOR: Final = "SPONSOR"
FUNDER: Final = "FUNDER"

LOOK_BACK_MONTHS: Final = 60
"""Cumulative overdue looks back five years (PBoC Announcement [2020] No. 19); what is older leaves the state, its history is in the events."""


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """An issuer of whom months are disclosed; it begins with the first voucher that is accepted."""

    issuer: MemberName
    month: Month
    """The month that is closed next; every earlier one is closed."""
    accepted: Count
    """Faces of all vouchers accepted until the end of the last closed month, in fen."""
    balance: Count
    """What was owed at the end of the last closed month, of accepted vouchers."""
    overdue_balance: Count
    """What of that was overdue."""
    persistent_since: str
    """The month whose record was the first to find the issuer persistently overdue without a break since; empty if it is not."""
    timeline: Timeline


class MonthFacts(Struct, frozen=True, forbid_unknown_fields=True):
    """What became true for one issuer within one month, in fen where not said otherwise."""

    issuer: MemberName
    month: Month
    accepted: Count = 0
    vouchers: Count = 0
    """Vouchers accepted."""
    yuan_days: Count = 0
    """Whole yuan of each accepted face, times the days from issue to maturity."""
    discharged: Count = 0
    """What is not owed any more: paid, released, or given up by all."""
    overdue: Count = 0
    """What became overdue, less what turned out to have been booked in time."""
    overdue_events: Count = 0
    overdue_ended: Count = 0
    """What of anything overdue is not owed any more."""
    in_time: Count = 0
    """What was paid by its cut-off; in the month of the cut-off where that was attested later."""
    missed: Count = 0
    """What was owed at a cut-off, less what turned out to have been booked in time."""


class Arrear(Struct, frozen=True, forbid_unknown_fields=True):
    """A voucher of which something was owed at its cut-off; it leaves the state when nothing is owed any more."""

    issuer: MemberName
    voucher: str
    missed_month: Month
    missed: Count
    overdue_month: str
    """Empty until it is overdue."""
    overdue: Count


class Contributor(Struct, frozen=True, forbid_unknown_fields=True):
    """In which of the last months a member brought a first holder to an issuer's voucher, or financed one."""

    issuer: MemberName
    kind: str
    """`SPONSOR` or `FUNDER`."""
    member: MemberName
    months: tuple[Month, ...]
    """In order."""


class Further(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said only where enough others have a part in it, so that nobody reads one supplier's business out of it."""

    on_time_bp: int
    """Of what had to be paid in twelve months, what was paid by its cut-off, in hundredths of a percent, rounded down; -1 if nothing had to be paid."""
    term_days: Count
    """Days from issue to maturity of what was accepted in twelve months, weighted by face, rounded down."""
    scale: str
    """Band of what was accepted in twelve months."""
    sponsors: str
    """Band of the sponsors of first holders; there are at least as many suppliers as one would count behind them."""
    funders: str
    """Band of the members that financed."""
    score: int
    """0 to 100 by the policy; -1 where that gives no weights or nothing had to be paid."""
    grade: str
    """`A` to `D`, or empty."""


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    """What is disclosed of one issuer for one month, as at its end.  It is final: what turns out later stands beside it."""

    issuer: MemberName
    month: Month
    policy: Count
    """Version of the policy by which it was made; 0 for none."""
    accepted_month: Count
    accepted_year: Count
    """Since 1 January."""
    accepted: Count
    """Since the issuer's first voucher (累计承兑)."""
    balance: Count
    """What is owed of accepted vouchers (余额)."""
    overdue: Count
    """What has become overdue within five years (累计逾期)."""
    overdue_balance: Count
    """What is overdue (逾期余额)."""
    overdue_events: Count
    """Vouchers that have become overdue within the months in which persistence is judged."""
    persistent_since: str
    """Month; empty where the issuer is not persistently overdue (持续逾期)."""
    further: Further | None
    """None where too few others have a part in it."""
    remarks: Count
    """Remarks of the issuer."""
    corrections: Count
    """What turned out later and is said beside it."""
    closed_ms: Instant


ACCOUNTS: Final = Table("disclosure", Account, lambda row: (row.issuer,))
MONTHS: Final = Table("meta", MonthFacts, lambda row: (row.issuer, row.month), prefix=("disclosure-month",))
ARREARS: Final = Table("meta", Arrear, lambda row: (row.issuer, row.voucher), prefix=("disclosure-arrear",))
CONTRIBUTORS: Final = Table(
    "meta",
    Contributor,
    lambda row: (row.issuer, row.kind, row.member),
    prefix=("disclosure-contributor",),
)
RECORDS: Final = Table("meta", Record, lambda row: (row.issuer, row.month), prefix=("disclosure-record",))
