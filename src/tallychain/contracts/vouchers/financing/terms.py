"""The arithmetic of a quote, which both sides, the ledger and any screen compute alike."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.interest import DayCount, days_between, interest
from tallychain.instruments.money import Fen, Ppm

PPM_WHOLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a rate and fees make of a face."""

    days: int
    interest: int
    net: int
    all_in: int
    """Interest and fees as a rate a year of the face, in parts per million, rounded half up once; what quotes are compared by beside the net proceeds."""


class PriceNotPossible(Exception):
    """A day that does not exist, a value date on or after the maturity, or nothing left for the seller."""


def priced(
    face: int, maturity: str, *, rate: int, fees: int, value_date: str, day_count: str = "ACT_360"
) -> Price:
    """
    300,000.00 from 2026-04-16 to 2026-09-14 are 151 days: at 3.65 % 4,592.92 of interest, 295,407.08 net.

    Raises `PriceNotPossible`.
    """
    count = DayCount(day_count)
    try:
        days = days_between(parse_date(value_date), parse_date(maturity))
        charged = interest(Fen(face), Ppm(rate), days, count)
    except (DateUnreadable, InstrumentError) as wrong:
        raise PriceNotPossible(str(wrong)) from None
    net = face - charged - fees
    if days < 1 or net < 1:
        raise PriceNotPossible("A quote is for one day at least and leaves the seller something.")
    whole = face * days
    all_in = (2 * (charged + fees) * count.days_of_year * PPM_WHOLE + whole) // (2 * whole)
    return Price(days, charged, net, all_in)


def is_true(content: QuoteContent, face: int, maturity: str) -> bool:
    """Whether the figures of a quote follow from its rate, fees and days (I18)."""
    try:
        price = priced(
            face,
            maturity,
            rate=content.rate,
            fees=content.fees,
            value_date=content.value_date,
            day_count=content.day_count,
        )
    except PriceNotPossible:
        return False
    return (price.days, price.interest, price.net) == (content.days, content.interest, content.net)
