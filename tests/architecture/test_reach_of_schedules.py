"""What the simulator's schedules reach: every refusal and event has occurred in the run on record, or a reason says why it does not."""

from tests.simulation.evidence import REACHED, encoded, read
from tests.simulation.reach import declared_codes, declared_events
from tests.simulation.unreached import (
    EVENTS,
    REFUSALS,
    SELDOM_EVENTS,
    SELDOM_REFUSALS,
    WHY_EVENTS,
    WHY_REFUSALS,
)

HINT = "let schedules reach it and run `python -m tests.simulation`, or write a reason into tests/simulation/unreached.py"


def unexplained(declared: set[str], reached: set[str], reasons: set[str]) -> list[str]:
    """What neither occurred nor has a reason."""
    return sorted(declared - reached - reasons)


def test_every_refusal_has_occurred_in_schedules_or_has_a_reason() -> None:
    assert unexplained(declared_codes(), set(read(REACHED).refusals), {*REFUSALS, *SELDOM_REFUSALS}) == [], (
        HINT
    )


def test_every_event_has_occurred_in_schedules_or_has_a_reason() -> None:
    assert unexplained(declared_events(), set(read(REACHED).events), {*EVENTS, *SELDOM_EVENTS}) == [], HINT


def test_nothing_that_occurred_is_excused_and_nothing_is_excused_that_does_not_exist() -> None:
    piece = read(REACHED)

    assert set(REFUSALS) & set(piece.refusals) == set()
    assert set(EVENTS) & set(piece.events) == set()
    assert {*REFUSALS, *SELDOM_REFUSALS} <= declared_codes()
    assert {*EVENTS, *SELDOM_EVENTS} <= declared_events()
    assert not SELDOM_REFUSALS & set(REFUSALS)
    assert not SELDOM_EVENTS & set(EVENTS)


def test_each_is_excused_once_and_the_reason_is_a_sentence() -> None:
    for why, excused in ((WHY_REFUSALS, REFUSALS), (WHY_EVENTS, EVENTS)):
        assert sum(len(names) for names in why.values()) == len(excused)
        assert all(len(reason.split()) >= 6 and reason.endswith(".") for reason in why)


def test_the_run_on_record_is_clean_and_each_of_its_schedules_was_hard_enough() -> None:
    piece = read(REACHED)

    assert piece.failed == {}
    assert piece.sums["schedules"] == piece.seeds[1] - piece.seeds[0] + 1
    assert piece.least["operations"] >= 200
    assert piece.least["faults"] >= 3
    assert piece.least["restarts"] >= 1


def test_a_new_refusal_without_an_entry_is_found() -> None:
    assert unexplained({"OLD", "BRAND_NEW"}, {"OLD"}, set()) == ["BRAND_NEW"]


def test_the_record_is_written_as_it_is_read() -> None:
    assert REACHED.read_bytes() == encoded(read(REACHED))
