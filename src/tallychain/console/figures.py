"""The figures of policies in plain words, with their units."""

from tallychain.console.words import Words
from tallychain.instruments.money import format_amount

_FEN = frozenset({"face_max"})


def figure_label(words: Words, name: str) -> str:
    """What a figure means; its name where the catalogue of words does not know it."""
    return words.maybe(f"figure.{name}") or name


def figure_text(value: object, name: str) -> str:
    """A figure as it is read: amounts in yuan, numbers with separators."""
    if isinstance(value, int):
        return format_amount(value) if name in _FEN else f"{value:,}"
    return str(value)
