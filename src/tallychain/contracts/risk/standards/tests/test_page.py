"""The README says what the code does, and the bytes of an operation stay what they were."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tallychain.contracts.risk.standards import matching, refusals
from tallychain.contracts.risk.standards.declared import OPERATIONS
from tallychain.contracts.risk.standards.events import EVENTS
from tallychain.contracts.risk.standards.tests.desk import Standards
from tallychain.contracts.risk.standards.views import VIEWS
from tallychain.contracts.risk.tests.desk import at
from tallychain.contracts.risk.tests.test_views import Following
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.refusals import Refused
from tallychain.ledger.tests.declarations import (
    check_bytes,
    check_named,
    check_precedence,
    check_words,
    invariants_of,
    refusals_of,
    written_in,
)

FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors" / "args.json"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


class Followed(Standards, Following):
    """A desk of standards whose events are projected as they come."""


def _at(desk: Standards, day: str) -> None:
    desk.now_ms = max(desk.now_ms, at(day, 0))


def _end(desk: Standards, name: str) -> object:
    return desk.end(name)


ACTS: dict[str, Callable[[Standards, str], object]] = {
    "standard.end": _end,
    "a version that begins today": lambda desk, _: desk.publish(),
    "a version that begins as early": lambda desk, _: desk.publish(valid_from="2026-03-18"),
    "time, first day": lambda desk, _: _at(desk, "2026-03-18"),
    "time, end of last day": lambda desk, _: _at(desk, "2026-03-20"),
}
FIRST = {"PLANNED": "2026-03-18", "IN_FORCE": "2026-03-16"}


def drawn() -> Iterator[str]:
    for day in ("2026-03-16", "2026-03-18"):
        desk = Standards()
        yield f"(nothing) --standard.publish--> {desk.status(desk.publish(valid_from=day))}"
    for status, day in FIRST.items():
        for act, done in ACTS.items():
            desk = Standards()
            name = desk.publish(valid_from=day, valid_until="2026-03-19")
            assert desk.status(name) == status
            done(desk, name)
            if desk.status(name) != status:
                yield f"{status} --{act}--> {desk.status(name)}"


def test_the_diagram_of_the_page_is_what_the_rules_do() -> None:
    assert "```standard\n" + "\n".join(drawn()) + "\n```" in PAGE


def test_nothing_is_done_with_a_standard_that_has_ended() -> None:
    desk = Standards()
    name = desk.publish()
    desk.end(name)

    with pytest.raises(Refused):
        desk.end(name)


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    check_precedence(PAGE, {kind.name: kind.refusals for kind in OPERATIONS})


def test_every_refusal_is_one_of_an_operation() -> None:
    assert written_in(refusals) == refusals_of(OPERATIONS)


def test_the_page_names_every_event_view_invariant_and_miss() -> None:
    check_named(PAGE, EVENTS, VIEWS)
    for number in invariants_of(FOLDER / "invariants.py"):
        assert re.search(rf"\| {number}\b", PAGE)
    for code in matching.MISSES:
        assert f"`{code}`" in PAGE


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)


def test_what_is_ended_is_the_object_that_a_quarantine_would_close() -> None:
    _, end = OPERATIONS

    assert end.primary is not None
    assert end.primary(end.example) == end.example.standard


def test_rows_follow_standards_from_their_publication_to_their_end() -> None:
    desk = Followed()
    first = desk.publish(valid_from="2026-03-17")
    second = desk.publish(valid_from="2026-03-18", valid_until="2026-03-18")

    row = desk.rows["standards", (second,)]
    assert (row["funder"], row["number"], row["recourse"], row["advance"]) == (
        "bank-a",
        2,
        "WITHOUT",
        900_000,
    )
    assert _status(desk, first) == "PLANNED"
    for day, expected in {
        "2026-03-17": ("IN_FORCE", "PLANNED"),
        "2026-03-18": ("ENDED", "IN_FORCE"),
        "2026-03-19": ("ENDED", "ENDED"),
    }.items():
        desk.now_ms = at(day, 0)
        for _ in range(2):  # time alone, and then as it was written down
            assert (_status(desk, first), _status(desk, second)) == expected
            desk.write_due()
    assert desk.is_complete()


def _status(desk: Followed, name: str) -> str:
    from tallychain.ledger.timeline import Timeline, status_at

    timeline = desk.rows["standards", (name,)]["status"]
    assert isinstance(timeline, Timeline)
    return status_at(timeline, desk.now)
