"""Programs that end or stand still at any moment, one or several, and nodes that are away."""

import random
import signal
import time

import pytest

from tests.faults.alliance.four import GATEWAYS, MEMBERS
from tests.faults.alliance.rounds import BACK_S, GAP_S, Rounds
from tests.running import slowness

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(900)]
PAUSE_S = 8.0
"""Longer than any of the engine's time-outs."""
HALT_S = 8.0
WORDS = {"ledger": "the ledger", "engine": "the engine", "both": "ledger and engine"}


@pytest.mark.parametrize("kind", ["ledger", "engine", "both"])
def test_programs_of_any_node_are_killed_again_and_again(rounds: Rounds, kind: str) -> None:
    four, dice = rounds.four, random.Random(kind)
    what = ["ledger", "engine"] if kind == "both" else [kind]
    with rounds.round(f"kill -9 of {WORDS[kind]} of a node, three times", gap_s=GAP_S) as load:
        for _ in range(3):
            member = dice.choice(MEMBERS)
            four.kill(*(f"{member}-{one}" for one in what))
            time.sleep(dice.uniform(0, 2))
            rounds.revives(member)
            load.acknowledges(2)


def test_a_gateway_is_killed_between_request_and_receipt(rounds: Rounds) -> None:
    four, dice = rounds.four, random.Random(3)
    with rounds.round("kill -9 of a gateway, three times") as load:
        for number in range(3):
            member = GATEWAYS[number % len(GATEWAYS)]
            time.sleep(dice.uniform(0, 1))
            four.kill(member)
            four.start(member)
            load.acknowledges(2)


@pytest.mark.parametrize("kind", ["ledger", "engine", "both"])
def test_programs_stand_still_for_longer_than_all_time_outs(rounds: Rounds, kind: str) -> None:
    four = rounds.four
    names = ["settle-a-ledger", "settle-a-engine"] if kind == "both" else [f"settle-a-{kind}"]
    with rounds.round(f"{WORDS[kind]} of a node paused for {PAUSE_S:.0f} s", gap_s=GAP_S) as load:
        with four.paused(*names):
            time.sleep(PAUSE_S)
            load.acknowledges(2)
        load.acknowledges(2)


def test_an_orderly_restart_of_one_node_after_the_other(rounds: Rounds) -> None:
    four = rounds.four
    with rounds.round("every node restarted in turn", gap_s=GAP_S) as load:
        for member in MEMBERS:
            four.send(signal.SIGTERM, f"{member}-engine", f"{member}-ledger")
            for what in ("engine", "ledger"):
                assert four.processes.pop(f"{member}-{what}").wait(60) == 0
            rounds.revives(member)
            load.acknowledges(1)


def test_with_two_of_four_dead_it_stops_without_harm_and_goes_on_when_one_returns(rounds: Rounds) -> None:
    four = rounds.four
    with rounds.round("two nodes dead, then one returns, then the other"), four.dead("ce-a"):
        with four.dead("settle-a"):
            stood = max(four.height(member) for member in GATEWAYS)
            time.sleep(HALT_S)
            # What was on its way may still be decided.
            assert max(four.height(member) for member in GATEWAYS) <= stood + 1, "two of four made a block"
        rounds.went_on_s = four.goes_on("bank-a", "bank-b", "settle-a", blocks=1)
        assert rounds.went_on_s <= BACK_S * slowness()


def test_after_the_load_at_most_two_blocks_follow_at_once(rounds: Rounds) -> None:
    with rounds.round("nothing at all"):
        pass
    carried = rounds.seen.last_carrying()
    # The engine makes one every five seconds then; of what came at once nothing is hidden behind these.
    rounds.four.reaches("bank-a", carried + 5)
    rounds.seen.take_more(rounds.four)
    assert rounds.seen.last_carrying() == carried
    assert rounds.seen.at_once_after(carried) <= 2
