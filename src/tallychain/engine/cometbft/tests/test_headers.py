"""Headers come after their blocks, in order, checked, and after any restart from where they were missing."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tallychain.engine import records
from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.blockchecks import block_failures
from tallychain.engine.cometbft.headers import Headers, complete_to
from tallychain.engine.cometbft.rpc import NotKept
from tallychain.engine.cometbft.tests.driving import beginning_of, block_of, decided, document, opened
from tallychain.engine.cometbft.tests.envelopes import envelope
from tallychain.engine.cometbft.tests.fakerpc import FakeRpc, header_of
from tallychain.engine.logs import logger
from tallychain.engine.records import SignedHeader
from tallychain.engine.tests import toy
from tallychain.store.errors import HeightOutOfOrder
from tests.simulation import loop


@dataclass
class Here:
    application: Application
    rpc: FakeRpc
    headers: Headers
    failures: list[BaseException] = field(default_factory=list)

    def block(self, *txs: bytes, told: bool = True) -> int:
        height = self.application.height + 1
        decided(self.application, block_of(height, toy.START_MS + height, txs))
        if told:
            self.rpc.headers[height] = header_of(height, txs)
        self.headers.block_made()
        return height

    def stored(self, height: int) -> SignedHeader | None:
        return records.stored_header(self.application.store, height)


def story(directory: Path, tell: Callable[[Here], Awaitable[None]]) -> None:
    async def told() -> None:
        text = document()
        application, rpc = opened(directory, text), FakeRpc()
        application.init_chain(beginning_of(text))
        failures: list[BaseException] = []
        headers = Headers(application, rpc, logger(), failures.append)
        headers.start()
        try:
            await tell(Here(application, rpc, headers, failures))
        finally:
            await headers.stop()
            application.close()

    # In virtual time: who is patient for 0.3 seconds is so on a busy machine as well.
    loop.run(lambda _: asyncio.wait_for(told(), 60))


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.002)


def test_a_block_is_shown_once_its_header_is_here(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        waiting = asyncio.create_task(here.headers.beyond(1))
        here.block()
        await until(lambda: here.headers.served == 1)
        second = here.block(envelope(1), told=False)
        await asyncio.sleep(0.05)
        assert (here.headers.served, waiting.done()) == (1, False)
        here.rpc.headers[second] = header_of(second, (envelope(1),))
        await waiting
        assert here.stored(second) == here.rpc.headers[second]

    story(tmp_path, tell)


def test_after_a_restart_the_gap_is_filled_from_where_it_begins(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        for _ in range(3):
            here.block()
        await until(lambda: here.headers.served == 3)
        here.rpc.silent = True
        for _ in range(5):
            here.block()
        await here.headers.stop()
        assert complete_to(here.application.store) == 3
        here.rpc.silent = False
        here.rpc.asked.clear()
        again = Headers(here.application, here.rpc, logger(), here.failures.append)
        assert again.served == 3
        again.start()
        await until(lambda: again.served == 8)
        assert here.rpc.asked == [4, 5, 6, 7, 8]
        await again.stop()
        assert complete_to(here.application.store) == 8

    story(tmp_path, tell)


@pytest.mark.parametrize(
    ("foreign", "sentence"),
    [
        (header_of(1, (b"other",)), "commits to other envelopes"),
        (header_of(1, (), signed=bytes(32)), "is not what its validators signed"),
        (header_of(2, ()), "is of another height"),
    ],
)
def test_a_header_of_another_block_ends_the_process(
    tmp_path: Path, foreign: SignedHeader, sentence: str
) -> None:
    async def tell(here: Here) -> None:
        here.rpc.headers[1] = foreign
        here.block(told=False)
        await until(lambda: bool(here.failures))
        assert sentence in str(here.failures[0])
        assert here.headers.served == 0

    story(tmp_path, tell)


def test_what_the_engine_dropped_is_passed_over_with_a_line_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def tell(here: Here) -> None:
        here.rpc.headers[1] = NotKept("lowest height is 2")
        here.block(told=False)
        here.block()
        await until(lambda: here.headers.served == 2)
        assert here.failures == []

    story(tmp_path, tell)
    assert "a header is not to be had" in capfd.readouterr().err


def test_a_header_is_kept_only_for_a_block_that_is_there(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        here.block()
        for height in (0, 2):
            with pytest.raises(HeightOutOfOrder):
                here.application.store.put_header(height, b"h")
        await asyncio.sleep(0)

    story(tmp_path, tell)


def test_the_check_of_blocks_finds_what_does_not_belong_together(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        for number in range(1, 4):
            here.block(envelope(number))
        await until(lambda: here.headers.served == 3)
        store, genesis = here.application.store, here.application.genesis
        # These headers of a test stand on nothing, and the check says so of each but the first.
        found = list(block_failures(store, here.application.document, genesis))
        assert [line for line in found if "does not follow" in line] == [
            "Block 2 does not follow the block before it.",
            "Block 3 does not follow the block before it.",
        ]
        assert sum("commits to other results" in line for line in found) == 2
        records.keep_header(store, 2, header_of(2, (b"other",)))
        records.keep_header(store, 3, SignedHeader(b"\xff", b""))
        found = list(block_failures(store, here.application.document, genesis))
        assert any("commits to other envelopes" in line for line in found)
        assert any("block 3 cannot be read" in line for line in found)
        records.keep_header(store, 3, header_of(3, (envelope(3),), chain="other"))
        assert any("of the chain other" in line for line in block_failures(store, b"", genesis))

    with suppress(asyncio.CancelledError):
        story(tmp_path, tell)
