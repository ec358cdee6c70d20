"""One of four whose application lies: the others agree without it, and nothing that it says is believed."""

import pytest

from tests.faults.alliance.four import MEMBERS, Four
from tests.faults.alliance.liar import TOLD
from tests.faults.alliance.rounds import GAP_S, Rounds

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(600)]
WORDS = {
    "garbage": "one node that proposes garbage",
    "flood": "one node that proposes a flood of garbage",
    "strip": "one node that changes the signatures of what it proposes",
}
LIAR = "settle-a"
HONEST = tuple(member for member in MEMBERS if member != LIAR)


def told(four: Four, lie: str) -> int:
    """How often a lie was told so far."""
    return four.log(f"{LIAR}-ledger").count(f"{TOLD}{lie} at")


@pytest.mark.parametrize("lie", sorted(WORDS))
def test_with_one_of_four_lying_the_others_go_on(rounds: Rounds, lie: str) -> None:
    four = rounds.four
    before = told(four, lie)
    with rounds.round(WORDS[lie], gap_s=GAP_S) as load, four.lying(LIAR, lie):
        four.until(lambda: told(four, lie) > before + 1, f"{lie} was never told", 240)
        four.goes_on(*HONEST)
        load.acknowledges(4)


def test_one_with_a_wrong_root_stops_alone_and_comes_back_with_what_the_others_have(rounds: Rounds) -> None:
    four, engine = rounds.four, f"{LIAR}-engine"
    before, said = told(four, "root"), len(four.log(engine))
    with (
        rounds.round("one node whose application returns a wrong root", gap_s=GAP_S) as load,
        four.lying(LIAR, "root"),
    ):
        four.until(lambda: told(four, "root") > before, "it was never told", 240)
        four.until(lambda: "AppHash" in four.log(engine)[said:], "its engine finds nothing wrong")
        four.goes_on(*HONEST)
        load.acknowledges(4)
        load.put_back.add(LIAR)
        # What its engine has written down is the lie; its keys and what it signed last are its own.
        four.forget(LIAR)
