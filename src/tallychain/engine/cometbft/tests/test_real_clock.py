"""A trial chain's time moved by hand on the real engine."""

import asyncio
from pathlib import Path

import pytest

from tallychain.engine.cometbft.tests.onenode import STORY_S, one_node
from tallychain.engine.port import EngineRefused
from tallychain.engine.tests import toy
from tallychain.ledger import machine

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000


def alarms(now_ms: int, *days: int) -> bytes:
    samples = [
        toy.signed_operation(
            "toy.set_alarm", toy.SetAlarm(f"a{day}", now_ms + day * DAY_MS), day, now_ms=now_ms
        )
        for day in days
    ]
    return toy.sealed_envelope(*samples, now_ms=now_ms)


def test_half_a_year_passes_in_seconds_over_every_due_instant_and_over_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with one_node(tmp_path, driven=True) as node:
            client = node.client()
            now_ms = (await client.status()).time_ms
            days = (3, 30, 31, 170, 400)
            assert (await client.submit(alarms(now_ms, *days))).code == machine.EXECUTED
            target = now_ms + 180 * DAY_MS
            height = await client.advance(target)
            block = await client.block(height)
            assert block.time_ms >= target
            blocks = [await client.block(number) for number in range(1, height + 1)]
            assert sum(len(block.due_events) for block in blocks) == 4
            assert sorted(block.time_ms for block in blocks) == [block.time_ms for block in blocks]
            for wrong in (target, now_ms):
                with pytest.raises(EngineRefused, match="CLOCK_NOT_FORWARD"):
                    await client.advance(wrong)
            node.kill_ledger()
            node.kill_engine()
            node.start()
            later = (await client.status()).time_ms
            assert target <= later < target + 1_000
            answer = await client.submit(toy.sealed_envelope(toy.add("c", 1, 7, now_ms=later), now_ms=later))
            assert b'"done"' in answer.results[0]
            await client.advance(now_ms + 500 * DAY_MS)
            assert (await client.check()).failures == []
            await client.close()
            assert node.stop() == 0

    asyncio.run(asyncio.wait_for(story(), STORY_S))


def test_the_time_of_a_chain_with_real_clocks_is_not_moved(tmp_path: Path) -> None:
    async def story() -> None:
        async with one_node(tmp_path) as node:
            client = node.client()
            with pytest.raises(EngineRefused, match="CLOCK_NOT_DRIVEN"):
                await client.advance((await client.status()).time_ms + DAY_MS)
            await client.close()

    asyncio.run(asyncio.wait_for(story(), STORY_S))
