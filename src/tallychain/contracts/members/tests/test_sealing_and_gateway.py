from typing import TypeVar

import msgspec
import pytest

from tallychain.contracts.members import state
from tallychain.contracts.members.events import (
    GatewaySet,
    SealingKeySet,
)
from tallychain.contracts.members.operations import (
    SealingKeyRotate,
    SetGateway,
)
from tallychain.contracts.members.tests.strategies import (
    MONDAY_NOON_MS,
    Book,
    refused,
    sealing_text,
)
from tallychain.ledger import limits

V = TypeVar("V", bound=msgspec.Struct)

SMALL_ORDER_SEALING = "x25519:01" + "00" * 31


@pytest.fixture
def book() -> Book:
    return Book().founded()


@pytest.mark.deadline("sealing_key: REPLACED -> ENDED")
def test_a_replaced_sealing_key_is_taken_for_48_hours(book: Book) -> None:
    events = book.ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text("second")), "bank-a")

    assert events == (SealingKeySet("bank-a", 2, sealing_text("second"), MONDAY_NOON_MS),)
    member = book.member("bank-a")
    end_ms = MONDAY_NOON_MS + limits.SEALING_KEY_OVERLAP_MS
    assert member.current_sealing().number == 2
    assert [member.may_open_with(1, end_ms + ms) for ms in (-1, 0, 1)] == [True, True, False]
    assert member.may_open_with(2, end_ms + 1)
    assert not member.may_open_with(3, end_ms)
    book.check()


def test_a_sealing_key_is_replaced_once_in_48_hours(book: Book) -> None:
    book.ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text("second")), "bank-a")
    end_ms = MONDAY_NOON_MS + limits.SEALING_KEY_OVERLAP_MS
    third = SealingKeyRotate(sealing_text("third"))

    book.next_block(end_ms)
    refusal = refused(lambda: book.ask("member.sealing_key_rotate", third, "bank-a"))
    assert (refusal.code, refusal.typed_fields()) == ("SEALING_KEY_REPLACED_RECENTLY", {"until_ms": end_ms})
    assert book.member("bank-a").may_open_with(1, book.time_ms)
    book.ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text("other")), "ce-a")
    book.next_block(end_ms + 1)
    book.ask("member.sealing_key_rotate", third, "bank-a")
    book.check()


def test_only_the_last_replaced_sealing_key_is_taken(book: Book) -> None:
    book.ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text("second")), "bank-a")
    book.next_block(book.time_ms + limits.SEALING_KEY_OVERLAP_MS + 1)
    book.ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text("third")), "bank-a")

    member = book.member("bank-a")
    assert [member.may_open_with(number, book.time_ms) for number in (1, 2, 3)] == [False, True, True]
    assert [key.number for key in member.sealing] == [1, 2, 3]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (SMALL_ORDER_SEALING, "KEY_NOT_ADMISSIBLE"),
        (sealing_text("bank-a"), "KEY_KNOWN"),
        (sealing_text("ce-a"), "KEY_KNOWN"),
    ],
)
def test_a_sealing_key_that_may_not_stand_is_refused(book: Book, key: str, code: str) -> None:
    args = SealingKeyRotate(key)

    assert refused(lambda: book.ask("member.sealing_key_rotate", args, "bank-a")).code == code


def test_sealing_keys_of_a_member_are_bounded(book: Book) -> None:
    for number in range(state.SEALING_KEYS_PER_MEMBER - 1):
        book.ask("member.sealing_key_rotate", SealingKeyRotate(sealing_text(f"n{number}")), "ce-a")
        book.time_ms += limits.SEALING_KEY_OVERLAP_MS + 1

    more = SealingKeyRotate(sealing_text("more"))
    assert refused(lambda: book.ask("member.sealing_key_rotate", more, "ce-a")).code == "TOO_MANY_KEYS"


def test_a_gateway_moves_to_another_address(book: Book) -> None:
    events = book.ask("member.gateway_set", SetGateway("https://gw.bank-a.example:8443/api"), "bank-a")

    assert events == (GatewaySet("bank-a", "https://gw.bank-a.example:8443/api"),)
    assert book.member("bank-a").gateway == "https://gw.bank-a.example:8443/api"


@pytest.mark.parametrize("address", ["http://gateway.bank-a.example", "https://127.0.0.1:8443/api"])
def test_a_gateway_on_no_public_address_is_refused_except_on_a_demonstration_chain(
    book: Book, address: str
) -> None:
    refusal = refused(lambda: book.ask("member.gateway_set", SetGateway(address), "bank-a"))
    assert (refusal.code, refusal.typed_fields()) == ("GATEWAY_NOT_PUBLIC", {"address": address})

    book.in_earnest(demo=True)
    book.ask("member.gateway_set", SetGateway(address), "bank-a")
    assert book.member("bank-a").gateway == address
