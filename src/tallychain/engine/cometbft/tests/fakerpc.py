"""The engine's RPC as an object in a test, and as an HTTP server that answers what a test lays down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tallychain.engine.cometbft.rpc import EngineRpc, NoAnswer, Taken
from tallychain.engine.records import SignedHeader
from tallychain.ledger import merkle
from tallychain.sdk.verify.headers import (
    BlockId,
    Commit,
    Header,
    Stamp,
    encode_commit,
    encode_header,
    header_hash,
)

GONE = "gone"
OWN = "own"


class FakeRpc(EngineRpc):
    """An engine that has what it is handed, may lose it, and is asked for headers that a test makes."""

    def __init__(self) -> None:
        self.held: list[bytes] = []
        self.handed: list[bytes] = []
        self.answers: list[Taken | Exception | None] = []
        """What comes of the next envelopes that are handed over; then all are taken."""
        self.silent = False
        self.headers: dict[int, SignedHeader | Exception] = {}
        self.asked: list[int] = []

    async def close(self) -> None:
        pass

    async def hand_over(self, envelope: bytes) -> Taken | None:
        await asyncio.sleep(0)
        if self.silent:
            raise NoAnswer(GONE)
        self.handed.append(envelope)
        answer = self.answers.pop(0) if self.answers else Taken(0, "")
        if isinstance(answer, Exception):
            raise answer
        if envelope in self.held:
            return None
        if answer is not None and not answer.code:
            self.held.append(envelope)
        return answer

    async def header(self, height: int) -> SignedHeader:
        await asyncio.sleep(0)
        self.asked.append(height)
        if self.silent or height not in self.headers:
            raise NoAnswer(GONE)
        found = self.headers[height]
        if isinstance(found, Exception):
            raise found
        return found


def header_of(
    height: int, txs: tuple[bytes, ...], *, signed: bytes = b"", chain: str = "toy-chain"
) -> SignedHeader:
    """A header over these envelopes, and a commit of it (or of another hash)."""
    nothing = bytes(32)
    header = Header(
        (11, 0), chain, height, Stamp(1_795_000_000, 0), BlockId(), nothing, merkle.data_hash(list(txs)),
        nothing, nothing, nothing, nothing, nothing, nothing, bytes(20),
    )  # fmt: skip
    block = BlockId(signed or header_hash(header), 1, nothing)
    return SignedHeader(encode_header(header), encode_commit(Commit(height, 0, block, ())))


Answer = Callable[[str, Mapping[str, str]], Any]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[EngineRpc]:
    """A real client of a server that answers each method as the test says; an `Exception` as an error of the engine, bytes as they are."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = next(
                    int(line[15:])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                path, body = head.split(b" ", 2)[1].decode(), await reader.readexactly(size)
                said = answer(*_asked(path, body))
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body := _body(said)) + body
                )
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    rpc = EngineRpc(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield rpc
    finally:
        await rpc.close()
        server.close()
        await asyncio.sleep(0.01)


def _asked(path: str, body: bytes) -> tuple[str, dict[str, str]]:
    """Method and arguments, of a form under the method's path or of JSON."""
    if path != "/":
        return path.removeprefix("/"), dict(parse_qsl(body.decode(), strict_parsing=True))
    asked = msgspec.json.decode(body)
    return asked["method"], asked["params"]


def _body(said: object) -> bytes:
    if isinstance(said, bytes):
        return said
    if isinstance(said, Exception):
        error = {"code": -32603, "message": "Internal error", "data": str(said)}
        return msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "error": error})
    return msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "result": said})
