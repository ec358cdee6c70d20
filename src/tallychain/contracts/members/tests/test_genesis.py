import msgspec
import pytest

from tallychain.contracts.members.events import KeyRegistered, MemberAdmitted, SealingKeySet
from tallychain.contracts.members.genesis import GenesisKey, GenesisMember, founders
from tallychain.contracts.members.tests.strategies import (
    Book,
    certificate_of,
    founder,
    key_text,
    person_of,
    raw,
    section,
    uscc,
)
from tallychain.ledger import codec
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.identity import ACTIVE, BANK, FACTOR, OPERATOR, is_in_good_standing

LEI = "5493001KJTIIGC8Y1R12"


def changed(**changes: object) -> tuple[GenesisMember, ...]:
    return (msgspec.structs.replace(founder("bank-a"), **changes), *section()[1:])


def with_key(position: int, **changes: object) -> tuple[GenesisMember, ...]:
    keys = list(founder("bank-a").keys)
    keys[position] = msgspec.structs.replace(keys[position], **changes)
    return changed(keys=tuple(keys))


def test_founders_are_active_with_their_keys_from_the_beginning() -> None:
    book = Book().founded()

    member = book.member("bank-a")
    assert (member.status_at(book.now), member.kinds, member.admitted_height) == (ACTIVE, (BANK,), 0)
    assert is_in_good_standing(member, book.now)
    assert not is_in_good_standing(None, book.now)
    assert [book.key(f"bank-a-{n}").rights[0] for n in range(5)] == [
        "maker",
        "checker",
        "admin",
        "admin",
        "system",
    ]
    assert all(book.key(f"bank-a-{n}").valid_from == 0 for n in range(5))
    book.check()


def test_the_events_of_genesis_tell_of_every_founder_and_key() -> None:
    kinds = [type(event) for event in founders(raw(section())).events]

    assert [kinds.count(kind) for kind in (MemberAdmitted, SealingKeySet, KeyRegistered)] == [5, 5, 25]


def test_an_institution_may_have_an_lei() -> None:
    assert founders(raw(changed(uscc=LEI))).writes


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        (
            changed(uscc="91310000MA000000X0"),
            "The member bank-a may not begin: 91310000MA000000X0 is no unified",
        ),
        (changed(uscc=LEI[:-1] + "3"), f"The member bank-a may not begin: {LEI[:-1]}3 is no unified"),
        (
            changed(kinds=("BANK", "SHOP")),
            "The member bank-a may not begin: There is no kind of member SHOP.",
        ),
        (changed(kinds=(OPERATOR, BANK)), "The member bank-a may not begin: bank-a would be an operator"),
        (
            changed(kinds=(FACTOR, OPERATOR)),
            "The member bank-a may not begin: bank-a would be an operator",
        ),
        (changed(member="ce-a"), "The member ce-a stands twice in the genesis document."),
        (changed(uscc=uscc(2)), f"The code {uscc(2)} stands twice in the genesis document."),
        (changed(sealing="x25519:" + "00" * 32), "The member bank-a may not begin: The key "),
        (with_key(0, key="ed25519:01" + "00" * 31), "The member bank-a may not begin: The key "),
        (with_key(0, key=key_text("ce-a-0")), f"The key {key_text('ce-a-0')} stands twice in"),
        (
            with_key(0, rights=("checker", "maker")),
            "The member bank-a may not begin: There is no right ",
        ),
        (with_key(0, rights=("owner",)), "The member bank-a may not begin: There is no right "),
        (
            with_key(4, rights=("admin", "system")),
            "The member bank-a may not begin: A key with the right system",
        ),
        (
            with_key(1, certificate=certificate_of("bank-a-0")),
            "The member bank-a may not begin: The certificate belongs to",
        ),
        (
            with_key(2, person=person_of("bank-a-3"), certificate=certificate_of("bank-a-3")),
            "The member bank-a may not begin: bank-a would have 1 admins",
        ),
        (with_key(2, rights=("look",)), "The member bank-a may not begin: bank-a would have 1 admins"),
        (changed(gateway="ftp://bank-a"), "The members in the genesis document are not valid: "),
    ],
)
def test_founders_that_may_not_be_are_refused_with_a_sentence(
    members: tuple[GenesisMember, ...], sentence: str
) -> None:
    with pytest.raises(GenesisRefused) as caught:
        founders(raw(members))

    assert str(caught.value).startswith(sentence)


def test_a_section_in_another_spelling_is_refused() -> None:
    spaced = msgspec.Raw(codec.encode(section()).replace(b",", b", "))

    with pytest.raises(GenesisRefused, match="canonical"):
        founders(spaced)


def test_a_key_of_a_founder_is_declared_by_its_five_facts() -> None:
    assert GenesisKey.__struct_fields__ == ("key", "person", "rights", "limit", "certificate")
