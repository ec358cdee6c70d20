"""Nothing acknowledged is lost and nothing happens twice, whatever the engine does."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tallychain.crypto.keys import signing_key_from_seed
from tallychain.engine.port import (
    CommittedBlock,
    EngineRefused,
    EngineUnavailable,
)
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Database
from tallychain.gateway.follower import Follower, Waiters
from tallychain.gateway.outbox import End, Outbox, Submission, Waiting, insert
from tallychain.gateway.problems import Problem
from tallychain.gateway.sender import Sender, SendRules
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.fake_engine import FakeEngine
from tallychain.ledger import codec, limits
from tallychain.ledger.operation import Signature, SignedOperation, operation_id
from tallychain.ledger.receipt import Receipt
from tallychain.testkit import back_ends

KEY = signing_key_from_seed("ed25519", b"k" * 32)
FAR = 10_000_000


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(60_000):
        if is_so():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it does not happen")


class Works:
    """Outbox, sender and follower over one file."""

    def __init__(self, path: Path, engine: FakeEngine, *, limit: int = 1000) -> None:
        self.engine = engine
        self.database = Database(back_ends.own_tables(path))
        self.clock = ChainClock(driven=True)
        self.clock.saw(engine.height, engine.time_ms)
        self.outbox = Outbox(self.database, limit)
        self.waiters = Waiters()
        rules = SendRules("trial", "bank-a", 1, 2)
        self.sender = Sender(rules, KEY, engine, self.outbox, self.clock, self.settled)
        self.follower = Follower(
            engine, self.outbox, self.sender, self.waiters, self.database, self.clock, lambda _: None
        )

    async def settled(self, ends: Sequence[End]) -> None:
        await self.outbox.settle(ends)
        self.waiters.wake(ends)

    async def start(self, *, follow: bool = True) -> None:
        await self.outbox.count()
        await self.sender.start()
        if follow:
            await self.follower.start()

    async def keep(self, number: int, *, expires_ms: int = FAR, size: int = 10) -> str:
        """Acknowledge one operation."""
        body = f"{number:06d}".encode() + b"x" * size
        frame = codec.encode_frame(SignedOperation(body, (Signature("holder", KEY.public, b"s"),), {}))
        name = operation_id(body)
        row = Submission(name, "s1", "s1", "t", frame, expires_ms, 1, "queued", "", 0, "", b"")
        await self.database.write(lambda db: insert(db, row))
        self.outbox.open += 1
        self.sender.add([Waiting(name, frame, expires_ms)])
        return name

    async def end(self, name: str) -> Submission:
        await self.waiters.wait_for_end(name, 60, self.outbox)
        found = await self.outbox.get(name)
        assert found is not None
        return found

    async def stop(self) -> None:
        await self.follower.close()
        await self.sender.close()
        self.database.close()


@in_loop
async def test_operations_are_sent_together_and_each_has_its_receipt(tmp_path: Path) -> None:
    works = Works(tmp_path / "g", FakeEngine())
    await works.start()
    names = [await works.keep(number) for number in range(450)]
    ends = [await works.end(name) for name in names]
    assert {end.state for end in ends} == {"done"}
    assert sum(len(item.operations) for item in works.engine.envelopes) == 450
    assert max(len(item.operations) for item in works.engine.envelopes) <= limits.ENVELOPE_OPERATIONS
    assert works.outbox.open == 0
    await works.stop()


@in_loop
async def test_an_envelope_stays_within_its_bytes(tmp_path: Path) -> None:
    works = Works(tmp_path / "g", FakeEngine())
    for number in range(100):
        await works.keep(number, size=8000)
    await works.start()
    for item in await works.outbox.waiting():
        assert (await works.end(item.id)).state == "done"
    assert len(works.engine.envelopes) == 2
    await works.stop()


@in_loop
async def test_a_lost_answer_is_found_again_and_nothing_happens_twice(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.lose_answers = 3
    works = Works(tmp_path / "g", engine)
    await works.start(follow=False)
    names = [await works.keep(number) for number in range(5)]
    assert [(await works.end(name)).state for name in names] == ["done"] * 5
    assert len(engine.receipts) == 5
    await works.stop()


@in_loop
async def test_after_a_crash_what_was_acknowledged_is_taken_up(tmp_path: Path) -> None:
    engine = FakeEngine()
    first = Works(tmp_path / "g", engine)
    names = [await first.keep(number) for number in range(20)]
    first.database.close()
    second = Works(tmp_path / "g", engine)
    await second.start()
    assert [(await second.end(name)).state for name in names] == ["done"] * 20
    await second.stop()


@in_loop
async def test_after_a_crash_receipts_are_found_in_the_blocks_that_were_missed(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.lose_answers = 1
    first = Works(tmp_path / "g", engine)
    engine.failures = []
    first.follower._written = 0
    name = await first.keep(1)
    await first.follower.take(CommittedBlock(0, 1000, b"", b"", [], [], [], []))
    await first.database.write(lambda db: db.execute("DELETE FROM progress"))
    await first.database.write(lambda db: db.execute("INSERT INTO progress VALUES ('follower', 0)"))
    await first.sender.start()
    await until(lambda: name in engine.receipts)
    await first.sender.close()
    first.database.close()
    second = Works(tmp_path / "g", engine)
    await second.outbox.count()
    await second.follower.start()
    found = await second.end(name)
    assert (found.state, found.height) == ("done", 1)
    await second.stop()


@in_loop
async def test_only_a_block_with_a_later_time_proves_that_an_operation_is_dead(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.failures = [EngineUnavailable("down")] * 1_000_000
    works = Works(tmp_path / "g", engine)
    await works.start()
    name = await works.keep(1, expires_ms=5000)
    engine.advance_to(4999)
    await asyncio.sleep(0.05)
    found = await works.outbox.get(name)
    assert found is not None
    assert found.state == "queued"
    engine.advance_to(5000)
    end = await works.end(name)
    assert (end.state, end.code, end.height) == ("expired", "EXPIRED", 2)
    assert works.outbox.open == 0
    await works.stop()


@in_loop
async def test_what_is_kept_when_its_time_is_over_ends_without_another_block(tmp_path: Path) -> None:
    engine = FakeEngine()
    works = Works(tmp_path / "g", engine)
    await works.start()
    await until(lambda: works.follower.connected)
    engine.advance_to(5000)
    await until(lambda: works.clock.block_time_ms == 5000)
    taken = await works.keep(2, expires_ms=4500)
    engine.receipts[taken] = codec.encode(Receipt(taken, "cd" * 32, 1, 0, "done", "DONE", {}, ()))

    end = await works.end(await works.keep(1, expires_ms=5000))

    assert (end.state, end.code, end.height) == ("expired", "EXPIRED", 1)
    assert (await works.end(taken)).state == "done"
    assert engine.envelopes == []
    await works.stop()


@in_loop
async def test_what_cannot_be_asked_is_not_declared_dead(tmp_path: Path) -> None:
    engine = FakeEngine()
    works = Works(tmp_path / "g", engine)
    name = await works.keep(1, expires_ms=2000)
    engine.receipts[name] = codec.encode(Receipt(name, "cd" * 32, 1, 0, "refused", "SOME_CODE", {}, ()))
    engine.receipts_reachable = False
    engine.advance_to(3000)
    with pytest.raises(EngineUnavailable):
        await works.follower.take(engine.blocks[0])
    engine.receipts_reachable = True
    await works.follower.take(engine.blocks[0])
    assert (await works.end(name)).state == "refused"
    await works.stop()


@in_loop
async def test_one_bad_operation_does_not_keep_the_others_out(tmp_path: Path) -> None:
    engine = FakeEngine()
    works = Works(tmp_path / "g", engine)
    names = [await works.keep(number) for number in range(9)]
    engine.poison = {names[4]}
    await works.start()
    states = [(await works.end(name)).state for name in names]
    assert states == ["done"] * 4 + ["turned_away"] + ["done"] * 4
    assert (await works.end(names[4])).code == "GATEWAY_OPERATION_MALFORMED"
    await works.stop()


@pytest.mark.parametrize(
    "code", ["BUSY", "RATE_EXCEEDED", "CLOSING", "ENVELOPE_KEY_UNKNOWN", "SOMETHING_NEW"]
)
def test_a_refusal_that_passes_is_waited_out(tmp_path: Path, code: str) -> None:
    @in_loop
    async def story() -> None:
        engine = FakeEngine()
        engine.failures = [EngineRefused(code, "later")]
        works = Works(tmp_path / "g", engine)
        await works.start()
        assert (await works.end(await works.keep(1))).state == "done"
        await works.stop()

    story()


@in_loop
async def test_an_operation_that_is_turned_away_says_why(tmp_path: Path) -> None:
    engine = FakeEngine()
    works = Works(tmp_path / "g", engine)
    name = await works.keep(1)
    engine.away[name] = "KEY_REVOKED"
    await works.start()
    end = await works.end(name)
    assert (end.state, end.code) == ("turned_away", "KEY_REVOKED")
    await works.stop()


@pytest.mark.parametrize("code", ["EXPIRED", "EXPIRES_TOO_FAR", "TOO_MANY_LIVING"])
@in_loop
async def test_an_operation_that_came_too_late_or_too_early_or_was_one_too_many_is_sent_again(
    tmp_path: Path, code: str
) -> None:
    engine = FakeEngine()
    works = Works(tmp_path / "g", engine)
    name = await works.keep(1)
    engine.away[name] = code
    await works.start()
    await until(lambda: len(engine.envelopes) >= 2)
    del engine.away[name]
    assert (await works.end(name)).state == "done"
    await works.stop()


@in_loop
async def test_the_first_end_of_an_operation_stays(tmp_path: Path) -> None:
    works = Works(tmp_path / "g", FakeEngine())
    name = await works.keep(1)
    await works.outbox.settle([End(name, "done", "DONE", 1)])
    await works.outbox.settle([End(name, "expired", "EXPIRED", 2)])
    found = await works.end(name)
    assert (found.state, works.outbox.open) == ("done", 0)
    await works.stop()


@in_loop
async def test_a_full_outbox_refuses_before_it_overflows(tmp_path: Path) -> None:
    works = Works(tmp_path / "g", FakeEngine(), limit=2)
    await works.outbox.need_room("another")
    await works.keep(1)
    await works.keep(2)
    with pytest.raises(Problem) as caught:
        await works.outbox.need_room("another")
    assert (caught.value.code, caught.value.status) == ("GATEWAY_OUTBOX_FULL", 429)
    assert caught.value.retry_after_s
    await works.stop()


@in_loop
async def test_blocks_without_ends_are_noted_now_and_then(tmp_path: Path) -> None:
    engine = FakeEngine()
    works = Works(tmp_path / "g", engine)
    assert await works.follower.height() == -1
    for _ in range(150):
        engine.advance_to(engine.time_ms + 10)
    for block in engine.blocks:
        await works.follower.take(block)
    assert await works.follower.height() == 100
    assert works.clock.height == 150
    await works.stop()


@in_loop
async def test_one_who_never_followed_knows_the_time_of_the_block_that_it_begins_after(
    tmp_path: Path,
) -> None:
    engine = FakeEngine()
    works = Works(tmp_path / "g", engine)
    engine.advance_to(5000)
    await works.start()
    await until(lambda: works.follower.connected)
    assert (works.clock.height, works.clock.block_time_ms) == (1, 5000)
    await works.stop()


@in_loop
async def test_one_who_never_followed_ends_what_is_overdue_on_a_chain_at_rest(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.failures = [EngineUnavailable("down")] * 1_000_000
    works = Works(tmp_path / "g", engine)
    dead = await works.keep(1, expires_ms=900)
    late = await works.keep(2, expires_ms=900)
    engine.receipts[late] = codec.encode(Receipt(late, "cd" * 32, 1, 0, "done", "DONE", {}, ()))
    living = await works.keep(3)
    await works.start()
    assert (await works.end(dead)).state == "expired"
    assert (await works.end(late)).state == "done"
    await until(lambda: works.follower.connected)
    kept = await works.outbox.get(living)
    assert kept is not None
    assert (kept.state, works.outbox.open) == ("queued", 1)
    assert engine.blocks == []
    await works.stop()
