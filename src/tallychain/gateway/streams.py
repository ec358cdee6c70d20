"""Server-sent events: every published fact in order, resumable by height and index.

One task reads the read model and hands each fact to every subscriber's own bounded queue.  A subscriber that falls behind is cut, and
resumes from the last position it has seen; nobody waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from tallychain.gateway.problems import Problem
from tallychain.gateway.pulse import Pulse
from tallychain.gateway.readmodel_port import EventRow, ReadModel
from tallychain.sql.port import DatabaseLost

_PAGE: Final = 500
_LOOK_EVERY_S: Final = 0.5
_KEEP_ALIVE_S: Final = 15.0
Position = tuple[int, int]


class Subscriber:
    """One open stream."""

    def __init__(self, size: int) -> None:
        self._queue: asyncio.Queue[EventRow] = asyncio.Queue(size)
        self.is_behind = False

    def offer(self, row: EventRow) -> None:
        """Hand over a fact; a full queue marks the subscriber as behind."""
        try:
            self._queue.put_nowait(row)
        except asyncio.QueueFull:
            self.is_behind = True

    async def next(self) -> EventRow | None:
        """The next fact, or None after a while without one."""
        try:
            async with asyncio.timeout(_KEEP_ALIVE_S):
                return await self._queue.get()
        except TimeoutError:
            return None

    @property
    def is_empty(self) -> bool:
        """Whether everything handed over was read."""
        return self._queue.empty()


class Streams:
    """All open streams of one gateway."""

    def __init__(self, read_model: ReadModel, pulse: Pulse, *, subscribers: int, queue: int) -> None:
        self._read_model = read_model
        self._pulse = pulse
        self._limit = subscribers
        self._queue = queue
        self._subscribers: set[Subscriber] = set()
        self._position: Position = (0, 0)
        self._task: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    async def start(self) -> None:
        """Begin at the head of the read model."""
        self._position = await self._head()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End every stream."""
        self._closed.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def count(self) -> int:
        """Open streams."""
        return len(self._subscribers)

    def subscribe(self, last: Position | None) -> AsyncIterator[bytes]:
        """A stream after a position, or from now on; raises `GATEWAY_RATE_EXCEEDED` when too many are open."""
        if len(self._subscribers) >= self._limit:
            raise Problem("GATEWAY_RATE_EXCEEDED", retry_after_s=30)
        return self._stream(Subscriber(self._queue), last)

    async def _stream(self, subscriber: Subscriber, last: Position | None) -> AsyncIterator[bytes]:
        self._subscribers.add(subscriber)
        position = self._position if last is None else last
        try:
            yield b": open\n\n"
            async for row in self._missed(position):
                position = (row.height, row.index)
                yield encode(row)
            while not self._closed.is_set():
                if subscriber.is_behind and subscriber.is_empty:
                    yield b"event: resync\ndata: {}\n\n"
                    return
                found = await subscriber.next()
                if found is None:
                    yield b": still here\n\n"
                elif (found.height, found.index) > position:
                    position = (found.height, found.index)
                    yield encode(found)
        finally:
            self._subscribers.discard(subscriber)

    async def _missed(self, position: Position) -> AsyncIterator[EventRow]:
        while rows := await self._read_model.events(*position, _PAGE):
            for row in rows:
                yield row
            position = _end(rows, position)

    async def _run(self) -> None:
        while True:
            try:
                rows = await self._read_model.events(*self._position, _PAGE)
            except DatabaseLost:
                await asyncio.sleep(_LOOK_EVERY_S)
                continue
            for row in rows:
                for subscriber in tuple(self._subscribers):
                    subscriber.offer(row)
            self._position = _end(rows, self._position)
            if len(rows) < _PAGE:
                await self._pulse.wait(_LOOK_EVERY_S)

    async def _head(self) -> Position:
        as_of = await self._read_model.as_of()
        return (as_of.height, 2**31)


def encode(row: EventRow) -> bytes:
    """One fact as it goes over the wire; its id resumes the stream behind it."""
    data = msgspec.json.encode(row)
    return b"id: %d-%d\nevent: fact\ndata: %b\n\n" % (row.height, row.index, data)


def position(last_event_id: str | None) -> Position | None:
    """The position in a `Last-Event-ID`; raises `GATEWAY_QUERY_NOT_VALID`."""
    if last_event_id is None:
        return None
    height, _, index = last_event_id.partition("-")
    if (
        not (height.isascii() and height.isdigit() and index.isascii() and index.isdigit())
        or max(len(height), len(index)) > 15
    ):
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail="Last-Event-ID is <height>-<index>")
    return (int(height), int(index))


def _end(rows: Sequence[EventRow], before: Position) -> Position:
    return (rows[-1].height, rows[-1].index) if rows else before
