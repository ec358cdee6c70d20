"""Two faults at the same time on two nodes, drawn by a seed; four validators stand one of them, so the chain may stop, and must go on."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tests.faults.alliance.four import GATEWAYS, MEMBERS, Four
from tests.faults.alliance.links import Quality
from tests.faults.alliance.rounds import Rounds

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(600)]
LONGEST_S = 6.0


@contextmanager
def killed(four: Four, member: str, what: str) -> Iterator[None]:
    """Killed at its beginning, begun again at its end."""
    four.kill(f"{member}-{what}")
    try:
        yield
    finally:
        four.revive(member)


@contextmanager
def without_gateway(four: Four, member: str) -> Iterator[None]:
    """No gateway at a member, or at the first where it has none."""
    gateway = member if member in GATEWAYS else GATEWAYS[0]
    four.kill(gateway)
    try:
        yield
    finally:
        four.start(gateway)


def others(member: str) -> list[str]:
    return [other for other in MEMBERS if other != member]


KINDS: dict[str, Callable[[Four, str], AbstractContextManager[None]]] = {
    "a ledger killed": lambda four, member: killed(four, member, "ledger"),
    "an engine killed": lambda four, member: killed(four, member, "engine"),
    "a node dead": lambda four, member: four.dead(member),
    "a ledger paused": lambda four, member: four.paused(f"{member}-ledger"),
    "an engine paused": lambda four, member: four.paused(f"{member}-engine"),
    "a gateway killed": without_gateway,
    "a node cut off": lambda four, member: four.links.between([member], others(member), Quality(closed=True)),
    "a node slow and lossy": lambda four, member: four.links.between(
        [member], others(member), Quality(delay_s=0.1, loss=0.02)
    ),
}


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6])
def test_two_faults_at_once_harm_nothing_and_it_goes_on(rounds: Rounds, seed: int) -> None:
    dice = random.Random(seed)
    kinds, members = dice.sample(sorted(KINDS), 2), dice.sample(MEMBERS, 2)
    with rounds.round("at once: " + " and ".join(sorted(kinds))) as load, ExitStack() as faults:
        for kind, member in zip(kinds, members, strict=True):
            faults.enter_context(KINDS[kind](rounds.four, member))
            time.sleep(dice.uniform(0, 1))
        time.sleep(dice.uniform(1, LONGEST_S))
        faults.close()
        load.acknowledges(2)
