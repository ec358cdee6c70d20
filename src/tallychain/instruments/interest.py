"""Simple interest and discount, rounded half up once.

Every party recomputes an agreed figure to the last fen, so the rule has no choice in it: the day
count is stored with the deal, the days count the first and not the last, and the one rounding is at
the end.  The intermediate product passes 63 bits at a billion yuan; integers here have no limit.

Source: supply-chain study, section 7.1; ISO 20022 day count codes A004 (ACT/360), A005 (ACT/365).
"""

from datetime import date
from enum import Enum
from typing import Final

from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import MAX_FEN, MAX_PPM, Fen, Ppm

#: Longest term of one calculation: a hundred years.
MAX_DAYS: Final = 36_525


class InterestOutOfBounds(InstrumentError):
    """An amount, rate, term or result outside of what is computed here."""


class DayCount(Enum):
    """Days of the year that a rate is for; actual days are counted in either."""

    ACT_360 = "ACT_360"
    ACT_365 = "ACT_365"

    @property
    def days_of_year(self) -> int:
        """360 or 365."""
        return 360 if self is DayCount.ACT_360 else 365


def interest(amount: Fen, rate: Ppm, days: int, day_count: DayCount = DayCount.ACT_360) -> Fen:
    """Interest in minor units on ``amount`` at ``rate`` (parts per million a year) for ``days``.

    1,000,000.00 at 3.65 % for 90 days of ACT/360 are 9,125.00.  The interest on parts may differ
    from that on the whole by one unit for each part; face never does.
    """
    if not (0 <= amount <= MAX_FEN and 0 <= rate <= MAX_PPM and 0 <= days <= MAX_DAYS):
        raise InterestOutOfBounds("The amount, the rate or the term of the interest is out of bounds.")
    base = day_count.days_of_year * 1_000_000
    result = (2 * amount * rate * days + base) // (2 * base)
    if result > MAX_FEN:
        raise InterestOutOfBounds("The interest is larger than any amount here.")
    return Fen(result)


def days_between(first: date, last: date) -> int:
    """Days of a term: the first is counted, the last is not.  Raises if ``last`` is earlier."""
    days = last.toordinal() - first.toordinal()
    if days < 0:
        raise InterestOutOfBounds(f"The term ends on {last}, before it begins on {first}.")
    return days
