from collections.abc import Iterable

import pytest

from tallychain.contracts.governance.changes import Amend, Release, SetPolicy
from tallychain.contracts.governance.constitution import USUAL
from tallychain.contracts.governance.events import ProposalEnacted, QuarantineReleased
from tallychain.contracts.governance.genesis import founded, founding_events, usual_section
from tallychain.contracts.governance.nodechanges import ActivateProtocol, RemoveValidator
from tallychain.contracts.governance.nodeviews import standing
from tallychain.contracts.governance.state import ENACTED, FAILED, REJECTED, WITHDRAWN
from tallychain.contracts.governance.tests.strategies import CALENDAR_2027, DAY_MS, VOTERS, Book, joining, raw
from tallychain.contracts.governance.views import VIEWS
from tallychain.ledger import codec
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, RowWrite, Value

Rows = dict[tuple[str, tuple[str | int, ...]], dict[str, Value]]


def project(rows: Rows, events: Iterable[Event], book: Book) -> None:
    for event in events:
        fact = Fact(event, "op", "member:bank-a", "bank-a", book.height, 0, book.time_ms)
        for view in VIEWS:
            assert view.project is not None
            for write in view.project(fact):
                assert isinstance(write, RowWrite)
                assert write.view == view.name
                assert write.values is not None
                rows.setdefault((view.name, write.key), {}).update(write.values)


class Followed(Book):
    """A book whose every event is projected."""

    rows: Rows

    def _adopt(self, change):  # type: ignore[no-untyped-def]  # as the book's own
        super()._adopt(change)
        project(self.rows, change.events, self)


def followed() -> Followed:
    book = Followed()
    book.rows = {}
    project(book.rows, founded(raw(usual_section(VOTERS))).events, book)
    book.founded()
    return book


def test_rows_have_exactly_the_declared_columns() -> None:
    book = followed()
    book.decide(CALENDAR_2027)
    book.decide(SetPolicy("TERM", {"term_months": 3}, "2027-06-01", "article 7"))
    book.seated()
    book.decide(joining("supervisor-b"), "supervisor-b")
    book.decide(ActivateProtocol(2, 500, "0.6.0", "3a" * 32, "4b" * 32))

    for view in VIEWS:
        declared = [column.name for column in view.columns]
        found = {frozenset(values) for (name, _), values in book.rows.items() if name == view.name}
        assert found == {frozenset(declared[len(view.key) :])}
        assert tuple(declared[: len(view.key)]) == view.key


def test_a_proposal_is_followed_to_each_of_its_ends() -> None:
    book = followed()
    first, second = book.passing(CALENDAR_2027), book.passing(CALENDAR_2027, "ce-a")
    rejected, withdrawn = book.propose(Release("factor-a")), book.propose(Release("factor-a"))
    book.withdraw(withdrawn)
    row = book.rows["proposals", (first,)]
    assert (row["yes"], row["total"], row["status"]) == (5, 5, book.proposal(first).timeline)

    book.next_block(book.time_ms + DAY_MS)

    ends = {name: book.rows["proposals", (name,)]["status"] for name in (first, second, rejected, withdrawn)}
    assert ends == {
        first: settled(ENACTED),
        second: settled(FAILED),
        rejected: settled(REJECTED),
        withdrawn: settled(WITHDRAWN),
    }
    failed = book.rows["proposals", (second,)]
    assert failed["failure"] == "CALENDAR_VERSION_DIFFERS"
    assert failed["failure_fields"] == '{"year":2027,"version":2}'
    assert book.rows["ballots", (first, "ce-a")]["choice"] == "yes"
    assert book.rows["calendars", (2027,)]["make_up_working_days"] == "2027-02-20"


def test_what_waits_for_its_effect_shows_from_when() -> None:
    book = followed()
    name = book.passing(SetPolicy("TERM", {"term_months": 3}, "2027-06-01", "article 7"))

    book.next_block(book.proposal(name).text.closes_ms)

    assert book.rows["proposals", (name,)]["status"] == book.proposal(name).timeline
    data = book.rows["proposals", (name,)]["data"]
    assert data == codec.encode(book.proposal(name).text.change).decode()


def test_an_amendment_replaces_the_row_of_its_kind() -> None:
    book = followed()
    before = book.rows["constitution", ("CALENDAR",)]["voting_days"]

    book.decide(Amend((USUAL["CALENDAR"].__class__("CALENDAR", 500_001, 500_000, 3, 0),)))

    after = book.rows["constitution", ("CALENDAR",)]
    assert (before, after["voting_days"], after["since_height"]) == (1, 3, book.height)


def test_facts_without_a_row_change_none() -> None:
    book = Book()
    rows: Rows = {}

    project(rows, (QuarantineReleased("factor-a"),), book)
    assert rows == {}
    project(rows, (ProposalEnacted("ab" * 32, 5),), book)
    assert rows == {("proposals", ("ab" * 32,)): {"status": settled(ENACTED)}}


@pytest.mark.parametrize(
    ("decided", "told", "word"),
    [
        (10, 0, "JOINING"),
        (10, 10, "VALIDATING"),
        (10, 4, "CHANGING"),
        (0, 4, "LEAVING"),
        (0, 0, "LEFT"),
    ],
)
def test_a_row_says_how_far_the_engine_is_with_a_validator(decided: int, told: int, word: str) -> None:
    assert standing(decided, told) == word


def test_a_validator_is_followed_from_its_vote_to_its_end() -> None:
    book = followed()
    book.seated()
    change = joining("supervisor-b")
    book.decide(change, "supervisor-b")
    row = book.rows["validators", (change.key,)]
    assert (row["member"], row["decided"], row["told"], row["standing"]) == (
        "supervisor-b",
        10,
        10,
        "VALIDATING",
    )

    book.decide(RemoveValidator("supervisor-b", "closed"))
    assert row["standing"] == "LEFT"
    assert book.rows["nodes", (row["node"],)] == {  # type: ignore[index]  # a node is named by a text
        "member": "supervisor-b",
        "kind": "observer",
        "standing": "ADMITTED",
        "since_height": book.height,
    }


def test_founders_validators_and_nodes_are_shown_like_those_that_votes_bring() -> None:
    book = Book().founded().seated()

    events = founding_events(book.state)

    assert [type(event).__name__ for event in events][-8:] == ["ValidatorSet"] * 4 + ["NodeSet"] * 4
