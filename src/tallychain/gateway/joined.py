"""
What movements of title look like once tags are joined: splits in quick succession, and units or money's worth that come back to where they came from.

Pure reckoning over rows.  Who can join which tags is decided elsewhere: a tag that stays unknown stands for itself, and nothing is guessed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import Struct

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
CHAIN_MOST: Final = 10
"""Hands through which units are followed; a voucher passes through no more layers."""
_RANGE: Final = re.compile(r":(\d+)-(\d+):")


@dataclass(frozen=True, slots=True)
class Move:
    """One movement of title between parties that are joined as far as they can be."""

    voucher: str
    first: int
    last: int
    giver: str
    receiver: str
    is_split: bool
    """Whether a part of a holding was passed on and not the whole."""
    moved_ms: int
    height: int

    @property
    def face(self) -> int:
        """In fen."""
        return self.last - self.first + 1


class Burst(Struct, frozen=True):
    """Many splits by one party in quick succession."""

    party: str
    splits: int
    """In all of the episode."""
    most_in_hour: int
    face: int
    vouchers: int
    receivers: int
    first_ms: int
    last_ms: int


class Circle(Struct, frozen=True):
    """Units that came back to a party that had passed them on, or the worth of them in other units."""

    kind: str
    """`units`: the same units; `worth`: others, between the same two."""
    party: str
    path: list[str]
    """Every hand, the first and the last being the party."""
    voucher: str
    """The one that came back; of others the last."""
    out: int
    """What went, in fen."""
    back: int
    """What came back, in fen."""
    days: int
    """From the first movement to the last."""
    first_ms: int
    last_ms: int


def move_of(row: Mapping[str, Any], parties: Mapping[str, str]) -> Move:
    """A row of `title_moves` with its tags joined."""
    first, last = int(row["first"]), int(row["last"])
    found = _RANGE.search(str(row["from_holding"]))
    whole = (first, last) if found is None else (int(found[1]), int(found[2]))
    giver, receiver = str(row["giver"]), str(row["receiver"])
    return Move(
        voucher=str(row["voucher"]),
        first=first,
        last=last,
        giver=parties.get(giver, giver),
        receiver=parties.get(receiver, receiver),
        is_split=whole != (first, last),
        moved_ms=int(row["moved_at"]),
        height=int(row["height"]),
    )


def in_order(moves: Iterable[Move]) -> list[Move]:
    """Movements as they happened; within a block by voucher and units."""
    return sorted(moves, key=lambda move: (move.height, move.voucher, move.first, -move.last))


def bursts(moves: Sequence[Move], most: int) -> list[Burst]:
    """Parties that split more than `most` times within an hour; hours that overlap are one episode."""
    by_party: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        if move.is_split:
            by_party[move.giver].append(move)
    found = []
    for party, made in sorted(by_party.items()):
        begin, spans = 0, list[tuple[int, int, int]]()
        for end, move in enumerate(made):
            while made[begin].moved_ms <= move.moved_ms - HOUR_MS:
                begin += 1
            if end - begin + 1 > most:
                _widen(spans, begin, end)
        found += [_burst(party, made[first : last + 1], peak) for first, last, peak in spans]
    return found


def circles(moves: Sequence[Move], days: int) -> list[Circle]:
    """Units that come back to a party within some days, through any known hands, and worth that comes back in other units between two."""
    before: dict[str, list[Move]] = defaultdict(list)
    found, counted = [], set[Move]()
    for move in moves:
        chain = [
            one
            for one in before[move.voucher]
            if one.first <= move.first and move.last <= one.last and _near(one, move, days)
        ][-CHAIN_MOST:]
        start = next((n for n in reversed(range(len(chain))) if chain[n].giver == move.receiver), None)
        if start is not None and move.giver != move.receiver:
            hands = [chain[start].giver, *(one.receiver for one in chain[start:]), move.receiver]
            found.append(_circle("units", hands, move, chain[start].face, move.face, chain[start]))
            counted |= {chain[start], move}
        before[move.voucher].append(move)
    return found + _worth([move for move in moves if move not in counted], days)


def _worth(moves: Sequence[Move], days: int) -> list[Circle]:
    """What two parties pass to each other in different units."""
    ways: dict[tuple[str, str], list[Move]] = defaultdict(list)
    pairs: dict[tuple[str, str], tuple[Move, Move, int, int]] = {}
    for move in moves:
        there = [one for one in ways[move.receiver, move.giver] if _near(one, move, days)]
        if there and move.giver != move.receiver:
            pair = move.receiver, move.giver
            first = pairs[pair][0] if pair in pairs else there[0]
            back = move.face + (pairs[pair][3] if pair in pairs else 0)
            out = sum(one.face for one in ways[pair] if one.height >= first.height)
            pairs[pair] = first, move, out, back
        else:
            ways[move.giver, move.receiver].append(move)
    return [
        _circle("worth", [party, other, party], last, out, back, first)
        for (party, other), (first, last, out, back) in sorted(pairs.items())
    ]


def _near(one: Move, move: Move, days: int) -> bool:
    return move.moved_ms - one.moved_ms <= days * DAY_MS


def _circle(kind: str, path: list[str], last: Move, out: int, back: int, first: Move) -> Circle:
    return Circle(
        kind=kind,
        party=path[0],
        path=path,
        voucher=last.voucher,
        out=out,
        back=back,
        days=(last.moved_ms - first.moved_ms) // DAY_MS,
        first_ms=first.moved_ms,
        last_ms=last.moved_ms,
    )


def _widen(spans: list[tuple[int, int, int]], begin: int, end: int) -> None:
    count = end - begin + 1
    if spans and begin <= spans[-1][1]:
        first, _, peak = spans[-1]
        spans[-1] = first, end, max(peak, count)
    else:
        spans.append((begin, end, count))


def _burst(party: str, made: Sequence[Move], peak: int) -> Burst:
    return Burst(
        party=party,
        splits=len(made),
        most_in_hour=peak,
        face=sum(move.face for move in made),
        vouchers=len({move.voucher for move in made}),
        receivers=len({move.receiver for move in made}),
        first_ms=made[0].moved_ms,
        last_ms=made[-1].moved_ms,
    )
