"""Snapshots and whole-state checks of a chain that goes on making blocks."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path

import pytest

from tallychain.engine import upkeep
from tallychain.engine.checks import CheckAnswer
from tallychain.engine.embedded import service
from tallychain.engine.embedded.checks import check_store
from tallychain.engine.embedded.takeover import import_chain
from tallychain.engine.limits import Settings
from tallychain.engine.port import EngineRefused
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import FAST, Running, addition, envelope, running
from tallychain.ledger.machine import Catalogue
from tallychain.store.store import Store, StoreView


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


class Held:
    """Something long that a thread does only when it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def wait(self) -> None:
        self.begun.set()
        self.go_on.wait(30)

    async def until_begun(self) -> None:
        await asyncio.to_thread(self.begun.wait, 30)


async def block_with(here: Running, nonce: int) -> int:
    return (await here.client.submit(envelope(addition("c", nonce)))).height


def test_blocks_go_on_while_the_whole_state_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()

    def slow(store: Store, catalogue: Catalogue, document: bytes) -> CheckAnswer:
        held.wait()
        return check_store(store, catalogue, document)

    monkeypatch.setattr(service, "check_store", slow)

    async def story() -> None:
        async with running(tmp_path) as here:
            await block_with(here, 1)
            checking = asyncio.create_task(here.client.check())
            await held.until_begun()
            height = await asyncio.wait_for(block_with(here, 2), 25)
            with pytest.raises(EngineRefused, match="CHECK_RUNNING"):
                await here.client.check()
            held.go_on.set()
            answer = await checking
            assert answer.failures == []
            assert 1 <= answer.height < height
            assert (await here.client.check()).height >= height
            assert not (tmp_path / "check").exists()

    in_loop(story())


def test_a_check_goes_on_when_nobody_waits_for_it_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()

    def slow(store: Store, catalogue: Catalogue, document: bytes) -> CheckAnswer:
        held.wait()
        return check_store(store, catalogue, document)

    monkeypatch.setattr(service, "check_store", slow)

    async def story() -> None:
        async with running(tmp_path) as here:
            checking = asyncio.create_task(here.client.check())
            await held.until_begun()
            await here.client.close()
            checking.cancel()
            await asyncio.wait([checking])
            with pytest.raises(EngineRefused, match="CHECK_RUNNING"):
                await here.client.check()
            held.go_on.set()
            answer = None
            while answer is None:
                with suppress(EngineRefused):
                    answer = await here.client.check()
            assert answer.failures == []

    in_loop(story())


def test_a_check_that_has_no_room_is_refused_and_the_ledger_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            (tmp_path / "check").write_bytes(b"in the way")
            with pytest.raises(EngineRefused, match="CHECK_FAILED"):
                await here.client.check()
            assert await block_with(here, 1) > 0

    in_loop(story())


def test_a_snapshot_taken_under_load_is_of_one_height(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=0, idle_interval_ms=60_000)
        async with running(tmp_path, settings=settings) as here:
            stop = asyncio.Event()

            async def load(sender: int) -> None:
                nonce = 0
                while not stop.is_set():
                    nonce += 1
                    await here.client.submit(envelope(addition(f"c{sender}", 1_000_000 * sender + nonce)))

            loads = [asyncio.create_task(load(sender)) for sender in range(1, 5)]
            heights = [await here.client.snapshot(f"s{number}") for number in range(5)]
            stop.set()
            await asyncio.gather(*loads)
            assert len(set(heights)) == len(heights)
            for number, height in enumerate(heights):
                folder = tmp_path / "snapshots" / f"s{number}"
                assert import_chain(folder, tmp_path / f"copy{number}", toy.genesis_document()) == height

    in_loop(story())


def test_before_the_first_block_there_is_nothing_to_make_a_snapshot_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, settings=Settings(block_interval_ms=10_000)) as here:
            with pytest.raises(EngineRefused, match="SNAPSHOT_TOO_EARLY"):
                await here.client.snapshot("morning")

    in_loop(story())


def test_one_snapshot_is_written_at_a_time_and_blocks_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()

    write_rows = upkeep.write_rows

    def slow(view: StoreView, folder: Path, depth: int) -> int:
        held.wait()
        return write_rows(view, folder, depth)

    monkeypatch.setattr(upkeep, "write_rows", slow)

    async def story() -> None:
        async with running(tmp_path, settings=FAST) as here:
            await block_with(here, 0)
            writing = asyncio.create_task(here.client.snapshot("evening"))
            await held.until_begun()
            height = await block_with(here, 1)
            with pytest.raises(EngineRefused, match="SNAPSHOT_RUNNING"):
                await here.client.snapshot("night")
            held.go_on.set()
            assert await writing < height

    in_loop(story())
