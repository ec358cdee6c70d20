"""A false identity part: who shows it, by what every node can check, what ends with it, and what stays."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.challenging import refusals
from tallychain.contracts.vouchers.challenging.events import IdentityShownFalse
from tallychain.contracts.vouchers.challenging.state import FALSE_IDENTITIES
from tallychain.contracts.vouchers.challenging.tests.desk import (
    ELSE,
    KEY,
    OF_A_PERSON,
    Desk,
    Lie,
    Made,
    made,
    text_of,
)
from tallychain.contracts.vouchers.events import OfferEnded
from tallychain.contracts.vouchers.financing.events import FinancingClosed
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.state import OFFERS, OPEN
from tallychain.contracts.vouchers.tests.desk import DAY_MS, row, units
from tallychain.crypto.certificates import certificate_digest
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import Timeline

FALSE = Lie(by_other=True)


class Following(SettlingFollowing, Desk):
    """A desk of challenges whose events are projected as they come."""


def offered(desk: Desk, lie: Lie) -> tuple[str, Made, list[str]]:
    """A voucher, an act that offers units of it to s2 and s3, and the offers."""
    number, act = desk.active().number, made(lie)
    desk.does(act)
    return number, act, desk.offer(number, S1, row(1, 9, S2), row(10, 20, S3))


@pytest.mark.attack(38)
def test_whom_a_false_person_offers_units_shows_it_and_every_open_offer_ends() -> None:
    desk = Following()
    number, act, (first, second) = offered(desk, FALSE)

    change = desk.challenge_identity(number, act)

    told = IdentityShownFalse(
        number,
        "ce-a",
        act.id,
        "voucher.offer",
        units(1),
        units(20),
        S1.tag,
        "bank-a",
        "ce-a",
        "SIGNATURE",
        (first, second),
    )
    assert change.events == (
        told,
        OfferEnded(first, number, desk.now_ms),
        OfferEnded(second, number, desk.now_ms),
    )
    refused(general.OfferNotOpen, desk.take, number, first, S2)
    (holding,) = desk.holdings(number)
    assert holding.encumbrances == ()
    shown = desk.row("false_identities", act.id)
    assert (shown["sponsor"], shown["challenger"], shown["ground"]) == ("bank-a", "ce-a", "SIGNATURE")
    assert shown["ended"] == f"{first}, {second}"
    assert desk.row("voucher_acts", number, "op", "identity.shown_false", act.id)["last"] == 20


def test_title_that_has_passed_stays_with_who_took_it_in_good_faith() -> None:
    desk = Following()
    number, act, (first, second) = offered(desk, FALSE)
    desk.take(number, first, S2)

    change = desk.challenge_identity(number, act, by="bank-b")

    assert [type(event) for event in change.events] == [IdentityShownFalse, OfferEnded]
    assert desk.found_offer(first).status_at(desk.now) == "TAKEN"
    assert desk.found_offer(second).status_at(desk.now) == "ENDED"
    assert [holding.tag for holding in desk.holdings(number)] == [S2.tag, S1.tag]


def test_a_request_for_money_by_a_false_person_ends_with_its_quotes() -> None:
    desk = Following()
    number, act = desk.active().number, made(FALSE, "financing.request")
    desk.does(act)
    name = desk.ask(number)
    desk.commit(number, name)

    change = desk.challenge_identity(number, act)

    assert change.events[1:] == (FinancingClosed(name, number),)
    assert desk.quote(name, "bank-b") is None
    assert desk.financing_status(name) == "CLOSED"


@pytest.mark.parametrize(
    ("named", "ground"),
    [
        ("no json", "FORM"),
        ("a digest", "FORM"),
        ("no hex", "FORM"),
        ("half a checker", "FORM"),
        ("a bad character", "FORM"),
        ("somebody else", "PERSON"),
        ("a person", "PERSON"),
        ("another key", "SIGNATURE"),
        ("another act", "SIGNATURE"),
        ("a checker", "SIGNATURE"),
    ],
)
def test_each_way_of_being_false_is_found(named: str, ground: str) -> None:
    desk = Desk()
    elsewhere = "ab" * 64
    lies = {
        "no json": Lie(content=b"\xff\xfe"),
        "a digest": Lie(changed={"certificate": "none"}),
        "no hex": Lie(changed={"signature": "signed"}),
        "half a checker": Lie(changed={"checker_signature": elsewhere}),
        "a bad character": Lie(changed={"name": "s1\u200b"}),
        "somebody else": Lie(certificate=ELSE),
        "a person": Lie(certificate=OF_A_PERSON),
        "another key": FALSE,
        "another act": Lie(changed={"signature": elsewhere}),
        "a checker": Lie(
            changed={
                "checker_certificate": certificate_digest(made(Lie()).certificate),
                "checker_signature": elsewhere,
                "certificate": certificate_digest(ELSE),
            }
        ),
    }
    number, act, _ = offered(desk, lies[named])

    desk.challenge_identity(number, act)

    found = desk.state.get(FALSE_IDENTITIES, act.id)
    assert found is not None
    assert found.ground == ground


def test_a_true_identity_is_not_made_false_by_any_certificate() -> None:
    desk = Desk()
    number, act, (first, _) = offered(desk, Lie())

    refused(refusals.IdentityIsTrue, desk.challenge_identity, number, act)
    for other in (ELSE, b"", KEY.public.encode()):
        refused(refusals.FalsehoodNotShown, desk.challenge_identity, number, act, certificate=text_of(other))
    refused(refusals.FalsehoodNotShown, desk.challenge_identity, number, act, certificate="===")
    assert desk.found_offer(first).status_at(desk.now) == OPEN


def test_a_certificate_that_cannot_be_read_shows_nothing() -> None:
    desk = Desk()
    number, act, _ = offered(desk, Lie(certificate=b"no certificate"))

    refused(refusals.FalsehoodNotShown, desk.challenge_identity, number, act)


@pytest.mark.parametrize("changed", ["salt", "content", "not base64", "two ways"])
def test_what_the_act_does_not_commit_to_shows_nothing(changed: str) -> None:
    desk = Desk()
    number, act, _ = offered(desk, FALSE)
    given = {
        "salt": {"salt": bytes(32).hex()},
        "content": {"content": text_of(b"{}")},
        "not base64": {"content": "A"},
        "two ways": {"content": "QR=="},
    }

    refused(refusals.IdentityNotOpened, desk.challenge_identity, number, act, **given[changed])


def test_only_who_may_read_the_part_shows_it_and_only_once() -> None:
    desk = Desk()
    number, act, _ = offered(desk, FALSE)

    refused(refusals.NotAnEntitledReader, desk.challenge_identity, number, act, by="settle-a")
    desk.challenge_identity(number, act, by="bank-b")
    said = refused(refusals.AlreadyShownFalse, desk.challenge_identity, number, act)
    assert said == {"act": act.id, "challenger": "bank-b"}


def test_nobody_is_blamed_for_a_text_that_never_stood_in_a_block_or_for_another_voucher() -> None:
    desk = Desk()
    number, act, _ = offered(desk, FALSE)
    other = desk.active().number
    asked = made(FALSE, "financing.request", nonce=2)
    unsaid = made(FALSE, nonce=3)

    refused(refusals.ActNotChallengeable, desk.challenge_identity, number, unsaid)
    refused(refusals.ActNotChallengeable, desk.challenge_identity, number, act, body=unsaid.text)
    refused(refusals.ActNotChallengeable, desk.challenge_identity, other, act)
    desk.does(asked)
    desk.ask(number, first=100)
    refused(refusals.ActNotChallengeable, desk.challenge_identity, other, asked)
    refused(general.VoucherNotFound, desk.challenge_identity, "EVTRIA20260316000000000180", act)


def test_an_act_without_an_identity_part_has_none_to_challenge() -> None:
    desk = Desk()
    number, act = desk.active().number, made(FALSE, label="reason")
    desk.does(act)
    desk.offer(number, S1, row(1, 9, S2))

    refused(refusals.ActNotChallengeable, desk.challenge_identity, number, act)


def test_what_has_left_the_state_is_challenged_no_more() -> None:
    desk = Desk()
    number, act, _ = offered(desk, FALSE)
    desk.now_ms += 60 * DAY_MS

    refused(refusals.ActNotChallengeable, desk.challenge_identity, number, act)


@pytest.mark.parametrize("named", ["untold", "unwritten", "again", "leaves"])
def test_a_record_that_nobody_has_shown_is_found(named: str) -> None:
    desk = Desk()
    number, act, _ = offered(desk, FALSE)
    first = desk.challenge_identity(number, act)
    found = desk.state.get(FALSE_IDENTITIES, act.id)
    assert found is not None
    other = FALSE_IDENTITIES.put(replace(found, act="0f" * 32))
    planted = {
        "untold": Change((other,)),
        "unwritten": Change((), (replace(first.events[0], challenged="0f" * 32),)),
        "again": Change((FALSE_IDENTITIES.put(found),), first.events[:1]),
        "leaves": Change((FALSE_IDENTITIES.delete(found),)),
    }

    assert 310 in faults(desk, planted[named])


@pytest.mark.parametrize(("named", "fault"), [("no ground", 311), ("an open offer", 312), ("asked", 312)])
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str, fault: int) -> None:
    desk = Desk()
    number, act, (first, _) = offered(desk, FALSE)
    desk.challenge_identity(number, act)
    found = desk.state.get(FALSE_IDENTITIES, act.id)
    assert found is not None
    if named == "asked":
        name = desk.ask(number)
        found = replace(found, act=name)
    opened = replace(desk.found_offer(first), timeline=Timeline(OPEN, ()))
    planted = {
        "no ground": Change((FALSE_IDENTITIES.put(replace(found, ground="ENVY")),)),
        "an open offer": Change((FALSE_IDENTITIES.put(found), OFFERS.put(opened))),
        "asked": Change((FALSE_IDENTITIES.put(found),)),
    }

    assert fault in faults(desk, planted[named])
    after = Overlay(desk.state)
    after.write(planted[named].writes)
    assert fault in {number for number, _ in full(after)}


def faults(desk: Desk, change: Change) -> set[int]:
    after = Overlay(desk.state)
    after.write(change.writes)
    return {number for number, _ in touched(change, desk.state, after)}
