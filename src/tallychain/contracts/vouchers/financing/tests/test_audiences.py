"""Who must be able to open the sealed parts of financings, and who must not need to."""

import pytest

from tallychain.contracts.vouchers.financing import audiences
from tallychain.contracts.vouchers.financing.operations import (
    AskFinancing,
    Award,
    CloseFinancing,
    CompleteFinancing,
    RefuteFinancing,
    RevealQuote,
)
from tallychain.contracts.vouchers.financing.tests.desk import HOUR_MS, Desk
from tallychain.contracts.vouchers.settling.tests.desk import S1
from tallychain.contracts.vouchers.sponsoring.state import CLAIMS, FREE, Claim
from tallychain.contracts.vouchers.tests.desk import units
from tallychain.ledger.timeline import settled

SELLER_SIDE = {S1.sealing, "member:bank-a", "member:ce-a", "member:supervisor"}
ASKED = ("bank-b", "factor-a")


@pytest.mark.attack(22)
def test_a_quote_is_for_the_sellers_own_key_and_no_member_but_its_funder() -> None:
    """The seller's sponsor, bank-a, may be a rival: it reads no quote."""
    desk = Desk()
    number = desk.active().number
    name = desk.ask(number, funders=("bank-a", "bank-b"))

    assert set(audiences.quote(RevealQuote(number, name), desk.by("bank-b"), desk.state)) == {
        S1.sealing,
        "member:bank-b",
    }


def test_who_asks_is_known_to_those_asked_and_why_to_them_alone() -> None:
    desk = Desk()
    number = desk.active().number
    args = AskFinancing(number, units(1), units(1), units(5), "FACTORING", False, ASKED, desk.now_ms)
    call = desk.by_tag(S1)
    members = {f"member:{name}" for name in ASKED}

    assert set(audiences.asking(args, call, desk.state)) == SELLER_SIDE | members
    assert set(audiences.reasons(args, call, desk.state)) == {S1.sealing} | members


def test_the_amount_is_for_the_two_sides_and_the_banks_between_them() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.ask(number, funders=ASKED)
    args = Award(number, name, "bank-b", "ab" * 32, "bank-a")
    between = {S1.sealing, "member:bank-b", "member:bank-a"}
    assert set(audiences.payment(args, desk.by_tag(S1), desk.state)) == between
    desk.commit(number, name)

    assert set(audiences.payment(args, desk.by_tag(S1), desk.state)) == between | {"member:settle-a"}
    assert set(audiences.awarding(args, desk.by_tag(S1), desk.state)) == SELLER_SIDE | {"member:bank-b"}
    assert set(audiences.seller(CloseFinancing(number, name), desk.by_tag(S1), desk.state)) == (
        SELLER_SIDE | {f"member:{funder}" for funder in ASKED}
    )
    assert audiences.denial(RefuteFinancing(number, name), desk.by_tag(S1), desk.state) == (S1.sealing,)


def test_after_the_award_the_seller_speaks_to_the_chosen_funder() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    complete, refute = CompleteFinancing(number, name), RefuteFinancing(number, name)

    assert set(audiences.seller(complete, desk.by_tag(S1), desk.state)) == SELLER_SIDE | {"member:bank-b"}
    assert set(audiences.denial(refute, desk.by_tag(S1), desk.state)) == {
        S1.sealing,
        "member:bank-b",
        "member:settle-a",
        "member:bank-a",
    }


def test_whoever_carries_the_act_of_an_idle_sponsor_reads_the_identity() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    desk.now_ms += HOUR_MS
    desk.state.write([CLAIMS.put(Claim(S1.tag, "bank-a", desk.now_ms, settled(FREE)))])

    found = audiences.seller(CompleteFinancing(number, name), desk.by_tag(S1, "settle-a"), desk.state)

    assert "member:settle-a" in found
