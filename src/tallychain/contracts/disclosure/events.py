"""Facts published about issuers: everybody may know them, members or not."""

from tallychain.contracts.disclosure.months import Month
from tallychain.contracts.disclosure.state import Further
from tallychain.ledger.contract import Event
from tallychain.ledger.types import Count, Day, Instant, MemberName


class VoucherDisclosed(Event, frozen=True, tag="disclosure.voucher"):
    """A voucher was accepted: what the bill regime wants to be known of it within a business day.  No holder is named."""

    voucher: str
    issuer: MemberName
    name: str
    uscc: str
    issue_day: Day
    accepted_day: Day
    face: Count
    maturity: Day


class MonthPublished(Event, frozen=True, tag="disclosure.month"):
    """The figures of one issuer for one month, as at its end."""

    issuer: MemberName
    month: Month
    policy: Count
    accepted_month: Count
    accepted_year: Count
    accepted: Count
    balance: Count
    overdue: Count
    overdue_balance: Count
    overdue_events: Count
    persistent_since: str
    further: Further | None
    since_ms: Instant
    """When the month was closed by rule, whenever that was written down."""


class RecordCorrected(Event, frozen=True, tag="disclosure.corrected"):
    """Something that belongs to a closed month turned out; its record and those after it stay, and this says what they lack."""

    issuer: MemberName
    voucher: str
    month: Month
    """The first record that it touches."""
    through: Month
    """The last one."""
    cause: str
    """`BOOKED_IN_TIME` or `RECORDED_LATE`."""
    missed: int
    """What the records of the month say too little (or too much, below 0) of what was owed at a cut-off, in fen."""
    overdue: int
    """The same of what became overdue."""
    overdue_events: int
    """The same of the number of vouchers that became overdue."""


class IssuerRemarked(Event, frozen=True, tag="disclosure.remarked"):
    """The issuer said something about a record; the figures stay as they are."""

    issuer: MemberName
    month: Month
    number: Count
    text: str


EVENTS: tuple[type[Event], ...] = (VoucherDisclosed, MonthPublished, RecordCorrected, IssuerRemarked)
