"""When a supervisor's suspension ends by itself."""

from datetime import date, timedelta

from tallychain.contracts.members.state import SUSPENSION_BUSINESS_DAYS
from tallychain.instruments.calendar import Calendar, CalendarYear, instant_ms, local_day, parse_date
from tallychain.ledger.parameters import CALENDARS
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def lapse_ms(state: Reader, now: Moment) -> int:
    """
    The end of the third business day after today, as UTC milliseconds: 00:00 local time of the day that follows.

    A supervisor must be able to act at once, so a year whose calendar is not published yet counts Mondays to Fridays.
    """
    today = local_day(now.time_ms)
    calendar = Calendar((_year(state, today.year), _year(state, today.year + 1)))
    last = calendar.add_business_days(today, SUSPENSION_BUSINESS_DAYS)
    return instant_ms(last + timedelta(days=1))


def _year(state: Reader, year: int) -> CalendarYear:
    row = state.get(CALENDARS, year)
    if row is None:
        return CalendarYear(year, (), (), version=1)
    return CalendarYear(row.year, _days(row.holidays), _days(row.make_up_working_days), row.version)


def _days(texts: tuple[str, ...]) -> tuple[date, ...]:
    return tuple(parse_date(text) for text in texts)
