"""When blocks are made, what is turned back, and how time is driven."""

import asyncio
from collections.abc import Coroutine, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tallychain.engine.embedded import sequencer
from tallychain.engine.limits import Settings
from tallychain.engine.port import EngineRefused, SubmitAnswer
from tallychain.engine.rates import Rates
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import Running, addition, envelope, now_ms, running, until_waiting
from tallychain.ledger import codec
from tallychain.ledger.receipt import NotTaken, Receipt

HOUR_MS = 3_600_000


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def sent_together(here: Running, envelopes: Sequence[bytes]) -> list[SubmitAnswer]:
    """The answers to envelopes that all come while a block waits."""
    async with here.sequencer.pause():
        sent = [asyncio.create_task(here.client.submit(data)) for data in envelopes]
        await until_waiting(here, len(sent))
    return await asyncio.gather(*sent)


def test_an_envelope_is_answered_when_its_block_is_durable(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            sample = addition("c", 1)
            answer = await here.client.submit(envelope(sample))
            assert here.chain.store.height >= answer.height
            assert codec.decode(Receipt, answer.results[0]).operation == sample.id

    in_loop(story())


def test_what_comes_while_a_block_waits_stands_in_one_block(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            answers = await sent_together(here, [envelope(addition("c", number)) for number in range(9)])
            assert len({answer.height for answer in answers}) == 1

    in_loop(story())


@pytest.mark.attack(7)
def test_after_load_at_most_two_blocks_come_before_it_is_quiet(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=5, idle_interval_ms=200)
        async with running(tmp_path, settings=settings) as here:
            for number in range(9):
                await here.client.submit(envelope(addition("c", number)))
            last = (await here.client.submit(envelope(addition("c", 9)))).height
            root = here.chain.app_hash
            await here.sequencer.beyond(last + 3)
            times = [here.chain.block(last + number).time_ms for number in range(1, 5)]
            # One block follows to carry the root; from then on only time blocks come.
            assert min(later - earlier for earlier, later in pairwise(times)) >= 190
            assert here.chain.app_hash == root

    in_loop(story())


def test_the_block_after_an_effect_makes_it_provable(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            sample = addition("c", 1)
            answer = await here.client.submit(envelope(sample))
            await here.sequencer.beyond(answer.height)
            found = await here.client.receipt(sample.id)
            assert found is not None
            assert found.next_header
            row = await here.client.query(toy.COUNTERS.key("c"), prove=True)
            assert row.value is not None

    in_loop(story())


def test_a_false_signature_is_turned_back_at_the_door(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            good = envelope(addition("c", 1), addition("c", 2))
            height = here.chain.height
            forged = toy.add("c", 1, 3, now_ms=now_ms())
            other = toy.add("c", 1, 4, now_ms=now_ms())
            swapped = toy.Sample(
                forged.id, type(forged.signed)(forged.signed.body, other.signed.signatures, {})
            )
            for bad, code in (
                (good[:-1] + bytes([good[-1] ^ 1]), "SIGNATURE_FALSE"),
                (envelope(swapped), "SIGNATURE_FALSE"),
                (b"nonsense", "ENVELOPE_MALFORMED"),
                (toy.sealed_envelope(addition("c", 1), key="stranger"), "ENVELOPE_KEY_UNKNOWN"),
            ):
                with pytest.raises(EngineRefused) as refusal:
                    await here.client.submit(bad)
                assert refusal.value.code == code
            assert here.sequencer.waiting == 0
            assert here.chain.height - height <= 1

    in_loop(story())


def test_the_same_bytes_sent_twice_at_once_get_one_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            data = envelope(addition("c", 1), addition("d", 2))
            async with here.sequencer.pause():
                sent = [asyncio.create_task(here.client.submit(data)) for _ in range(2)]
                await until_waiting(here, 1)
                # Asked after both on the same connection, so that both have come when it is answered.
                await here.client.status()
            first, second = await asyncio.gather(*sent)
            assert first == second
            assert len(here.chain.block(first.height).envelopes) == 1

    in_loop(story())


def test_of_the_same_false_bytes_sent_twice_at_once_both_are_turned_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            good = envelope(addition("c", 1), addition("d", 2))
            forged = toy.Sample(
                "",
                type(addition("c", 1).signed)(
                    addition("c", 3).signed.body, addition("c", 4).signed.signatures, {}
                ),
            )
            bad = envelope(addition("c", 2), forged)
            answers = await asyncio.gather(
                here.client.submit(bad), here.client.submit(bad), return_exceptions=True
            )
            assert [isinstance(answer, EngineRefused) for answer in answers] == [True, True]
            assert (await here.client.submit(good)).code == 0

    in_loop(story())


@pytest.mark.attack(12)
def test_an_envelope_sent_again_answers_repeat_and_the_first_receipt_is_there(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            sample = addition("c", 1)
            data = envelope(sample)
            first = await here.client.submit(data)
            again = await here.client.submit(data)
            assert codec.decode(NotTaken, again.results[0]).code == "REPEAT"
            found = await here.client.receipt(sample.id)
            assert found is not None
            assert (found.receipt, found.height) == (first.results[0], first.height)

    in_loop(story())


def test_a_member_that_sends_too_much_is_told_when_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0

    class DrivenRates(Rates):
        def charge(self, member: str, operations: int, now_s: float) -> None:
            super().charge(member, operations, seconds)

    monkeypatch.setattr(sequencer, "Rates", DrivenRates)

    async def story() -> None:
        nonlocal seconds
        settings = Settings(block_interval_ms=5, member_operations_per_s=10)
        async with running(tmp_path, settings=settings) as here:
            await here.client.submit(envelope(*(addition("c", number) for number in range(20))))
            with pytest.raises(EngineRefused) as refusal:
                await here.client.submit(envelope(addition("c", 21), addition("c", 22)))
            assert refusal.value.code == "RATE_EXCEEDED"
            other = envelope(addition("c", 1, member="bank-b"), member="bank-b")
            assert (await here.client.submit(other)).code == 0
            seconds += refusal.value.retry_after_ms / 1_000
            assert (await here.client.submit(envelope(addition("c", 21), addition("c", 22)))).code == 0

    in_loop(story())


def test_an_envelope_whose_carriers_key_is_revoked_while_it_waits_is_turned_back(tmp_path: Path) -> None:
    async def story() -> None:
        # A block holds one operation at most, so that what comes second waits for the block after the one that revokes.
        settings = Settings(block_interval_ms=5, block_operations=1)
        async with running(tmp_path, settings=settings) as here:
            key = toy.key_of("bank-a-2").public
            revocation = toy.signed_operation("toy.revoke", toy.Revoke(key), 1, now_ms=now_ms())
            waiting = toy.sealed_envelope(addition("c", 2), now_ms=now_ms(), key="bank-a-2")
            async with here.sequencer.pause():
                sent = [asyncio.create_task(here.client.submit(envelope(revocation)))]
                await until_waiting(here, 1)
                sent.append(asyncio.create_task(here.client.submit(waiting)))
                await until_waiting(here, 2)
            _, answer = await asyncio.gather(*sent, return_exceptions=True)
            assert isinstance(answer, EngineRefused)
            assert answer.code == "ENVELOPE_KEY_UNKNOWN"
            assert here.sequencer.waiting == 0

    in_loop(story())


def test_courts_come_first_and_members_in_turn(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            carriers = ["bank-a", "bank-a", "bank-b", "court-a"]
            sent = [
                envelope(addition("c", number + 1, member=member), member=member)
                for number, member in enumerate(carriers)
            ]
            answers = await sent_together(here, sent)
            block = here.chain.block(answers[0].height)
            order = [carriers[sent.index(data)] for data in block.envelopes]
            assert order[0] == "court-a"
            assert order[1:] in (["bank-a", "bank-b", "bank-a"], ["bank-b", "bank-a", "bank-a"])
            for data, answer in zip(sent, answers, strict=True):
                assert answer.results == block.results[block.envelopes.index(data)]

    in_loop(story())


def test_a_block_is_made_at_each_due_instant_on_the_way(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, genesis=toy.genesis_document(clock="driven")) as here:
            start_ms = (await here.client.status()).time_ms
            due = [start_ms + hour * HOUR_MS for hour in (2, 1, 1, 1, 5)]
            samples = [
                toy.signed_operation(
                    "toy.set_alarm", toy.SetAlarm(f"a{number}", at_ms), number, now_ms=start_ms
                )
                for number, at_ms in enumerate(due)
            ]
            first = await here.client.submit(envelope(*samples, at_ms=start_ms))
            reached = await here.client.advance(start_ms + 4 * HOUR_MS)
            events = [
                codec.decode(toy.WentOff, event)
                for height in range(first.height, reached + 1)
                for event in here.chain.block(height).due_events
            ]
            # Three are due at one instant and a block writes down two: the third follows a millisecond later.
            assert sorted(event.alarm for event in events) == ["a0", "a1", "a2", "a3"]
            assert here.chain.block(events[0].height).time_ms == start_ms + HOUR_MS
            assert here.chain.block(events[2].height).time_ms == start_ms + HOUR_MS + 1
            assert here.chain.block(events[3].height).time_ms == start_ms + 2 * HOUR_MS
            assert here.chain.block(reached).time_ms == start_ms + 4 * HOUR_MS
            assert here.chain.state.outages == ()

    in_loop(story())


def test_the_time_of_a_driven_chain_stands_still_by_itself(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=5, idle_interval_ms=20)
        genesis = toy.genesis_document(clock="driven")
        async with running(tmp_path, settings=settings, genesis=genesis) as here:
            answer = await here.client.submit(envelope(toy.add("c", 1, 1), at_ms=toy.START_MS))
            await anext(here.client.follow(answer.height + 1))
            await asyncio.sleep(0.2)
            assert here.chain.height == answer.height + 1
            assert here.chain.time_ms == toy.START_MS + here.chain.height

    in_loop(story())


def test_a_clock_is_driven_forward_only_and_on_driven_chains_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path / "driven", genesis=toy.genesis_document(clock="driven")) as here:
            with pytest.raises(EngineRefused, match="CLOCK_NOT_FORWARD"):
                await here.client.advance(toy.START_MS)
            with pytest.raises(EngineRefused, match="ARGUMENTS_MALFORMED"):
                await here.client.advance(2**60)
        async with running(tmp_path / "system") as here:
            with pytest.raises(EngineRefused, match="CLOCK_NOT_DRIVEN"):
                await here.client.advance(now_ms() + HOUR_MS)

    (tmp_path / "driven").mkdir()
    (tmp_path / "system").mkdir()
    in_loop(story())


def test_what_waits_at_the_end_stands_in_a_last_block(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, settings=Settings(block_interval_ms=60_000)) as here:
            waiting = asyncio.create_task(here.client.submit(envelope(addition("c", 1))))
            await until_waiting(here, 1)
            here.sequencer.stop()
            assert (await waiting).code == 0
            with pytest.raises(EngineRefused, match="CLOSING"):
                await here.sequencer.submit(envelope(addition("c", 2)))

    in_loop(story())


def test_a_defect_while_the_clock_is_driven_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with running(tmp_path, genesis=toy.genesis_document(clock="driven")) as here:
            await here.client.status()

            def broken(*_: object) -> None:
                raise toy.Defect

            monkeypatch.setattr(here.chain, "_make_block", broken)
            with pytest.raises(toy.Defect):
                await here.sequencer.advance(toy.START_MS + HOUR_MS)
            assert here.sequencer._failure is not None

    with pytest.raises(toy.Defect):
        in_loop(story())
