"""Random schedules of a whole alliance with faults: a few in every run of the tests, some hundred where time is."""

import pytest

from tests.simulation.kept import KEPT
from tests.simulation.schedule import run_schedule

SMOKE = (1, 3)


@pytest.mark.parametrize("seed", SMOKE)
def test_an_alliance_survives_a_random_schedule(seed: int) -> None:
    report = run_schedule(seed)

    assert report.faults == []
    assert report.happened.total() >= 3
    assert report.restarts >= 1
    assert report.codes["DONE"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", sorted(KEPT))
def test_a_seed_that_once_failed_stays_good(seed: int) -> None:
    assert run_schedule(seed).faults == []


def test_the_same_seed_gives_the_same_run() -> None:
    reports = [run_schedule(11, operations=40) for _ in range(2)]

    assert reports[0] == reports[1]
