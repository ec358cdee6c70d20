import pytest

from tallychain.contracts.governance import CONTRACT, api, governing
from tallychain.contracts.governance.changes import PublishCalendar, Revoke, SetPolicy
from tallychain.contracts.governance.tests.strategies import (
    CALENDAR_2027,
    DAY_MS,
    HOUR_MS,
    NEWCOMER,
    Book,
    named,
    refused,
)
from tallychain.contracts.members import CONTRACT as MEMBERS_CONTRACT
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.contract import Contract, Words


@pytest.fixture
def book() -> Book:
    return Book().founded()


def test_a_preview_names_whom_and_what_and_changes_nothing(book: Book) -> None:
    before = dict(book.state.written)

    shown = api.preview(book.state, Revoke("ce-a", "licence"), book.now)

    assert (shown.kind, shown.members, shown.refusal) == ("REVOKE", ("ce-a",), None)
    assert named(shown.facts) == ["member.standing_voted", "governance.weight_set"]
    assert shown.closes_ms == book.time_ms + 7 * DAY_MS
    assert shown.acts_ms == shown.closes_ms + 72 * HOUR_MS
    assert shown.rule == api.rule_of(book.state, "REVOKE")
    assert book.state.written == before


def test_a_preview_is_what_then_happens(book: Book) -> None:
    for change in (CALENDAR_2027, SetPolicy("TERM", {"term_months": 3}, "2027-06-01", "article 7")):
        facts = api.preview(book.state, change, book.now).facts

        assert book.decide(change)[-len(facts) :] == facts


def test_a_preview_of_an_admission_names_the_newcomer(book: Book) -> None:
    assert api.preview(book.state, NEWCOMER, book.now).members == ("bank-b",)


def test_a_preview_says_why_a_change_could_not_act(book: Book) -> None:
    shown = api.preview(book.state, PublishCalendar(2027, 2, (), ()), book.now)

    assert (shown.members, shown.facts) == ((), ())
    assert shown.refusal is not None
    assert shown.refusal.code == "CALENDAR_VERSION_DIFFERS"
    assert shown.refusal.code == refused(lambda: book.propose(PublishCalendar(2027, 2, (), ()))).code


def test_a_proposal_of_record_is_found_by_its_id(book: Book) -> None:
    name = book.propose(CALENDAR_2027)

    assert api.proposal(book.state, name) == book.proposal(name)
    assert api.proposal(book.state, "ab" * 32) is None


def test_the_alliance_is_warned_30_days_before_a_day_without_calendar(book: Book) -> None:
    book.time_ms = instant_ms(parse_date("2026-12-01")) + DAY_MS - 1
    assert api.day_without_calendar(book.state, book.now) == ""

    book.time_ms += 1

    assert api.day_without_calendar(book.state, book.now) == "2027-01-01"
    book.decide(CALENDAR_2027)
    assert api.day_without_calendar(book.state, book.now) == ""


def test_a_vote_is_asked_against_what_the_other_contracts_can_work_with(book: Book) -> None:
    strict = Contract(
        name="strict",
        title=Words("Strict", "严"),
        operations=(),
        events=(),
        tables=(),
        parameter_faults=lambda _state: ["The term is too short."],
    )
    governed = governing([MEMBERS_CONTRACT, strict])
    opening = governed.operations[0]
    change = SetPolicy("TERM", {"term_months": 3}, "2027-06-01", "")

    refusal = refused(
        lambda: opening.rule(
            opening.args("POLICY", "提案", "A proposal", change), book.call("bank-a"), book.state
        )
    )

    assert (refusal.code, refusal.typed_fields()) == (
        "PARAMETERS_FAULTY",
        {"fault": "The term is too short."},
    )
    assert [kind.name for kind in governed.operations] == [kind.name for kind in CONTRACT.operations]
