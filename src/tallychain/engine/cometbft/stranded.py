"""An engine that lost others for long is begun again while the chain stands still, so that it dials them at once when they are back.

The engine dials a node that it lost every few seconds for some minutes, then after 3, 9, 27, ... seconds, each pause three times the one before, and after a
day never again.  After a cut of two hours it would take another hour or two until both ends meet.  Begun again, it dials everybody within three
seconds.  That is done only where there is nothing to lose: no block for minutes, and not more than two thirds of the validators connected, by their number.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tallychain.engine.cometbft.outcasts import Connected
from tallychain.engine.logs import Log

LOOK_S: Final = 5.0
STILL_S: Final = 120.0
"""So long the chain stands still first: until then the engine itself dials often enough."""
AGAIN_S: Final = 90.0
"""Longer than a supervisor needs to see that a program runs steadily, so that it begins it again without a growing pause."""
TURN_S: Final = 8.0
"""From one node's turn to the next, so that not all begin again at the same moment."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands."""

    height: int
    validators: int
    """How many there are now; 0 where the engine does not say."""
    catching_up: bool
    halted: bool
    """Whether it was asked to make no further block."""


class Stranded:
    """Looks whether the chain goes on, without end."""

    def __init__(
        self,
        place: Callable[[], Place],
        connected: Callable[[], Awaitable[Connected | None]],
        validates: Callable[[str], bool],
        let_go: Callable[[], None],
        log: Log,
        *,
        look_s: float = LOOK_S,
        still_s: float = STILL_S,
        again_s: float = AGAIN_S,
        turn_s: float = TURN_S,
    ) -> None:
        """
        `connected` asks the engine, None where it does not answer; `validates` tells validators' nodes from observers.

        `let_go` ends the engine's connections to this process, so that it ends and begins again.
        """
        self._place = place
        self._connected = connected
        self._validates = validates
        self._let_go = let_go
        self._log = log
        self._look_s = look_s
        self._still_s = still_s
        self._again_s = again_s
        self._turn_s = turn_s

    async def watch(self) -> None:
        """Look from time to time."""
        loop = asyncio.get_running_loop()
        height, since_s = self._place().height, loop.time()
        patience_s = self._still_s
        while True:
            await asyncio.sleep(self._look_s)
            place = self._place()
            if place.height != height:
                height, since_s, patience_s = place.height, loop.time(), self._still_s
            elif loop.time() - since_s >= patience_s and await self._stranded():
                self._log.warning(
                    "the chain stands still, and too few validators are connected: the engine begins again and dials them",
                    height=height,
                )
                self._let_go()
                since_s, patience_s = loop.time(), self._again_s

    async def _stranded(self) -> bool:
        """Whether too few validators are there for another block; told in this node's turn."""
        found = await self._connected()
        if found is None or not self._too_few(found):
            return False
        height = self._place().height
        await asyncio.sleep(self._turn_s * sum(peer < found.own for peer in found.peers))
        found = await self._connected()
        return found is not None and self._too_few(found) and self._place().height == height

    def _too_few(self, found: Connected) -> bool:
        place = self._place()
        # Who takes blocks from others is on its way, however long that takes.
        if place.halted or (place.catching_up and found.peers):
            return False
        there = 1 + sum(self._validates(peer) for peer in found.peers)
        return 3 * there <= 2 * place.validators
