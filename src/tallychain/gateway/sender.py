"""Submits the outbox: collects operations into envelopes, sends several at a time, and writes down what became of them.

Sending the same operation again is always safe, because the ledger takes one at most once.  So after a crash, a lost connection or a full
engine everything without an end is simply sent again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from tallychain.crypto.keys import SigningKey
from tallychain.engine.port import Engine, EngineRefused, EngineUnavailable, SubmitAnswer
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import DatabaseLost
from tallychain.gateway.outbox import DONE, EXPIRED, REFUSED, TURNED_AWAY, End, Outbox, Waiting
from tallychain.ledger import codec, limits
from tallychain.ledger.machine import INADMISSIBLE
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.receipt import REPEAT, NotTaken, Receipt
from tallychain.sdk.build import pack

ENVELOPE_LIFE_MS: Final = 90_000
"""Shorter than the ledger allows, because the clocks here and there differ."""

_FRAME_OVERHEAD: Final = 2048
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 5.0
_FAULT_INSIDE: Final = frozenset(
    {
        "INADMISSIBLE",
        "ENVELOPE_TOO_LARGE",
        "OPERATION_MALFORMED",
        "TYPE_UNKNOWN",
        "WRONG_CARRIER",
        "BOX_DIFFERS",
        "OPERATION_TWICE",
        "SIGNATURE_FALSE",
    }
)
"""Refusals that one operation can be the cause of.  Any other is about the envelope, the key or the moment, and passes."""
EXPIRED_CODE: Final = "EXPIRED"
_LEAVES_OPEN: Final = frozenset({EXPIRED_CODE, "EXPIRES_TOO_FAR", REPEAT, "TOO_MANY_LIVING"})
"""Answers without a receipt that do not say what will become of an operation: an envelope was late, this gateway's clock is ahead of the ledger's, it
was executed before, or its member has too many others that have not expired.  What came too early, or was one too many, may take effect later, and
whoever has its envelope can bring it again."""


@dataclass(frozen=True, slots=True)
class SendRules:
    """How envelopes are made."""

    chain: str
    member: str
    wait_ms: int
    in_flight: int


def end_of(row: bytes) -> End | None:
    """The end that a result of the ledger is; None where it leaves the operation open."""
    if b'"outcome"' in row:
        receipt = codec.trusted(Receipt, row)
        state = DONE if receipt.outcome == "done" else REFUSED
        return End(receipt.operation, state, receipt.code, receipt.height, "", row)
    away = codec.trusted(NotTaken, row)
    if away.code in _LEAVES_OPEN:
        return None
    return End(away.operation, TURNED_AWAY, away.code, 0, away.first, row)


class Sender:
    """The loop that empties the outbox."""

    def __init__(
        self,
        rules: SendRules,
        key: SigningKey,
        engine: Engine,
        outbox: Outbox,
        clock: ChainClock,
        settled: Callable[[Sequence[End]], Awaitable[None]],
    ) -> None:
        self._rules = rules
        self._key = key
        self._engine = engine
        self._outbox = outbox
        self._clock = clock
        self._settled = settled
        self._queue: deque[Waiting] = deque()
        self._known: set[str] = set()
        self._in_flight: set[str] = set()
        self._more = asyncio.Event()
        self._slots = asyncio.Semaphore(rules.in_flight)
        self._pause_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("sender")

    async def start(self) -> None:
        """Take up everything without an end, then wait for more."""
        await self.take_up()
        self._loop = asyncio.get_running_loop().create_task(self._run())

    async def take_up(self) -> None:
        """Submit everything without an end that is not on its way yet."""
        after = ""
        while batch := await self._outbox.waiting(after):
            self.add(batch)
            after = batch[-1].id

    def add(self, operations: Sequence[Waiting]) -> None:
        """Submit these, which are in the outbox already."""
        for operation in operations:
            if operation.id not in self._known:
                self._known.add(operation.id)
                self._queue.append(operation)
        self._more.set()

    def is_submitted(self, operation: str) -> bool:
        """Whether the engine has an operation just now."""
        return operation in self._in_flight

    async def close(self) -> None:
        """Stop; what has no end is taken up at the next start."""
        tasks = [*self._tasks, *([] if self._loop is None else [self._loop])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._more.wait()
            if len(self._queue) < limits.ENVELOPE_OPERATIONS:
                await asyncio.sleep(self._rules.wait_ms / 1000)
            await self._slots.acquire()
            if self._pause_s:
                await asyncio.sleep(self._pause_s)
            batch, late = self._next_batch()
            if not self._queue:
                self._more.clear()
            if not batch and not late:
                self._slots.release()
                continue
            task = asyncio.get_running_loop().create_task(self._send_all(batch, late))
            self._tasks.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("sending failed", error=type(error).__name__)

    def _next_batch(self) -> tuple[list[Waiting], list[Waiting]]:
        """As many as fit, and those on the way to them whose time was over by the last block."""
        batch: list[Waiting] = []
        late: list[Waiting] = []
        size = _FRAME_OVERHEAD
        while self._queue and len(batch) < limits.ENVELOPE_OPERATIONS:
            item = self._queue[0]
            if item.expires_ms <= self._clock.block_time_ms:
                late.append(self._queue.popleft())
                continue
            size += len(item.frame) + 8
            if batch and size > limits.ENVELOPE_BYTES:
                break
            batch.append(self._queue.popleft())
        return batch, late

    async def _send_all(self, batch: list[Waiting], late: list[Waiting]) -> None:
        ids = {item.id for item in batch}
        self._in_flight |= ids
        try:
            if late:
                await self._end_late(late, self._clock.height)
            if batch:
                await self._send(batch)
        finally:
            self._in_flight -= ids

    async def _end_late(self, late: list[Waiting], height: int) -> None:
        """
        End what came into the outbox when the last block was already past its time.

        That block proves that no later one takes it, and a chain at rest makes no other from which the follower would see it.
        """
        try:
            ends = [
                await self.find_end(item.id) or End(item.id, EXPIRED, EXPIRED_CODE, height) for item in late
            ]
            await self._settled(ends)
            self._known.difference_update(item.id for item in late)
        except EngineUnavailable:
            self._again(late, "UNAVAILABLE")
        except DatabaseLost:
            self._again(late, "DATABASE_LOST")

    async def _send(self, batch: list[Waiting]) -> None:
        operations = [codec.decode_frame(SignedOperation, item.frame) for item in batch]
        envelope = pack(
            operations,
            chain=self._rules.chain,
            member=self._rules.member,
            key=self._key,
            expires_ms=self._clock.now_ms() + ENVELOPE_LIFE_MS,
        )
        try:
            answer = await self._engine.submit(envelope)
            if answer.code == INADMISSIBLE:
                await self._refused(batch, "INADMISSIBLE")
                left: list[Waiting] = []
            else:
                left = await self._answered(batch, answer)
            if left:
                self._again(left, "NOT_TAKEN")
            else:
                self._pause_s = 0.0
        except EngineRefused as refused:
            await self._refused(batch, refused.code)
        except EngineUnavailable:
            self._again(batch, "UNAVAILABLE")
        except DatabaseLost:
            # The ends are not written down; sent again, the ledger answers with the same ones.
            self._again(batch, "DATABASE_LOST")

    async def _answered(self, batch: list[Waiting], answer: SubmitAnswer) -> list[Waiting]:
        """Note the ends; what has none yet, although its own time may not have come."""
        ends = [end for row in answer.results if (end := end_of(row)) is not None]
        ended = {end.id for end in ends}
        left: list[Waiting] = []
        for item in batch:
            if item.id in ended:
                continue
            found = await self.find_end(item.id)
            if found is None:
                left.append(item)
            else:
                ends.append(found)
        await self._settled(ends)
        self._known.difference_update(end.id for end in ends)
        return left

    async def find_end(self, operation: str) -> End | None:
        """The end of an operation that the ledger has already answered, or None; raises `EngineUnavailable`."""
        answer = await self._engine.receipt(operation)
        return None if answer is None else end_of(answer.receipt)

    async def _refused(self, batch: list[Waiting], code: str) -> None:
        if code not in _FAULT_INSIDE:
            self._again(batch, code)
            return
        if len(batch) > 1:
            # One of them makes the whole envelope inadmissible: each half on its own finds it.
            middle = len(batch) // 2
            await self._send(batch[:middle])
            await self._send(batch[middle:])
            return
        self._log.warning("operation not admissible", operation=batch[0].id, code=code)
        await self._settled([End(batch[0].id, TURNED_AWAY, f"GATEWAY_{code}"[:40])])
        self._known.discard(batch[0].id)

    def _again(self, batch: list[Waiting], why: str) -> None:
        self._pause_s = min(max(self._pause_s * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        self._log.info("sending again", operations=len(batch), why=why, pause_s=self._pause_s)
        self._queue.extendleft(reversed(batch))
        self._more.set()
