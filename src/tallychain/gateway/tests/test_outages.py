"""On a chain that records outages a gateway judges deadlines as the ledger does."""

import asyncio
from pathlib import Path

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.concern import NOBODY, call_of
from tallychain.gateway.projected import Projected
from tallychain.gateway.tests.alliance import SEED, alliance, in_loop
from tallychain.gateway.tests.fake_engine import FakeEngine
from tallychain.ledger import identity, limits
from tallychain.ledger.genesis import chain_facts
from tallychain.ledger.timeline import Outage, Step, Timeline, has_passed, status_at
from tallychain.ledger.types import tag_author
from tallychain.testkit import back_ends
from tallychain.testkit.genesis import MEMBERS, trial_genesis
from tallychain.testkit.people import trial_member

GENESIS = trial_genesis(
    SEED,
    [trial_member(SEED, number, name, MEMBERS[name]) for number, name in enumerate(MEMBERS)],
    clock="system",
)
FACTS = chain_facts(GENESIS)
START = 1_800_000_000_000
GAP = limits.OUTAGE_GAP_MS + 1
AFTER = START + GAP
OUTAGE = Outage(START, AFTER, FACTS.outage_grace_ms)


class Hands:
    """A clock face that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def clock_at_rest() -> tuple[ChainClock, Hands]:
    hands = Hands()
    clock = ChainClock(driven=False, monotonic=hands)
    clock.facts = FACTS
    clock.saw(1, START)
    return clock, hands


def test_a_deadline_inside_an_outage_runs_on_for_the_grace() -> None:
    clock, _ = clock_at_rest()
    clock.saw(2, AFTER)
    assert clock.moment().outages == (OUTAGE,)
    assert not has_passed(START + 1, clock.moment())
    for number in range(1, FACTS.outage_grace_ms // limits.OUTAGE_GAP_MS + 1):
        clock.saw(2 + number, AFTER + number * limits.OUTAGE_GAP_MS)
    assert clock.moment().outages == (OUTAGE,)
    assert has_passed(START + 1, clock.moment())


def test_the_grace_of_a_suspension_is_judged_as_in_the_ledgers_next_block() -> None:
    clock, hands = clock_at_rest()
    standing = Timeline(identity.ACTIVE, (Step(START + 1, identity.SUSPENDED),))
    hands.now = GAP / 1000
    now = call_of(tag_author(NOBODY), "bank-a", clock).now
    assert now.outages == (OUTAGE,)
    assert status_at(standing, now) == identity.ACTIVE


def test_no_gap_is_an_outage_before_the_first_block_or_between_blocks_that_were_not_followed() -> None:
    clock, _ = clock_at_rest()
    clock.saw(3, AFTER)
    assert clock.moment().outages == ()
    early = ChainClock(driven=False, monotonic=Hands())
    early.facts = FACTS
    early.saw(0, START)
    early.saw(1, AFTER)
    assert early.moment().outages == ()


def test_a_chain_that_records_none_has_none() -> None:
    clock, hands = clock_at_rest()
    for facts in (None, msgspec.structs.replace(FACTS, outages=False)):
        clock.facts = facts
        clock.saw(clock.height + 1, clock.block_time_ms + GAP)
        hands.now += GAP / 1000
        assert clock.moment().outages == ()


def test_what_was_recorded_before_counts_once_and_in_its_order() -> None:
    clock, _ = clock_at_rest()
    clock.saw(2, AFTER)
    earlier = Outage(START - 2 * GAP, START - GAP, FACTS.outage_grace_ms)
    clock.recorded = lambda: (OUTAGE, earlier)
    assert clock.moment().outages == (earlier, OUTAGE)


class NoKeys:
    """A gateway that can open nothing."""

    def find(self, recipient: str, /) -> None:
        return None

    def public_key(self, recipient: str, /) -> None:
        return None

    def introduced(self, certificate: str, /) -> None:
        return None


@in_loop
async def test_the_read_model_knows_every_outage_from_the_first_block_on_and_after_a_restart(
    tmp_path: Path,
) -> None:
    engine = FakeEngine()
    for time_ms in (START, AFTER):
        engine.advance_to(time_ms)
    for _ in range(2):
        place = back_ends.row_tables(tmp_path / "r.sqlite")
        read_model = Projected(place, CATALOGUE, GENESIS, engine, NoKeys())
        await read_model.start()
        for _ in range(20_000):
            if (await read_model.as_of()).height == 2:
                break
            await asyncio.sleep(0.01)
        assert read_model.outages() == (OUTAGE,)
        await read_model.close()


@in_loop
async def test_a_running_gateway_asks_its_read_model_for_the_outages(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        assert bank.gateway.clock.facts == bank.gateway.facts
        assert bank.gateway.clock.recorded == bank.read_model.outages
        assert bank.gateway.clock.moment().outages == ()
