"""An application without a ledger, and an engine without consensus: each side of the socket is tried against a small one."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tallychain.engine.cometbft import calls
from tallychain.engine.cometbft.framing import Frames, framed
from tallychain.engine.cometbft.server import AbciServer
from tallychain.engine.cometbft.stubs import abci_pb2 as abci
from tallychain.engine.logs import logger


class Broken(Exception):
    """Planted."""


@dataclass
class CountingApplication:
    """Its state is how many envelopes were in blocks; its app hash says so."""

    height: int = 0
    count: int = 0
    seen: list[str] = field(default_factory=list)
    broken: frozenset[str] = frozenset()
    before_reading: Callable[[], None] = lambda: None
    pending: calls.Block | None = None
    updates: tuple[calls.ValidatorPower, ...] = ()

    def note(self, call: str) -> None:
        self.seen.append(call)
        if call in self.broken:
            raise Broken(call)

    def app_hash(self, count: int) -> bytes:
        return hashlib.sha256(b"%d" % count).digest()

    def info(self) -> calls.Info:
        self.note("info")
        return calls.Info(self.height, self.app_hash(self.count) if self.height else b"", "counting", "1", 7)

    def init_chain(self, call: calls.InitChain) -> calls.Begun:
        self.note("init_chain")
        self.begun = call
        return calls.Begun(self.app_hash(0))

    def check(self, tx: bytes) -> calls.Checked:
        self.note("check")
        return calls.Checked(0) if tx.startswith(b"good") else calls.Checked(3, "not good")

    def prepare(self, call: calls.Proposal) -> list[bytes]:
        self.note("prepare")
        return [tx for tx in call.txs if tx.startswith(b"good")]

    def process(self, call: calls.Block) -> bool:
        self.note("process")
        return all(tx.startswith(b"good") for tx in call.txs)

    def finalize(self, call: calls.Block) -> calls.Finalized:
        self.note("finalize")
        self.pending = call
        results = tuple(calls.TxResult(0, tx[:4]) for tx in call.txs)
        return calls.Finalized(results, self.app_hash(self.count + len(call.txs)), self.updates)

    def commit(self) -> int:
        self.note("commit")
        assert self.pending is not None
        self.height, self.count = self.pending.height, self.count + len(self.pending.txs)
        return 0

    def offer_snapshot(self, snapshot: calls.Snapshot, app_hash: bytes) -> calls.Offer:
        self.note("offer_snapshot")
        return calls.Offer.REJECT_FORMAT

    def apply_chunk(self, index: int, chunk: bytes, sender: str) -> calls.ChunkVerdict:
        self.note("apply_chunk")
        return calls.ChunkVerdict(calls.Applied.RETRY, (index,), (sender,))

    def list_snapshots(self) -> list[calls.Snapshot]:
        self.note("list_snapshots")
        self.before_reading()
        return [calls.Snapshot(5, 1, 2, b"h", b"m")]

    def load_chunk(self, height: int, format_: int, chunk: int) -> bytes:
        self.note("load_chunk")
        return b"%d/%d/%d" % (height, format_, chunk)

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> calls.Queried:
        self.note("query")
        self.before_reading()
        proof = (calls.ProofOp("simple:v", data, b"p"),) if prove else ()
        return calls.Queried(0, "", data, path.encode(), height, proof)


class EngineSide:
    """One connection as the engine makes it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._frames = Frames()
        self._ready: list[abci.Response] = []

    @classmethod
    async def to(cls, path: Path) -> "EngineSide":
        return cls(*await asyncio.open_unix_connection(str(path)))

    def send(self, *requests: abci.Request) -> None:
        self.writer.write(b"".join(framed(one.SerializeToString()) for one in requests))

    async def receive(self) -> abci.Response:
        """The next answer; `EOFError` where the connection has ended."""
        while not self._ready:
            data = await asyncio.wait_for(self._reader.read(65536), 10)
            if not data:
                raise EOFError
            self._frames.feed(data)
            self._ready += [abci.Response.FromString(message) for message in self._frames.messages()]
        return self._ready.pop(0)

    async def ask(self, request: abci.Request) -> abci.Response:
        """One question as the engine asks it: followed by a flush, whose answer follows the answer."""
        self.send(request, flush())
        answer = await self.receive()
        if answer.WhichOneof("value") != "exception":
            assert (await self.receive()).WhichOneof("value") == "flush"
        return answer

    async def ended(self) -> bool:
        """Whether the other side has ended the connection."""
        try:
            await self.receive()
        except (EOFError, ConnectionError):
            # The latter where something was sent that the other side has not read.
            return True
        return False

    async def until_ended(self) -> None:
        """Read whatever still comes."""
        with suppress(EOFError, ConnectionError):
            while True:
                await self.receive()


def flush() -> abci.Request:
    return abci.Request(flush=abci.RequestFlush())


def check(tx: bytes) -> abci.Request:
    return abci.Request(check_tx=abci.RequestCheckTx(tx=tx))


def query(path: str = "/store", *, data: bytes = b"k", prove: bool = False) -> abci.Request:
    return abci.Request(query=abci.RequestQuery(path=path, data=data, height=4, prove=prove))


def finalize(height: int, *txs: bytes) -> abci.Request:
    return abci.Request(finalize_block=abci.RequestFinalizeBlock(height=height, txs=txs, hash=b"h"))


def commit() -> abci.Request:
    return abci.Request(commit=abci.RequestCommit())


@dataclass
class Served:
    application: CountingApplication
    server: AbciServer
    path: Path
    failures: list[BaseException]
    sides: list[EngineSide] = field(default_factory=list)

    async def connect(self) -> EngineSide:
        """A connection that has been taken up; the event loop forgets one that a server which is being closed has not."""
        side = await self.connect_only()
        side.send(flush())
        await side.receive()
        return side

    async def connect_only(self) -> EngineSide:
        self.sides.append(await EngineSide.to(self.path))
        return self.sides[-1]


@asynccontextmanager
async def served(directory: Path, application: CountingApplication | None = None) -> AsyncIterator[Served]:
    """The application on its socket."""
    application = application or CountingApplication()
    failures: list[BaseException] = []
    path = directory / "a"
    server = await AbciServer.start(application, path, logger(), failures.append)
    here = Served(application, server, path, failures)
    try:
        yield here
    finally:
        await server.stop()
        for side in here.sides:
            await side.until_ended()
            side.writer.close()
