"""Civil dates, business days and the local day of the ledger.

A date is a civil date in Asia/Shanghai, written ``YYYY-MM-DD``; an instant is UTC milliseconds.
The zone has had no summer time since 1991, so the local day is UTC plus eight hours, in integers.

A year's calendar is two lists: weekdays that are holidays and weekend days that are working days.
The State Council announces them late in the year before, so a year may not be published yet; then
every question about it raises ``CalendarNotPublished`` and nothing is guessed.

Source: supply-chain study, sections 7.1, 7.2 (Calendar) and 7.10.
"""

import itertools
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.instruments.errors import InstrumentError

#: Shanghai is eight hours ahead of UTC.
LOCAL_OFFSET_MS: Final = 8 * 3_600_000
_DAY_MS: Final = 86_400_000
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_LAST_ORDINAL: Final = date.max.toordinal()
_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

#: Most business days that one question may count.
MAX_BUSINESS_DAYS: Final = 400


class DateUnreadable(InstrumentError):
    """The text is not a civil date ``YYYY-MM-DD``."""


class DateOutOfRange(InstrumentError):
    """The answer would lie outside the years 1 to 9999, or more days were asked than are counted."""


class CalendarMalformed(InstrumentError):
    """A year's lists hold a date that cannot be there, or are not in order."""


class CalendarNotPublished(InstrumentError):
    """The question needs the calendar of a year that has not been published."""

    def __init__(self, year: int) -> None:
        super().__init__(f"The calendar of {year} has not been published.")
        self.year = year


class CalendarYear(Struct, frozen=True):
    """The business days of one year, as published by vote.

    ``holidays`` are Mondays to Fridays that are free, ``make_up_working_days`` Saturdays and Sundays
    that are worked; both ascending.  ``version`` counts corrections of the same year from 1.
    """

    year: Annotated[int, Meta(ge=1970, le=9998)]
    holidays: Annotated[tuple[date, ...], Meta(max_length=100)]
    make_up_working_days: Annotated[tuple[date, ...], Meta(max_length=100)]
    version: Annotated[int, Meta(ge=1, le=1_000_000)]

    def __post_init__(self) -> None:
        """Refuse lists that would give one day two answers."""
        for days, weekend in ((self.holidays, False), (self.make_up_working_days, True)):
            if any(earlier >= later for earlier, later in itertools.pairwise(days)):
                raise CalendarMalformed(f"The dates of {self.year} are not ascending.")
            for day in days:
                if day.year != self.year:
                    raise CalendarMalformed(f"{day} is not a day of {self.year}.")
                if (day.weekday() >= _SATURDAY) is not weekend:
                    wanted = "a Saturday or Sunday" if weekend else "a weekday"
                    raise CalendarMalformed(f"{day} is not {wanted}.")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The published years, at most one record a year."""

    years: tuple[CalendarYear, ...]

    def is_business_day(self, day: date) -> bool:
        """Whether banks work on that day; ``CalendarNotPublished`` if its year is unknown."""
        for published in self.years:
            if published.year == day.year:
                if day.weekday() >= _SATURDAY:
                    return day in published.make_up_working_days
                return day not in published.holidays
        raise CalendarNotPublished(day.year)

    def next_business_day_on_or_after(self, day: date) -> date:
        """The effective date of a nominal one: that day, or the first business day after it."""
        while not self.is_business_day(day):
            day = _next(day)
        return day

    def add_business_days(self, day: date, days: int) -> date:
        """The ``days``-th business day after ``day``, which itself is not counted.

        D + 3 of a Monday without holidays is the Thursday.  Zero gives ``day`` unchanged.
        """
        _check_count(days)
        for _ in range(days):
            day = self.next_business_day_on_or_after(_next(day))
        return day

    def business_days_before(self, day: date, days: int) -> tuple[date, ...]:
        """The ``days`` business days before ``day``, ascending; ``day`` is not among them.

        The black-out before an effective maturity runs from the first of them, 00:00 local time,
        and includes the free days in between.
        """
        _check_count(days)
        found: list[date] = []
        while len(found) < days:
            day = _previous(day)
            if self.is_business_day(day):
                found.append(day)
        return tuple(reversed(found))


def parse_date(text: str) -> date:
    """Read ``YYYY-MM-DD``, and no other of the forms of ISO 8601; else ``DateUnreadable``."""
    if _DATE.fullmatch(text) is None:
        raise DateUnreadable(f"{text[:16]!r} is not a date such as 2026-09-14.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DateUnreadable(f"There is no day {text}.") from None


def format_date(day: date) -> str:
    """``YYYY-MM-DD``."""
    return day.isoformat()


def local_day(time_ms: int) -> date:
    """The civil date in Shanghai at an instant (UTC milliseconds since 1970)."""
    ordinal = _EPOCH_ORDINAL + (time_ms + LOCAL_OFFSET_MS) // _DAY_MS
    if not 1 <= ordinal <= _LAST_ORDINAL:
        raise DateOutOfRange("The instant is outside the years 1 to 9999.")
    return date.fromordinal(ordinal)


def instant_ms(day: date, hour: int = 0, minute: int = 0) -> int:
    """The instant (UTC milliseconds) at which Shanghai's clocks show that minute of that day."""
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise DateUnreadable(f"There is no time {hour:02d}:{minute:02d}.")
    minutes = hour * 60 + minute
    return (day.toordinal() - _EPOCH_ORDINAL) * _DAY_MS + minutes * 60_000 - LOCAL_OFFSET_MS


def add_months(day: date, months: int) -> date:
    """The same day of the month some months later (or earlier, if negative).

    Where that month is too short, its last day: 31 August plus 6 months is 28 or 29 February.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise DateOutOfRange("The date is outside the years 1 to 9999.")
    month = month0 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _next(day: date) -> date:
    if day == date.max:
        raise DateOutOfRange("There is no day after 9999-12-31.")
    return day + _ONE_DAY


def _previous(day: date) -> date:
    if day == date.min:
        raise DateOutOfRange("There is no day before 0001-01-01.")
    return day - _ONE_DAY


def _check_count(days: int) -> None:
    if not 0 <= days <= MAX_BUSINESS_DAYS:
        raise DateOutOfRange(f"Business days are counted from 0 to {MAX_BUSINESS_DAYS}.")
