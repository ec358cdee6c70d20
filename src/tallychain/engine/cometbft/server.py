"""
The socket on which the consensus engine asks the application.

The engine opens four connections and does not say which is which; on each, answers come in the order of the questions.  What leads to blocks runs
here, one call at a time.  What only reads runs in a thread of its own, so that no question of a peer or an operator stands before a block.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from google.protobuf.message import DecodeError

from tallychain.engine.cometbft import translate
from tallychain.engine.cometbft.calls import Application
from tallychain.engine.cometbft.framing import Frames, FramingBroken, framed
from tallychain.engine.cometbft.stubs import abci_pb2 as abci
from tallychain.engine.cometbft.translate import NoSuchCall
from tallychain.engine.listening import listener
from tallychain.engine.logs import Log, place_of

CONNECTIONS: Final = 16
"""Four of the engine, and four of one that is being started anew while the old ones have not been seen to end."""
_READ_BYTES: Final = 256 * 1024
_MODE: Final = 0o600
_BACKLOG: Final = 16

CONSENSUS: Final = frozenset(
    {"init_chain", "prepare_proposal", "process_proposal", "finalize_block", "commit"}
)
"""Calls that one engine alone may make."""
_OF_THE_NEXT_BLOCK: Final = frozenset({"prepare_proposal", "process_proposal", "finalize_block"})
READING: Final = frozenset({"query", "list_snapshots", "load_snapshot_chunk"})
_LIGHT: Final = frozenset({"echo", "flush"})
_CHECK: Final = "check_tx"
_COMMIT: Final = "commit"
_HELD_BYTES: Final = 64 * 1024
"""Answers to checks are held back up to so many, because the engine sends checks without waiting for each answer."""

_STOPPED: Final = "the ledger process met something unforeseen and ends"
_TWO_ENGINES: Final = "another engine is connected to this ledger process already"


class AbciServer:
    """The socket and its connections; `failed` is told of whatever the application raises, after which nothing more is answered."""

    def __init__(
        self, application: Application, path: Path, log: Log, failed: Callable[[BaseException], None]
    ) -> None:
        self.application = application
        self.log = log
        self.reads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reads")
        self.engine: object | None = None
        """The connection that makes blocks."""
        self.commits = asyncio.Lock()
        """Whoever holds it keeps blocks from becoming durable, for the moment in which a store is copied."""
        self.halt_height = 0
        """After the block of this height no further one is made: the engine waits for an answer until the process ends.  0 for never."""
        self.stopped = False
        self._stopping = asyncio.Event()
        self._failed = failed
        self._path = path
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    @classmethod
    async def start(
        cls, application: Application, path: Path, log: Log, failed: Callable[[BaseException], None]
    ) -> Self:
        """Listen at a path, in place of whatever an earlier process left there; only the owner may connect.  Raises `SocketPathTooLong`."""
        server = cls(application, path, log, failed)
        bound = listener(path, mode=_MODE, backlog=_BACKLOG)
        server._server = await asyncio.start_unix_server(server._connected, sock=bound)
        return server

    @property
    def connections(self) -> int:
        """How many are open; an engine has four."""
        return len(self._connections)

    def let_go(self) -> None:
        """End every connection and go on listening: the engine ends, and whoever begins it again finds this process as it is."""
        for connection in list(self._connections):
            connection.close()

    @property
    def halted(self) -> bool:
        """Whether the last block is the one after which nothing more is made."""
        return 0 < self.halt_height <= self.application.info().height

    async def wait_for_end(self) -> None:
        """Wait until the process is to end."""
        await self._stopping.wait()

    async def stop(self) -> None:
        """Answer nothing more and end every connection, so that the engine ends too."""
        self.stopped = True
        self._stopping.set()
        self._path.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()
        self.reads.shutdown(wait=True, cancel_futures=True)

    def fail(self, call: str, error: BaseException) -> None:
        """Something unforeseen happened in a call: no further one is answered."""
        self.stopped = True
        self.log.critical("a call failed", call=call, kind=type(error).__name__, place=place_of(error))
        self._failed(error)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, reader, writer)
        if self.stopped or len(self._connections) >= CONNECTIONS:
            self.log.warning("a connection of an engine was refused", open=len(self._connections))
            connection.close()
            return
        self._connections.add(connection)
        try:
            await connection.serve()
        except asyncio.CancelledError:
            # The loop ends, and nobody asks this task for anything any more.
            pass
        finally:
            self._connections.discard(connection)
            if self.engine is connection:
                self.engine = None
            connection.close()


class _Connection:
    """One of the engine's connections."""

    def __init__(
        self, server: AbciServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._frames = Frames()
        self._out = bytearray()

    def close(self) -> None:
        self._writer.close()

    async def serve(self) -> None:
        """Answer until the other side ends, breaks the rules, or the application fails."""
        try:
            while data := await self._reader.read(_READ_BYTES):
                self._frames.feed(data)
                for message in self._frames.messages():
                    if not await self._serve(abci.Request.FromString(message)):
                        return
                await self._send()
        except (FramingBroken, DecodeError) as error:
            self._server.log.warning("an engine's connection ends", sentence=str(error))
        except ConnectionError:
            pass

    async def _serve(self, request: abci.Request) -> bool:
        """Answer one request; whether the connection goes on."""
        server, call = self._server, translate.kind_of(request)
        if server.stopped:
            return False
        if call in _OF_THE_NEXT_BLOCK and server.halted:
            # The engine goes on giving its peers what they lack of the blocks so far, and makes none.
            await server.wait_for_end()
            return False
        if call in CONSENSUS and not self._is_the_engine():
            server.log.error("a second engine was refused", call=call)
            return await self._last(_TWO_ENGINES)
        try:
            response = await self._answer(call, request)
        except NoSuchCall as error:
            server.log.error("an unknown call was refused", call=call)
            return await self._last(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it was, memory can be trusted no more and the process ends
            server.fail(call, error)
            return await self._last(_STOPPED)
        self._out += framed(response.SerializeToString())
        if call in _LIGHT:
            return True
        # What the engine waits for goes out at once; and the other connections have their turn.
        if call != _CHECK or len(self._out) > _HELD_BYTES:
            await self._send()
        await asyncio.sleep(0)
        return True

    async def _answer(self, call: str, request: abci.Request) -> abci.Response:
        application = self._server.application
        if call == _COMMIT:
            async with self._server.commits:
                return translate.answer(application, request)
        if call not in READING:
            return translate.answer(application, request)
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._server.reads, translate.answer, application, request)
        except Exception as error:  # noqa: BLE001 - what only reads leaves nothing doubtful behind
            self._server.log.error(
                "a read failed", call=call, kind=type(error).__name__, place=place_of(error)
            )
            return translate.nothing_found(call)

    def _is_the_engine(self) -> bool:
        if self._server.engine is None:
            self._server.engine = self
        return self._server.engine is self

    async def _last(self, sentence: str) -> bool:
        self._out += framed(translate.exception(sentence).SerializeToString())
        with suppress(ConnectionError):
            await self._send()
        return False

    async def _send(self) -> None:
        if self._out:
            self._writer.write(bytes(self._out))
            self._out.clear()
            await self._writer.drain()
