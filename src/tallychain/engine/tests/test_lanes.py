"""What waits for a block: shares of members, and the order in which it is taken."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path

import pytest

from tallychain.crypto.digest import sha256
from tallychain.engine.lanes import claimed_carrier
from tallychain.engine.limits import Settings
from tallychain.engine.port import EngineRefused, SubmitAnswer
from tallychain.engine.tests.running import Running, addition, envelope, running, until_waiting
from tallychain.ledger.ordering import Carried, block_order
from tallychain.ledger.types import Height, MemberId


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def sent_at_once(
    here: Running, envelopes: Sequence[bytes], count: int
) -> list[SubmitAnswer | BaseException]:
    """What becomes of envelopes of which so many are taken, and all of them come while a block waits."""
    async with here.sequencer.pause():
        sent = [asyncio.create_task(here.client.submit(data)) for data in envelopes]
        turned_back: set[asyncio.Task[SubmitAnswer]] = set()
        while len(turned_back) < len(sent) - count:
            done, _ = await asyncio.wait(set(sent) - turned_back, return_when=asyncio.FIRST_COMPLETED)
            turned_back |= done
        await until_waiting(here, count)
    return await asyncio.gather(*sent, return_exceptions=True)


def test_beyond_its_share_a_member_is_told_that_the_ledger_is_busy(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=5, member_envelopes=3)
        async with running(tmp_path, settings=settings) as here:
            envelopes = [envelope(addition("c", number)) for number in range(5)]
            answers = await sent_at_once(here, envelopes, 3)
            busy = [answer for answer in answers if isinstance(answer, EngineRefused)]
            assert [refusal.code for refusal in busy] == ["BUSY", "BUSY"]
            assert busy[0].retry_after_ms > 0
            assert (await here.client.submit(envelope(addition("c", 99)))).code == 0

    in_loop(story())


def test_bytes_are_bounded_for_each_member_too(tmp_path: Path) -> None:
    async def story() -> None:
        data = [envelope(addition("c", number)) for number in range(3)]
        settings = Settings(block_interval_ms=5, member_bytes=2 * len(data[0]))
        async with running(tmp_path, settings=settings) as here:
            answers = await sent_at_once(here, data, 2)
            assert [getattr(answer, "code", None) for answer in answers] == [0, 0, "BUSY"]
            assert here.sequencer.waiting == 0

    in_loop(story())


def test_a_member_that_floods_keeps_no_other_from_the_next_block(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=5, block_operations=5, member_envelopes=20)
        async with running(tmp_path, settings=settings) as here:
            late = envelope(addition("d", 1, member="bank-b"), member="bank-b")
            async with here.sequencer.pause():
                first = here.chain.height + 1
                flood = [
                    asyncio.create_task(here.client.submit(envelope(addition("c", number))))
                    for number in range(1, 31)
                ]
                await until_waiting(here, 20)
                waits = asyncio.create_task(here.client.submit(late))
                await until_waiting(here, 21)
            answer = await waits
            answers = await asyncio.gather(*flood, return_exceptions=True)
            codes = [getattr(given, "code", None) for given in answers]
            assert (codes.count(0), codes.count("BUSY")) == (20, 10)
            assert answer.height == first
            assert late in here.chain.block(first).envelopes
            assert len(here.chain.block(first).envelopes) == 5

    in_loop(story())


def test_what_waits_is_cut_in_the_order_of_the_block_it_goes_into(tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(block_interval_ms=5, block_operations=3)
        async with running(tmp_path, settings=settings) as here:
            await here.client.submit(envelope(addition("c", 0)))
            carriers = ["bank-a", "bank-a", "bank-a", "bank-b", "bank-c", "court-a", "court-a"]
            sent = [
                envelope(addition("c", number + 1, member=member), member=member)
                for number, member in enumerate(carriers)
            ]
            carried = [
                Carried(sha256(data), MemberId(member), member == "court-a")
                for data, member in zip(sent, carriers, strict=True)
            ]
            async with here.sequencer.pause():
                height = here.chain.height
                expected = block_order(Height(height + 1), carried)[:3]
                answers = [asyncio.create_task(here.client.submit(data)) for data in sent]
                await until_waiting(here, len(sent))
            await asyncio.gather(*answers)
            assert here.chain.block(height + 1).envelopes == [sent[position] for position in expected]

    in_loop(story())


def test_nobody_takes_up_a_members_share_in_its_name(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, settings=Settings(block_interval_ms=5, member_envelopes=1)) as here:
            forged = envelope(addition("c", 1))
            forged = forged[:-1] + bytes([forged[-1] ^ 1])
            answers = await asyncio.gather(
                *(here.client.submit(data) for data in (forged, forged, envelope(addition("c", 2)))),
                return_exceptions=True,
            )
            assert [getattr(answer, "code", None) for answer in answers] == [
                "SIGNATURE_FALSE",
                "SIGNATURE_FALSE",
                0,
            ]

    in_loop(story())


@pytest.mark.parametrize("data", [b"", b"\x93\xc4\x02{}\x90\xc4\x00", b'\x91\xc4\x03"\xff"', b"\xc1"])
def test_an_envelope_that_names_no_carrier_is_read_on(data: bytes) -> None:
    assert claimed_carrier(data) == ""
