"""
The report of movements that somebody should look at, by whoever can join tags: a sponsor those of its own clients, a supervisor all that it can open.

It rests on the rows of this gateway alone and is made for its own staff; nobody is told, and no act is hindered by it.
"""

from typing import Any, Final

from msgspec import Struct

from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.joined import Burst, Circle, bursts, circles, in_order, move_of
from tallychain.gateway.readmodel_port import AsOf, ReadModel

LAYERS_WARN: Final = 5
"""From this layer on whoever passes units on is warned; `layers_max` of the policy SPLIT is where the ledger refuses."""
_KEPT_MS: Final = 60_000
"""How long the count on the page of today may be old; the report itself never is."""
_PAGE: Final = 500
_PAGES_MOST: Final = 200

Row = dict[str, Any]


class Thresholds(Struct, frozen=True):
    """From when on something is reported; settings of the gateway (supply-chain study, edge cases 35 and 36)."""

    splits_in_hour: int
    circle_days: int


class Report(Struct, frozen=True):
    """Bursts of splits and circles, newest first, with the names that this member may know."""

    bursts: list[Burst]
    circles: list[Circle]
    names: dict[str, str]
    """Names behind the credit codes that stand for parties; a tag stands for whom this member cannot name."""
    moves: int
    """Movements that were looked at."""
    is_whole: bool
    """Whether these are all that there are."""
    thresholds: Thresholds
    as_of: AsOf


class Movements:
    """Makes the report of one member."""

    def __init__(self, thresholds: Thresholds, clock: ChainClock) -> None:
        self._thresholds = thresholds
        self._clock = clock
        self._kept: tuple[int, int] = (-_KEPT_MS, 0)

    async def report(self, read_model: ReadModel) -> Report:
        """Look at every movement of title, as far as tags can be joined here."""
        as_of = await read_model.as_of()
        identities, _ = await _all(read_model, "identities", (HOUSE,))
        sure = [row for row in identities if row["verified"]]
        parties = {str(row["tag"]): str(row["uscc"]) for row in sure}
        rows, is_whole = await _all(read_model, "title_moves", ())
        moves = in_order(move_of(row, parties) for row in rows)
        return Report(
            bursts=sorted(bursts(moves, self._thresholds.splits_in_hour), key=lambda one: -one.last_ms),
            circles=sorted(circles(moves, self._thresholds.circle_days), key=lambda one: -one.last_ms),
            names={str(row["uscc"]): str(row["name"]) for row in sure},
            moves=len(moves),
            is_whole=is_whole,
            thresholds=self._thresholds,
            as_of=as_of,
        )

    async def today(self, read_model: ReadModel) -> int:
        """How many there are, of at most a minute ago."""
        now = self._clock.now_ms()
        made_ms, count = self._kept
        if now - made_ms >= _KEPT_MS:
            found = await self.report(read_model)
            count = len(found.bursts) + len(found.circles)
            self._kept = now, count
        return count


async def _all(read_model: ReadModel, view: str, seats: tuple[str, ...]) -> tuple[list[Row], bool]:
    rows: list[Row] = []
    cursor = ""
    for _ in range(_PAGES_MOST):
        page = await read_model.list(view, {}, seats, cursor, _PAGE)
        rows += page.rows
        cursor = page.cursor
        if not cursor:
            return rows, True
    return rows, False
