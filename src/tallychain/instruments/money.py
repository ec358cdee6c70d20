"""Quantities of money: whole minor units, units of an instrument, parts per million.

Amounts are integers in the minor unit of their currency (fen for the yuan), never floats and never
decimals, so that every node computes the same number.  The bounds below stand in the types and are
enforced wherever ``msgspec`` decodes a message.

Source: supply-chain study, section 7.1.
"""

import re
from types import MappingProxyType
from typing import Annotated, Final, NewType

from msgspec import Meta

from tallychain.instruments.errors import InstrumentError

#: Largest amount in minor units (a thousand trillion yuan).  A sum of ninety of them fits in 63 bits.
MAX_FEN: Final = 10**17
#: Largest number of units of one instrument: twelve digits, as in the sub-ranges of bills.
MAX_UNITS: Final = 10**12 - 1
#: Largest rate: 1,000 % a year.
MAX_PPM: Final = 10_000_000
#: The whole, where parts per million are shares.
PPM_WHOLE: Final = 1_000_000

#: An amount in minor units, zero or more.
Fen = NewType("Fen", Annotated[int, Meta(ge=0, le=MAX_FEN)])
#: A unit of an instrument, counted from 1; one unit of a voucher is 0.01 yuan of face.
Units = NewType("Units", Annotated[int, Meta(ge=1, le=MAX_UNITS)])
#: Parts per million: a yearly rate (3.65 % = 36,500) or a share (70 % = 700,000).
Ppm = NewType("Ppm", Annotated[int, Meta(ge=0, le=MAX_PPM)])

#: Digits after the decimal point of each currency known here (ISO 4217).
EXPONENTS: Final = MappingProxyType({"BHD": 3, "CNY": 2, "EUR": 2, "HKD": 2, "JPY": 0, "USD": 2})

#: Longest decimal text that is looked at: every amount within the bounds, with separators, fits.
_TEXT_LIMIT: Final = 32
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?")


class CurrencyUnknown(InstrumentError):
    """The currency is not in the table of exponents."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"The currency {currency[:8]!r} is not known here.")
        self.currency = currency


class AmountUnreadable(InstrumentError):
    """The text is not an amount, or not one that can be taken without guessing."""


def exponent(currency: str) -> int:
    """Digits after the decimal point of an ISO 4217 currency, or ``CurrencyUnknown``."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise CurrencyUnknown(currency) from None


def format_amount(minor: int, currency: str = "CNY") -> str:
    """Minor units as people read them: ``100000000`` fen are ``1,000,000.00``.

    A negative number (a difference) gets a leading minus sign.
    """
    digits = exponent(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{rest:0{digits}d}" if digits else f"{sign}{whole:,}"


def parse_amount(text: str, currency: str = "CNY") -> Fen:
    """Read a decimal text such as ``1,000,000.00`` or ``600000.5`` as minor units, exactly.

    Strict on purpose: ASCII digits, either no thousands separators or all of them, no sign, no
    blanks, no leading zeros, no more decimals than the currency has.  Raises ``AmountUnreadable``
    with a sentence that says what is wrong, or ``CurrencyUnknown``.
    """
    digits = exponent(currency)
    if len(text) > _TEXT_LIMIT:
        raise AmountUnreadable(f"An amount has at most {_TEXT_LIMIT} characters.")
    if text.startswith("-"):
        raise AmountUnreadable(f"The amount {text!r} is negative.")
    matched = _AMOUNT.fullmatch(text)
    if matched is None:
        raise AmountUnreadable(f"{text!r} is not an amount such as 1,000,000.00.")
    decimals = matched[2] or ""
    if len(decimals) > digits:
        raise AmountUnreadable(f"The amount {text!r} has more than {digits} decimals.")
    minor = int(matched[1].replace(",", "") + decimals.ljust(digits, "0"))
    if minor > MAX_FEN:
        raise AmountUnreadable(f"The amount {text!r} is larger than {format_amount(MAX_FEN, currency)}.")
    return Fen(minor)
