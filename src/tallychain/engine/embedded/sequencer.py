"""When a block is made, and of what: collects envelopes, paces blocks, moves a driven clock, answers when a block is durable.

On a system clock an idle chain makes one empty block after the last one with content, so that its results and root stand in a
signed header, and then a time block every few seconds.  On a driven chain time moves by `advance` alone: every other block is one
millisecond after the one before, and an idle chain makes no time blocks.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from tallychain.crypto.digest import sha256
from tallychain.engine.admitted import Admitted
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.lanes import Lanes, Waiting, claimed_carrier
from tallychain.engine.limits import Settings
from tallychain.engine.port import CommittedBlock, EngineRefused, EngineUnavailable, SubmitAnswer
from tallychain.engine.rates import Rates
from tallychain.ledger import limits
from tallychain.ledger.admission import SignatureCheck
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.types import Height

_VERIFIED_HERE: Final = 2
"""Fewer signatures than these are not worth a thread."""
_KEY_CHANGED: Final = Inadmissible("ENVELOPE_KEY_UNKNOWN", "the carrier's key is no longer in force")


class Sequencer:
    """The one maker of blocks of a chain; everything runs in one event loop."""

    def __init__(self, chain: Chain, settings: Settings, clock_ms: Callable[[], int]) -> None:
        """`clock_ms` gives UTC milliseconds; it is not asked on a driven chain."""
        self.chain = chain
        self._settings = settings
        self._clock_ms = clock_ms
        self._lanes = Lanes(settings)
        self._answers: dict[bytes, asyncio.Future[SubmitAnswer]] = {}
        self._rates = Rates(settings.member_operations_per_s)
        self._wake = asyncio.Event()
        self._committed = asyncio.Event()
        self._making = asyncio.Lock()
        self._last_start_s = 0.0
        self._unproven = False
        self._closing = False
        self._failure: BaseException | None = None
        self.when_made: Callable[[CommittedBlock, float], None] | None = None
        """Told each durable block, and the seconds that it took."""

    @property
    def closing(self) -> bool:
        """Whether no more envelopes are taken."""
        return self._closing or self._failure is not None

    @property
    def height(self) -> int:
        """Height of the last durable block."""
        return self.chain.height

    @property
    def waiting(self) -> int:
        """Envelopes taken and not yet in a block."""
        return self._lanes.envelopes

    async def run(self) -> None:
        """Make blocks until `stop`; any exception means that the process must end without answering."""
        self._last_start_s = _now_s()
        self._unproven = self.chain.unproven
        while True:
            await self._until_due()
            async with self._making:
                if self._closing:
                    break
                self._make_block(self._block_time_ms())
            # Whoever can read or write now has its turn before the next block.
            await asyncio.sleep(0)
        while self._lanes:
            self._make_block(self._block_time_ms())

    def fail(self, error: BaseException) -> None:
        """Something happened that nobody foresaw, so memory cannot be trusted: `run` raises it and the process ends."""
        self._failure = self._failure or error
        self._wake.set()

    def stop(self) -> None:
        """Put what waits into a last block and end `run`."""
        self._closing = True
        self._wake.set()

    async def submit(self, data: bytes) -> SubmitAnswer:
        """
        Take an envelope and answer when its block is durable.

        Raises `EngineRefused`: the codes of `admission.admissible`, `BUSY`, `RATE_EXCEEDED`, `CLOSING`.  The same bytes sent twice at the
        same time stand in one block and get one answer.
        """
        digest = sha256(data)
        pending = self._answers.get(digest)
        if pending is not None:
            return await asyncio.shield(pending)
        if self._closing:
            raise EngineRefused("CLOSING", "The ledger process is ending.", 1_000)
        # First without reading on, so that a member beyond its share costs the others no more than this.
        self._lanes.check_room(claimed_carrier(data), len(data))
        admitted, checks = self._read(data)
        answer: asyncio.Future[SubmitAnswer] = asyncio.get_running_loop().create_future()
        # A future whose failure nobody else waits for would be reported as forgotten.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        waiting = Waiting(data, digest, admitted, answer)
        self._hold(waiting)
        try:
            await self._verify(checks)
        except BaseException as error:
            self._release(waiting)
            answer.set_exception(
                error if isinstance(error, EngineRefused) else EngineUnavailable("the first sender was lost")
            )
            raise
        self._lanes.put(waiting)
        self.chain.remember(digest, len(data), admitted)
        self._wake.set()
        return await asyncio.shield(answer)

    async def advance(self, to_ms: int) -> int:
        """
        Move a driven chain's time: one block at each due instant on the way and one at `to_ms`; the height reached.

        Raises `EngineRefused`: `CLOCK_NOT_DRIVEN`, `CLOCK_NOT_FORWARD`.
        """
        if not self.chain.driven:
            raise EngineRefused(
                "CLOCK_NOT_DRIVEN", "The time of this chain is the system's; it cannot be moved."
            )
        if not self.chain.time_ms < to_ms <= limits.TIME_MS:
            raise EngineRefused(
                "CLOCK_NOT_FORWARD",
                f"The time moves from {self.chain.time_ms} forward only, up to {limits.TIME_MS}, not to {to_ms}.",
            )
        async with self._making:
            while (due_ms := self.chain.state.next_due_ms()) is not None and due_ms < to_ms:
                self._make_block(due_ms)
                await asyncio.sleep(0)
            return self._make_block(to_ms).height

    async def empty_block(self, height: int) -> None:
        """Make sure that there is a block of this height, the next one at most."""
        async with self._making:
            if self.chain.height < height:
                self._make_block(self._block_time_ms())

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        """No block is made meanwhile."""
        async with self._making:
            yield

    async def beyond(self, height: int) -> None:
        """Wait until there is a block above this height."""
        while self.chain.height <= height:
            await self._committed.wait()

    def _read(self, data: bytes) -> tuple[Admitted, list[SignatureCheck]]:
        """
        An envelope that its carrier really sent, charged to the carrier's rate, and the signatures in it that are still to be verified.

        Nothing is awaited on the way here, so that nobody takes up a member's share in its name.
        """
        try:
            admitted, checks = self.chain.parse(data)
            if not all(self.chain.pool.verify(checks[:1])):
                raise Inadmissible("SIGNATURE_FALSE", "the envelope's signature does not fit its key")
        except Inadmissible as error:
            raise _refused(error) from None
        self._rates.charge(admitted.envelope.member, len(admitted.envelope.operations), _now_s())
        return admitted, checks[1:]

    async def _verify(self, checks: list[SignatureCheck]) -> None:
        # In a thread, because the answer comes from other processes and the loop has others to serve meanwhile.
        if len(checks) < _VERIFIED_HERE:
            good = all(self.chain.pool.verify(checks))
        else:
            good = all(await asyncio.to_thread(self.chain.pool.verify, checks))
        if not good:
            raise _refused(Inadmissible("SIGNATURE_FALSE", "a signature does not fit its key"))

    def _hold(self, waiting: Waiting) -> None:
        self._lanes.hold(waiting.member, len(waiting.data))
        self._answers[waiting.digest] = waiting.answer

    def _release(self, waiting: Waiting) -> None:
        self._lanes.release(waiting.member, len(waiting.data))
        del self._answers[waiting.digest]

    async def _until_due(self) -> None:
        while True:
            if self._failure is not None:
                raise self._failure
            if self._closing:
                return
            wait_s = self._wait_s()
            if wait_s is not None and wait_s <= 0:
                return
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)

    def _wait_s(self) -> float | None:
        """Seconds until the next block; None while nothing asks for one."""
        if self._lanes or self._unproven:
            interval_ms = self._settings.block_interval_ms
        elif self.chain.driven:
            return None
        else:
            interval_ms = self._settings.idle_interval_ms
        return self._last_start_s + interval_ms / 1_000 - _now_s()

    def _block_time_ms(self) -> int:
        return self.chain.time_ms + 1 if self.chain.driven else self._clock_ms()

    def _make_block(self, time_ms: int) -> CommittedBlock:
        self._last_start_s = _now_s()
        batch = self._batch()
        before = self.chain.app_hash
        try:
            block = self.chain.make_block(time_ms, [waiting.data for waiting in batch])
        except BaseException as error:
            self.fail(error)
            raise
        self._unproven = bool(block.envelopes) or self.chain.app_hash != before
        self._answer(block, batch)
        if self.when_made is not None:
            self.when_made(block, _now_s() - self._last_start_s)
        self._committed.set()
        self._committed = asyncio.Event()
        return block

    def _batch(self) -> list[Waiting]:
        """What goes into the next block: within its bounds, and of every member in turn."""
        batch: list[Waiting] = []
        size = operations = 0
        for waiting in self._lanes.in_turn(Height(self.chain.height + 1), self.chain.is_court):
            if not self.chain.still_admissible(waiting.admitted):
                self._turn_back(waiting)
                continue
            size += len(waiting.data)
            operations += len(waiting.admitted.envelope.operations)
            too_much = size > self._settings.block_bytes or operations > self._settings.block_operations
            if batch and too_much:
                break
            self._lanes.remove(waiting)
            batch.append(waiting)
        return batch

    def _turn_back(self, waiting: Waiting) -> None:
        self._lanes.remove(waiting)
        self._release(waiting)
        if not waiting.answer.done():
            waiting.answer.set_exception(_refused(_KEY_CHANGED))

    def _answer(self, block: CommittedBlock, batch: list[Waiting]) -> None:
        places = {sha256(data): place for place, data in enumerate(block.envelopes)}
        for waiting in batch:
            self._release(waiting)
            place = places[waiting.digest]
            if not waiting.answer.done():
                waiting.answer.set_result(
                    SubmitAnswer(block.height, block.codes[place], block.results[place])
                )


def _refused(error: Inadmissible) -> EngineRefused:
    return EngineRefused(error.code, f"The envelope is not admissible: {error.detail}.")


def _now_s() -> float:
    return asyncio.get_running_loop().time()
