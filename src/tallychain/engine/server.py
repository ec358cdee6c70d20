"""The ledger process's socket: requests of gateways in, answers and streams of blocks out.

Every connection is bounded in what it may ask at once.  A follower's stream is read from the store as fast as the follower takes it; one that
takes nothing for a while is cut off and resumes from where it was.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol, Self

import msgspec

from tallychain.engine import wire
from tallychain.engine.limits import CONNECTIONS, IN_FLIGHT, REQUEST_BYTES, Settings
from tallychain.engine.listening import listener
from tallychain.engine.port import EngineRefused, EngineUnavailable
from tallychain.engine.service import CHANGING, FOLLOW, Service, read_failed
from tallychain.engine.wire import Refusal, Reply, Request

_MODE: Final = 0o660
_BACKLOG: Final = 128
_RETRY_MS: Final = 1_000
_REQUEST = msgspec.msgpack.Decoder(Request)


class Answering(Protocol):
    """What a connection asks: the methods of a ledger process, or those that one caller may ask."""

    def fail(self, error: BaseException) -> None:
        """See `Service.fail`."""
        ...

    async def answer(self, method: str, args: msgspec.Raw) -> msgspec.Raw:
        """See `Service.answer`."""
        ...

    def follow(self, args: msgspec.Raw) -> AsyncIterator[msgspec.Raw]:
        """See `Service.follow`."""
        ...


class Server:
    """The socket and its connections."""

    def __init__(self, service: Service, settings: Settings, path: Path) -> None:
        self._service = service
        self._settings = settings
        self._path = path
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    @classmethod
    async def start(cls, service: Service, settings: Settings, path: Path) -> Self:
        """
        Listen at a path, in place of whatever an earlier process left there; only owner and group may connect.

        Whoever calls holds the lock of the store, so nobody else is listening.
        """
        server = cls(service, settings, path)
        bound = listener(path, mode=_MODE, backlog=_BACKLOG)
        server._server = await asyncio.start_unix_server(server._connected, sock=bound, limit=REQUEST_BYTES)
        return server

    async def stop(self) -> None:
        """Take no more, give out the answers that are ready, end every connection and remove the socket."""
        self._path.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            await connection.finish()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self._service, reader, writer, self._settings.slow_reader_ms / 1_000)
        if len(self._connections) >= CONNECTIONS:
            await connection.refuse("CONNECTIONS", "Too many connections.", _RETRY_MS)
            return
        self._connections.add(connection)
        try:
            await connection.serve()
        except asyncio.CancelledError:
            # The loop ends, and with it this task, of which nobody asks anything any more: reported upward it would only fill the log.
            pass
        finally:
            self._connections.discard(connection)


class Connection:
    """One gateway's connection: reads requests, answers each in a task of its own."""

    def __init__(
        self,
        service: Answering,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        slow_s: float,
        room: asyncio.Semaphore | None = None,
    ) -> None:
        """`room`: for unanswered requests, where several connections share it."""
        self._service = service
        self._reader = reader
        self._writer = writer
        self._slow_s = slow_s
        self._room = room or asyncio.Semaphore(IN_FLIGHT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Read until the other side ends or breaks the rules."""
        try:
            await self._read_requests()
        except wire.FrameTooLarge as error:
            await self.refuse("FRAME_TOO_LARGE", str(error))
        except wire.UNREADABLE:
            await self.refuse("FRAME_MALFORMED", "The frame is not a request.")
        except OSError:
            # Of every kind: a false record of TLS, a network that is gone.
            pass
        finally:
            for task in [*self._tasks, *self._streams]:
                task.cancel()
            self._writer.close()

    async def finish(self) -> None:
        """Give out what is about to be answered, then end."""
        for stream in self._streams:
            stream.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        self._writer.close()

    async def refuse(self, code: str, sentence: str, retry_after_ms: int = 0) -> None:
        """Say why the connection ends, to nobody's request in particular, and end it."""
        with suppress(OSError):
            await self._send(_no(0, EngineRefused(code, sentence, retry_after_ms)))
        self._writer.close()

    async def _read_requests(self) -> None:
        while (frame := await wire.read_frame(self._reader, REQUEST_BYTES)) is not None:
            request = _REQUEST.decode(frame)
            await self._room.acquire()
            if request.method == FOLLOW:
                self._start(request.method, self._stream(request), self._streams)
            else:
                self._start(request.method, self._answer(request), self._tasks)

    def _start(
        self, method: str, work: Coroutine[None, None, None], tasks: "set[asyncio.Task[None]]"
    ) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            tasks.discard(done)
            self._room.release()
            error = None if done.cancelled() else done.exception()
            if error is not None and method in CHANGING:
                self._service.fail(error)
            elif error is not None:
                # Not even the answer that it failed could be sent.
                read_failed(method, error)
                self._writer.transport.abort()

        task.add_done_callback(ended)

    async def _answer(self, request: Request) -> None:
        try:
            reply = Reply(request.id, "ok", await self._service.answer(request.method, request.args))
        except EngineRefused as refusal:
            reply = _no(request.id, refusal)
        except EngineUnavailable as lost:
            reply = _no(request.id, EngineRefused(wire.UNAVAILABLE, str(lost)))
        await self._send_or_cut_off(reply)

    async def _stream(self, request: Request) -> None:
        try:
            async for body in self._service.follow(request.args):
                if not await self._send_or_cut_off(Reply(request.id, "item", body)):
                    return
        except EngineRefused as refusal:
            await self._send_or_cut_off(_no(request.id, refusal))

    async def _send_or_cut_off(self, reply: Reply) -> bool:
        """Whether the reply went out; a reader that takes nothing for too long loses the connection, not only the reply."""
        try:
            await self._send(reply)
        except OSError:
            # Whatever ends a connection, be it the other side on purpose, is no fault of what was asked: the process goes on.
            self._writer.transport.abort()
            return False
        return True

    async def _send(self, reply: Reply) -> None:
        self._writer.write(wire.framed(reply))
        await asyncio.wait_for(self._writer.drain(), self._slow_s)


def _no(request: int, refusal: EngineRefused) -> Reply:
    body = Refusal(refusal.code, refusal.sentence, refusal.retry_after_ms)
    return Reply(request, "no", wire.raw(body))
