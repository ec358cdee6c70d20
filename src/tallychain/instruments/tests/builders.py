"""Short ways to write ranges and encumbrances in tests."""

from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, Range
from tallychain.instruments.money import Units


def units(first: int, last: int) -> Range:
    return Range(Units(first), Units(last))


def bound(
    kind: EncumbranceKind, first: int, last: int, reference: str = "r", until_ms: int = 0
) -> Encumbrance:
    return Encumbrance(kind, Units(first), Units(last), "member:bank-a", until_ms, reference)


def freeze(first: int, last: int, reference: str = "r") -> Encumbrance:
    return bound(EncumbranceKind.FREEZE, first, last, reference)


def offer(first: int, last: int, reference: str = "r") -> Encumbrance:
    return bound(EncumbranceKind.OFFER, first, last, reference)
