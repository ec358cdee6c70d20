"""Times without blocks: two of four away, a halt over deadlines, and what is dated when the chain goes on."""

import asyncio
from typing import Any

import pytest

from tests.faults.alliance.four import Four, make_four
from tests.faults.alliance.halting import (
    AUTHOR,
    AWAY,
    dated,
    newest_ms,
    outages,
    signer,
    until_it_stands,
)
from tests.faults.alliance.load import WRITERS
from tests.faults.alliance.rounds import Rounds, now_ms
from tests.faults.alliance.table import Table
from tests.faults.load import LIFETIME_MS, Maker
from tests.running import Processes, calling

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
HALT_MS = 2 * 3_600_000
SHORT_MS = 75_000
"""Longer than the minute from which on a gap counts as an outage."""
EXPIRES_MS = 25_000


@pytest.mark.attack(4)
def test_after_halts_nothing_is_dated_before_their_end_and_what_expired_in_one_is_never_done(
    tmp_path_factory: pytest.TempPathFactory, results: Table
) -> None:
    four = make_four(tmp_path_factory.mktemp("h") / "n")
    try:
        # Two hours, of which the first block knows nothing.
        halted_ms = now_ms() - HALT_MS
        dated(four, halted_ms)
        began_ms = now_ms()
        four.begin("bank-a", "bank-b", AUTHOR)
        maker = signer(four)
        asyncio.run(until_it_is_known(maker.processes, began_ms))
        rounds = Rounds(four, results)
        with rounds.round("two nodes away for 75 s, over the end of what was handed in meanwhile"):
            lost, again, stood_ms, back_ms = asyncio.run(over_a_halt(four, maker))
        seen = rounds.seen
        assert (lost["state"], lost["receipt"], seen.receipts[lost["operation"]]) == ("expired", None, 0)
        assert again["receipt"] is not None
        assert seen.receipts[again["operation"]] == 1
        assert seen.blocks[0].time_ms == halted_ms
        carrying = [block.time_ms for block in seen.blocks if block.envelopes]
        assert min(carrying) >= began_ms
        # What was on its way when the chain stopped may still be dated then; what came later is not.
        assert not [at_ms for at_ms in carrying if stood_ms < at_ms < back_ms]
        long, short = (row.outage for row in asyncio.run(outages(four)))
        assert (long.since_ms, long.until_ms >= began_ms) == (halted_ms, True)
        assert (short.since_ms <= stood_ms, short.until_ms >= back_ms) == (True, True)
    finally:
        four.end()


async def until_it_is_known(processes: Processes, at_ms: int) -> None:
    """Wait until the gateways of the load have a block from after the halt: what comes before it is judged by the time before the halt."""
    for member, _ in WRITERS:
        async with calling(processes, member, "maker") as (maker,):
            while True:
                if await newest_ms(maker) >= at_ms:
                    break
                await asyncio.sleep(0.2)


async def over_a_halt(four: Four, maker: Maker) -> tuple[dict[str, Any], dict[str, Any], int, int]:
    """
    Two of four are away for longer than a minute.  What becomes of an act that expires meanwhile, and of one signed again afterwards; from when
    on nothing was decided, and when they came back.
    """
    async with calling(maker.processes, AUTHOR, "system") as (system,):
        for member in AWAY:
            four.kill_node(member)
        # What the next proposer had not yet proposed could stand in the one proposal that lies there, with its time, until the others are back.
        await asyncio.to_thread(until_it_stands, four)
        stood_ms = now_ms()
        expiring = maker.issue(now_ms=stood_ms - LIFETIME_MS + EXPIRES_MS)
        answer = await system.insist("POST", "/v1/operations", json={"operation": expiring})
        assert answer.status_code == 202, answer.text
        operation = answer.json()["operation"]
        while now_ms() < stood_ms + SHORT_MS:
            await asyncio.sleep(5)
            # Long over by every clock, and nobody may say so: no block proves it.
            state = (await system.insist("GET", f"/v1/operations/{operation}")).json()["state"]
            assert state in {"queued", "submitted"}
        back_ms = now_ms()
        for member in AWAY:
            await asyncio.to_thread(four.revive, member)
        lost = await system.end_of(operation)
        answer = await system.insist(
            "POST", "/v1/operations", json={"operation": maker.issue(now_ms=now_ms())}
        )
        assert answer.status_code == 202, answer.text
        return lost, await system.end_of(answer.json()["operation"]), stood_ms, back_ms
