"""
Two hours in which two of four are away, over the cut-off of a payment and over the end of an operation.

Nobody waits for two hours: all votes, ledgers and gateways of this alliance read one clock, which the test puts forward while the two are away.  Engines and
processes are the real ones, and what they see is what they would see after two hours: a block whose time lies so far after that of the one before it.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.network.genesis import START_MS
from tests.faults.alliance.four import MEMBERS, PATIENCE_S, SEED, Four, make_four
from tests.faults.alliance.halting import (
    AUTHOR,
    AWAY,
    dated,
    newest_ms,
    outages,
    processes_of,
    signer,
    until_it_stands,
)
from tests.faults.alliance.rounds import Rounds, now_ms
from tests.faults.alliance.signers import Clock, Signers
from tests.faults.alliance.table import Table
from tests.faults.load import FACE, LIFETIME_MS, Maker, backing_for
from tests.running import PASSPHRASE, Caller, Processes, calling

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(900)]
BANK = "settle-a"
DAY = parse_date("2026-09-14")
"""On which the vouchers are to be paid …"""
CUTOFF_MS = instant_ms(DAY, 17)
"""… by then."""
HALTED_MS = instant_ms(DAY, 16)
HALT_MS = 2 * 3_600_000
LATER_MS = CUTOFF_MS + 600_000
"""After the cut-off as it was, and before it as the halt has moved it."""
EXPIRES_MS = 60_000
STEP_MS = 20_000
"""Far less than the minute from which on a gap between two blocks counts as an outage."""

Json = dict[str, Any]


@dataclass(slots=True)
class Moved:
    """An alliance, and the clock that all of it reads."""

    four: Four
    clock: Clock
    processes: Processes

    def time_ms(self) -> int:
        """By that clock."""
        return now_ms() + self.clock.ahead_ms

    def put(self, time_ms: int) -> None:
        """Let it be this time."""
        self.clock.set(time_ms - now_ms())

    async def known(self, time_ms: int) -> None:
        """Wait until every gateway has a block of this time or later."""
        deadline = time.monotonic() + PATIENCE_S
        for member in MEMBERS:
            async with calling(self.processes, member, "maker") as (maker,):
                while await newest_ms(maker) < time_ms:
                    assert time.monotonic() < deadline, "no block has this time"
                    await asyncio.sleep(0.2)

    async def goes_by(self, until_ms: int) -> None:
        """Let time pass with blocks in it, so that nothing of it is an outage."""
        while self.time_ms() < until_ms:
            at_ms = min(self.time_ms() + STEP_MS, until_ms)
            self.put(at_ms)
            await self.known(at_ms)


@pytest.fixture
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """Four nodes and their gateways, in the spring of the calendar's year."""
    four, signers = make_four(tmp_path_factory.mktemp("m") / "n"), Signers()
    clock = Clock(four.layout.root / "clock")
    processes = processes_of(four)
    # Where helpers look for the ledger.
    processes.layout.ledger.mkdir()
    processes.layout.socket.symlink_to(four.layout.node_socket(AUTHOR))
    try:
        dated(four, START_MS)
        clock.set(START_MS - now_ms())
        signers.start(four.layout, *MEMBERS, common=clock)
        four.clocked(*(f"{member}-ledger" for member in MEMBERS), *MEMBERS, file=clock.file)
        four.begin(*MEMBERS)
        yield Moved(four, clock, processes)
    finally:
        four.end()
        signers.stop()


async def promised(moved: Moved) -> tuple[str, str]:
    """Two vouchers over the same amount that are due on the day, accepted by their holder."""
    await moved.known(START_MS + 1)
    async with calling(moved.processes, "bank-a", "s1") as (holder,):
        stocked = await holder.insist("POST", "/v1/cards", json={"unlock": {"passphrase": PASSPHRASE}})
        assert stocked.status_code == 200, stocked.text
    payables = await backing_for(moved.processes, "HT", 1)
    maker = Maker(moved.processes, random.Random(SEED + 1), payables)
    async with (
        calling(moved.processes, AUTHOR, "system") as (system,),
        calling(moved.processes, "bank-a", "s1") as (holder,),
    ):
        numbers = [await accepted(system, holder, maker.issue(now_ms=moved.time_ms())) for _ in range(2)]
    return numbers[0], numbers[1]


async def accepted(system: Caller, holder: Caller, issue: str) -> str:
    """The number of a voucher that was issued and accepted."""
    answer = await system.insist("POST", "/v1/operations", json={"operation": issue})
    end = await system.end_of(answer.json()["operation"])
    assert end["state"] == "done", end
    event = end["receipt"]["events"][0]
    voucher = str(event["voucher"])
    consent = {"voucher": voucher, "consent": event["promise"]}
    await holder.done("voucher.accept", consent, key=f"accept-{voucher}")
    return voucher


async def until_due(moved: Moved) -> None:
    """Let the day come on which the vouchers are due.  Months go by as one outage; the day begins in none, and so not later than it does."""
    begins_ms = instant_ms(DAY)
    moved.put(begins_ms - STEP_MS)
    await moved.known(begins_ms - STEP_MS)
    await moved.goes_by(begins_ms + STEP_MS)
    moved.put(HALTED_MS)
    await moved.known(HALTED_MS)


async def over_the_cutoff(moved: Moved, vouchers: tuple[str, str]) -> Json:
    """What became of an operation that expired while two of four were away for two hours, in which the vouchers were to be paid."""
    four, maker = moved.four, signer(moved.four)
    async with calling(moved.processes, AUTHOR, "system", "maker") as (system, reader):
        for member in AWAY:
            four.kill_node(member)
        await asyncio.to_thread(until_it_stands, four)
        expiring = maker.issue(now_ms=moved.time_ms() - LIFETIME_MS + EXPIRES_MS)
        answer = await system.insist("POST", "/v1/operations", json={"operation": expiring})
        assert answer.status_code == 202, answer.text
        operation = str(answer.json()["operation"])
        moved.put(HALTED_MS + HALT_MS)
        # By every clock the cut-off is over, and so is the operation's time; without a block nobody may say so.
        state = (await system.insist("GET", f"/v1/operations/{operation}")).json()["state"]
        assert state in {"queued", "submitted"}
        for voucher in vouchers:
            assert await status_of(reader, voucher) == "DUE"
        for member in AWAY:
            await asyncio.to_thread(four.revive, member)
        await moved.known(HALTED_MS + HALT_MS)
        return await system.end_of(operation)


async def status_of(reader: Caller, voucher: str) -> str:
    """A voucher's status, as the author's gateway has it."""
    return str((await reader.insist("GET", f"/v1/vouchers/{voucher}")).json()["status"])


async def paid(moved: Moved, voucher: str) -> Json:
    """The settlement bank attests all of the money, booked after the cut-off as it was."""
    args = {
        "voucher": voucher,
        "amount": FACE,
        "received_ms": LATER_MS,
        "reference": "20260914-000001",
        "document": "cd" * 32,
    }
    async with calling(moved.processes, BANK, "maker", "checker") as (maker, checker):
        return await maker.together(checker, "settlement.attest", args, key=f"attest-{voucher}")


def test_a_cutoff_inside_a_halt_moves_to_its_end_and_what_expired_in_it_is_never_done(
    moved: Moved, results: Table
) -> None:
    four, rounds = moved.four, Rounds(moved.four, results, now_ms=moved.time_ms)
    vouchers = asyncio.run(promised(moved))
    asyncio.run(until_due(moved))
    with rounds.round("two nodes away for two hours by every clock, over a cut-off") as load, load.held():
        rounds.seen.verify(four, load)
        lost = asyncio.run(over_the_cutoff(moved, vouchers))
        assert (lost["state"], lost["receipt"]) == ("expired", None)
        halt = asyncio.run(outages(four))[-1].outage
        assert halt.since_ms < CUTOFF_MS < halt.until_ms
        asyncio.run(until_unpaid(moved, vouchers, halt.until_ms + halt.grace_ms))
    assert rounds.seen.receipts[lost["operation"]] == 0


async def until_unpaid(moved: Moved, vouchers: tuple[str, str], moved_ms: int) -> None:
    """Neither voucher is dishonoured before its moved cut-off; the one that was paid by then never is."""
    async with calling(moved.processes, AUTHOR, "maker") as (reader,):
        for voucher in vouchers:
            assert await status_of(reader, voucher) == "DUE"
        await paid(moved, vouchers[0])
        # Another halt, which ends before the cut-off as it is now, does not move it again.
        moved.put(moved_ms - STEP_MS)
        await moved.known(moved_ms - STEP_MS)
        assert await status_of(reader, vouchers[1]) == "DUE"
        await moved.goes_by(moved_ms + STEP_MS)
        ends = [await status_of(reader, voucher) for voucher in vouchers]
        assert ends == ["SETTLED", "UNPAID_PENDING"]
