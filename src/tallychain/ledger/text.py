"""Which characters a text on the ledger may hold: a frozen table.

Python's own Unicode tables change between versions, and two nodes would then disagree; so nothing here asks them.
No normalisation is done: what was signed is what is kept (design page "answers", section Bytes).
"""

from typing import Final

_RANGES: Final = (
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


def is_allowed(code_point: int) -> bool:
    """Whether a code point stands in the table."""
    return any(first <= code_point <= last for first, last in _RANGES)


def forbidden_position(text: str) -> int | None:
    """Index of the first character outside the table, or None if all are allowed."""
    if text.isascii() and text.isprintable():
        return None
    for position, character in enumerate(text):
        if not is_allowed(ord(character)):
            return position
    return None
