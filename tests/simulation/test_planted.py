"""Every planted bug is found: the checkers see what they are there for."""

import sys

import pytest

from tallychain.ledger.journals import PendingReplay
from tests.simulation.planted import BUGS, Bug, hunted

SEEDS = 25


def test_there_are_many_planted_bugs_and_each_has_a_name_of_its_own() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 20


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    found = hunted(bug, dict.fromkeys((bug.seed, *range(1, SEEDS))))

    assert found is not None, f"{bug.name} stayed hidden"
    sys.stdout.write(f"{bug.name} ({bug.says}) is found by seed {found[0]}: {found[1]}\n")


def test_a_bug_is_there_for_its_schedule_only() -> None:
    bug = next(bug for bug in BUGS if bug.name == "nonce_forgotten")
    before = PendingReplay.first

    with bug.plant():
        assert PendingReplay.first is not before  # planted

    assert PendingReplay.first is before
