"""The socket: bounds, broken frames, slow readers, lost connections."""

import asyncio
import socket
import stat
from collections.abc import Coroutine
from pathlib import Path
from typing import Self

import msgspec
import pytest

from tallychain.engine import wire
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.service import ENGINE, EmbeddedService
from tallychain.engine.limits import REPLY_BYTES, REQUEST_BYTES
from tallychain.engine.listening import SocketPathTooLong
from tallychain.engine.port import ChainDiffers, Engine, EngineRefused, EngineUnavailable
from tallychain.engine.server import Server
from tallychain.engine.service import HeightArgs, NoArgs
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import FAST, Running, addition, envelope, running
from tallychain.engine.wire import Refusal, Reply, Request
from tallychain.ledger import limits


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def last_words(here: Running, data: bytes) -> Refusal:
    """What the server says before it ends the connection over which these bytes came."""
    reader, writer = await asyncio.open_unix_connection(str(here.socket))
    writer.write(data)
    frame = await wire.read_frame(reader, REPLY_BYTES)
    assert frame is not None
    assert await reader.read() == b""
    writer.close()
    reply = msgspec.msgpack.decode(frame, type=Reply)
    assert (reply.id, reply.kind) == (0, "no")
    return msgspec.msgpack.decode(reply.body, type=Refusal)


def test_the_status_says_what_this_engine_is(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            status = await here.client.status()
            assert status.engine == ENGINE == "embedded, one operator, not fault tolerant"
            assert (status.chain, status.clock, status.demo) == (toy.CHAIN, "system", True)
            assert status.app_hash == here.chain.app_hash.hex()

    in_loop(story())


def test_only_owner_and_group_may_connect_and_nothing_is_left_behind(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            assert stat.S_IMODE(here.socket.stat().st_mode) == 0o660

    in_loop(story())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["genesis.json", "store"]


def test_a_socket_left_by_a_killed_process_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
            left.bind(str(tmp_path / "s"))
        async with running(tmp_path) as here:
            assert (await here.client.status()).height >= 0

    in_loop(story())


def test_a_socket_path_that_the_system_does_not_allow_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            with pytest.raises(SocketPathTooLong):
                await Server.start(EmbeddedService(here.sequencer, tmp_path), FAST, tmp_path / ("x" * 200))

    in_loop(story())


def test_an_oversized_frame_ends_the_connection_before_it_is_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            for size in (REQUEST_BYTES + 1, 2**32 - 1):
                refusal = await last_words(here, size.to_bytes(4, "big"))
                assert refusal.code == "FRAME_TOO_LARGE"
            assert (await here.client.status()).chain == toy.CHAIN

    in_loop(story())


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"{}", b"\x93\x01\x02\xc0", b"\x94\x01\xa1a\xc0\xc0", b"\x80" * 99]
)
def test_a_malformed_frame_ends_the_connection(tmp_path: Path, body: bytes) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            refusal = await last_words(here, len(body).to_bytes(4, "big") + body)
            assert refusal.code == "FRAME_MALFORMED"

    in_loop(story())


def test_an_unknown_method_and_wrong_arguments_are_refused_and_the_connection_stays(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            link = await here.client._linked()
            for method, args, code in (
                ("destroy", NoArgs(), "METHOD_UNKNOWN"),
                ("submit", HeightArgs(1), "ARGUMENTS_MALFORMED"),
                ("query", NoArgs(), "ARGUMENTS_MALFORMED"),
                ("block", HeightArgs(-1), "ARGUMENTS_MALFORMED"),
                ("status", HeightArgs(1), "ARGUMENTS_MALFORMED"),
            ):
                with pytest.raises(EngineRefused, match=code):
                    await link.ask(method, args)
            with pytest.raises(EngineRefused, match="BLOCK_NOT_KEPT"):
                await here.client.block(10_000)
            assert link.open

    in_loop(story())


def test_an_envelope_beyond_the_bound_is_refused_and_the_connection_stays(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            engine: Engine = here.client
            await engine.status()
            link = here.client._link
            for size in (limits.ENVELOPE_BYTES + 1, 4 * limits.ENVELOPE_BYTES):
                with pytest.raises(EngineRefused, match="ENVELOPE_TOO_LARGE"):
                    await engine.submit(bytes(size))
            with pytest.raises(EngineRefused, match="ENVELOPE_TOO_LARGE"):
                await here.sequencer.submit(bytes(limits.ENVELOPE_BYTES + 1))
            assert here.client._link is link

    in_loop(story())


class Proxy:
    """A socket in front of the server's that loses answers."""

    def __init__(self, here: Running, path: Path) -> None:
        self._target, self._path = here.socket, path
        self.connections = 0
        self.lose = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._connected, str(self._path))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        onward_reader, onward_writer = await asyncio.open_unix_connection(str(self._target))
        while (request := await wire.read_frame(reader, REQUEST_BYTES)) is not None:
            onward_writer.write(len(request).to_bytes(4, "big") + request)
            reply = await wire.read_frame(onward_reader, REPLY_BYTES)
            if reply is None or (self.lose and msgspec.msgpack.decode(request)[1] == "submit"):
                self.lose -= 1
                break
            writer.write(len(reply).to_bytes(4, "big") + reply)
        writer.close()
        onward_writer.close()


@pytest.mark.attack(12)
def test_a_lost_answer_is_asked_for_again_and_nothing_happens_twice(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here, Proxy(here, tmp_path / "p") as proxy:
            client = LedgerClient(tmp_path / "p", genesis=here.chain.genesis_digest, patience_s=5)
            proxy.lose = 2
            sample = addition("c", 1)
            answer = await client.submit(envelope(sample))
            assert proxy.connections == 3
            assert b'"REPEAT"' in answer.results[0]
            found = await client.receipt(sample.id)
            assert found is not None
            assert len((await client.scan(toy.COUNTERS.key())).rows) == 1
            row = await client.query(toy.COUNTERS.key("c"))
            assert row.value == b'{"name":"c","total":1,"additions":1}'
            await client.close()

    in_loop(story())


def test_a_process_that_cannot_be_reached_is_unavailable_after_a_while(tmp_path: Path) -> None:
    async def story() -> None:
        client = LedgerClient(tmp_path / "nobody", patience_s=0.2)
        with pytest.raises(EngineUnavailable):
            await client.status()
        await client.close()

    in_loop(story())


def test_a_client_of_another_chain_is_told_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            client = LedgerClient(here.socket, genesis="0" * 64, patience_s=5)
            with pytest.raises(ChainDiffers):
                await client.status()
            with pytest.raises(ChainDiffers):
                await anext(client.follow(1))
            await client.close()

    in_loop(story())


def test_a_client_finds_a_process_that_began_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            client = LedgerClient(here.socket, genesis=here.chain.genesis_digest, patience_s=5)
            stream = client.follow(1)
            first = await client.submit(envelope(addition("c", 1)))
            assert (await anext(stream)).height == 1
        async with running(tmp_path):
            second = await client.submit(envelope(addition("c", 2)))
            assert second.height > first.height
            heights = [(await anext(stream)).height for _ in range(second.height - 1)]
            assert heights == list(range(2, second.height + 1))
            await client.close()

    in_loop(story())


def test_too_many_connections_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallychain.engine.server.CONNECTIONS", 1)

    async def story() -> None:
        async with running(tmp_path) as here:
            await here.client.status()
            assert (await last_words(here, b"")).code == "CONNECTIONS"
            late = LedgerClient(here.socket, patience_s=0.2)
            with pytest.raises((EngineRefused, EngineUnavailable)):
                await late.status()
            await late.close()

    in_loop(story())


def test_the_whole_state_check_is_answered(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            await here.client.submit(envelope(addition("c", 1)))
            answer = await here.client.check()
            assert answer.failures == []
            assert answer.app_hash == here.chain.app_hash.hex()

    in_loop(story())


def broken(*_: object, **__: object) -> None:
    raise toy.Defect("a payload that no log may hold")


def test_a_defect_in_a_read_is_answered_and_the_process_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            await here.client.submit(envelope(addition("c", 1)))
            for name in ("query", "block", "receipt"):
                monkeypatch.setattr(here.chain, name, broken)
            for asked in (
                here.client.query(b"k"),
                here.client.receipt("00" * 32),
                here.client.block(1),
                anext(here.client.follow(1)),
            ):
                with pytest.raises(EngineRefused, match="READ_FAILED"):
                    await asked
            monkeypatch.undo()
            assert (await here.client.submit(envelope(addition("c", 2)))).code == 0
            assert not here.blocks.done()

    in_loop(story())
    log = capsys.readouterr().err
    assert log.count("a read failed") == 4
    assert '"method": "query"' in log
    assert "test_socket.py" in log
    assert "payload" not in log


def test_a_read_whose_answer_cannot_be_sent_costs_its_connection_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            impatient = LedgerClient(here.socket, patience_s=0.3)
            reader, writer = await asyncio.open_unix_connection(str(here.socket))
            writer.write(wire.framed(Request(1, "status", wire.raw(NoArgs()))))
            monkeypatch.setattr(wire, "framed", broken)
            assert await reader.read() == b""
            monkeypatch.undo()
            writer.close()
            assert (await impatient.status()).chain == toy.CHAIN
            await impatient.close()

    in_loop(story())


def test_a_defect_before_a_block_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            monkeypatch.setattr(here.chain, "parse", broken)
            asking = asyncio.create_task(here.client.submit(envelope(addition("c", 1))))
            await asyncio.wait([here.blocks], timeout=10)
            asking.cancel()

    with pytest.raises(toy.Defect):
        in_loop(story())
