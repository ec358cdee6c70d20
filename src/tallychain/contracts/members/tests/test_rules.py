from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import pytest

from tallychain.contracts.members import CONTRACT, state
from tallychain.contracts.members.events import (
    KeyRegistered,
    KeyRevoked,
)
from tallychain.contracts.members.invariants import touched
from tallychain.contracts.members.operations import (
    KeyRegister,
    KeyRevoke,
    KeyRotate,
)
from tallychain.contracts.members.state import (
    ADMIN_KEYS_PER_MEMBER,
    KEYS_PER_MEMBER,
    LONGEST_OVERLAP_BLOCKS,
    MEMBER_KEYS,
    ROSTERS,
    MemberKey,
)
from tallychain.contracts.members.tests.strategies import (
    Book,
    certificate_of,
    key_text,
    person_of,
    refused,
    sealing_text,
)
from tallychain.ledger.contract import Authority
from tallychain.ledger.identity import KEYS
from tallychain.ledger.state import Overlay, Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.types import Height

V = TypeVar("V", bound=msgspec.Struct)

SMALL_ORDER = "ed25519:01" + "00" * 31


@pytest.fixture
def book() -> Book:
    return Book().founded()


def register(name: str, rights: tuple[str, ...] = ("maker",), **changes: object) -> KeyRegister:
    args = KeyRegister(key_text(name), person_of(name), rights, 0, certificate_of(name), 0)
    return msgspec.structs.replace(args, **changes)


def test_a_registered_key_signs_from_the_next_block(book: Book) -> None:
    events = book.ask("member.key_register", register("new", ("look", "maker"), limit=7), "bank-a")

    assert events == (
        KeyRegistered(
            key_text("new"), "bank-a", person_of("new"), ("maker", "look"), 7, certificate_of("new"), 11
        ),
    )
    assert not book.key("new").signs_at(book.now.height)
    book.next_block()
    assert book.key("new").signs_at(book.now.height)
    book.check()


def test_a_key_may_begin_at_a_later_height(book: Book) -> None:
    book.ask("member.key_register", register("new", valid_from=11 + 5), "bank-a")

    assert book.key("new").valid_from == 16


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rights": ("maker", "owner")}, "RIGHT_UNKNOWN"),
        ({"rights": ("maker", "system")}, "RIGHTS_DO_NOT_MIX"),
        ({"key": SMALL_ORDER}, "KEY_NOT_ADMISSIBLE"),
        ({"key": sealing_text("bank-a")}, "KEY_NOT_ADMISSIBLE"),
        ({"key": key_text("bank-a-0")}, "KEY_KNOWN"),
        ({"key": key_text("ce-a-0")}, "KEY_KNOWN"),
        ({"certificate": certificate_of("bank-a-1")}, "CERTIFICATE_OF_ANOTHER_PERSON"),
        ({"valid_from": 10}, "HEIGHT_OUT_OF_RANGE"),
        ({"valid_from": 10 + LONGEST_OVERLAP_BLOCKS + 1}, "HEIGHT_OUT_OF_RANGE"),
    ],
)
def test_a_key_that_may_not_stand_is_refused(book: Book, changes: dict[str, object], code: str) -> None:
    before = dict(book.state.written)
    replaced = msgspec.structs.replace(register("new"), **changes)

    refusal = refused(lambda: book.ask("member.key_register", replaced, "bank-a"))

    assert refusal.code == code
    assert book.state.written == before


def test_the_last_height_that_a_key_may_begin_at_is_taken(book: Book) -> None:
    book.ask("member.key_register", register("new", valid_from=10 + LONGEST_OVERLAP_BLOCKS), "bank-a")

    assert book.key("new").valid_from == 10 + LONGEST_OVERLAP_BLOCKS


def test_the_first_height_that_a_key_may_begin_at_is_the_next_block(book: Book) -> None:
    book.ask("member.key_register", register("new", valid_from=11), "bank-a")

    assert book.key("new").valid_from == 11


def test_a_right_named_twice_is_kept_once(book: Book) -> None:
    book.ask("member.key_register", register("new", ("system", "system")), "bank-a")

    assert book.key("new").rights == ("system",)


def test_a_person_may_have_a_second_key_under_the_same_certificate(book: Book) -> None:
    args = register("new", person=person_of("bank-a-1"), certificate=certificate_of("bank-a-1"))

    book.ask("member.key_register", args, "bank-a")

    book.check()


@pytest.mark.attack(33)
def test_the_certificate_of_a_revoked_key_still_belongs_to_its_person(book: Book) -> None:
    book.ask("member.key_revoke", KeyRevoke(key_text("bank-a-0"), 0, "left"), "bank-a")
    book.next_block()

    refusal = refused(
        lambda: book.ask(
            "member.key_register", register("new", certificate=certificate_of("bank-a-0")), "bank-a"
        )
    )

    assert refusal.typed_fields() == {"person": person_of("bank-a-0")}


def test_a_revoked_key_is_never_registered_again(book: Book) -> None:
    book.ask("member.key_revoke", KeyRevoke(key_text("bank-a-0"), 0, "lost"), "bank-a")
    book.next_block()

    assert (
        refused(lambda: book.ask("member.key_register", register("bank-a-0"), "bank-a")).code == "KEY_KNOWN"
    )


def test_keys_of_a_member_are_bounded(book: Book) -> None:
    with_keys(book, KEYS_PER_MEMBER - 1)
    book.ask("member.key_register", register("last"), "bank-a")
    book.check()

    assert (
        refused(lambda: book.ask("member.key_register", register("more"), "bank-a")).code == "TOO_MANY_KEYS"
    )


def with_keys(book: Book, count: int) -> None:
    """Have `bank-a` own so many keys."""
    known, roster = book.key("bank-a-0"), state.roster_of(book.state, "bank-a")
    for number in range(count - roster.keys):
        row = msgspec.structs.replace(known, key=f"{known.key}{number:06d}")
        book.state.write([KEYS.put(row), MEMBER_KEYS.put(MemberKey(row.member, row.key))])
    book.state.write([ROSTERS.put(msgspec.structs.replace(roster, keys=count))])


@dataclass(slots=True)
class Counting:
    """A reader that counts the rows asked for."""

    below: Reader
    rows: int = 0

    def get(self, table: Table[V], *parts: str | int) -> V | None:
        self.rows += 1
        return self.below.get(table, *parts)

    def scan(self, table: Table[V], *prefix: str | int) -> list[V]:
        found = self.below.scan(table, *prefix)
        self.rows += len(found)
        return found

    def iterate(self, table: Table[V], *prefix: str | int) -> Iterator[V]:
        for row in self.below.iterate(table, *prefix):
            self.rows += 1
            yield row


@pytest.mark.attack(33)
def test_one_human_is_not_registered_as_two_persons(book: Book) -> None:
    book.ask("member.key_register", register("maker", ("maker",)), "bank-a")
    as_another = register("checker", ("checker",), certificate=certificate_of("maker"))

    refusal = refused(lambda: book.ask("member.key_register", as_another, "bank-a"))

    assert refusal.code == "CERTIFICATE_OF_ANOTHER_PERSON"
    register_kind = next(kind for kind in CONTRACT.operations if kind.name == "member.key_register")
    assert register_kind.authority is Authority.TWO_ADMINS


def test_what_a_key_operation_reads_does_not_grow_with_the_keys_of_the_member(book: Book) -> None:
    cases: list[tuple[str, msgspec.Struct]] = [
        ("member.key_register", register("third", ("admin",))),
        ("member.key_rotate", KeyRotate(key_text("bank-a-2"), key_text("new"), certificate_of("new"), 0)),
        ("member.key_revoke", KeyRevoke(key_text("bank-a-3"), 0, "left")),
    ]

    def rows_read() -> list[int]:
        seen = []
        over = Overlay(book.state)
        for name, args in cases:
            kind = next(kind for kind in CONTRACT.operations if kind.name == name)
            before, after = Counting(over), Overlay(over)
            change = kind.rule(args, book.call("bank-a"), before)
            after.write(change.writes)
            judged = Counting(after)
            assert list(touched(change, before, judged)) == []
            over.write(change.writes)
            seen.append(before.rows + judged.rows)
        return seen

    few = rows_read()
    with_keys(book, KEYS_PER_MEMBER - 10)
    assert rows_read() == few
    assert max(few) < 25


def test_admin_keys_of_a_member_are_bounded_and_an_ended_one_makes_room(book: Book) -> None:
    for number in range(ADMIN_KEYS_PER_MEMBER - 2):
        book.ask("member.key_register", register(f"a{number}", ("admin",)), "bank-a")
    more = register("more", ("admin", "look"))

    refusal = refused(lambda: book.ask("member.key_register", more, "bank-a"))
    assert (refusal.code, refusal.typed_fields()) == ("TOO_MANY_KEYS", {"limit": ADMIN_KEYS_PER_MEMBER})
    book.ask("member.key_register", register("clerk"), "bank-a")
    book.ask("member.key_revoke", KeyRevoke(key_text("a0"), 0, "left"), "bank-a")
    book.ask("member.key_register", more, "bank-a")
    book.check()


def test_a_rotated_key_overlaps_with_the_old_one(book: Book) -> None:
    args = KeyRotate(key_text("bank-a-2"), key_text("new"), certificate_of("renewed"), 15)

    events = book.ask("member.key_rotate", args, "bank-a")

    old, new = book.key("bank-a-2"), book.key("new")
    assert (new.person, new.rights, new.limit) == (old.person, old.rights, old.limit)
    assert (new.valid_from, old.revoked_at) == (11, 15)
    assert [type(event) for event in events] == [KeyRegistered, KeyRevoked]
    book.check()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (KeyRotate(key_text("ce-a-2"), key_text("new"), certificate_of("new"), 0), "KEY_UNKNOWN"),
        (KeyRotate(key_text("none"), key_text("new"), certificate_of("new"), 0), "KEY_UNKNOWN"),
        (KeyRotate(key_text("bank-a-2"), key_text("new"), certificate_of("new"), 9), "HEIGHT_OUT_OF_RANGE"),
        (KeyRotate(key_text("bank-a-2"), SMALL_ORDER, certificate_of("new"), 0), "KEY_NOT_ADMISSIBLE"),
        (KeyRotate(key_text("bank-a-2"), key_text("bank-a-2"), certificate_of("new"), 0), "KEY_KNOWN"),
        (
            KeyRotate(key_text("bank-a-2"), key_text("new"), certificate_of("bank-a-3"), 0),
            "CERTIFICATE_OF_ANOTHER_PERSON",
        ),
    ],
)
def test_a_rotation_that_may_not_be_is_refused(book: Book, args: KeyRotate, code: str) -> None:
    assert refused(lambda: book.ask("member.key_rotate", args, "bank-a")).code == code


def test_the_new_key_begins_no_earlier_than_the_old_one(book: Book) -> None:
    book.ask("member.key_register", register("late", valid_from=30), "bank-a")
    args = KeyRotate(key_text("late"), key_text("new"), certificate_of("late"), 0)

    book.ask("member.key_rotate", args, "bank-a")

    assert book.key("new").valid_from == 30
    assert not any(book.key("late").signs_at(Height(height)) for height in (29, 30, 31))


def test_a_key_with_an_end_is_not_rotated_again(book: Book) -> None:
    book.ask(
        "member.key_rotate",
        KeyRotate(key_text("bank-a-2"), key_text("n"), certificate_of("n"), 20),
        "bank-a",
    )
    again = KeyRotate(key_text("bank-a-2"), key_text("m"), certificate_of("m"), 0)

    refusal = refused(lambda: book.ask("member.key_rotate", again, "bank-a"))

    assert refusal.typed_fields() == {"key": key_text("bank-a-2"), "revoked_at": 20}


def test_a_revoked_key_signs_before_its_height_and_not_from_it_on(book: Book) -> None:
    events = book.ask("member.key_revoke", KeyRevoke(key_text("bank-a-0"), 13, "left"), "bank-a")

    assert events == (KeyRevoked(key_text("bank-a-0"), "bank-a", 13, "left"),)
    key = book.key("bank-a-0")
    assert [key.signs_at(Height(height)) for height in (12, 13, 14)] == [True, False, False]


def test_an_end_is_brought_forward_and_never_put_off(book: Book) -> None:
    book.ask("member.key_revoke", KeyRevoke(key_text("bank-a-0"), 20, "left"), "bank-a")
    book.ask("member.key_revoke", KeyRevoke(key_text("bank-a-0"), 15, "stolen"), "bank-a")

    for height in (15, 16, 30):
        args = KeyRevoke(key_text("bank-a-0"), height, "later")
        assert refused(lambda args=args: book.ask("member.key_revoke", args, "bank-a")).code == (  # type: ignore[misc]  # mypy does not infer defaulted lambdas
            "KEY_NOT_IN_FORCE"
        )


def test_nobody_ends_another_members_key(book: Book) -> None:
    args = KeyRevoke(key_text("ce-a-0"), 0, "rival")

    assert refused(lambda: book.ask("member.key_revoke", args, "bank-a")).code == "KEY_UNKNOWN"


def test_the_last_two_admins_stay(book: Book) -> None:
    args = KeyRevoke(key_text("bank-a-2"), 0, "left")

    assert refused(lambda: book.ask("member.key_revoke", args, "bank-a")).code == "LAST_ADMINS"

    book.ask("member.key_register", register("third", ("admin",)), "bank-a")
    book.ask("member.key_revoke", args, "bank-a")
    book.check()


def test_an_admin_who_begins_later_does_not_count(book: Book) -> None:
    book.ask("member.key_register", register("third", ("admin",), valid_from=12), "bank-a")
    args = KeyRevoke(key_text("bank-a-2"), 20, "left")

    refusal = refused(lambda: book.ask("member.key_revoke", args, "bank-a"))

    assert refusal.typed_fields() == {"member": "bank-a", "admins": 1}


@pytest.mark.attack(33)
def test_a_second_admin_key_of_one_person_does_not_count_twice(book: Book) -> None:
    same = register("second", ("admin",), person=person_of("bank-a-3"))
    book.ask("member.key_register", same, "bank-a")

    args = KeyRevoke(key_text("bank-a-2"), 0, "left")
    assert refused(lambda: book.ask("member.key_revoke", args, "bank-a")).code == "LAST_ADMINS"
