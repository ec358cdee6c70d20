"""Blocks are followed over the socket, and who takes none holds up nobody."""

import asyncio
import select
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tallychain.engine import wire
from tallychain.engine.limits import REPLY_BYTES, Settings
from tallychain.engine.port import CommittedBlock, EngineRefused
from tallychain.engine.service import HeightArgs
from tallychain.engine.tests.running import Running, addition, envelope, running
from tallychain.engine.wire import Reply, Request


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def test_blocks_are_followed_from_any_height(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            for number in range(12):
                await here.client.submit(envelope(addition("c", number)))
            top = here.chain.height
            for start in (0, 1, 5, top):
                heights = []
                async for block in here.client.follow(start):
                    heights.append(block.height)
                    assert block == here.chain.block(block.height)
                    if block.height == top:
                        break
                assert heights == list(range(max(1, start), top + 1))

    in_loop(story())


def test_a_follower_gets_blocks_as_they_come(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            stream = here.client.follow(1)
            following: asyncio.Future[CommittedBlock] = asyncio.ensure_future(anext(stream))
            answer = await here.client.submit(envelope(addition("c", 1)))
            block = await following
            while block.height < answer.height:
                block = await anext(stream)
            assert block.results == [answer.results]

    in_loop(story())


def test_a_follower_ahead_of_the_chain_is_told_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            with pytest.raises(EngineRefused, match="HEIGHT_NOT_REACHED"):
                await anext(here.client.follow(here.chain.height + 1_000))

    in_loop(story())


async def with_large_blocks(here: Running) -> int:
    """More in blocks than the socket of a follower takes in; the height of the last."""
    answers = [
        await here.client.submit(envelope(*(addition("c" * 3_000, 100 * n + i) for i in range(50))))
        for n in range(4)
    ]
    return answers[-1].height


@asynccontextmanager
async def silent_follower(here: Running) -> AsyncIterator[tuple[asyncio.StreamReader, socket.socket]]:
    """A follower that takes nothing: its first bytes have come, and no more than the smallest buffer is read of them."""
    reader, writer = await asyncio.open_unix_connection(str(here.socket), limit=1024)
    try:
        writer.write(wire.framed(Request(1, "follow", wire.raw(HeightArgs(1)))))
        while not vars(reader)["_buffer"]:  # noqa: ASYNC110 - to read would be to take
            await asyncio.sleep(0.001)
        yield reader, writer.get_extra_info("socket")
    finally:
        writer.close()


def test_nobody_waits_for_a_reader_that_takes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=5, idle_interval_ms=60_000, slow_reader_ms=600_000)
        async with running(tmp_path, settings=settings) as here:
            height = await with_large_blocks(here)
            async with silent_follower(here):
                assert (await here.client.submit(envelope(addition("c", 9_999)))).height > height

    in_loop(story())


def test_a_reader_that_takes_nothing_is_cut_off_and_resumes_where_it_was(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=5, idle_interval_ms=60_000, slow_reader_ms=200)
        async with running(tmp_path, settings=settings) as here:
            height = await with_large_blocks(here)
            async with silent_follower(here) as (reader, its_socket):
                other_side = select.poll()
                other_side.register(its_socket.fileno(), select.POLLHUP)
                while not any(event & select.POLLHUP for _, event in other_side.poll(0)):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
                got = 0
                while frame := await wire.read_frame(reader, REPLY_BYTES):
                    got = msgspec.msgpack.decode(
                        msgspec.msgpack.decode(frame, type=Reply).body, type=CommittedBlock
                    ).height
            assert 0 <= got < height
            assert (await anext(here.client.follow(got + 1))).height == got + 1

    in_loop(story())
