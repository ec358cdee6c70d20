"""Random schedules of a whole alliance with faults: a few in every run of the tests, some dozens where time is, hundreds by command."""

import sys
from functools import partial

import pytest

from tests.simulation.__main__ import reports
from tests.simulation.kept import KEPT
from tests.simulation.reach import Totals
from tests.simulation.schedule import run_schedule

SMOKE = (3,)
MANY = range(1, 17)


@pytest.mark.parametrize("seed", SMOKE)
def test_an_alliance_survives_a_random_schedule(seed: int) -> None:
    report = run_schedule(seed)

    assert report.faults == []
    assert report.happened.total() >= 3
    assert report.restarts >= 1
    assert report.done


def test_the_same_seed_gives_the_same_run() -> None:
    reports_ = [run_schedule(11, operations=40) for _ in range(2)]

    assert reports_[0] == reports_[1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", sorted(KEPT))
def test_a_seed_that_once_failed_stays_good(seed: int) -> None:
    assert run_schedule(seed).faults == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sixteen_schedules_reach_many_kinds_of_fault_and_most_operations() -> None:
    totals = Totals()
    for report in reports(partial(run_schedule), MANY, processes=2):
        totals.add(report)

    sys.stdout.write(f"{dict(totals.sums)}, done {totals.done_share:.0%}, {dict(totals.happened)}\n")
    sys.stdout.write(f"not reached: {totals.not_reached()}\n")
    assert totals.failed == {}
    assert len(totals.happened) >= 12
    assert totals.done_share >= 0.4
    assert totals.sums["restarts"] >= len(MANY)
