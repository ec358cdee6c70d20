import msgspec

from tallychain.contracts.members import api
from tallychain.contracts.members.operations import Suspend
from tallychain.contracts.members.tests.strategies import Book
from tallychain.ledger.identity import BANK, FACTOR, MEMBERS, OPERATOR


def test_only_members_of_a_suitable_kind_sponsor_holders() -> None:
    book = Book().founded()
    book.state.write([MEMBERS.put(msgspec.structs.replace(book.member("ce-a"), kinds=(OPERATOR,)))])

    names = ("bank-a", "factor-a", "ce-a", "supervisor", "nobody")

    assert [api.may_sponsor(book.state, name, book.now) for name in names] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_suspended_member_is_not_active_until_the_suspension_lapses() -> None:
    book = Book().founded()
    book.ask("member.suspend", Suspend("bank-a", "licence"), "supervisor")

    assert not api.is_active(book.state, "bank-a", book.now)
    assert not api.is_active_kind(book.state, "bank-a", BANK, book.now)
    assert not api.may_sponsor(book.state, "bank-a", book.now)
    book.time_ms += 5 * 86_400_000
    assert api.is_active(book.state, "bank-a", book.now)
    assert api.is_active_kind(book.state, "bank-a", BANK, book.now)
    assert not api.is_active_kind(book.state, "bank-a", FACTOR, book.now)
    assert api.may_sponsor(book.state, "bank-a", book.now)


def test_a_member_of_record_is_found_by_its_name() -> None:
    book = Book().founded()

    assert api.member(book.state, "bank-a") == book.member("bank-a")
    assert api.member(book.state, "nobody") is None
    assert not api.is_active(book.state, "nobody", book.now)
