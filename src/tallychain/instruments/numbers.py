"""Numbers that carry check digits: vouchers, unified social credit codes, legal entity identifiers.

Source: supply-chain study, section 7.1; ISO 7064 MOD 97-10 (voucher, LEI), ISO 17442 (LEI),
GB 32100-2015 (unified social credit code, mod 31).
"""

import re
from datetime import date
from typing import Final

from msgspec import Struct

from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError

#: Largest number in the ten digits of a day's serial.
MAX_SERIAL: Final = 10**10 - 1

_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_BODY: Final = re.compile(f"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{9}}")
_USCC: Final = re.compile(f"{_USCC_BODY.pattern}[{_USCC_ALPHABET}]")
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_BODY: Final = re.compile(r"[A-Z0-9]{1,60}")
_ALLIANCE: Final = re.compile(r"[A-Z0-9]{4}")
_VOUCHER: Final = re.compile(r"EV([A-Z0-9]{4})([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{10})([0-9]{2})")


class NumberMalformed(InstrumentError):
    """The text does not have the form of the number that it should be."""


class CheckDigitWrong(InstrumentError):
    """The form is right and the check digits are not: a typing error, most likely."""


class VoucherNumber(Struct, frozen=True):
    """What a voucher's number says: the alliance, the day of issue, and the day's serial from 1."""

    alliance: str
    day: date
    serial: int

    def __post_init__(self) -> None:
        """Refuse what would not fit into the 26 characters."""
        if _ALLIANCE.fullmatch(self.alliance) is None:
            raise NumberMalformed("An alliance code is 4 capital letters or digits.")
        if not 1 <= self.serial <= MAX_SERIAL:
            raise NumberMalformed("The serial of a voucher is a number from 1 with at most 10 digits.")

    def __str__(self) -> str:
        """``EV``, alliance, ``yyyymmdd``, serial of 10 digits, 2 check digits."""
        day = self.day
        body = f"EV{self.alliance}{day.year:04d}{day.month:02d}{day.day:02d}{self.serial:010d}"
        return body + mod_97_check_digits(body)


def parse_voucher_number(text: str) -> VoucherNumber:
    """Read and verify a voucher's number; ``NumberMalformed`` or ``CheckDigitWrong`` otherwise."""
    matched = _VOUCHER.fullmatch(text)
    if matched is None:
        raise NumberMalformed("A voucher number is EV and 24 capital letters and digits.")
    if mod_97_check_digits(text[:24]) != text[24:]:
        raise CheckDigitWrong(f"The check digits of the voucher number {text} are wrong.")
    alliance, year, month, day, serial, _ = matched.groups()
    try:
        issued = parse_date(f"{year}-{month}-{day}")
    except DateUnreadable as wrong:
        raise NumberMalformed(f"The voucher number {text} names no day: {wrong}") from None
    return VoucherNumber(alliance, issued, int(serial))


def check_uscc(text: str) -> None:
    """Verify a unified social credit code (统一社会信用代码): 18 characters, the last a check."""
    if _USCC.fullmatch(text) is None:
        raise NumberMalformed(
            "A unified social credit code is 18 capital letters and digits without I, O, S, V, Z."
        )
    if uscc_check_digit(text[:17]) != text[17]:
        raise CheckDigitWrong(f"The check digit of the unified social credit code {text} is wrong.")


def uscc_check_digit(body: str) -> str:
    """The 18th character that belongs to the first 17, weighted by powers of 3 modulo 31."""
    if _USCC_BODY.fullmatch(body) is None:
        raise NumberMalformed("A unified social credit code begins with 17 capital letters and digits.")
    total = sum(_USCC_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return _USCC_ALPHABET[-total % 31]


def check_lei(text: str) -> None:
    """Verify a legal entity identifier: 18 characters and 2 check digits."""
    if _LEI.fullmatch(text) is None:
        raise NumberMalformed("A legal entity identifier is 18 capital letters or digits and 2 digits.")
    if mod_97_check_digits(text[:18]) != text[18:]:
        raise CheckDigitWrong(f"The check digits of the legal entity identifier {text} are wrong.")


def mod_97_check_digits(body: str) -> str:
    """The two digits that make capital letters and digits valid under ISO 7064 MOD 97-10.

    Letters count as two digits, A as 10 and Z as 35.  The digits are from 02 to 98: of two that
    would satisfy the congruence only the one computed here is right, so a number has one spelling.
    """
    if _BODY.fullmatch(body) is None:
        raise NumberMalformed("Check digits are computed for 1 to 60 capital letters and digits.")
    number = int("".join(str(int(character, 36)) for character in body))
    return f"{98 - number * 100 % 97:02d}"
