"""Vouchers and offers as a clerk would note them, for the second account."""

from collections.abc import Sequence
from dataclasses import dataclass, field

Pieces = list[tuple[int, int, str]]
"""First unit, last unit, tag."""


@dataclass
class Title:
    """One voucher as a clerk would note it."""

    issuer: str
    receiver: str
    face: int
    until_ms: int
    status: str = "ISSUED"
    pieces: list[tuple[int, int, str]] = field(default_factory=list)
    """First unit, last unit, tag."""
    received: int = 0
    interest: int = 0
    paid: int = 0


@dataclass
class Offered:
    """Units on offer."""

    voucher: str
    first: int
    last: int
    giver: str
    receiver: str
    until_ms: int
    sponsors: frozenset[str]
    """Of both sides; with the standing of either the offer ends for good."""
    status: str = "OPEN"


def moved(pieces: Sequence[tuple[int, int, str]], first: int, last: int, to: str) -> Pieces:
    """The pieces of a voucher once these units are somebody else's, whoever had them."""
    made: Pieces = [(first, last, to)]
    for low, high, tag in pieces:
        rests = ((low, min(high, first - 1), tag), (max(low, last + 1), high, tag))
        made += [rest for rest in rests if rest[0] <= rest[1]]
    return sorted(made)
