"""An envelope on its way into a block, with an engine that forgets, is full, or is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tallychain.engine.cometbft.application import INADMISSIBLE, RATE_EXCEEDED, Application
from tallychain.engine.cometbft.rpc import MempoolFull, Taken, Unwilling
from tallychain.engine.cometbft.submissions import Patience, Submissions
from tallychain.engine.cometbft.tests.driving import beginning_of, block_of, decided, document, opened
from tallychain.engine.cometbft.tests.envelopes import envelope, with_a_false_client_signature
from tallychain.engine.cometbft.tests.fakerpc import FakeRpc
from tallychain.engine.limits import Settings
from tallychain.engine.port import EngineRefused, EngineUnavailable, SubmitAnswer
from tallychain.engine.tests import toy
from tallychain.ledger import machine
from tests.simulation import loop

QUICK = Patience(engine_s=0.2, block_s=0.3, again_s=0.02)


@dataclass
class Here:
    application: Application
    rpc: FakeRpc
    submissions: Submissions
    time_ms: int = toy.START_MS

    def block(self, *txs: bytes, after_ms: int = 10) -> None:
        """The engine decides a block of these envelopes."""
        self.time_ms += after_ms
        decided(self.application, block_of(self.application.height + 1, self.time_ms, txs))

    async def submit(self, data: bytes) -> "asyncio.Task[SubmitAnswer]":
        """An envelope that the engine holds when this returns."""
        task = asyncio.create_task(self.submissions.submit(data))
        await until(lambda: data in self.rpc.held or task.done())
        return task


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.002)


def story(
    directory: Path,
    tell: Callable[[Here], Awaitable[None]],
    *,
    patience: Patience = QUICK,
    settings: Settings | None = None,
) -> None:
    async def told() -> None:
        text = document()
        application, rpc = opened(directory, text), FakeRpc()
        application.init_chain(beginning_of(text))
        submissions = Submissions(application, rpc, settings or Settings(), patience)
        application.when_committed = lambda block, _: submissions.committed(block)
        submissions.start()
        try:
            await tell(Here(application, rpc, submissions))
        finally:
            await submissions.stop()
            application.close()

    # In virtual time: who is patient for 0.3 seconds is so on a busy machine as well.
    loop.run(lambda _: asyncio.wait_for(told(), 60))


def test_it_is_answered_by_the_block_that_holds_it(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        task = await here.submit(data)
        here.block()
        await asyncio.sleep(0)
        assert not task.done()
        assert here.submissions.waiting == 1
        here.block(data)
        answer = await task
        assert (answer.height, answer.code) == (2, machine.EXECUTED)
        assert here.submissions.waiting == 0

    story(tmp_path, tell)


def test_what_is_not_admissible_never_reaches_the_engine(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        for data in (b"noise", with_a_false_client_signature(), envelope(1)[:-1] + b"x"):
            with pytest.raises(EngineRefused):
                await here.submissions.submit(data)
        assert here.rpc.handed == []
        assert here.submissions.waiting == 0

    story(tmp_path, tell)


def test_the_same_bytes_at_the_same_time_are_one_envelope(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        first = await here.submit(data)
        second = asyncio.create_task(here.submissions.submit(data))
        await asyncio.sleep(0)
        here.block(data)
        assert await first == await second
        # And later, also by a process that was started anew: no block needs to hold it a second time.
        assert await here.submissions.submit(data) == await first
        again = Submissions(here.application, here.rpc, Settings(), QUICK)
        assert await again.submit(data) == await first

    story(tmp_path, tell)


def test_an_engine_that_lost_its_memory_is_handed_it_again(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        task = await here.submit(data)
        for _ in range(2):
            here.rpc.held.clear()
            await until(lambda: data in here.rpc.held)
        here.block(data)
        assert (await task).height == 1
        handed = len(here.rpc.handed)
        await asyncio.sleep(0.1)
        assert len(here.rpc.handed) == handed

    story(tmp_path, tell, patience=Patience(engine_s=5, block_s=20, again_s=0.02))


def test_while_the_engine_is_gone_it_is_open_and_is_handed_over_when_the_engine_is_back(
    tmp_path: Path,
) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        here.rpc.silent = True
        with pytest.raises(EngineUnavailable, match="does not take envelopes"):
            await here.submissions.submit(data)
        assert here.submissions.waiting == 1
        here.rpc.silent = False
        await until(lambda: data in here.rpc.held)
        here.block(data)
        assert (await here.submissions.submit(data)).height == 1

    story(tmp_path, tell)


def test_waiting_for_a_block_is_bounded_and_leaves_it_open(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        with pytest.raises(EngineUnavailable, match="it may still come into one"):
            await here.submissions.submit(data)
        task = asyncio.create_task(here.submissions.submit(data))
        await asyncio.sleep(0)
        here.block(data)
        assert (await task).code == machine.EXECUTED

    story(tmp_path, tell)


def test_it_is_dead_only_when_a_block_is_later_than_its_time(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        task = await here.submit(data)
        # Its time is 100 s ahead (toy.sealed_envelope).
        here.block(after_ms=100_000)
        await asyncio.sleep(0)
        assert not task.done()
        here.block(after_ms=1)
        with pytest.raises(EngineRefused, match="ENVELOPE_EXPIRED"):
            await task
        assert here.submissions.waiting == 0

    story(tmp_path, tell, patience=Patience(engine_s=5, block_s=20, again_s=5))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (MempoolFull("mempool is full"), "BUSY"),
        (Taken(RATE_EXCEEDED, "too much"), "RATE_EXCEEDED"),
    ],
)
def test_what_has_no_prospect_now_is_refused_with_a_time_to_come_again(
    tmp_path: Path, answer: Taken | Exception, code: str
) -> None:
    async def tell(here: Here) -> None:
        here.rpc.answers.append(answer)
        with pytest.raises(EngineRefused) as refused:
            await here.submissions.submit(envelope(1))
        assert refused.value.code == code
        assert refused.value.retry_after_ms > 0
        assert here.submissions.waiting == 0

    story(tmp_path, tell)


def test_an_unwilling_engine_is_asked_until_it_takes_it(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        here.rpc.answers += [Unwilling("starting"), Taken(INADMISSIBLE, "not yet")]
        data = envelope(1)
        task = await here.submit(data)
        here.block(data)
        assert (await task).height == 1

    story(tmp_path, tell, patience=Patience(engine_s=10, block_s=20, again_s=0.02))


def test_a_key_that_ends_meanwhile_ends_what_waits_under_it(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        task = await here.submit(data)
        revoked = toy.signed_operation(
            "toy.revoke", toy.Revoke(toy.key_of("bank-a").public), 9, member="bank-b"
        )
        here.block(toy.sealed_envelope(revoked, member="bank-b"))
        here.block()
        here.rpc.held.clear()
        here.rpc.answers += [Taken(INADMISSIBLE, "")] * 3
        with pytest.raises(EngineRefused, match="ENVELOPE_KEY_UNKNOWN"):
            await task

    story(tmp_path, tell, patience=Patience(engine_s=10, block_s=20, again_s=0.02))


def test_a_member_beyond_its_share_is_turned_away_and_others_are_not(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        tasks = [await here.submit(envelope(1)), await here.submit(envelope(2))]
        with pytest.raises(EngineRefused, match="BUSY"):
            await here.submissions.submit(envelope(3))
        other = await here.submit(envelope(1, member="bank-b"))
        here.block(envelope(1), envelope(2), envelope(1, member="bank-b"))
        assert [(await task).height for task in [*tasks, other]] == [1, 1, 1]
        late = await here.submit(envelope(3))
        here.block(envelope(3))
        assert (await late).height == 2

    story(
        tmp_path,
        tell,
        settings=Settings(member_envelopes=2),
        patience=Patience(engine_s=10, block_s=20, again_s=5),
    )


def test_a_process_that_ends_says_nothing_about_what_waits(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        task = await here.submit(envelope(1))
        await here.submissions.stop()
        with pytest.raises(EngineUnavailable):
            await task
        with pytest.raises(EngineRefused, match="CLOSING"):
            await here.submissions.submit(envelope(2))

    story(tmp_path, tell, patience=Patience(engine_s=10, block_s=20, again_s=5))


def test_who_no_longer_waits_takes_nothing_away_from_it(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        data = envelope(1)
        task = await here.submit(data)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        here.block(data)
        assert (await here.submissions.submit(data)).height == 1

    story(tmp_path, tell, patience=Patience(engine_s=10, block_s=20, again_s=5))


def test_what_would_wait_too_long_is_refused_at_once_and_taken_when_there_is_room(tmp_path: Path) -> None:
    async def tell(here: Here) -> None:
        pressure, first, late = here.submissions.pressure, envelope(50), envelope(51)
        task = await here.submit(first)
        assert pressure.operations == 1
        pressure.arrived(b"crowd", "bank-a", pressure.room, 0.0)
        with pytest.raises(EngineRefused, match="More operations wait") as busy:
            await here.submissions.submit(late)
        assert (busy.value.code, here.submissions.waiting, here.rpc.handed) == ("BUSY", 1, [first])
        here.block(first)
        await task
        pressure.left(b"crowd")
        task = await here.submit(late)
        here.block(late)
        assert (await task).code == machine.EXECUTED
        assert pressure.operations == 0

    story(tmp_path, tell, patience=Patience(engine_s=20, block_s=20, again_s=20))
