"""Fingerprints of invoices and delivery notes: keyed hashes of canonical fields, never of file bytes.

The same paper gives the same fingerprint however it was typed, saved or scanned, and nobody without the alliance's key can try
out numbers.  Whoever has the key can: a member that knows an invoice's number may test it (said plainly in SECURITY.md).

A fully digital e-invoice (数电票) is known by its 20-digit number alone.  Any other paper is known by seller, number, date, currency
and total.  Texts are first brought to `[A-Z0-9]` by the fixed table below: Python's own tables change between versions, and
two gateways would then disagree (list of attacks, number 32).  A character outside the table is refused and never dropped, so
that nobody makes a second paper of one by writing a digit in another script.

Source: design page "vouchers", section Documents; supply-chain study, section 4.1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from tallychain.contracts.documents.state import EARLIER_MAX, Invoice
from tallychain.crypto.digest import Tag, digest, keyed

KEY_BYTES: Final = 32
EPOCHS_MAX: Final = EARLIER_MAX + 1
"""Keys under which a paper is named at a time."""
FIELD_CHARACTERS: Final = 64
"""Longest text of one field that is looked at."""

_E_INVOICE: Final = re.compile("[0-9]{20}")
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = "0123456789"
_FULL_WIDTH: Final = 0xFF00 - 0x20
"""A full-width form stands this far above its ASCII character."""

_SEPARATORS: Final = " -_./\\()[]#:,'+*"


def _table() -> dict[str, str]:
    narrow = {character: character for character in _LETTERS + _DIGITS}
    narrow |= {letter.lower(): letter for letter in _LETTERS}
    narrow |= dict.fromkeys(_SEPARATORS, "")
    wide = {chr(ord(key) + _FULL_WIDTH): value for key, value in narrow.items() if key != " "}
    marks = dict.fromkeys("\t\u00a0\u3000\u2010\u2011\u2013\u2014\u3001\u3002\u3010\u3011\u3014\u3015", "")
    return narrow | wide | marks


NORMAL: Final = MappingProxyType(_table())
"""What each character becomes: a capital letter, a digit, or nothing for a separator."""

LOOKALIKES: Final = MappingProxyType({"O": "0", "I": "1", "L": "1"})
"""Characters that are taken for one another; used for likenesses only."""


class PaperUnreadable(ValueError):
    """A field of a paper cannot be brought to its canonical form; `field` says which."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The {field} of the paper cannot be used: {reason}.")
        self.field = field


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The alliance's fingerprint key of one epoch."""

    epoch: int
    key: bytes
    """32 random bytes, sealed to all members of the epoch."""

    def commitment(self) -> str:
        """
        What stands on the ledger of this key, as 64 hex digits.

        It needs no salt: the key is 256 random bits, so the commitment tells nothing and fits no other key.  Raises `ValueError` for a key of another length.
        """
        _check_key(self.key)
        return digest(Tag.FINGERPRINT_KEY, str(self.epoch).encode(), self.key).hex()


@dataclass(frozen=True, slots=True)
class PaperFields:
    """The fields of an invoice or of a delivery note, as they stand on it."""

    kind: Literal["INVOICE", "DELIVERY"]
    number: str
    seller: str
    """Unified social credit code of the seller."""
    date: str
    """`YYYY-MM-DD`."""
    currency: str
    total: int
    """Tax included, in minor units."""


def normalised(field: str, text: str) -> str:
    """
    A text as capital letters and digits, by the fixed table.

    Raises `PaperUnreadable` for a character outside the table, a text that is too long, and one of which nothing is left.
    """
    if len(text) > FIELD_CHARACTERS:
        raise PaperUnreadable(field, f"it is longer than {FIELD_CHARACTERS} characters")
    pieces = []
    for position, character in enumerate(text, start=1):
        if character not in NORMAL:
            raise PaperUnreadable(
                field, f"its character {position} is neither letter nor digit nor separator"
            )
        pieces.append(NORMAL[character])
    found = "".join(pieces)
    if not found:
        raise PaperUnreadable(field, "it is empty")
    return found


def fingerprint(key: bytes, paper: PaperFields) -> str:
    """The fingerprint of a paper under one epoch's key, as 64 hex digits.  Raises `PaperUnreadable`."""
    _check_key(key)
    number = normalised("number", paper.number)
    if paper.kind == "INVOICE" and _E_INVOICE.fullmatch(number):
        return _hash(key, "CNEI1", number)
    return _hash(key, "INV1" if paper.kind == "INVOICE" else "DLV1", *_fields(paper))


def likenesses(key: bytes, paper: PaperFields) -> tuple[str, ...]:
    """
    Five short keyed hashes, each with one field left out: two papers that differ in one field share one of them.

    Here O counts as 0, and I and L as 1, so that a misread number is found too.  Raises `PaperUnreadable`.
    """
    _check_key(key)
    seller, number, *rest = _fields(paper)
    alike = "".join(LOOKALIKES.get(character, character) for character in number)
    fields = (seller, alike.lstrip("0") or "0", *rest)
    return tuple(
        _hash(key, "NEAR1", str(left_out), *(text for place, text in enumerate(fields) if place != left_out))[
            :16
        ]
        for left_out in range(len(fields))
    )


def invoice(keys: Sequence[EpochKey], paper: PaperFields) -> Invoice:
    """
    A paper as `payable.present` names it: under the newest key, and under the earlier ones with living allocations.

    `keys` are one to four, oldest first.  Raises `PaperUnreadable`, or `ValueError` for no or too many keys.
    """
    if not 1 <= len(keys) <= EPOCHS_MAX:
        raise ValueError(f"A paper is named under one to {EPOCHS_MAX} keys.")
    if paper.total < 1:
        raise PaperUnreadable("total", "it is not above zero")
    names = [fingerprint(item.key, paper) for item in keys]
    near = tuple(text for item in keys for text in likenesses(item.key, paper))
    return Invoice(names[-1], tuple(names[:-1]), paper.total, near)


def _fields(paper: PaperFields) -> tuple[str, ...]:
    """Seller, number, date, currency and total in canonical form; zeros in front of a number are lost in tables and do not count."""
    if not _DATE.fullmatch(paper.date):
        raise PaperUnreadable("date", "it is not written YYYY-MM-DD")
    number = normalised("number", paper.number)
    return (
        normalised("seller", paper.seller),
        number.lstrip("0") or "0",
        paper.date,
        normalised("currency", paper.currency),
        str(paper.total),
    )


def _hash(key: bytes, scheme: str, *fields: str) -> str:
    return keyed(key, Tag.FINGERPRINT, scheme.encode(), *(field.encode() for field in fields)).hex()


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise ValueError(f"A fingerprint key has {KEY_BYTES} bytes.")
