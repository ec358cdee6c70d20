"""What a vote may do to members, asked through the api that governance uses."""

from collections.abc import Callable

import msgspec
import pytest

from tallychain.contracts.members import api
from tallychain.contracts.members.events import KeyRegistered, KeyRevoked, MemberAdmitted, StandingVoted
from tallychain.contracts.members.invariants import touched
from tallychain.contracts.members.operations import KeyRevoke, Restore, Suspend
from tallychain.contracts.members.record import MemberRecord, RecordKey
from tallychain.contracts.members.state import SUSPENSIONS
from tallychain.contracts.members.tests.strategies import (
    Book,
    certificate_of,
    founder,
    key_text,
    person_of,
    refused,
    sealing_text,
    uscc,
)
from tallychain.contracts.members.views import MEMBERS_VIEW
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.identity import ACTIVE, BANK, EXITED, FACTOR, OPERATOR, REVOKED, SUSPENDED
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact


@pytest.fixture
def book() -> Book:
    return Book().founded()


def adopt(book: Book, change: Change) -> tuple[Event, ...]:
    after = Overlay(book.state)
    after.write(change.writes)
    assert list(touched(change, book.state, after)) == []
    book._adopt(change)
    book.check()
    return change.events


def vote(book: Book, member: str, status: str) -> tuple[Event, ...]:
    return adopt(book, api.standing_voted(member, status, "by vote", book.state, book.now))


def newcomer(**changes: object) -> MemberRecord:
    return msgspec.structs.replace(founder("bank-b", 9, (BANK,)), **changes)


def with_key(position: int, **changes: object) -> MemberRecord:
    keys = list(newcomer().keys)
    keys[position] = msgspec.structs.replace(keys[position], **changes)
    return newcomer(keys=tuple(keys))


def with_admins(count: int) -> MemberRecord:
    more = tuple(
        RecordKey(key_text(f"a{n}"), person_of(f"a{n}"), ("admin",), 0, certificate_of(f"a{n}"))
        for n in range(count)
    )
    return newcomer(keys=newcomer().keys + more)


def test_a_newcomer_may_have_two_keys_of_a_person_under_one_certificate(book: Book) -> None:
    first = newcomer().keys[0]
    second = msgspec.structs.replace(first, key=key_text("second"))

    change = api.admitted(newcomer(keys=(*newcomer().keys, second)), book.state, book.now)

    assert len({write.key for write in change.writes}) == len(change.writes)
    adopt(book, change)


def test_a_newcomer_may_have_as_many_admins_as_a_member(book: Book) -> None:
    adopt(book, api.admitted(with_admins(48), book.state, book.now))


def test_an_admitted_institution_signs_from_the_next_block(book: Book) -> None:
    events = adopt(book, api.admitted(newcomer(), book.state, book.now))

    assert isinstance(events[0], MemberAdmitted)
    assert (book.status("bank-b"), book.member("bank-b").admitted_height) == (ACTIVE, book.height)
    assert not book.key("bank-b-0").signs_at(book.now.height)
    book.next_block()
    assert book.key("bank-b-0").signs_at(book.now.height)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (newcomer(uscc="91310000MA000000X0"), "CODE_NOT_VALID"),
        (newcomer(kinds=(BANK, "SHOP")), "KIND_UNKNOWN"),
        (newcomer(kinds=(OPERATOR, FACTOR)), "OPERATOR_HOLDS_NOTHING"),
        (newcomer(sealing="x25519:" + "00" * 32), "KEY_NOT_ADMISSIBLE"),
        (with_key(0, key="ed25519:01" + "00" * 31), "KEY_NOT_ADMISSIBLE"),
        (with_key(0, rights=("owner",)), "RIGHT_UNKNOWN"),
        (with_key(4, rights=("admin", "system")), "RIGHTS_DO_NOT_MIX"),
        (with_key(1, certificate=certificate_of("bank-b-0")), "CERTIFICATE_OF_ANOTHER_PERSON"),
        (with_key(2, rights=("look",)), "ADMINS_MISSING"),
        (newcomer(gateway="https://10.0.0.7"), "GATEWAY_NOT_PUBLIC"),
        (with_admins(49), "TOO_MANY_KEYS"),
        (newcomer(member="bank-a"), "MEMBER_KNOWN"),
        (newcomer(uscc=uscc(1)), "INSTITUTION_KNOWN"),
        (newcomer(sealing=sealing_text("ce-a")), "KEY_KNOWN"),
        (with_key(0, key=key_text("ce-a-0")), "KEY_KNOWN"),
        (with_key(0, key=key_text("bank-b-1")), "KEY_KNOWN"),
    ],
)
def test_a_record_that_may_not_be_admitted_is_refused(book: Book, record: MemberRecord, code: str) -> None:
    refusal = refused(lambda: api.admitted(record, book.state, book.now))

    assert refusal.code == code
    assert type(refusal) in api.VOTE_REFUSALS


def test_a_vote_confirms_a_suspension_and_it_no_longer_lapses(book: Book) -> None:
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    assert vote(book, "bank-a", SUSPENDED) == (StandingVoted("bank-a", SUSPENDED, "by vote"),)

    book.next_block(book.time_ms + 30 * 86_400_000)
    assert book.status("bank-a") == SUSPENDED
    assert book.state.get(SUSPENSIONS, "bank-a") is None
    refusal = refused(lambda: book.ask("member.restore", Restore("bank-a"), "supervisor"))
    assert refusal.code == "NOT_YOUR_SUSPENSION"


def test_a_suspension_by_vote_leaves_the_supervisor_free_to_suspend_another_member(book: Book) -> None:
    vote(book, "bank-a", SUSPENDED)

    book.ask("member.suspend", Suspend("ce-a", "licence"), "supervisor")

    assert (book.status("bank-a"), book.status("ce-a")) == (SUSPENDED, SUSPENDED)


@pytest.mark.parametrize("status", [SUSPENDED, REVOKED, EXITED])
def test_a_vote_takes_a_member_back_in(book: Book, status: str) -> None:
    vote(book, "ce-a", status)
    assert book.member("ce-a").standing == settled(status)

    vote(book, "ce-a", ACTIVE)

    assert book.status("ce-a") == ACTIVE


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (SUSPENDED, SUSPENDED, "NOT_IN_GOOD_STANDING"),
        (REVOKED, SUSPENDED, "NOT_IN_GOOD_STANDING"),
        (REVOKED, EXITED, "NOT_IN_GOOD_STANDING"),
        (EXITED, EXITED, "NOT_IN_GOOD_STANDING"),
    ],
)
def test_a_standing_that_changes_nothing_is_refused(book: Book, first: str, second: str, code: str) -> None:
    vote(book, "ce-a", first)

    assert refused(lambda: vote(book, "ce-a", second)).code == code


def test_standings_of_members_in_good_standing_or_unknown_are_not_restored(book: Book) -> None:
    assert refused(lambda: vote(book, "bank-a", ACTIVE)).code == "NOT_SUSPENDED"
    assert refused(lambda: vote(book, "nobody", REVOKED)).code == "MEMBER_UNKNOWN"


def replaced(book: Book, **changes: str) -> Callable[[], Change]:
    fields = {
        "name": "bank-a",
        "old": key_text("bank-a-2"),
        "key": key_text("new"),
        "person": person_of("bank-a-2"),
        "certificate": certificate_of("bank-a-2"),
    } | changes
    return lambda: api.key_replaced(**fields, state=book.state, now=book.now)


def test_a_lost_admin_key_is_replaced_from_the_next_block(book: Book) -> None:
    events = adopt(book, replaced(book)())

    assert [type(event) for event in events] == [KeyRegistered, KeyRevoked]
    assert book.key("bank-a-2").signs_at(book.now.height)
    book.next_block()
    assert not book.key("bank-a-2").signs_at(book.now.height)
    assert book.key("new").signs_at(book.now.height)
    assert book.key("new").rights == ("admin",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "nobody"}, "MEMBER_UNKNOWN"),
        ({"old": key_text("ce-a-2")}, "KEY_UNKNOWN"),
        ({"old": key_text("nowhere")}, "KEY_UNKNOWN"),
        ({"old": key_text("bank-a-0")}, "ADMIN_KEY_ONLY"),
        ({"key": key_text("ce-a-0")}, "KEY_KNOWN"),
        ({"certificate": certificate_of("bank-a-1")}, "CERTIFICATE_OF_ANOTHER_PERSON"),
        ({"person": person_of("bank-a-3"), "certificate": certificate_of("bank-a-3")}, "ADMINS_MISSING"),
    ],
)
def test_a_key_that_a_vote_does_not_replace_is_refused(
    book: Book, changes: dict[str, str], code: str
) -> None:
    refusal: Refused = refused(replaced(book, **changes))

    assert refusal.code == code
    assert type(refusal) in api.VOTE_REFUSALS


def test_a_key_that_has_ended_is_not_replaced(book: Book) -> None:
    adopt(
        book,
        api.key_replaced(
            "bank-a",
            key_text("bank-a-2"),
            key_text("new"),
            person_of("new"),
            certificate_of("new"),
            book.state,
            book.now,
        ),
    )
    book.ask("member.key_revoke", KeyRevoke(key_text("bank-a-0"), 0, "left"), "bank-a")

    assert refused(replaced(book, key=key_text("newer"))).code == "KEY_NOT_IN_FORCE"


def test_a_fall_is_remembered_when_the_member_stands_again(book: Book) -> None:
    assert not api.suspended_since(book.state, "ce-a", 0)
    book.ask("member.suspend", Suspend("ce-a", "licence"), "supervisor")
    first_ms = book.time_ms
    book.next_block(first_ms + 1000)
    vote(book, "ce-a", SUSPENDED)
    vote(book, "ce-a", ACTIVE)

    assert api.suspended_since(book.state, "ce-a", first_ms)
    assert not api.suspended_since(book.state, "ce-a", first_ms + 1)

    vote(book, "ce-a", REVOKED)
    assert api.suspended_since(book.state, "ce-a", first_ms + 1000)


def test_a_standing_by_vote_is_a_row() -> None:
    assert MEMBERS_VIEW.project is not None
    (write,) = MEMBERS_VIEW.project(Fact(StandingVoted("ce-a", REVOKED, "why"), "", "", "", 5, 0, 0))

    assert write.values == {"status": settled(REVOKED), "suspended_by": "", "reason": "why"}
