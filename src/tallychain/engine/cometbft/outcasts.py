"""Connections to nodes that are of the alliance no longer are ended.

The engine asks who may connect when somebody does, and never again; it has no call that ends a connection.  But it ends itself when its connections to
this process do, and whoever supervises it begins it again, and then it asks.  So this process looks from time to time at whom the engine is connected to
and, where one of them may not be, lets go of the engine: one node after another, so that the chain goes on meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tallychain.engine.logs import Log

LOOK_S: Final = 3.0
TURN_S: Final = 8.0
"""From one node's turn to the next: longer than it takes an engine to begin again."""


@dataclass(frozen=True, slots=True)
class Connected:
    """Whom an engine is connected to."""

    own: str
    """Its own id."""
    peers: tuple[str, ...]


class Outcasts:
    """Looks for connections that may not be, without end."""

    def __init__(
        self,
        connected: Callable[[], Awaitable[Connected | None]],
        may_connect: Callable[[str], bool],
        let_go: Callable[[], None],
        log: Log,
        *,
        look_s: float = LOOK_S,
        turn_s: float = TURN_S,
    ) -> None:
        """`connected` asks the engine, None where it does not answer; `may_connect` asks the ledger; `let_go` ends the engine's connections to this process."""
        self._connected = connected
        self._may_connect = may_connect
        self._let_go = let_go
        self._log = log
        self._look_s = look_s
        self._turn_s = turn_s

    async def watch(self) -> None:
        """Look from time to time."""
        while True:
            await asyncio.sleep(self._look_s)
            found = await self._connected()
            if found is None or not self._outcasts(found):
                continue
            await asyncio.sleep(self._turn_s * self._turn(found))
            # Meanwhile the outcast may have been cut off by its own end, or have been admitted again.
            again = await self._connected()
            outcasts = () if again is None else self._outcasts(again)
            if outcasts:
                self._log.warning("nodes are cut off", nodes=list(outcasts))
                self._let_go()
                await asyncio.sleep(self._turn_s)

    def _outcasts(self, found: Connected) -> Sequence[str]:
        return [peer for peer in found.peers if not self._may_connect(peer)]

    def _turn(self, found: Connected) -> int:
        """How many other nodes go first: the same order on all, by their ids."""
        return sum(peer < found.own for peer in found.peers if self._may_connect(peer))
