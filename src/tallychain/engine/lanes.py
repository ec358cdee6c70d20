"""What waits for a block: one lane for each member, with bounds of its own, so that no member shuts out another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from tallychain.engine.admitted import Admitted
from tallychain.engine.limits import Settings
from tallychain.engine.port import EngineRefused, SubmitAnswer
from tallychain.ledger.ordering import Carried, block_order
from tallychain.ledger.types import Height, MemberId

if TYPE_CHECKING:
    import asyncio


@dataclass(frozen=True, slots=True)
class Waiting:
    """An envelope found good, and who waits for what becomes of it."""

    data: bytes
    digest: bytes
    admitted: Admitted
    answer: "asyncio.Future[SubmitAnswer]"

    @property
    def member(self) -> MemberId:
        """Who carries it."""
        return self.admitted.envelope.member


@dataclass(slots=True)
class _Lane:
    """One member's share."""

    envelopes: int = 0
    size: int = 0
    waiting: dict[bytes, Waiting] = field(default_factory=dict)
    """By digest, in order of arrival."""


class Lanes:
    """
    Envelopes taken and not yet answered, by the member that carries them.

    A share is not divided by the number of members: what is kept in memory at most is one share for each member of record.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lanes: dict[str, _Lane] = {}

    @property
    def envelopes(self) -> int:
        """Envelopes held, of all members."""
        return sum(lane.envelopes for lane in self._lanes.values())

    def __bool__(self) -> bool:
        """Whether any envelope waits for a block."""
        return any(lane.waiting for lane in self._lanes.values())

    def check_room(self, member: str, size: int) -> None:
        """Refuse an envelope that is beyond its member's share; raises `EngineRefused` with `BUSY`, to nobody else."""
        lane = self._lanes.get(member)
        if lane is None:
            return
        full = lane.envelopes >= self._settings.member_envelopes
        if full or lane.size + size > self._settings.member_bytes:
            raise EngineRefused(
                "BUSY",
                f"Too many envelopes of the member {member} wait for a block.",
                4 * self._settings.block_interval_ms,
            )

    def hold(self, member: str, size: int) -> None:
        """Count an envelope against its member's share."""
        lane = self._lanes.setdefault(member, _Lane())
        lane.envelopes += 1
        lane.size += size

    def release(self, member: str, size: int) -> None:
        """An envelope that was held is answered."""
        lane = self._lanes[member]
        lane.envelopes -= 1
        lane.size -= size
        if not lane.envelopes:
            del self._lanes[member]

    def put(self, waiting: Waiting) -> None:
        """Have an envelope that is held wait for a block."""
        self._lanes[waiting.member].waiting[waiting.digest] = waiting

    def remove(self, waiting: Waiting) -> None:
        """An envelope waits no longer."""
        del self._lanes[waiting.member].waiting[waiting.digest]

    def in_turn(self, height: Height, is_court: Callable[[MemberId], bool]) -> list[Waiting]:
        """All that waits, in the order in which a block of this height would have it (`ordering.block_order`)."""
        waiting = [item for lane in self._lanes.values() for item in lane.waiting.values()]
        carried = [Carried(item.digest, item.member, is_court(item.member)) for item in waiting]
        return [waiting[position] for position in block_order(height, carried)]


class _ClaimedFrame(msgspec.Struct, frozen=True, array_like=True):
    header: bytes


class _ClaimedHeader(msgspec.Struct, frozen=True):
    member: str


_FRAME = msgspec.msgpack.Decoder(_ClaimedFrame)
_HEADER = msgspec.json.Decoder(_ClaimedHeader)


def claimed_carrier(data: bytes) -> str:
    """Who an envelope says that it is from, read without checking anything; empty where it says nothing."""
    try:
        return _HEADER.decode(_FRAME.decode(data).header).member
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
