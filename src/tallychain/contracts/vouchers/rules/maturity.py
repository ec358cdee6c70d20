"""From the nominal day of a promise to the day on which it is due, by the calendars that the alliance has published."""

from dataclasses import dataclass
from datetime import date, timedelta

from tallychain.contracts.vouchers.settling.policies import SettlementPolicy
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    DUE,
    DUE_UNDATED,
    FIRM,
    OVERDUE,
    PROVISIONAL,
    UNPAID_PENDING,
    Voucher,
)
from tallychain.instruments.calendar import (
    Calendar,
    CalendarNotPublished,
    CalendarYear,
    instant_ms,
    parse_date,
)
from tallychain.ledger.parameters import CALENDARS
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Step, Timeline


@dataclass(frozen=True, slots=True)
class Maturity:
    """When a voucher is due, and from when on no title moves."""

    effective: date
    kind: str
    """`FIRM` or `PROVISIONAL`."""
    blackout_ms: int
    due_ms: int


def maturity_of(nominal: date, blackout_business_days: int, state: Reader) -> Maturity:
    """
    The maturity that a nominal day gives.

    The effective day is the nominal one or the first business day after it; the black-out begins with the first of the business
    days before that one, 00:00 local time.  Where a calendar that decides this is not published nothing is guessed about business days:
    the maturity is PROVISIONAL, its day the nominal one, and the black-out as many calendar days before it.
    """
    calendar = published(state, nominal.year)
    try:
        effective = calendar.next_business_day_on_or_after(nominal)
        closing = (*calendar.business_days_before(effective, blackout_business_days), effective)[0]
    except CalendarNotPublished:
        closing = nominal - timedelta(days=blackout_business_days)
        return Maturity(nominal, PROVISIONAL, instant_ms(closing), instant_ms(nominal))
    return Maturity(effective, FIRM, instant_ms(closing), instant_ms(effective))


@dataclass(frozen=True, slots=True)
class PaymentTimes:
    """By when a voucher has to be paid."""

    cutoff_ms: int
    """By when the money has to be booked; 0 while the maturity is provisional, so nobody can be late."""
    overdue_ms: int
    """The cut-off of the last business day of grace; 0 while the calendar that decides this is not published."""


def payment_times(maturity: Maturity, policy: SettlementPolicy, state: Reader) -> PaymentTimes:
    """
    The instants after which a voucher with this maturity is unpaid and overdue.

    D + 3 of Monday 2026-09-14 is Thursday 2026-09-17 (supply-chain study, scenario 24); overdue is recorded at that day's cut-off.
    """
    if maturity.kind != FIRM:
        return PaymentTimes(0, 0)
    hour, minute = divmod(policy.cutoff_minutes, 60)
    cutoff_ms = instant_ms(maturity.effective, hour, minute)
    try:
        last = published(state, maturity.effective.year).add_business_days(
            maturity.effective, policy.overdue_business_days
        )
    except CalendarNotPublished:
        return PaymentTimes(cutoff_ms, 0)
    return PaymentTimes(cutoff_ms, instant_ms(last, hour, minute))


def timeline_from_acceptance(voucher: Voucher) -> Timeline:
    """
    What time makes of a voucher that is held, by the instants that it keeps.

    Whoever gives a voucher another maturity gives it this timeline again.
    """
    if voucher.maturity != FIRM:
        return Timeline(ACTIVE, (Step(voucher.due_ms, DUE_UNDATED),))
    overdue = (Step(voucher.overdue_ms, OVERDUE),) if voucher.overdue_ms else ()
    return Timeline(ACTIVE, (Step(voucher.due_ms, DUE), Step(voucher.cutoff_ms, UNPAID_PENDING), *overdue))


def published(state: Reader, year: int) -> Calendar:
    """The published calendars of a year and its neighbours."""
    rows = [state.get(CALENDARS, number) for number in (year - 1, year, year + 1)]
    return Calendar(
        tuple(
            CalendarYear(
                row.year,
                tuple(parse_date(day) for day in row.holidays),
                tuple(parse_date(day) for day in row.make_up_working_days),
                row.version,
            )
            for row in rows
            if row is not None
        )
    )
