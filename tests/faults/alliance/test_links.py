"""Links between nodes that are cut, in one direction or both, slow, or lossy."""

import random
import time
from functools import partial

import pytest

from tests.faults.alliance.four import MEMBERS
from tests.faults.alliance.links import GOOD, Quality
from tests.faults.alliance.rounds import Rounds

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(900)]
CUT = Quality(closed=True)
HALT_S = 8.0
LONG_S = 400.0
"""Longer than it takes an engine to find a link dead, and the ledger to see that the chain stands still."""
HALVES = (MEMBERS[:2], MEMBERS[2:])


def test_a_partition_in_halves_stops_both_and_harms_nothing(rounds: Rounds) -> None:
    four = rounds.four
    with rounds.round("two nodes cut off from two"), four.links.between(*HALVES, CUT):
        stood = max(four.height(member) for member in MEMBERS)
        time.sleep(HALT_S)
        # What had left already may still arrive, and be decided.
        assert max(four.height(member) for member in MEMBERS) <= stood + 2, "half of them made a block"


@pytest.mark.parametrize("deaf", [True, False])
def test_one_that_only_hears_or_is_only_heard_does_not_hold_up_the_others(rounds: Rounds, deaf: bool) -> None:
    others = [member for member in MEMBERS if member != "settle-a"]
    there, back = (GOOD, CUT) if deaf else (CUT, GOOD)
    words = "hears nothing" if deaf else "is not heard"
    links = rounds.four.links
    rounds.play(f"one node that {words}", lambda: links.between(["settle-a"], others, there, back=back))


@pytest.mark.parametrize(
    ("words", "quality"),
    [
        ("every link 100 ms slower", Quality(delay_s=0.1)),
        ("every link loses 2 of 100", Quality(loss=0.02)),
        ("every link 50 ms slower and loses 1 of 100", Quality(delay_s=0.05, loss=0.01)),
    ],
)
def test_slow_and_lossy_links_make_it_slower_and_nothing_else(
    rounds: Rounds, words: str, quality: Quality
) -> None:
    links = rounds.four.links
    rounds.play(words, lambda: links.between(MEMBERS, MEMBERS, quality), gap_s=None)


def test_links_that_come_and_go(rounds: Rounds) -> None:
    four, dice = rounds.four, random.Random(11)
    with rounds.round("one link after the other cut for seconds") as load:
        for _ in range(6):
            one, other = dice.sample(MEMBERS, 2)
            with four.links.between([one], [other], CUT):
                time.sleep(dice.uniform(0.5, 3))
        load.acknowledges(2)


def test_after_a_cut_of_minutes_nobody_waits_for_the_pauses_of_the_engine(rounds: Rounds) -> None:
    four, engines = rounds.four, [f"{member}-engine" for member in MEMBERS]
    words = "two nodes cut off from two until their engines begin again"
    with rounds.round(words) as load, load.held():
        rounds.seen.verify(four, load)
        with four.links.between(*HALVES, CUT):
            for member, name in zip(MEMBERS, engines, strict=True):
                four.until(partial(four.has_ended, name), f"{name} is not let go", LONG_S)
                assert "too few validators are connected" in four.log(f"{member}-ledger")
            # As the supervisor of each node does.
            four.start(*engines)
        rounds.went_on_s = four.goes_on(*MEMBERS, blocks=1)
