"""The members begin another epoch of the fingerprint key by vote."""

import pytest
from msgspec import Raw

from tallychain.contracts.documents import api as documents
from tallychain.contracts.documents.genesis import founded
from tallychain.contracts.governance import api
from tallychain.contracts.governance.changes import BeginKeyEpoch, Exit, SetPolicy
from tallychain.contracts.governance.tests.strategies import Book, named, refused
from tallychain.ledger import codec
from tallychain.ledger.parameters import POLICIES

NEXT = BeginKeyEpoch(2, "6c" * 32, "factor-a has left")


@pytest.fixture
def book() -> Book:
    made = Book().founded()
    made.state.write(founded(Raw(codec.encode(documents.founding_section("ab" * 32)))).writes)
    made.state.write(POLICIES.put(row) for row in documents.usual_policies("2026-01-01"))
    return made


def test_a_vote_begins_another_epoch_and_the_key_counts_as_passed_on_since_the_opening(book: Book) -> None:
    opened_ms = book.time_ms
    events = book.decide(NEXT)

    assert named(events)[-2:] == ["fingerprint_key.begun", "fingerprint_key.ending"]
    row = documents.key_epoch(book.state, 2)
    assert row is not None
    assert (row.commitment, row.passed_ms, row.begun_ms) == ("6c" * 32, opened_ms, book.time_ms)
    assert documents.named_epochs(book.state, book.now) == (1, 2)
    book.check()


def test_an_epoch_that_could_not_begin_is_refused_at_once_and_its_preview_says_why(book: Book) -> None:
    wrong = BeginKeyEpoch(3, "6c" * 32, "factor-a has left")
    assert refused(lambda: book.propose(wrong)).code == "KEY_EPOCH_NOT_NEXT"
    found = api.preview(book.state, wrong, book.now)
    assert found.refusal is not None
    assert (found.kind, found.rule.delay_hours, api.preview(book.state, NEXT, book.now).refusal) == (
        "FINGERPRINT_KEY",
        24,
        None,
    )


def test_of_two_proposals_of_one_epoch_the_first_begins_it_and_the_other_fails(book: Book) -> None:
    first = book.passing(NEXT)
    second = book.passing(BeginKeyEpoch(2, "7d" * 32, "factor-a has left"))
    book.next_block(book.proposal(first).text.acts_ms)
    assert (book.status(first), book.status(second)) == ("ENACTED", "FAILED")
    assert book.proposal(second).failure == "KEY_EPOCH_NOT_NEXT"


def test_a_member_that_leaves_is_an_alarm_until_another_key_begins(book: Book) -> None:
    book.decide(Exit("factor-a", "sold"), "factor-a")
    assert documents.key_leavers(book.state, book.now) == ("factor-a",)
    book.decide(NEXT)
    assert documents.key_leavers(book.state, book.now) == ()


def test_a_longer_term_moves_the_end_of_an_earlier_key_away(book: Book) -> None:
    book.decide(NEXT)
    before = documents.key_epoch(book.state, 1)
    events = book.decide(SetPolicy("TERM", {"term_months": 12}, "2027-07-01", "article 7"))
    after = documents.key_epoch(book.state, 1)
    assert named(events)[-1] == "fingerprint_key.ending"
    assert before is not None
    assert after is not None
    assert after.ends_ms > before.ends_ms
