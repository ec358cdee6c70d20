"""Months as `2026-03`: which month an instant lies in, months before and after it, and when its record is closed."""

from datetime import timedelta
from typing import Annotated, Final

from msgspec import Meta

from tallychain.instruments.calendar import add_months, format_date, instant_ms, local_day, parse_date

Month = Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$(?!\\n)")]
"""A calendar month in local time."""

MONTHS_OF_A_YEAR: Final = 12


def month_of(time_ms: int) -> str:
    """The local month in which an instant lies."""
    return format_date(local_day(time_ms))[:7]


def shifted(month: str, months: int) -> str:
    """The month some months later, or earlier if negative."""
    return format_date(add_months(parse_date(f"{month}-01"), months))[:7]


def last_day(month: str) -> str:
    """The last day of a month."""
    return format_date(add_months(parse_date(f"{month}-01"), 1) - timedelta(days=1))


def closes_ms(month: str, day: int) -> int:
    """00:00 local time of a day of the month after: when the figures of a month are final."""
    first = add_months(parse_date(f"{month}-01"), 1)
    return instant_ms(first + timedelta(days=day - 1))


def within(month: str, last: str, months: int) -> bool:
    """Whether a month is one of the `months` months that end with `last`."""
    return shifted(last, 1 - months) <= month <= last
