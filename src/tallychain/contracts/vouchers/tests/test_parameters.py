"""The policies and calendars that a chain may begin with, and those that a vote may leave."""

import pytest

from tallychain.contracts.vouchers.policies import (
    BOUNDS,
    SPLIT,
    SPLIT_DEFAULTS,
    TERM,
    TERM_DEFAULTS,
    figure,
    parameter_faults,
    split_policy,
    term_policy_on,
)
from tallychain.contracts.vouchers.settling.policies import SETTLEMENT, SETTLEMENT_DEFAULTS
from tallychain.contracts.vouchers.tests.desk import CALENDAR_2026, Desk
from tallychain.ledger.parameters import CALENDARS, POLICIES, CalendarYear, Policy, PolicyMissing
from tallychain.ledger.state import Committed, MemoryBacking, Overlay


def test_the_usual_policies_and_a_published_calendar_are_sound() -> None:
    assert list(parameter_faults(Desk().state)) == []
    assert set(BOUNDS[TERM]) == set(TERM_DEFAULTS)
    assert set(BOUNDS[SPLIT]) == set(SPLIT_DEFAULTS)
    assert set(BOUNDS[SETTLEMENT]) == set(SETTLEMENT_DEFAULTS)


def test_a_missing_policy_is_named() -> None:
    state = Overlay(Committed(MemoryBacking()))

    assert list(parameter_faults(state)) == [f"There is no policy {kind}." for kind in BOUNDS]


@pytest.mark.parametrize(
    ("kind", "name", "least", "most"),
    [(kind, name, *bounds) for kind, figures in BOUNDS.items() for name, bounds in figures.items()],
)
def test_a_figure_outside_of_its_bounds_is_found_in_every_version(
    kind: str, name: str, least: int, most: int
) -> None:
    for value in (least, most):
        desk = Desk()
        desk.policy(kind, 2, "2026-01-01", **{name: value})
        assert list(parameter_faults(desk.state)) == []
    for value in (least - 1, most + 1):
        desk = Desk()
        desk.policy(kind, 2, "2026-01-01", **{name: value})
        assert list(parameter_faults(desk.state)) == [
            f"The figure {name} of the policy {kind}, version 2, is not from {least} to {most}."
        ]


@pytest.mark.parametrize("value", [None, "10"])
def test_a_figure_that_is_missing_or_no_number_is_found(value: str | None) -> None:
    desk = Desk()
    values: dict[str, int | str] = {k: v for k, v in TERM_DEFAULTS.items() if k != "face_max"}
    if value is not None:
        values["face_max"] = value
    desk.state.write([POLICIES.put(Policy(TERM, 1, "2026-01-01", values, ""))])

    (fault,) = parameter_faults(desk.state)

    assert fault.startswith("The figure face_max of the policy TERM, version 1")
    with pytest.raises(PolicyMissing):
        term_policy_on(desk.state, "2026-03-16")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (CalendarYear(2026, 1, ("2026-10-03",), ()), "is not a weekday"),
        (CalendarYear(2026, 1, (), ("2026-10-02",)), "is not a Saturday or Sunday"),
        (CalendarYear(2026, 1, ("2026-02-30",), ()), "holidays"),
        (CalendarYear(2026, 1, ("2026-10-02", "2026-10-01"), ()), "are not ascending"),
        (CalendarYear(2026, 1, ("2027-10-01",), ()), "is not a day of 2026"),
        (CalendarYear(2026, 0, (), ()), "version"),
        (CalendarYear(9999, 1, (), ()), "year"),
    ],
)
def test_a_calendar_that_no_maturity_can_be_reckoned_with_is_found(row: CalendarYear, why: str) -> None:
    desk = Desk()
    desk.state.write([CALENDARS.delete(CALENDAR_2026), CALENDARS.put(row)])

    (fault,) = parameter_faults(desk.state)

    assert fault.startswith(f"The calendar of {row.year} cannot be used: ")
    assert why in fault


def test_the_first_version_holds_from_the_first_day_whatever_day_it_names() -> None:
    desk = Desk()
    desk.state.write([POLICIES.put(Policy(TERM, 1, "2026-06-01", dict(TERM_DEFAULTS), ""))])
    desk.policy(TERM, 2, "2026-09-01", term_months=3)

    found = [term_policy_on(desk.state, day).version for day in ("2026-03-16", "2026-06-01", "2026-09-01")]

    assert found == [1, 1, 2]


def test_a_policy_that_genesis_did_not_give_is_our_own_mistake() -> None:
    with pytest.raises(PolicyMissing):
        split_policy(Desk().state, 7)
    with pytest.raises(PolicyMissing):
        figure(Policy(TERM, 1, "2026-01-01", {}, ""), "term_months")
