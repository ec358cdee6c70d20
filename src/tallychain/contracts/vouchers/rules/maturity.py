"""From the nominal day of a promise to the day on which it is due, by the calendars that the alliance has published."""

from dataclasses import dataclass
from datetime import date, timedelta

from tallychain.contracts.vouchers.state import ACTIVE, DUE, DUE_UNDATED, FIRM, PROVISIONAL, Voucher
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


def timeline_from_acceptance(voucher: Voucher) -> Timeline:
    """
    What time makes of a voucher that is held, by the instants that it keeps.

    Whoever gives a voucher another maturity gives it this timeline again.
    """
    status = DUE if voucher.maturity == FIRM else DUE_UNDATED
    return Timeline(ACTIVE, (Step(voucher.due_ms, status),))


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
