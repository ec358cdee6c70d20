"""How long an envelope taken now would wait, from what waits already and from how fast blocks took what waited before.

The validators do what they can; what is handed over beyond that waits, and longer with every envelope.  So a node takes no more than is done within a
bounded time, and says `BUSY` to the rest at once instead of answering minutes later.  Each node decides by itself: of the room for all it has the part
that it had in the last blocks, so that together they hold what fits.  None of this is part of the protocol.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tallychain.engine.port import EngineRefused

BOUND_S: Final = 1.5
"""The wait that is aimed at; a block more may come on top."""
FIRST_RATE: Final = 500.0
"""Operations a second of all nodes, until blocks have shown what they take."""
FIRST_PART: Final = 0.5
LEAST_PART: Final = 0.05
"""Of the room, so that a node that nobody used can be used."""
LEAST_OPERATIONS: Final = 400
"""So many may wait at all nodes however slow the chain seems, so that a bad estimate is corrected by what is done."""
_TELLING_OPERATIONS: Final = 100
"""Fewer in a block say how much was asked for, and not how much can be done."""
_WEIGHT: Final = 0.25
"""Of the last block in the estimates."""
_RETRY_MS: Final = (50, 1_000)


@dataclass(frozen=True, slots=True)
class _Waiting:
    member: str
    operations: int


class Pressure:
    """What was handed over here and waits for a block, and whether there is room for more; times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, _Waiting] = {}
        self._of_member: dict[str, int] = {}
        self._since_s = 0.0
        """When the last block came, or what waits now began to wait."""
        self.rate = FIRST_RATE
        """Operations a second of all nodes, as blocks have taken them while more waited."""
        self.part = FIRST_PART
        """Of the operations of the last blocks, those that were handed over here."""

    @property
    def operations(self) -> int:
        """Operations that wait here."""
        return sum(self._of_member.values())

    @property
    def room(self) -> int:
        """Operations that may wait here."""
        return round(max(LEAST_OPERATIONS, BOUND_S * self.rate) * max(LEAST_PART, self.part))

    def check_room(self, member: str, operations: int) -> None:
        """
        Refuse what would wait too long; raises `EngineRefused` with `BUSY` and the time to wait.

        While others wait too, each member has an equal part of the room, so that none shuts out another; and one envelope of each always fits.
        """
        own, over = self._of_member.get(member, 0), self.operations + operations - self.room
        members = len(self._of_member.keys() | {member})
        if over <= 0 or not own or own + operations <= self.room // members:
            return
        least, most = _RETRY_MS
        wait_ms = 1_000 * BOUND_S * over / self.room
        raise EngineRefused(
            "BUSY",
            f"More operations wait for a block than the validators take in {BOUND_S} seconds.",
            min(most, max(least, round(wait_ms))),
        )

    def arrived(self, digest: bytes, member: str, operations: int, now_s: float) -> None:
        """An envelope was taken and waits."""
        if not self._waiting:
            self._since_s = max(self._since_s, now_s)
        self._waiting[digest] = _Waiting(member, operations)
        self._of_member[member] = self._of_member.get(member, 0) + operations

    def left(self, digest: bytes) -> None:
        """An envelope waits no longer; nothing where it did not wait here."""
        one = self._waiting.pop(digest, None)
        if one is None:
            return
        self._of_member[one.member] -= one.operations
        if not self._of_member[one.member]:
            del self._of_member[one.member]

    def committed(self, operations: Mapping[bytes, int], now_s: float) -> None:
        """A block has these envelopes, with so many operations each; those that waited here are still known."""
        taken = sum(operations.values())
        here = sum(count for digest, count in operations.items() if digest in self._waiting)
        took_s = now_s - self._since_s
        goes_on = any(digest not in operations for digest in self._waiting)
        if taken:
            self.part += _WEIGHT * (here / taken - self.part)
        if taken >= _TELLING_OPERATIONS and goes_on and took_s > 0:
            self.rate += _WEIGHT * (taken / took_s - self.rate)
        self._since_s = now_s
