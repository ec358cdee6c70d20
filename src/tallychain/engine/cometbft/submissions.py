"""Envelopes on their way into a block: taken, handed to the engine, handed over again where the engine lost them, answered by their block.

Only a committed block ends an envelope: the one that holds it, or one with a later time than the envelope's `expires`, after which no block can
give it an effect.  What the engine says on the way (that it has it, that it is full, nothing at all) is no answer.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tallychain.crypto.digest import sha256
from tallychain.engine import records
from tallychain.engine.cometbft.application import INADMISSIBLE, RATE_EXCEEDED, Application
from tallychain.engine.cometbft.pressure import Pressure
from tallychain.engine.cometbft.rpc import EngineRpc, MempoolFull, NoAnswer, Unwilling
from tallychain.engine.lanes import Lanes, claimed_carrier
from tallychain.engine.limits import Settings
from tallychain.engine.port import CommittedBlock, EngineRefused, EngineUnavailable, SubmitAnswer
from tallychain.ledger import machine
from tallychain.ledger.types import MemberId
from tallychain.store.store import Store

REMEMBERED_MS: Final = 180_000
"""How long the place of an envelope is remembered, in block time: longer than any envelope lives."""
_REMEMBERED: Final = 200_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what; in seconds."""

    engine_s: float = 5.0
    """For the engine of this node to take an envelope."""
    block_s: float = 30.0
    """For a block that holds it."""
    again_s: float = 2.0
    """From handing an envelope over to handing it over again, in case the engine was started anew meanwhile."""


@dataclass(slots=True)
class _Pending:
    """An envelope that no block holds yet."""

    data: bytes
    member: MemberId
    expires_ms: int
    answer: "asyncio.Future[SubmitAnswer]"
    handed_over_s: float = 0.0


@dataclass(slots=True)
class _Places:
    """Where the last blocks hold which envelope."""

    found: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    order: deque[tuple[int, bytes]] = field(default_factory=deque)

    def add(self, block: CommittedBlock, digests: Iterable[bytes]) -> None:
        for place, (digest, code) in enumerate(zip(digests, block.codes, strict=True)):
            if code == machine.EXECUTED:
                self.found[digest] = (block.height, place)
                self.order.append((block.time_ms, digest))
        oldest_ms = block.time_ms - REMEMBERED_MS
        while self.order and (self.order[0][0] < oldest_ms or len(self.order) > _REMEMBERED):
            self.found.pop(self.order.popleft()[1], None)


class Submissions:
    """Everything that this node was handed for a block and that no block holds yet."""

    def __init__(
        self, application: Application, rpc: EngineRpc, settings: Settings, patience: Patience
    ) -> None:
        self.closing = False
        self._application = application
        self._rpc = rpc
        self._patience = patience
        self._lanes = Lanes(settings)
        self._pending: dict[bytes, _Pending] = {}
        self._places = _places_in(application.store)
        self.pressure = Pressure()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Envelopes taken and not yet in a block."""
        return len(self._pending)

    def start(self) -> None:
        """Hand over again, from now on, what waits too long."""
        self._task = asyncio.create_task(self._again())

    async def stop(self) -> None:
        """Take no more.  Nobody is told anything about what waits: it may still come into a block."""
        self.closing = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for one in self._pending.values():
            if not one.answer.done():
                one.answer.set_exception(EngineUnavailable("The ledger process is ending."))

    async def submit(self, data: bytes) -> SubmitAnswer:
        """
        Take an envelope and answer when the block that holds it is durable here.

        Raises `EngineRefused`: the codes of `admission.admissible`, `BUSY`, `RATE_EXCEEDED`, `ENVELOPE_EXPIRED`, `CLOSING`; or `EngineUnavailable`
        where it is not known yet what becomes of it.  To send the same bytes again is always safe, here or at another node.
        """
        digest = sha256(data)
        place = self._places.found.get(digest)
        if place is not None:
            return self._answer_from(*place)
        pending = self._pending.get(digest)
        if pending is None:
            if self.closing:
                raise EngineRefused("CLOSING", "The ledger process is ending.", 1_000)
            pending = await self._take(digest, data)
        try:
            async with asyncio.timeout(self._patience.block_s):
                return await asyncio.shield(pending.answer)
        except TimeoutError:
            raise EngineUnavailable("No block holds the envelope yet; it may still come into one.") from None

    def committed(self, block: CommittedBlock) -> None:
        """A block is durable: answer whoever waits for what it holds, and for what no block will hold any more."""
        digests = [sha256(data) for data in block.envelopes]
        counts = {digest: len(results) for digest, results in zip(digests, block.results, strict=True)}
        self.pressure.committed(counts, _now_s())
        self._places.add(block, digests)
        for place, digest in enumerate(digests):
            self._end(digest, SubmitAnswer(block.height, block.codes[place], block.results[place]))
        late = [digest for digest, one in self._pending.items() if one.expires_ms < block.time_ms]
        for digest in late:
            sentence = "No block held the envelope in its time, and none can any more."
            self._end(digest, EngineRefused("ENVELOPE_EXPIRED", sentence))

    async def _take(self, digest: bytes, data: bytes) -> _Pending:
        # First without reading on, so that a member beyond its share costs the others no more than this.
        self._lanes.check_room(claimed_carrier(data), len(data))
        envelope = self._application.admit(data)
        self._lanes.check_room(envelope.member, len(data))
        self.pressure.check_room(envelope.member, len(envelope.operations))
        answer: asyncio.Future[SubmitAnswer] = asyncio.get_running_loop().create_future()
        # A future whose failure nobody waits for any more would be reported as forgotten.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        pending = _Pending(data, envelope.member, envelope.expires, answer)
        self._lanes.hold(pending.member, len(data))
        self._pending[digest] = pending
        self.pressure.arrived(digest, envelope.member, len(envelope.operations), _now_s())
        try:
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes just as it ends.
            async with asyncio.timeout(self._patience.engine_s):
                await self._hand_over_soon(pending)
        except EngineRefused as refused:
            self._end(digest, refused)
            raise
        except TimeoutError:
            # It stays, and is handed over once the engine answers again: whether it comes into a block is open.
            raise EngineUnavailable("The engine of this node does not take envelopes at present.") from None
        return pending

    async def _hand_over_soon(self, pending: _Pending) -> None:
        wait_s = 0.05
        while not pending.answer.done():
            try:
                await self._hand_over(pending)
            except (NoAnswer, Unwilling):
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, 1.0)
            else:
                return

    async def _hand_over(self, pending: _Pending) -> None:
        """Once; raises `EngineRefused` where it has no prospect now, and `NoAnswer` or `Unwilling` where the engine does not take it."""
        try:
            taken = await self._rpc.hand_over(pending.data)
        except MempoolFull:
            raise EngineRefused("BUSY", "The engine of this node holds as much as it may.", 1_000) from None
        pending.handed_over_s = _now_s()
        if taken is None or not taken.code:
            return
        if taken.code == RATE_EXCEEDED:
            raise EngineRefused("RATE_EXCEEDED", f"The member {pending.member} sends too much.", 1_000)
        if taken.code == INADMISSIBLE:
            # Found good a moment ago, so it is the carrier's key that changed; asked again, it says so itself.
            self._application.admit(pending.data)
        raise Unwilling(taken.log)

    async def _again(self) -> None:
        """What the engine lost with its memory, or never got, is handed over again until a block ends it."""
        while True:
            await asyncio.sleep(self._patience.again_s / 2)
            for digest, pending in list(self._pending.items()):
                if pending.answer.done() or _now_s() - pending.handed_over_s < self._patience.again_s:
                    continue
                try:
                    await self._hand_over(pending)
                except EngineRefused as refused:
                    if refused.code not in {"BUSY", "RATE_EXCEEDED"}:
                        self._end(digest, refused)
                except Unwilling:
                    continue
                except NoAnswer:
                    break

    def _end(self, digest: bytes, end: SubmitAnswer | EngineRefused) -> None:
        pending = self._pending.pop(digest, None)
        if pending is None:
            return
        self._lanes.release(pending.member, len(pending.data))
        self.pressure.left(digest)
        if pending.answer.done():
            return
        if isinstance(end, SubmitAnswer):
            pending.answer.set_result(end)
        else:
            pending.answer.set_exception(end)

    def _answer_from(self, height: int, place: int) -> SubmitAnswer:
        block = self._application.reading.block(height)
        return SubmitAnswer(height, block.codes[place], block.results[place])


def _places_in(store: Store) -> _Places:
    """The places of envelopes in the last blocks of a store that is taken up."""
    blocks: list[CommittedBlock] = []
    height = store.height
    while height > 0 and (block := records.stored_block(store, height)) is not None:
        if blocks and block.time_ms < blocks[0].time_ms - REMEMBERED_MS:
            break
        blocks.append(block)
        height -= 1
    places = _Places()
    for block in reversed(blocks):
        places.add(block, [sha256(data) for data in block.envelopes])
    return places


def _now_s() -> float:
    return asyncio.get_running_loop().time()
