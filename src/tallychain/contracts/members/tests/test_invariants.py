"""Each invariant is shown to find what it is there for."""

import msgspec
import pytest

from tallychain.contracts.members import CONTRACT
from tallychain.contracts.members.invariants import full, touched
from tallychain.contracts.members.state import HELD, MEMBER_KEYS, ROSTERS, Held, MemberKey, keys_of, roster_of
from tallychain.contracts.members.tests.strategies import Book, certificate_of, sealing_text
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import BANK, FACTOR, KEYS, MEMBERS, OPERATOR, SealingKey
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write


def damages(book: Book) -> dict[str, tuple[int, Write]]:
    replace = msgspec.structs.replace
    admin, maker, member = book.key("bank-a-2"), book.key("bank-a-0"), book.member("bank-a")
    roster = roster_of(book.state, "bank-a")
    return {
        "one admin": (101, ROSTERS.put(replace(roster, admins=roster.admins[1:]))),
        "an admin that has ended": (106, KEYS.put(replace(admin, revoked_at=20))),
        "a key that is counted twice": (106, ROSTERS.put(replace(roster, keys=roster.keys + 1))),
        "an admin who begins earlier": (106, KEYS.put(replace(admin, valid_from=7))),
        "a stranger's key": (102, KEYS.put(replace(maker, member="nobody"))),
        "a key without its entry": (102, KEYS.put(replace(maker, key=maker.key + "0"))),
        "no current sealing key": (
            103,
            MEMBERS.put(replace(member, sealing=(SealingKey(1, sealing_text("x"), 5),))),
        ),
        "a gap in the numbers": (
            103,
            MEMBERS.put(replace(member, sealing=(SealingKey(2, sealing_text("x"), 0),))),
        ),
        "no sealing key": (103, MEMBERS.put(replace(member, sealing=()))),
        "an operator that is a bank": (104, MEMBERS.put(replace(member, kinds=(OPERATOR, BANK)))),
        "an operator that is a factor": (104, MEMBERS.put(replace(member, kinds=(FACTOR, OPERATOR)))),
        "one that is held back and begins what it likes": (293, HELD.put(Held("bank-a", 5))),
        "a certificate of two": (105, KEYS.put(replace(maker, certificate=certificate_of("bank-a-1")))),
    }


@pytest.mark.parametrize("damage", sorted(damages(Book().founded())))
def test_damage_is_found_in_what_is_touched_and_in_the_whole(damage: str) -> None:
    book = Book().founded()
    number, write = damages(book)[damage]
    after = Overlay(book.state)
    after.write([write])

    assert number in {found for found, _ in touched(Change((write,)), book.state, after)}
    assert number in {found for found, _ in full(after)}


def test_a_sound_alliance_has_no_findings() -> None:
    book = Book().founded()

    assert list(full(book.state)) == []
    assert list(touched(Change((MEMBERS.put(book.member("bank-a")),)), book.state, book.state)) == []


def test_an_operator_that_is_nothing_else_is_sound() -> None:
    book = Book().founded()

    book.state.write([MEMBERS.put(msgspec.structs.replace(book.member("ce-a"), kinds=(OPERATOR,)))])

    assert list(full(book.state)) == []


def test_an_entry_without_a_key_gives_no_key() -> None:
    book = Book().founded()
    before = len(list(keys_of(book.state, "bank-a")))
    book.state.write([MEMBER_KEYS.put(MemberKey("bank-a", "ed25519:" + "ab" * 32))])

    assert len(list(keys_of(book.state, "bank-a"))) == before


def test_the_contract_declares_its_invariants() -> None:
    assert (CONTRACT.touched, CONTRACT.full) == (touched, full)
