"""Opening, voting and withdrawing: what is taken, and every reason to say no."""

import msgspec
import pytest

from tallychain.contracts.admission import api as admission
from tallychain.contracts.admission.declared import EXAMPLE_FILE
from tallychain.contracts.admission.operations import Introduce
from tallychain.contracts.admission.rules import introduce
from tallychain.contracts.admission.state import REVIEWS
from tallychain.contracts.governance.changes import (
    Admit,
    Exit,
    ProposedChange,
    Release,
    SetPolicy,
    Suspend,
    kind_of,
)
from tallychain.contracts.governance.effects import effect
from tallychain.contracts.governance.events import BallotCast, ProposalOpened, ProposalWithdrawn
from tallychain.contracts.governance.operations import Cast, Open
from tallychain.contracts.governance.rules import text_digest
from tallychain.contracts.governance.state import (
    LIVING,
    LIVING_OF_ONE_MEMBER,
    LIVING_PROPOSALS,
    VOTING,
    WITHDRAWN,
    Living,
)
from tallychain.contracts.governance.tests.strategies import (
    CALENDAR_2027,
    DAY_MS,
    NEWCOMER,
    Book,
    founder,
    refused,
)
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.ledger.parameters import POLICIES
from tallychain.ledger.timeline import settled


@pytest.fixture
def book() -> Book:
    return Book().founded()


def opening(change: ProposedChange) -> Open:
    return Open(kind_of(change), "提案", "A proposal", change)


# -- opening -------------------------------------------------------------------------------------------


def test_an_open_proposal_says_what_how_and_until_when(book: Book) -> None:
    (event,) = book.ask("proposal.open", opening(CALENDAR_2027), "ce-a")

    assert isinstance(event, ProposalOpened)
    text = event.text
    assert (text.proposer, text.change, text.opened_height, text.total) == ("ce-a", CALENDAR_2027, 10, 5)
    assert (text.closes_ms, text.acts_ms) == (book.time_ms + DAY_MS, book.time_ms + DAY_MS)
    assert event.digest == text_digest(text)
    assert book.status(text.proposal) == VOTING
    book.check()


def test_the_kind_and_the_change_must_be_of_one_kind(book: Book) -> None:
    args = msgspec.structs.replace(opening(CALENDAR_2027), kind="SUSPEND")

    refusal = refused(lambda: book.ask("proposal.open", args, "bank-a"))

    assert refusal.code == "KIND_DIFFERS"
    assert refusal.typed_fields() == {"kind": "SUSPEND", "found": "CALENDAR"}


def test_only_members_with_a_vote_open_proposals(book: Book) -> None:
    assert refused(lambda: book.propose(CALENDAR_2027, "court")).code == "NO_VOTE"


def test_one_member_does_not_use_up_the_room_of_all(book: Book) -> None:
    for _ in range(LIVING_OF_ONE_MEMBER):
        book.propose(CALENDAR_2027)

    assert refused(lambda: book.propose(CALENDAR_2027)).code == "TOO_MANY_PROPOSALS"
    book.propose(CALENDAR_2027, "ce-a")


def test_no_more_proposals_live_than_one_block_can_end(book: Book) -> None:
    for number in range(LIVING_PROPOSALS):
        book.state.write([LIVING.put(Living(f"{number:064x}", "bank-b"))])

    refusal = refused(lambda: book.propose(CALENDAR_2027))

    assert refusal.typed_fields() == {"limit": LIVING_PROPOSALS, "own": LIVING_OF_ONE_MEMBER}


def test_room_is_free_again_when_a_proposal_is_over(book: Book) -> None:
    for _ in range(LIVING_OF_ONE_MEMBER):
        book.propose(CALENDAR_2027)
    book.next_block(book.time_ms + DAY_MS)

    book.propose(CALENDAR_2027)


def test_a_member_proposes_its_own_exit_only(book: Book) -> None:
    assert refused(lambda: book.propose(Exit("ce-a", "sold"), "bank-a")).code == "EXIT_OF_ANOTHER"
    book.propose(Exit("ce-a", "sold"), "ce-a")


def test_a_core_enterprise_is_introduced_by_a_bank(book: Book) -> None:
    change = Admit(founder("ce-b", 9, (CORE_ENTERPRISE,)), 1)

    assert refused(lambda: book.propose(change, "factor-a")).code == "INTRODUCED_BY_BANK_ONLY"
    book.propose(change, "bank-a")
    book.propose(NEWCOMER, "factor-a")


def test_a_core_enterprise_is_admitted_on_an_introduction_where_the_alliance_has_a_policy_of_admission(
    book: Book,
) -> None:
    record = founder("ce-b", 9, (CORE_ENTERPRISE,))
    book.state.write(POLICIES.put(row) for row in admission.usual_policies("2026-01-01"))
    assert refused(lambda: book.propose(Admit(record, 1), "bank-a")).code == "NOT_INTRODUCED"
    done = introduce(Introduce("ce-b", "B", record.uscc, EXAMPLE_FILE), book.call("bank-a"), book.state)
    book.state.write(done.writes)
    name = book.passing(Admit(record, 1))
    for instant in (book.proposal(name).text.closes_ms, book.proposal(name).text.acts_ms):
        book.next_block(instant)

    assert book.status(name) == "ENACTED"
    answered = book.state.get(REVIEWS, "ce-b")
    assert answered is not None
    assert answered.bank == "bank-a"
    gone = effect(Suspend("bank-a", "licence"), book.state, book.now)
    assert "admission.bank_gone" in {event.__struct_config__.tag for event in gone.events}


def test_a_policy_begins_on_a_day_that_has_not_begun_when_the_vote_acts(book: Book) -> None:
    values: dict[str, int | str] = {"term_months": 3}

    refusal = refused(lambda: book.propose(SetPolicy("TERM", values, "2026-11-24", "")))

    assert refusal.code == "EFFECTIVE_TOO_EARLY"
    assert refusal.typed_fields() == {"first": "2026-11-25"}
    book.propose(SetPolicy("TERM", values, "2026-11-25", ""))


def test_what_could_not_act_is_not_put_to_the_vote(book: Book) -> None:
    before = dict(book.state.written)

    assert refused(lambda: book.propose(Release("bank-a"))).code == "NOT_QUARANTINED"
    assert book.state.written == before


# -- voting --------------------------------------------------------------------------------------------


def test_ballots_count_for_what_they_say(book: Book) -> None:
    name = book.propose(CALENDAR_2027)

    book.cast(name, "bank-a", "yes")
    book.cast(name, "ce-a", "no")
    (event,) = book.cast(name, "factor-a", "abstain")

    assert isinstance(event, BallotCast)
    assert (event.yes, event.no, event.abstain, event.weight) == (1, 1, 1, 1)
    proposal = book.proposal(name)
    assert (proposal.yes, proposal.no, proposal.abstain) == (1, 1, 1)
    assert event.timeline == proposal.timeline
    book.check()


def test_a_ballot_is_final(book: Book) -> None:
    name = book.propose(CALENDAR_2027)
    book.cast(name, "bank-a", "no")

    refusal = refused(lambda: book.cast(name, "bank-a", "yes"))

    assert refusal.code == "BALLOT_FINAL"
    assert refusal.typed_fields() == {"member": "bank-a", "choice": "no"}


def test_a_ballot_on_another_text_is_refused(book: Book) -> None:
    name = book.propose(CALENDAR_2027)

    refusal = refused(lambda: book.ask("ballot.cast", Cast(name, "00" * 32, "yes"), "bank-a"))

    assert refusal.code == "PROPOSAL_DIFFERS"
    assert refusal.typed_fields() == {"digest": book.proposal(name).digest}


def test_the_digest_covers_words_change_and_thresholds(book: Book) -> None:
    text = book.proposal(book.propose(CALENDAR_2027)).text

    others = [
        msgspec.structs.replace(text, words_zh="别的"),
        msgspec.structs.replace(text, change=Suspend("ce-a", "why")),
        msgspec.structs.replace(text, rule=msgspec.structs.replace(text.rule, share_ppm=1)),
        msgspec.structs.replace(text, closes_ms=text.closes_ms + 1),
    ]

    assert len({text_digest(other) for other in (text, *others)}) == 5


def test_ballots_end_with_the_vote_whether_or_not_it_is_written_down(book: Book) -> None:
    name = book.propose(CALENDAR_2027)
    book.time_ms += DAY_MS - 1
    book.cast(name, "bank-a")
    book.time_ms += 1

    refusal = refused(lambda: book.cast(name, "ce-a"))

    assert refusal.code == "NOT_VOTING"
    assert refusal.typed_fields() == {"proposal": name, "status": "REJECTED"}


def test_nobody_votes_on_what_was_never_opened(book: Book) -> None:
    args = Cast("ab" * 32, "00" * 32, "yes")

    assert refused(lambda: book.ask("ballot.cast", args, "bank-a")).code == "PROPOSAL_UNKNOWN"


def test_a_member_that_is_suspended_votes(book: Book) -> None:
    name = book.propose(CALENDAR_2027)
    book.decide(Suspend("ce-a", "licence"), "factor-a")
    later = book.propose(Suspend("bank-a", "why"), "factor-a")

    book.cast(later, "ce-a", "no")

    assert book.proposal(later).no == 1
    assert book.status(name) == "REJECTED"


def test_friends_admitted_in_the_middle_of_a_vote_have_no_vote_in_it(book: Book) -> None:
    slow = SetPolicy("TERM", {"term_months": 3}, "2027-01-01", "")
    book.decide(NEWCOMER)
    friendly = book.propose(slow, "bank-b")
    book.cast(friendly, "bank-b")

    book = Book().founded()
    admission = book.passing(NEWCOMER)
    book.time_ms += 5 * DAY_MS
    running = book.propose(slow)
    book.next_block(book.proposal(admission).text.acts_ms)

    refusal = refused(lambda: book.cast(running, "bank-b"))
    assert refusal.typed_fields() == {"member": "bank-b", "height": book.proposal(running).text.opened_height}
    assert book.proposal(running).text.total == 5


# -- withdrawing ---------------------------------------------------------------------------------------


def test_a_proposer_withdraws_even_after_its_own_ballot(book: Book) -> None:
    name = book.propose(CALENDAR_2027)
    book.cast(name, "bank-a")

    assert book.withdraw(name) == (ProposalWithdrawn(name),)

    assert book.proposal(name).timeline == settled(WITHDRAWN)
    assert book.next_block(book.time_ms + 30 * DAY_MS) == ()
    assert refused(lambda: book.cast(name, "ce-a")).code == "NOT_VOTING"
    assert refused(lambda: book.withdraw(name)).code == "NOT_VOTING"
    book.check()


def test_what_others_have_voted_on_is_not_withdrawn(book: Book) -> None:
    name = book.propose(CALENDAR_2027)
    book.cast(name, "ce-a", "no")

    refusal = refused(lambda: book.withdraw(name))

    assert (refusal.code, refusal.typed_fields()) == ("BALLOTS_OF_OTHERS", {"member": "ce-a"})


def test_only_the_proposer_withdraws(book: Book) -> None:
    name = book.propose(CALENDAR_2027)

    assert refused(lambda: book.withdraw(name, "ce-a")).code == "NOT_YOUR_PROPOSAL"
    assert refused(lambda: book.withdraw("ab" * 32)).code == "PROPOSAL_UNKNOWN"
