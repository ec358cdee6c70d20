"""Quotes for a financing as both sides work with them: what a funder's rate makes of a face, and delivered quotes compared."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.state import CHOSEN, REVEALED
from tallychain.contracts.vouchers.financing.terms import PriceNotPossible, is_true, priced

__all__ = ["Compared", "PriceNotPossible", "compared", "content_of", "percent", "rate_of"]

_PERCENT: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?")
_WHOLE: Final = 1_000_000
_FIELDS: Final = ("rate", "day_count", "value_date", "days", "interest", "fees", "net", "contract")


@dataclass(frozen=True, slots=True)
class Compared:
    """One quote beside others."""

    funder: str
    state: str
    """`REVEALED` where it can be chosen; `COMMITTED` before it is delivered."""
    commitment: str
    paying_bank: str
    content: QuoteContent | None
    """What it says; None where it is not delivered or this seat cannot read it."""
    all_in: int
    """Interest and fees as a rate a year of the face, in parts per million; 0 where it says nothing or nothing true."""
    is_true: bool
    """Whether its figures follow from rate, fees and days; one that is false can be made void."""
    is_best: bool = False
    """Whether it leaves the seller most of those that could be chosen."""

    @classmethod
    def of(
        cls, financing: Mapping[str, Any], quote: Mapping[str, Any], said: Mapping[str, Any] | None
    ) -> "Compared":
        """A quote from its row and what it says, None where that cannot be read."""
        content = None if said is None else QuoteContent(**{name: said[name] for name in _FIELDS})
        face, maturity = int(financing["face"]), str(financing["maturity"])
        true = content is not None and is_true(content, face, maturity)
        all_in = 0
        if content is not None and true:
            all_in = priced(
                face,
                maturity,
                rate=content.rate,
                fees=content.fees,
                value_date=content.value_date,
                day_count=content.day_count,
            ).all_in
        return cls(
            funder=str(quote["funder"]),
            state=str(quote["state"]),
            commitment=str(quote["commitment"]),
            paying_bank=str(quote["paying_bank"]),
            content=content,
            all_in=all_in,
            is_true=true,
        )

    @property
    def is_false(self) -> bool:
        """Whether it can be read and its figures do not follow."""
        return self.content is not None and not self.is_true

    @property
    def can_be_chosen(self) -> bool:
        """Whether it is delivered, readable and true."""
        return self.state == REVEALED and self.is_true

    @property
    def counts(self) -> bool:
        """Whether it is delivered, readable and true; the chosen one too, so that a list is in the same order after the choice."""
        return self.state in (REVEALED, CHOSEN) and self.is_true


def rate_of(text: str) -> int | None:
    """A rate in percent a year such as `3.65` as parts per million; None for what is not exactly one, from 0 to 100."""
    found = _PERCENT.fullmatch(text)
    ppm = -1 if found is None else int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0"))
    return ppm if 0 <= ppm <= _WHOLE else None


def percent(ppm: int) -> str:
    """Parts per million as a rate in percent, `3.6500 %`."""
    return f"{ppm // 10_000}.{ppm % 10_000:04d} %"


def content_of(
    face: int,
    maturity: str,
    *,
    rate: int,
    fees: int,
    value_date: str,
    contract: str,
    day_count: str = "ACT_360",
) -> dict[str, Any]:
    """The content of a quote from what a funder decides; the rest is computed.  Raises `PriceNotPossible`."""
    price = priced(face, maturity, rate=rate, fees=fees, value_date=value_date, day_count=day_count)
    return {
        "rate": rate,
        "day_count": day_count,
        "value_date": value_date,
        "days": price.days,
        "interest": price.interest,
        "fees": fees,
        "net": price.net,
        "contract": contract,
    }


def compared(
    financing: Mapping[str, Any], quotes: Iterable[Mapping[str, Any]], terms: Iterable[Mapping[str, Any]]
) -> list[Compared]:
    """
    Quotes from the rows of a request, `financing_quotes` and `quote_terms`: the one that leaves the seller most comes first.

    The order is by net proceeds, then by all-in rate; what does not count comes last.
    """
    said = {str(row["funder"]): row for row in terms if row["financing"] == financing["financing"]}
    found = [Compared.of(financing, row, said.get(str(row["funder"]))) for row in quotes]
    ordered = sorted(found, key=_order)
    if not ordered or not ordered[0].counts:
        return ordered
    return [replace(ordered[0], is_best=True), *ordered[1:]]


def _order(quote: Compared) -> tuple[bool, int, int, str]:
    net = 0 if quote.content is None else quote.content.net
    return not quote.counts, -net, quote.all_in, quote.funder
