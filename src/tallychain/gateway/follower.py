"""Follows committed blocks: the chain's time, the ends of operations, and the proof that one can no longer happen.

How far it has come is kept in the same transaction as the ends that it found, so a crash leaves no gap.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from tallychain.engine.port import CommittedBlock, Engine, EngineError, Status
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database, DatabaseLost
from tallychain.gateway.outbox import EXPIRED, QUEUED, End, Outbox, Waiting, settle
from tallychain.gateway.sender import EXPIRED_CODE, Sender, end_of
from tallychain.gateway.watching import failure, until_ended

NAME: Final = "follower"
_PAUSE_S: Final = 0.5
_NOTED_EVERY: Final = 100


class Waiters:
    """Those who wait for the end of an operation."""

    def __init__(self) -> None:
        self._events: dict[str, list[asyncio.Event]] = {}

    async def wait_for_end(self, operation: str, seconds: float, outbox: Outbox) -> None:
        """Wait until an operation has an end, at most so long."""
        event = asyncio.Event()
        self._events.setdefault(operation, []).append(event)
        try:
            # It may have ended between the caller's look and now.
            found = await outbox.get(operation)
            if found is not None and found.state == QUEUED:
                async with asyncio.timeout(seconds):
                    await event.wait()
        except TimeoutError:
            pass
        finally:
            left = self._events[operation]
            left.remove(event)
            if not left:
                del self._events[operation]

    def wake(self, ends: Sequence[End]) -> None:
        """Wake those who wait for these."""
        for end in ends:
            for event in self._events.get(end.id, ()):
                event.set()


class Follower:
    """The loop over committed blocks."""

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        sender: Sender,
        waiters: Waiters,
        database: Database,
        clock: ChainClock,
        seen: Callable[[CommittedBlock], None],
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._sender = sender
        self._waiters = waiters
        self._database = database
        self._clock = clock
        self._seen = seen
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("follower")
        self.connected = False
        """Whether blocks would be seen if there were any; a chain at rest makes none."""
        self._written = 0

    async def start(self) -> None:
        """Begin where the last process ended."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def failed(self) -> BaseException | None:
        """Why following has ended, if it has ended by a mistake of ours."""
        return failure(self._task)

    async def ended(self) -> None:
        """Wait until following ends."""
        await until_ended(self._task)

    async def height(self) -> int:
        """The last block whose ends are written down; one who never followed begins with the newest."""
        row = await self._database.read(
            lambda db: db.execute("SELECT height FROM progress WHERE name = ?", (NAME,)).fetchone()
        )
        return -1 if row is None else int(row[0])

    async def take(self, block: CommittedBlock) -> None:
        """Write down what one block ended."""
        ends = {
            end.id: end
            for rows in block.results
            for row in rows
            # A turning away is said to the one who submitted; from the block only receipts count, because anybody may repeat an operation.
            if b'"outcome"' in row and (end := end_of(row)) is not None
        }
        for item in await self._outbox.overdue(block.time_ms):
            if item.id not in ends:
                ends[item.id] = await self._end_of_overdue(item, block.height)

        def write(db: Connection) -> list[End]:
            db.execute(
                "INSERT INTO progress VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET height = excluded.height",
                (NAME, block.height),
            )
            return settle(db, list(ends.values()))

        # A block without ends is noted now and then only: to look at it twice does no harm.
        if ends or block.height - self._written >= _NOTED_EVERY:
            self._outbox.ended(await self._database.write(write))
            self._written = block.height
        self._clock.saw(block.height, block.time_ms)
        self._waiters.wake(list(ends.values()))
        self._seen(block)

    async def decide_overdue(self, status: Status) -> None:
        """
        End what can no longer happen as of the last block, without waiting for the next one.

        A chain at rest makes none, so that an operation whose time ran out while nobody followed would stay open.
        """
        while overdue := await self._outbox.overdue(status.time_ms):
            ends = [await self._end_of_overdue(item, status.height) for item in overdue]
            await self._outbox.settle(ends)
            self._waiters.wake(ends)

    async def _end_of_overdue(self, item: Waiting, height: int) -> End:
        found = await self._sender.find_end(item.id)
        return found or End(item.id, EXPIRED, EXPIRED_CODE, height)

    async def _run(self) -> None:
        try:
            while True:
                try:
                    await self._follow()
                except EngineError as error:
                    self.connected = False
                    self._log.warning("the ledger is lost", error=type(error).__name__)
                except DatabaseLost:
                    self._log.warning("ends cannot be written down", height=self._clock.height)
                await asyncio.sleep(_PAUSE_S)
        finally:
            self.connected = False

    async def _follow(self) -> None:
        height = await self.height()
        status = await self._engine.status()
        if height < 0:
            height = status.height
            # It is not taken, and since the gateway was opened it may have become another than the clock knows.
            self._clock.saw(status.height, status.time_ms)
        await self.decide_overdue(status)
        self.connected = True
        async for block in self._engine.follow(height + 1):
            self.connected = True
            await self.take(block)
