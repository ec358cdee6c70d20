"""
Charts over months as the server draws them: bars of money and lines of rates against one scale, with places for what is not said.

Everything is an integer in the units of one picture, so a chart needs no script and prints as it is shown; the template gives words, and a table
stands beside every chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 220
LEFT: Final = 130
"""Where the scale ends and the picture begins."""
_RIGHT: Final = 10
_TOP: Final = 14
_BOTTOM: Final = 26
PLOT: Final = HEIGHT - _TOP - _BOTTOM
"""Height of what is drawn between nothing and the top of the scale."""
BASE: Final = HEIGHT - _BOTTOM
_WIDEST: Final = 56
"""Of one month, so that a first month is no wall."""
_GAP: Final = 6
_LABELS: Final = 9
_LINES: Final = 4
_FINEST: Final = 1_000
"""A tenth of a percent, of a scale of rates: what differs less looks alike."""
_ROUND: Final = (2, 4, 10)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the picture with the value that it stands for."""

    y: int
    value: int


@dataclass(frozen=True, slots=True)
class Label:
    """A month under the picture."""

    x: int
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: a value, and a part of it."""

    month: str
    x: int
    width: int
    top: int
    height: int
    part_top: int
    part_height: int
    value: int
    part: int


@dataclass(frozen=True, slots=True)
class Point:
    """One month of a line."""

    month: str
    x: int
    y: int
    value: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A month of which nothing may be said."""

    month: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Line:
    """Values of one name; a piece ends where a month has none."""

    name: str
    points: tuple[Point, ...]
    pieces: tuple[str, ...]
    """Coordinates of every piece of two months or more."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture."""

    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class _Frame:
    """The months of a picture and its scale."""

    months: tuple[str, ...]
    top: int
    bottom: int = 0
    grid: int = 0
    """From one line across the picture to the next; half of the scale where it is 0."""

    @property
    def step(self) -> int:
        return min((WIDTH - LEFT - _RIGHT) // max(len(self.months), 1), _WIDEST)

    def x(self, place: int) -> int:
        return LEFT + _GAP // 2 + place * self.step

    def middle(self, place: int) -> int:
        return LEFT + place * self.step + self.step // 2

    def tall(self, value: int) -> int:
        return PLOT * (value - self.bottom) // (self.top - self.bottom)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        grid = self.grid or (self.top - self.bottom) // 2
        return tuple(Tick(BASE - self.tall(value), value) for value in range(self.bottom, self.top + 1, grid))

    @property
    def labels(self) -> tuple[Label, ...]:
        each = -(-len(self.months) // _LABELS) or 1
        return tuple(
            Label(self.middle(place), month) for place, month in enumerate(self.months) if place % each == 0
        )


def top_of(most: int) -> int:
    """The round value at the top of a scale that reaches `most`; half of it is whole."""
    size = 1
    while True:
        for digit in _ROUND:
            if digit * size >= most:
                return digit * size
        size *= 10


def between(least: int, most: int) -> tuple[int, int, int]:
    """Bottom, top and grid of a scale on which small differences can be seen: at most five round lines across."""
    size = _FINEST
    while True:
        for digit in _ROUND:
            grid = digit * size
            bottom, top = least // grid * grid, -(-most // grid) * grid
            if top - bottom <= _LINES * grid:
                return bottom, max(top, bottom + grid), grid
        size *= 10


def bars(months: Sequence[str], values: Sequence[int], parts: Sequence[int]) -> Chart:
    """A bar a month, the oldest first, each with a part of its value."""
    frame = _Frame(tuple(months), top_of(max([*values, *parts, 1])))
    made = tuple(
        Bar(
            month=month,
            x=frame.x(place),
            width=max(frame.step - _GAP, 2),
            top=BASE - frame.tall(value),
            height=frame.tall(value),
            part_top=BASE - frame.tall(part),
            part_height=frame.tall(part),
            value=value,
            part=part,
        )
        for place, (month, value, part) in enumerate(zip(months, values, parts, strict=True))
    )
    return Chart(frame.ticks, frame.labels, bars=made)


def lines(
    months: Sequence[str],
    series: Sequence[tuple[str, Sequence[int | None]]],
    *,
    top: int = 0,
    unsaid: Sequence[bool] = (),
) -> Chart:
    """
    A line for each name over the same months; None is a month without a value, `unsaid` one whose value is held back.

    The scale goes from 0 to `top`, or where none is given from a little below the least value to a little above the most.
    """
    there = [value for _, values in series for value in values if value is not None] or [0]
    scale = (0, top, 0) if top else between(min(there), max(there))
    frame = _Frame(tuple(months), bottom=scale[0], top=scale[1], grid=scale[2])
    gaps = tuple(
        Gap(month, frame.x(place), max(frame.step - _GAP, 2))
        for place, (month, is_unsaid) in enumerate(zip(months, unsaid, strict=False))
        if is_unsaid
    )
    return Chart(
        frame.ticks,
        frame.labels,
        lines=tuple(_line(frame, name, values) for name, values in series),
        gaps=gaps,
    )


def _line(frame: _Frame, name: str, values: Sequence[int | None]) -> Line:
    points: list[Point] = []
    pieces: list[list[Point]] = [[]]
    for place, (month, value) in enumerate(zip(frame.months, values, strict=True)):
        if value is None:
            pieces.append([])
            continue
        point = Point(month, frame.middle(place), BASE - frame.tall(value), value)
        points.append(point)
        pieces[-1].append(point)
    drawn = tuple(" ".join(f"{one.x},{one.y}" for one in piece) for piece in pieces if len(piece) > 1)
    return Line(name, tuple(points), drawn)
