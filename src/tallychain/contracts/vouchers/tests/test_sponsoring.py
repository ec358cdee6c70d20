"""No sponsor holds its client back: the client leaves it, or acts without it while it is idle."""

import pytest

from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.operations import TRADE_LABELS, MakeOffer, Recall
from tallychain.contracts.vouchers.sponsoring.events import (
    ClaimEnded,
    HolderPorted,
    SponsorAnswered,
    SponsorClaimed,
    SponsorDidNotAnswer,
)
from tallychain.contracts.vouchers.sponsoring.operations import ClaimSponsorIdle
from tallychain.contracts.vouchers.sponsoring.refusals import (
    ClaimNotWaiting,
    ClaimStands,
    HoldingNamedTwice,
    SponsorCarries,
)
from tallychain.contracts.vouchers.sponsoring.state import CLAIMS, FREE, WAITING
from tallychain.contracts.vouchers.standing import offer_status
from tallychain.contracts.vouchers.state import ENDED
from tallychain.contracts.vouchers.tests.desk import Desk, fields_of, person, row, units

S1, S2, S3 = person("s1"), person("s2"), person("s3", "bank-b")
HOUR_MS = 3_600_000
RULES = {kind.name: kind.rule for kind in OPERATIONS}


def claim_status(desk: Desk, tag: str = S1.tag) -> str:
    found = desk.state.get(CLAIMS, tag)
    return "" if found is None else found.status_at(desk.now)


def test_a_holder_moves_its_holding_to_another_sponsor_and_acts_through_it() -> None:
    desk = Desk()
    voucher = desk.active()

    change = desk.port(voucher.number, S1, "bank-b")

    (holding,) = desk.holdings(voucher.number)
    assert (holding.sponsor, holding.tag, holding.layer, holding.seq) == ("bank-b", S1.tag, 1, 1)
    assert change.events == (HolderPorted(voucher.number, S1.tag, "bank-b", ("bank-a",), (holding.id,), ()),)
    with pytest.raises(refusals.NotTheSponsor):
        desk.offer(voucher.number, S1, row(1, 5, S2))
    desk.offer(voucher.number, S1, row(1, 5, S2), via="bank-b")


def test_open_offers_move_with_the_holding_and_those_that_ended_stay_as_they_were() -> None:
    desk = Desk()
    voucher = desk.active()
    (ended,) = desk.offer(voucher.number, S1, row(1, 5, S3))
    desk.suspended("bank-b")
    desk.standing("bank-b", "ACTIVE")
    desk.now_ms += 1
    (going_on,) = desk.offer(voucher.number, S1, row(6, 9, S2))

    desk.port(voucher.number, S1, "bank-b")

    assert desk.found_offer(ended).giver.sponsor == "bank-a"
    assert offer_status(desk.found_offer(ended), desk.state, desk.now) == ENDED
    assert desk.found_offer(going_on).giver.sponsor == "bank-b"
    with pytest.raises(refusals.NotTheSponsor):
        desk.recall(voucher.number, going_on, S1)
    desk.take(voucher.number, going_on, S2)


def test_the_client_of_a_suspended_sponsor_leaves_it() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.suspended("bank-a")

    desk.port(voucher.number, S1, "bank-b")

    desk.offer(voucher.number, S1, row(1, 5, person("s9", "bank-b")), via="bank-b")


def test_pieces_of_one_tag_move_together_and_only_those_named() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.pass_on(voucher.number, S1, row(11, 20, S2))

    desk.port(voucher.number, S1, "bank-b", 1, 21)

    assert [holding.sponsor for holding in desk.holdings(voucher.number)] == ["bank-b", "bank-a", "bank-b"]
    with pytest.raises(SponsorCarries) as refused:
        desk.port(voucher.number, S1, "bank-b", 1)
    assert fields_of(refused.value) == {"sponsor": "bank-b"}


def test_what_cannot_be_ported_is_refused() -> None:
    desk = Desk()
    voucher = desk.active()

    with pytest.raises(refusals.NotTheHolder):
        desk.port(voucher.number, S2, "bank-b")
    with pytest.raises(HoldingNamedTwice) as refused:
        desk.port(voucher.number, S1, "bank-b", 1, 1)
    assert fields_of(refused.value) == {"first": 1}
    with pytest.raises(refusals.RecipientNotEligible):
        desk.port(voucher.number, S1, "supervisor")
    with pytest.raises(refusals.HoldingNotFound):
        desk.port(voucher.number, S1, "bank-b", 2)


@pytest.mark.deadline("claim: WAITING -> FREE", "claim: FREE -> OVER")
def test_a_claim_that_the_sponsor_does_not_answer_lets_any_member_carry_for_a_day() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.claim(voucher.number, S1, "bank-b", holding=1)
    with pytest.raises(refusals.NotTheSponsor):
        desk.offer(voucher.number, S1, row(1, 5, S2), via="bank-b")
    desk.now_ms += HOUR_MS - 1
    assert claim_status(desk) == WAITING
    desk.now_ms += 1
    assert claim_status(desk) == FREE

    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2), via="ce-b")
    desk.recall(voucher.number, name, S1, via="bank-b")
    assert [type(event) for event in desk.write_due()] == [SponsorDidNotAnswer]
    with pytest.raises(ClaimNotWaiting):
        desk.answer_claim(S1.tag, "bank-a")
    desk.offer(voucher.number, S1, row(1, 5, S2))

    desk.now_ms += 24 * HOUR_MS
    with pytest.raises(refusals.NotTheSponsor):
        desk.offer(voucher.number, S1, row(6, 9, S2), via="bank-b")
    assert [type(event) for event in desk.write_due()] == [ClaimEnded]
    assert claim_status(desk) == ""


def test_the_sponsor_answers_in_time_and_nothing_changes() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.claim(voucher.number, S1, "bank-b", holding=1)

    with pytest.raises(ClaimNotWaiting) as refused:
        desk.answer_claim(S1.tag, "bank-b")
    assert fields_of(refused.value) == {"tag": S1.tag}
    change = desk.answer_claim(S1.tag, "bank-a")

    assert change.events == (SponsorAnswered(S1.tag, "bank-a"),)
    assert claim_status(desk) == ""
    desk.now_ms += 2 * HOUR_MS
    with pytest.raises(refusals.NotTheSponsor):
        desk.offer(voucher.number, S1, row(1, 5, S2), via="bank-b")


def test_a_sponsor_that_carries_an_act_of_the_tag_has_answered() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.claim(voucher.number, S1, "bank-b", holding=1)
    args = MakeOffer(voucher.number, units(1), (row(1, 5, S2),))

    call = desk.by_tag(S1, labels=("identity", TRADE_LABELS[0]))
    change = desk.adopt(RULES["voucher.offer"](args, call, desk.state))

    assert [type(event) for event in change.events][-1] is SponsorAnswered
    assert claim_status(desk) == ""


def test_another_member_that_carries_meanwhile_answers_nothing() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    desk.claim(voucher.number, S1, "bank-b", holding=1)
    desk.now_ms += HOUR_MS

    desk.adopt(RULES["voucher.recall"](Recall(voucher.number, name), desk.by_tag(S1, "bank-b"), desk.state))

    assert claim_status(desk) == FREE


def test_a_claim_is_of_the_tag_that_holds_is_promised_or_is_offered() -> None:
    desk = Desk()
    promised = desk.issue(receiver=S3)
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))

    desk.claim(promised.number, S3, "bank-a")
    desk.claim(voucher.number, S2, "bank-b", offer=name)
    desk.now_ms += HOUR_MS
    desk.accept(promised, by=S3, via="bank-a")
    desk.take(voucher.number, name, S2, via="bank-b")

    with pytest.raises(refusals.NotTheNamedReceiver):
        desk.claim(promised.number, S1, "bank-b")
    with pytest.raises(refusals.NotTheNamedReceiver):
        desk.claim(voucher.number, S1, "bank-b", offer=name)
    with pytest.raises(refusals.NotTheHolder):
        desk.claim(voucher.number, S1, "bank-b", holding=1)


def test_a_tag_has_one_claim_at_a_time_on_its_sponsor() -> None:
    desk = Desk()
    voucher = desk.active()
    with pytest.raises(SponsorCarries):
        desk.claim(voucher.number, S1, "bank-a", holding=1)
    desk.claim(voucher.number, S1, "bank-b", holding=1)
    with pytest.raises(ClaimStands) as refused:
        desk.claim(voucher.number, S1, "bank-b", holding=1)
    assert fields_of(refused.value) == {"sponsor": "bank-a", "since_ms": desk.now_ms}

    desk.port(voucher.number, S1, "bank-b")
    desk.claim(voucher.number, S1, "bank-a", holding=1)
    desk.now_ms += 25 * HOUR_MS
    desk.claim(voucher.number, S1, "bank-a", holding=1)

    assert claim_status(desk) == WAITING


def test_a_claim_on_one_member_frees_nothing_that_another_one_sponsors() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.claim(voucher.number, S1, "bank-b", holding=1)
    desk.port(voucher.number, S1, "bank-b")
    desk.now_ms += HOUR_MS

    with pytest.raises(refusals.NotTheSponsor):
        desk.offer(voucher.number, S1, row(1, 5, S2), via="bank-a")


def test_a_sponsor_that_carries_a_claim_on_another_has_answered_the_one_on_itself() -> None:
    desk = Desk()
    voucher, other = desk.active(), desk.active()
    desk.claim(voucher.number, S1, "bank-b", holding=1)
    desk.port(other.number, S1, "bank-b", 1)
    args = ClaimSponsorIdle(other.number, 1, "")

    change = desk.adopt(RULES["sponsor.claim"](args, desk.by_tag(S1, "bank-a"), desk.state))

    assert [type(event) for event in change.events] == [SponsorAnswered, SponsorClaimed]
    standing = desk.state.get(CLAIMS, S1.tag)
    assert standing is not None
    assert standing.sponsor == "bank-b"
