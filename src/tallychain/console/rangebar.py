"""
The range bar: the face of a voucher to scale, who holds which part, what is bound, and how the parts came to be.

The first bar shows the holdings of now.  Below, one bar for each layer (how often title has moved): what is still held there, and what
has been passed on to the layers below.  All lengths are shares of the face in percent, so the picture fits every width.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tallychain.console.desk import Row
from tallychain.console.names import Party

_DIGITS: Final = 4
_LABEL_FROM: Final = 6.0
"""Percent of the face from which a segment has room for its number."""
TOP: Final = 50
"""Height of the first bar, in pixels."""
LAYER: Final = 22
_GAP: Final = 14

Naming = Callable[[str, str], Party]


@dataclass(frozen=True, slots=True)
class Segment:
    """Some units, from `x` over `width` percent of the face."""

    x: float
    width: float
    number: int
    """Of the holding in the table beside the picture; 0 for what has been passed on or is only bound."""
    holding: str
    party: Party | None
    first: int
    last: int
    is_live: bool

    @property
    def units(self) -> int:
        """How many units, each of 0.01 yuan."""
        return self.last - self.first + 1

    @property
    def has_room(self) -> bool:
        """Whether a label can stand in it."""
        return self.width >= _LABEL_FROM

    @property
    def tone(self) -> str:
        """How it is coloured: own, known or unknown to the viewer; passed on."""
        if not self.is_live or self.party is None:
            return "passed"
        if self.party.is_own:
            return "own"
        return "known" if self.party.name else "unknown"


@dataclass(frozen=True, slots=True)
class Layer:
    """All units that were ever held after a number of movements of title."""

    number: int
    y: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """Title moved from one layer to the next: a line downward at both ends of what moved."""

    x: float
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The whole picture."""

    face: int
    height: int
    now: tuple[Segment, ...]
    bound: tuple[Segment, ...]
    layers: tuple[Layer, ...]
    drops: tuple[Drop, ...]


def draw(face: int, holdings: Sequence[Row], bound: Sequence[Row], naming: Naming) -> Bar:
    """
    The picture of a voucher with this face.

    `holdings` are all that ever were (those with the status SPENT are passed on), `bound` the ranges that something binds.
    """
    live = sorted((row for row in holdings if row["status"] != "SPENT"), key=lambda row: int(row["first"]))
    numbers = {str(row["holding"]): number for number, row in enumerate(live, start=1)}

    def segment(row: Row, number: int, *, is_live: bool) -> Segment:
        party = naming(str(row["tag"]), str(row["sponsor"])) if "tag" in row else None
        first, last = int(row["first"]), int(row["last"])
        x, width = _percent(first - 1, face), _percent(last - first + 1, face)
        return Segment(x, width, number, str(row.get("holding", "")), party, first, last, is_live)

    now = tuple(segment(row, numbers[str(row["holding"])], is_live=True) for row in live)
    hatched = tuple(segment(row, 0, is_live=False) for row in bound)
    layers: list[Layer] = []
    for place, number in enumerate(sorted({int(row["layer"]) for row in holdings})):
        there = [row for row in holdings if int(row["layer"]) == number]
        spent = [segment(row, 0, is_live=False) for row in there if row["status"] == "SPENT"]
        held = [
            segment(row, numbers[str(row["holding"])], is_live=True)
            for row in there
            if row["status"] != "SPENT"
        ]
        y = TOP + _GAP + place * (LAYER + _GAP)
        layers.append(Layer(number, y, (*_outermost(spent), *held)))
    drops = tuple(_drops(holdings, face, {layer.number: layer.y for layer in layers}))
    height = TOP + (len(layers) * (LAYER + _GAP) if len(layers) > 1 else 0)
    return Bar(face, height, now, hatched, tuple(layers) if len(layers) > 1 else (), drops)


def _outermost(segments: Sequence[Segment]) -> list[Segment]:
    """Only those that lie in no other: what was divided again and again is one outline."""
    widest = sorted(segments, key=lambda item: (item.first, -item.last))
    kept: list[Segment] = []
    for item in widest:
        if not kept or item.last > kept[-1].last:
            kept.append(item)
    return kept


def _drops(holdings: Sequence[Row], face: int, heights: dict[int, int]) -> list[Drop]:
    found = []
    for row in holdings:
        layer = int(row["layer"])
        if (
            str(row["acquired_by"]) not in ("TRANSFER", "COURT", "RECOURSE_BUYBACK")
            or layer - 1 not in heights
        ):
            continue
        top = heights[layer - 1] + LAYER
        ends = (int(row["first"]) - 1, int(row["last"]))
        found += [Drop(_percent(unit, face), top, heights[layer] - top) for unit in ends]
    return sorted(set(found), key=lambda drop: (drop.y, drop.x))


def _percent(units: int, face: int) -> float:
    return round(100 * units / face, _DIGITS)
