"""The README says what the code does, and the bytes of an operation stay what they were."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tallychain.contracts.admission import CONTRACT, api, refusals
from tallychain.contracts.admission.declared import OPERATIONS
from tallychain.contracts.admission.events import IntroductionEnded
from tallychain.contracts.admission.policies import USUAL
from tallychain.contracts.admission.tests.desk import Desk
from tallychain.contracts.members import api as members
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.identity import EXITED, REVOKED, SUSPENDED
from tallychain.ledger.refusals import Refused
from tallychain.ledger.tests.declarations import (
    check_bytes,
    check_named,
    check_precedence,
    check_words,
    invariants_of,
    written_in,
)

FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors" / "args.json"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


def _end(desk: Desk) -> str:
    """As what the introduction ended, as an event says; empty where it stands."""
    ended = [event for event in desk.events if isinstance(event, IntroductionEnded)]
    return ended[-1].status if ended else ""


INTRODUCTION: dict[str, Callable[[Desk], object]] = {
    "admission.introduce": lambda desk: desk.introduce(),
    "admission.review": lambda desk: desk.review(member="ce-b"),
    "admission.withdraw": lambda desk: desk.withdraw(member="ce-b"),
    "the admission acts": lambda desk: desk.admit(),
    "time, 30 days": lambda desk: desk.until("2026-04-15", 9),
}


def introductions() -> Iterator[str]:
    desk = Desk()
    desk.introduce()
    yield f"(nothing) --admission.introduce--> {desk.introduction()}"
    for act, done in INTRODUCTION.items():
        desk = Desk()
        desk.introduce()
        try:
            done(desk)
        except Refused:
            continue
        yield f"OPEN --{act}--> {_end(desk)}"


def _gone(desk: Desk) -> None:
    """Each way in which a vote takes a bank away does the same."""
    for status in (SUSPENDED, REVOKED, EXITED):
        other = Desk()
        other.review()
        other.vote("bank-a", status)
        assert other.status() == "WITHOUT_BANK"
    desk.vote("bank-a", EXITED)


REVIEW: dict[str, Callable[[Desk], object]] = {
    "admission.withdraw": lambda desk: desk.withdraw(),
    "its bank is suspended by vote, revoked or leaves": _gone,
    "admission.review": lambda desk: desk.review("bank-b"),
    "time, 30 days": lambda desk: desk.until("2026-04-16"),
    "time, 12 months": lambda desk: desk.until("2027-03-17"),
}
REACHED: dict[str, Callable[[Desk], object]] = {
    "IN_ORDER": lambda desk: desk.review(),
    "WITHOUT_BANK": lambda desk: (desk.review(), desk.withdraw()),
    "MISSED": lambda desk: (desk.review(), desk.until("2027-03-17")),
}


def reviews() -> Iterator[str]:
    desk = Desk()
    desk.introduce()
    desk.admit()
    yield f"(nothing) --the admission acts--> {desk.status('ce-b')}"
    desk = Desk()
    desk.review()
    yield f"(nothing) --admission.review--> {desk.status()}"
    for status, reach in REACHED.items():
        ended = False
        for act, done in REVIEW.items():
            desk = Desk()
            reach(desk)
            assert desk.status() == status
            if ended and act.startswith("time"):
                continue
            try:
                done(desk)
            except Refused:
                continue
            if desk.status() != status:
                ended = ended or act.startswith("time")
                yield f"{status} --{act}--> {desk.status()}"


def test_the_diagram_of_introductions_is_what_the_rules_do() -> None:
    assert "```introduction\n" + "\n".join(introductions()) + "\n```" in PAGE


def test_the_diagram_of_reviews_is_what_the_rules_do() -> None:
    assert "```review\n" + "\n".join(reviews()) + "\n```" in PAGE


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    listed = {kind.name: kind.refusals for kind in OPERATIONS}
    listed["api.admitted"] = api.ADMIT_REFUSALS
    check_precedence(PAGE, listed)
    declared = {refusal for one in listed.values() for refusal in one}
    assert written_in(refusals) | set(members.CODE_REFUSALS) == declared


def test_the_page_names_every_event_view_figure_and_invariant() -> None:
    check_named(PAGE, CONTRACT.events, CONTRACT.views)
    for name, value in USUAL.items():
        written = f"`{value}`" if isinstance(value, str) else str(value)
        assert f"| `{name}` | {written} |" in PAGE
    for number in invariants_of(FOLDER / "invariants.py"):
        assert re.search(rf"\| {number}\b", PAGE)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_and_words_of_each_operation_are_as_they_were(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)
    check_words(kind)


def test_what_is_reviewed_or_left_is_the_object_that_a_quarantine_would_close() -> None:
    for kind in OPERATIONS[1:]:
        assert kind.primary is not None
        assert kind.primary(kind.example) == kind.example.member
