"""One side of a connection that makes up its bytes, or breaks it in the worst moment: the other side goes on."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tallychain.engine import wire
from tallychain.engine.client import LedgerClient
from tallychain.engine.lanes import claimed_carrier
from tallychain.engine.limits import REPLY_BYTES
from tallychain.engine.port import EngineUnavailable
from tallychain.engine.server import Connection
from tallychain.engine.service import SubmitArgs
from tallychain.engine.tests.endpoint import in_loop, served
from tallychain.engine.tests.running import addition, envelope
from tallychain.engine.wire import Reply, Request

pytestmark = pytest.mark.attack(35)

DEEP = b"\x91" * 200_000 + b"\x01"


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def reply(kind: str, body: object) -> bytes:
    return wire.framed(Reply(1, kind, wire.raw(body)))  # type: ignore[arg-type]  # a wrong kind is tried too


NONSENSE = {
    "no value": frame(b"\xc1"),
    "text that is none": frame(b"\x93\x01\xa2\xff\xfe\x90"),
    "nested too deep": frame(b"\x93\x01\xa2ok" + DEEP),
    "no reply": frame(b"\x01"),
    "an unknown kind": reply("maybe", 1),
    "a body of something else": reply("ok", {"a": 1}),
    "a refusal that is none": reply("no", 7),
    "a frame beyond the bound": (REPLY_BYTES + 1).to_bytes(4, "big"),
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE.keys())
def test_what_a_node_makes_up_is_no_answer_and_ends_nothing_in_a_gateway(tmp_path: Path, said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await wire.read_frame(reader, 1_000_000)
        writer.write(said)
        await reader.read()
        writer.close()

    async def story() -> None:
        server = await asyncio.start_unix_server(answer, tmp_path / "s")
        client = LedgerClient(tmp_path / "s", patience_s=0)
        for asked in (client.status(), anext(client.follow(1))):
            with pytest.raises(EngineUnavailable):
                await asked
        await client.close()
        knowing = LedgerClient(tmp_path / "s", genesis="1" * 64, patience_s=0)
        with pytest.raises(EngineUnavailable):
            await anext(knowing.follow(1))
        await knowing.close()
        server.close()

    in_loop(story())


def test_an_envelope_nested_without_end_is_refused_and_the_ledger_goes_on(tmp_path: Path) -> None:
    header = b"\xc4\x02{}"
    nested = (
        b"\x92" + header + DEEP,
        b"\x91\xc4\xff" + DEEP,
        msgspec.msgpack.encode([b'{"member":' + b"[" * 200_000]),
    )
    assert [claimed_carrier(data) for data in nested] == ["", "", ""]

    async def story() -> None:
        async with served(tmp_path) as at:
            client = at.client()
            for data in nested:
                with pytest.raises(Exception, match="ENVELOPE_UNREADABLE"):
                    await client.submit(data)
                with pytest.raises(Exception, match=r"MALFORMED|TOO_LARGE"):
                    await at.here.client.submit(data)
            assert (await client.submit(envelope(addition("hits", 1)))).code == 0
            await client.close()

    in_loop(story())


class Taking:
    """A ledger that takes every submission, and hears when it is to end."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []

    def fail(self, error: BaseException) -> None:
        self.failures.append(error)

    async def answer(self, method: str, args: msgspec.Raw) -> msgspec.Raw:
        return wire.raw(method)

    def follow(self, args: msgspec.Raw) -> AsyncIterator[msgspec.Raw]:
        raise NotImplementedError


class Breaking:
    """The writing side of a connection that breaks when the answer is sent."""

    def __init__(self, error: OSError) -> None:
        self._error = error
        self.transport = self
        self.broken = asyncio.Event()

    def write(self, data: bytes) -> None:
        pass

    async def drain(self) -> None:
        raise self._error

    def abort(self) -> None:
        self.broken.set()

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "error", [ssl.SSLError(1, "bad record"), OSError(113, "no route"), ConnectionResetError(), TimeoutError()]
)
def test_a_connection_that_breaks_on_the_answer_to_a_submission_does_not_end_the_ledger(
    error: OSError,
) -> None:
    async def story() -> None:
        ledger, reader, writer = Taking(), asyncio.StreamReader(), Breaking(error)
        connection = Connection(ledger, reader, writer, 1)  # type: ignore[arg-type]  # as much of one as is used
        reader.feed_data(wire.framed(Request(1, "submit", wire.raw(SubmitArgs(b"x")))))
        serving = asyncio.create_task(connection.serve())
        await writer.broken.wait()
        reader.feed_eof()
        await serving
        await connection.refuse("CODE", "A sentence.")
        assert ledger.failures == []

    in_loop(story())


@pytest.mark.parametrize("sent", [frame(b"\x93\x01\xa6submit" + DEEP), frame(b"\x93\x01\xa2\xff\xfe\x90")])
def test_a_request_that_is_none_ends_its_connection_with_a_word(tmp_path: Path, sent: bytes) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            reader, writer = await asyncio.open_unix_connection(at.here.socket)
            writer.write(sent)
            said = msgspec.msgpack.decode(await wire.read_frame(reader, 1_000_000) or b"", type=Reply)
            assert b"FRAME_MALFORMED" in bytes(said.body)
            assert await reader.read() == b""
            writer.close()

    in_loop(story())
