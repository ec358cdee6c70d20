"""Deadlines of settlement, in business days and local hours."""

from datetime import date, timedelta

from tallychain.contracts.vouchers.rules.maturity import published
from tallychain.instruments.calendar import CalendarNotPublished, instant_ms, local_day
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Timeline, next_step_ms

MINUTE_MS = 60_000
ONE_DAY = timedelta(days=1)


def today_or_next_business_day(minutes: int, now: Moment, state: Reader) -> int:
    """The next instant at which local clocks show this time, today or on the next business day."""
    today = local_day(now.time_ms)
    at_ms = instant_ms(today) + minutes * MINUTE_MS
    if now.time_ms < at_ms:
        return at_ms
    return instant_ms(business_day_after(today, 1, state)) + minutes * MINUTE_MS


def end_of_business_day_after(days: int, now: Moment, state: Reader) -> int:
    """The end of the local day that is so many business days after today."""
    return instant_ms(business_day_after(local_day(now.time_ms), days, state) + ONE_DAY)


def missed_ms(timeline: Timeline, now: Moment) -> int | None:
    """When the next step was reached that due work has not come to yet, or None."""
    at_ms = next_step_ms(timeline, now.outages)
    return at_ms if at_ms is not None and at_ms <= now.time_ms else None


def business_day_after(day: date, days: int, state: Reader) -> date:
    """The business day so many after a day; while the calendar that decides it is not published, so many weeks, so nobody is hurried."""
    try:
        return published(state, day.year).add_business_days(day, days)
    except CalendarNotPublished:
        return day + timedelta(weeks=days)
