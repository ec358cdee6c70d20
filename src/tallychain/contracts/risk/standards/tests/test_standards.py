"""Standards are published, replaced and ended; what cannot be is refused and changes nothing."""

from typing import Any

import pytest
from msgspec.structs import replace

from tallychain.contracts.risk.standards import refusals
from tallychain.contracts.risk.standards.invariants import full
from tallychain.contracts.risk.standards.operations import Priced
from tallychain.contracts.risk.standards.state import PUBLISHED, STANDARDS, Published
from tallychain.contracts.risk.standards.tests.desk import GRID, Standards
from tallychain.contracts.risk.tests.desk import at
from tallychain.ledger.refusals import Refused
from tallychain.ledger.timeline import Step


@pytest.mark.deadline("standard: PLANNED -> IN_FORCE", "standard: IN_FORCE -> ENDED")
def test_a_standard_holds_from_its_first_day_to_the_end_of_its_last() -> None:
    desk = Standards()
    now = desk.publish(name="NOW", valid_until="2026-03-17")
    later = desk.publish(name="LATER", valid_from="2026-03-18", valid_until="2026-03-18")

    assert (desk.status(now), desk.status(later)) == ("IN_FORCE", "PLANNED")
    desk.now_ms = at("2026-03-18", 0)
    assert (desk.status(now), desk.status(later)) == ("ENDED", "IN_FORCE")
    desk.write_due()
    assert desk.standard(now) is None
    assert desk.status(later) == "IN_FORCE"
    desk.now_ms = at("2026-03-19", 0)
    desk.write_due()
    assert desk.standard(later) is None


@pytest.mark.deadline("standard: PLANNED -> ENDED")
def test_a_planned_standard_of_which_nobody_wrote_the_beginning_down_has_ended_after_its_last_day() -> None:
    desk = Standards()
    name = desk.publish(valid_from="2026-03-18", valid_until="2026-03-18")
    desk.now_ms = at("2026-03-19", 0)

    assert desk.status(name) == "ENDED"
    desk.write_due()
    desk.write_due()
    assert desk.standard(name) is None


def test_a_version_that_begins_today_replaces_at_once_and_a_later_one_when_it_begins() -> None:
    desk = Standards()
    first = desk.publish()
    other = desk.publish(name="OTHER")
    second = desk.publish()
    third = desk.publish(valid_from="2026-04-01")

    assert [desk.status(name) for name in (first, other, second, third)] == [
        "ENDED", "IN_FORCE", "IN_FORCE", "PLANNED"
    ]  # fmt: skip
    desk.now_ms = at("2026-04-01", 0)
    assert [desk.status(name) for name in (other, second, third)] == ["IN_FORCE", "ENDED", "IN_FORCE"]
    desk.write_due()
    assert desk.standard(second) is None
    found = desk.standard(third)
    assert found is not None
    assert found.number == 4


def test_an_earlier_planned_version_gives_way_to_one_that_begins_as_early() -> None:
    desk = Standards()
    planned = desk.publish(valid_from="2026-04-01", valid_until="2026-04-02")
    kept = desk.publish(name="OTHER", valid_from="2026-04-01", valid_until="2026-04-02")
    desk.publish(valid_from="2026-04-01")
    desk.publish(name="OTHER", valid_from="2026-05-01")

    assert desk.standard(planned) is None
    row = desk.standard(kept)
    assert row is not None
    assert row.timeline.steps == (Step(at("2026-04-01", 0), "IN_FORCE"), Step(at("2026-04-03", 0), "ENDED"))


def test_a_funder_ends_its_own_standard_and_nobody_elses() -> None:
    desk = Standards()
    name = desk.publish()

    with pytest.raises(refusals.StandardNotFound):
        desk.end(name, by="bank-b")
    desk.end(name)
    with pytest.raises(refusals.StandardNotFound):
        desk.end(name)
    short = desk.publish(valid_until="2026-03-16")
    desk.now_ms = at("2026-03-17", 0)
    with pytest.raises(refusals.StandardNotFound):
        desk.end(short)


def test_a_funder_has_ten_standards_and_a_new_version_is_none_more() -> None:
    desk = Standards()
    for number in range(10):
        desk.publish(name=f"PRODUCT-{number}")

    with pytest.raises(refusals.TooManyStandards):
        desk.publish(name="ONE-MORE")
    desk.publish(name="PRODUCT-3")
    with pytest.raises(refusals.TooManyStandards):
        desk.publish(name="PRODUCT-3", valid_from="2026-04-01")
    desk.publish(name="ONE-MORE", by="bank-b")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"issuers": ("ce-b", "ce-a")}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"excluded": ("ce-b", "ce-b")}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"categories": ("2", "1")}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"forms": ("PLEDGE", "FACTORING")}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"scales": ("OVER_5BN", "UNDER_50M")}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"papers": ("INVOICE", "CONTRACT")}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"fields": ("B", "A")}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"grid": (Priced("B", 1, 180, 1), Priced("A", 1, 180, 1))}, "STANDARD_LIST_NOT_IN_ORDER"),
        ({"excluded": ("ce-a",)}, "ISSUER_BOTH_WAYS"),
        ({"days_min": 181}, "STANDARD_BOUNDS_NOT_POSSIBLE"),
        ({"face_min": 1_000_000_001}, "STANDARD_BOUNDS_NOT_POSSIBLE"),
        ({"grid": (Priced("A", 2, 180, 1),)}, "GRID_HAS_GAP"),
        ({"grid": (Priced("A", 1, 90, 1), Priced("A", 92, 180, 1))}, "GRID_HAS_GAP"),
        ({"grid": (Priced("A", 1, 90, 1), Priced("A", 90, 180, 1))}, "GRID_HAS_GAP"),
        ({"grid": (Priced("A", 1, 179, 1),)}, "GRID_HAS_GAP"),
        ({"grid": (Priced("A", 1, 181, 1),)}, "GRID_HAS_GAP"),
        ({"grid": (*GRID, Priced("NONE", 1, 90, 1))}, "GRID_HAS_GAP"),
        ({"grid": (Priced("A", 1, 180, 1), Priced("A", 181, 180, 1))}, "GRID_HAS_GAP"),
        ({"valid_from": "2026-03-15"}, "STANDARD_DAYS_NOT_POSSIBLE"),
        ({"valid_until": "2026-03-15"}, "STANDARD_DAYS_NOT_POSSIBLE"),
        ({"valid_until": "2028-03-17"}, "STANDARD_DAYS_NOT_POSSIBLE"),
        ({"valid_until": "2026-02-30"}, "STANDARD_DAYS_NOT_POSSIBLE"),
    ],
)
def test_a_standard_that_cannot_be_is_refused_and_changes_nothing(changed: dict[str, Any], code: str) -> None:
    desk = Standards()
    before = desk.content()

    with pytest.raises(Refused) as refused:
        desk.publish(**changed)

    assert refused.value.code == code
    assert desk.content() == before
    assert refused.value.sentence("zh") != refused.value.sentence()


def test_a_gap_says_at_which_day_the_next_price_is_due() -> None:
    with pytest.raises(refusals.GridHasGap) as refused:
        Standards().publish(grid=(Priced("A", 1, 90, 1), Priced("A", 92, 180, 1)))

    assert refused.value.sentence() == (
        "For grade A, the next price should begin at 91 days and begins at 92; prices tile the days from 1 to 180."
    )


def test_planted_faults_of_the_state_are_found() -> None:
    desk = Standards()
    name = desk.publish()
    row = desk.standard(name)
    assert row is not None
    broken = replace(row, standard="aa" * 32, terms=replace(row.terms, days_max=181))
    desk.state.write([STANDARDS.put(broken)])

    assert {number for number, _ in full(desk.state)} == {230, 232}
    desk.state.write([STANDARDS.delete(broken), PUBLISHED.delete(Published("bank-a", 1))])
    assert [number for number, _ in full(desk.state)] == [231]
    desk.state.write([PUBLISHED.put(Published("bank-a", 1)), STANDARDS.put(replace(row, number=2))])
    assert [number for number, _ in full(desk.state)] == [231]
