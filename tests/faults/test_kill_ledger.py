"""The ledger process is killed at random moments under load."""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.kill_ledger import LedgerProcess, kill_under_load, verify_afterwards

SEED = 20_261_124


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_done_twice_when_the_ledger_is_killed_under_load(
    tmp_path: Path, fault_rounds: Callable[[int], int]
) -> None:
    dice = random.Random(SEED)
    pauses_s = [dice.uniform(0.05, 0.8) for _ in range(fault_rounds(15))]
    process = LedgerProcess(tmp_path / "ledger")

    async def kill_and_restart() -> None:
        assert await process.end(signal.SIGKILL) == -signal.SIGKILL
        await process.start()

    async def story() -> None:
        await process.start()
        told = await kill_under_load(process, pauses_s, kill_and_restart)
        assert await process.end() == 0
        assert len(told.operations) > 5 * len(pauses_s)
        height = verify_afterwards(process, told, tmp_path / "replay")
        assert height > len(pauses_s)

    asyncio.run(story())
