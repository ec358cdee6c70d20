"""What time does: votes end, what passed acts at its instant, and being written down late changes nothing."""

import pytest

from tallychain.contracts.governance import CONTRACT
from tallychain.contracts.governance.changes import (
    Amend,
    PublishCalendar,
    Release,
    ReplaceKey,
    Revoke,
    SetPolicy,
    Suspend,
)
from tallychain.contracts.governance.constitution import USUAL, KindRule
from tallychain.contracts.governance.due import STEPS_OF_ONE, due_kind
from tallychain.contracts.governance.effects import Others, effect
from tallychain.contracts.governance.events import ProposalFailed, ProposalPassed, ProposalRejected
from tallychain.contracts.governance.state import (
    ACTING,
    ENACTED,
    FAILED,
    LIVING,
    LIVING_PROPOSALS,
    PASSED,
    REJECTED,
    VOTING,
    Choice,
)
from tallychain.contracts.governance.tests.strategies import (
    CALENDAR_2027,
    DAY_MS,
    HOUR_MS,
    Book,
    certificate_of,
    key_text,
    named,
    person_of,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.parameters import CALENDARS, CalendarYear, policy_on
from tallychain.ledger.quarantine import QUARANTINE, QuarantineRow
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Outage, settled

REVOKE = Revoke("ce-a", "licence withdrawn")


@pytest.fixture
def book() -> Book:
    return Book().founded()


@pytest.mark.deadline("proposal: VOTING -> REJECTED", "proposal: VOTING -> PASSED")
@pytest.mark.parametrize(
    ("ballots", "end"),
    [
        ("yes yes yes - -", PASSED),
        ("yes yes no - -", PASSED),
        ("yes no abstain - -", REJECTED),
        ("yes yes - - -", REJECTED),
        ("yes abstain abstain - -", PASSED),
        ("abstain abstain abstain abstain abstain", REJECTED),
        ("no no no no no", REJECTED),
        ("- - - - -", REJECTED),
        ("yes yes no no -", REJECTED),
        ("yes yes yes no no", PASSED),
    ],
)
def test_a_simple_majority_of_enough_votes_decides_a_calendar(book: Book, ballots: str, end: str) -> None:
    name = book.propose(CALENDAR_2027)
    members = ("bank-a", "ce-a", "factor-a", "supervisor", "supervisor-b")
    choices: dict[str, Choice] = {"yes": "yes", "no": "no", "abstain": "abstain"}
    for member, word in zip(members, ballots.split(), strict=True):
        if word in choices:
            book.cast(name, member, choices[word])

    book.time_ms += DAY_MS - 1
    assert book.status(name) == VOTING
    book.time_ms += 1
    assert book.status(name) == end
    book.next_block(book.time_ms)
    assert book.status(name) == (ENACTED if end == PASSED else REJECTED)
    assert book.state.get(LIVING, name) is None
    book.check()


def test_two_thirds_are_enough_where_two_thirds_are_asked(book: Book) -> None:
    rule = USUAL["SUSPEND"]

    assert rule.share_ppm * 3 <= 2 * 1_000_000
    name = book.propose(Suspend("ce-a", "licence"))
    book.cast(name, "bank-a")
    book.cast(name, "factor-a")
    book.cast(name, "ce-a", "no")
    book.next_block(book.time_ms + 2 * DAY_MS)
    assert book.status(name) == ENACTED


@pytest.mark.deadline("proposal: PASSED -> ACTING", "proposal: ACTING -> ENACTED")
def test_what_passed_waits_its_delay_and_then_acts_by_itself(book: Book) -> None:
    opened_ms = book.time_ms
    name = book.passing(REVOKE)
    closes_ms = opened_ms + 7 * DAY_MS

    (event,) = book.next_block(closes_ms + 5)

    assert isinstance(event, ProposalPassed)
    assert event.since_ms == closes_ms
    assert book.status(name) == PASSED
    book.time_ms = closes_ms + 72 * HOUR_MS - 1
    assert (book.status(name), book.standing("ce-a")) == (PASSED, "ACTIVE")
    book.time_ms += 1
    assert book.status(name) == ACTING
    events = book.next_block(book.time_ms)
    assert named(events) == ["proposal.enacted", "member.standing_voted", "governance.weight_set"]
    assert (book.status(name), book.standing("ce-a")) == (ENACTED, "REVOKED")
    book.check()


def test_a_vote_that_ended_and_acted_long_ago_does_both_in_one_block(book: Book) -> None:
    name = book.passing(REVOKE)

    events = book.next_block(book.time_ms + 100 * DAY_MS)

    assert named(events)[:2] == ["proposal.passed", "proposal.enacted"]
    assert book.proposal(name).timeline == settled(ENACTED)


def test_a_rejected_proposal_says_since_when(book: Book) -> None:
    closes_ms = book.time_ms + DAY_MS
    name = book.propose(CALENDAR_2027)

    assert book.next_block(closes_ms + HOUR_MS) == (ProposalRejected(name, closes_ms),)


@pytest.mark.deadline("proposal: ACTING -> FAILED")
def test_what_cannot_act_any_more_is_failed_with_the_reason_on_record(book: Book) -> None:
    first, second = book.passing(CALENDAR_2027), book.passing(CALENDAR_2027, "ce-a")
    acts_ms = book.proposal(second).text.acts_ms

    events = book.next_block(acts_ms)

    assert ProposalFailed(second, "CALENDAR_VERSION_DIFFERS", {"year": 2027, "version": 2}, acts_ms) in events
    assert (book.status(first), book.status(second)) == (ENACTED, FAILED)
    assert book.proposal(second).failure == "CALENDAR_VERSION_DIFFERS"
    assert book.proposal(second).failure_fields == {"year": 2027, "version": 2}
    assert book.next_block(book.time_ms + DAY_MS) == ()
    book.check()


def test_an_outage_at_the_end_of_a_vote_moves_its_end_and_the_whole_delay(book: Book) -> None:
    name = book.passing(REVOKE)
    closes_ms = book.proposal(name).text.closes_ms
    book.outages = (Outage(closes_ms - HOUR_MS, closes_ms + HOUR_MS, 1_800_000),)
    book.due.rebuild(book.state, book.outages)
    moved_ms = closes_ms + HOUR_MS + 1_800_000

    assert book.next_block(moved_ms - 1) == ()
    assert book.status(name) == VOTING
    assert named(book.next_block(moved_ms)) == ["proposal.passed"]
    book.time_ms = closes_ms + 72 * HOUR_MS
    assert book.status(name) == PASSED
    book.time_ms = moved_ms + 72 * HOUR_MS
    assert book.status(name) == ACTING


def test_a_policy_that_acts_late_never_holds_on_a_day_that_has_begun(book: Book) -> None:
    change = SetPolicy("TERM", {"term_months": 3}, "2026-11-25", "article 7")
    name = book.passing(change)
    assert policy_on(book.state, "TERM", "2026-11-27").version == 1

    book.next_block(book.proposal(name).text.acts_ms + 3 * DAY_MS)

    assert policy_on(book.state, "TERM", "2026-11-27").version == 1
    assert policy_on(book.state, "TERM", "2026-11-28").version == 2
    book.check()


def test_every_living_proposal_ends_and_acts_in_one_block() -> None:
    assert CONTRACT.due[0].budget == LIVING_PROPOSALS * STEPS_OF_ONE


def test_a_vote_keeps_the_constitution_under_which_it_was_opened(book: Book) -> None:
    running = book.propose(SetPolicy("TERM", {"term_months": 3}, "2027-06-01", ""))
    stricter = KindRule("CALENDAR", 666_666, 600_000, 2, 5)
    book.decide(Amend((stricter,)))
    assert book.proposal(running).text.rule == USUAL["POLICY"]

    opened_ms = book.time_ms
    text = book.proposal(book.propose(CALENDAR_2027)).text

    assert text.rule == stricter
    assert (text.closes_ms, text.acts_ms) == (
        opened_ms + 2 * DAY_MS,
        opened_ms + 2 * DAY_MS + 5 * HOUR_MS,
    )


def test_a_decision_reads_what_the_one_before_it_in_the_block_has_done(book: Book) -> None:
    lost = ReplaceKey("ce-a", key_text("ce-a-2"), key_text("new"), person_of("new"), certificate_of("new"))
    first, second = book.passing(lost), book.passing(lost, "factor-a")

    book.next_block(book.proposal(second).text.acts_ms)

    assert (book.status(first), book.status(second)) == (ENACTED, FAILED)
    assert book.proposal(second).failure == "KEY_NOT_IN_FORCE"


def test_a_refusal_by_another_contract_fails_the_proposal_and_stops_nothing(book: Book) -> None:
    name = book.passing(CALENDAR_2027)
    kind = due_kind(Others((lambda _state: ["The year 2027 has no spring."],)))
    proposal = book.proposal(name)
    passed = kind.change(proposal, proposal.text.closes_ms, book.now, book.state)
    book.state.write(passed.writes)

    failed = kind.change(book.proposal(name), proposal.text.acts_ms, book.now, book.state)

    assert failed.events == (
        ProposalFailed(
            name,
            "PARAMETERS_FAULTY",
            {"fault": "The year 2027 has no spring."},
            proposal.text.acts_ms,
        ),
    )
    assert book.state.get(CALENDARS, 2027) is None


def test_a_fault_that_no_contract_finds_hinders_nothing(book: Book) -> None:
    assert effect(CALENDAR_2027, book.state, book.now, Others((lambda _state: [],))).writes
    assert effect(Release("factor-a"), book.state, book.now, Others((lambda _state: ["never asked"],))).writes


def test_what_is_found_at_opening_is_what_would_be_found_at_acting(book: Book) -> None:
    later = PublishCalendar(2027, 2, (), ())
    with pytest.raises(Refused) as caught:
        book.propose(later)

    assert caught.value.code == "CALENDAR_VERSION_DIFFERS"


def test_what_follows_from_a_calendar_is_part_of_its_publication(book: Book) -> None:
    def begin(row: CalendarYear, after: Reader, now: Moment) -> Change:
        assert after.get(CALENDARS, row.year) == row
        return Change((QUARANTINE.put(QuarantineRow(f"{row.year} {now.height}", 1, 1, "0" * 64)),))

    others = Others(calendar_published=(begin,))

    assert len(effect(CALENDAR_2027, book.state, book.now, others).writes) == 2
    policy = SetPolicy("TERM", {"term_months": 3}, "2027-06-01", "")
    assert len(effect(policy, book.state, book.now, others).writes) == 1
