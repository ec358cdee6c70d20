"""Which characters a text on the ledger may hold: a frozen table.

Python's own Unicode tables change between versions, and two nodes would then disagree; so nothing here asks them.
No normalisation is done: what was signed is what is kept (design page "answers", section Bytes).
"""

from bisect import bisect_right
from typing import Final

_RANGES: Final = (  # in ascending order
    (0x0020, 0x007E),  # printable ASCII
    (0x00C0, 0x00D6),  # Latin-1 letters, without the multiplication sign
    (0x00D8, 0x00F6),  # ... and without the division sign
    (0x00F8, 0x00FF),
    (0x2014, 0x2014),  # em dash
    (0x2018, 0x201D),  # quotation marks
    (0x2026, 0x2026),  # ellipsis
    (0x3001, 0x3011),  # Chinese punctuation
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK unified ideographs
    (0xFF01, 0xFF5E),  # full-width forms
)
_FIRSTS: Final = tuple(first for first, _ in _RANGES)


def is_allowed(code_point: int) -> bool:
    """Whether a code point stands in the table."""
    place = bisect_right(_FIRSTS, code_point) - 1
    return place >= 0 and code_point <= _RANGES[place][1]


def forbidden_position(text: str) -> int | None:
    """Index of the first character outside the table, or None if all are allowed."""
    if text.isascii() and text.isprintable():
        return None
    for position, character in enumerate(text):
        if not is_allowed(ord(character)):
            return position
    return None
