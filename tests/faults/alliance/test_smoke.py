"""The faults that everybody meets: a killed ledger, a killed engine, a dead node, a node that nobody reaches."""

import pytest

from tests.faults.alliance.four import MEMBERS
from tests.faults.alliance.links import Quality
from tests.faults.alliance.rounds import Rounds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
CUT = Quality(closed=True)


@pytest.mark.parametrize("killed", ["ledger", "engine"])
def test_a_killed_program_of_one_node_costs_nothing(rounds: Rounds, killed: str) -> None:
    with rounds.round(f"kill -9 of the {killed} of one node", gap_s=5.0) as load:
        rounds.four.kill(f"bank-a-{killed}")
        load.acknowledges(2)
        rounds.revives("bank-a")


def test_with_one_of_four_dead_the_others_go_on(rounds: Rounds) -> None:
    rounds.play("one node dead", lambda: rounds.four.dead("settle-a"))


def test_with_one_of_four_cut_off_the_others_go_on(rounds: Rounds) -> None:
    others = [member for member in MEMBERS if member != "bank-b"]
    links = rounds.four.links
    rounds.play("one node cut off", lambda: links.between(["bank-b"], others, CUT))
