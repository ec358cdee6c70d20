"""A pledged holding does not move, and ends by act or by time."""

import pytest

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.pledging import refusals
from tallychain.contracts.vouchers.pledging.events import ClaimStood, PledgeEnded
from tallychain.contracts.vouchers.pledging.state import PLEDGES
from tallychain.contracts.vouchers.pledging.tests.desk import REGISTRATION, S3_FIRST, Desk, refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, row


def test_a_pledged_holding_neither_moves_nor_is_divided_and_is_free_when_it_is_released() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)
    other = desk.active().number

    for kind, act in (
        (general.UnitsNotFree, lambda: desk.offer(number, S1, row(1, 5, S2))),
        (general.UnitsNotFree, lambda: desk.pledge(number, pledgee="bank-a")),
        (general.UnitsNotFree, lambda: desk.cancel(number)),
        (settling.UnitsBound, lambda: desk.propose_outside(number)),
    ):
        assert refused(kind, act)["kind"] == "PLEDGE"
    desk.offer(other, S1, row(1, 5, S2))
    desk.release_pledge(number, name)

    assert desk.pledge_status(name) == "LIFTED"
    assert desk.holdings(number)[0].encumbrances == ()
    desk.pass_on(number, S1, row(1, 30_000_000, S2))


def test_a_proposal_binds_the_holding_and_frees_it_when_either_side_says_no() -> None:
    desk = Desk()
    number = desk.active().number
    first = desk.pledge(number)
    refused(general.UnitsNotFree, desk.offer, number, S1, row(1, 5, S2))

    desk.recall_pledge(number, first)
    second = desk.pledge(number)
    desk.release_pledge(number, second)

    assert (desk.pledge_status(first), desk.pledge_status(second)) == ("RECALLED", "DECLINED")
    desk.offer(number, S1, row(1, 5, S2))


def test_an_offered_part_keeps_a_holding_from_being_pledged() -> None:
    desk = Desk()
    number = desk.active().number
    desk.offer(number, S1, row(11, 20, S2))

    found = refused(general.UnitsNotFree, desk.pledge, number)

    assert found == {"units": "1-100000000", "bound": "11-20", "kind": "OFFER"}


def test_the_accepted_pledge_keeps_the_digest_of_its_registration() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)

    pledge = desk.state.get(PLEDGES, name)

    assert pledge is not None
    assert (pledge.registration, pledge.pledgee, pledge.until) == (REGISTRATION, "bank-b", "2026-09-30")


def test_a_holder_leaves_its_sponsor_with_a_pledged_holding_and_speaks_through_the_new_one() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)
    desk.port(number, S1, "bank-b")
    claim = desk.claim_pledge(number, name)

    refused(general.NotTheSponsor, desk.contest, number, name, claim)
    desk.contest(number, name, claim, via="bank-b")

    assert desk.pledge_status(name) == "CONTESTED"


# --- who is silent


@pytest.mark.deadline("pledge: PROPOSED -> LAPSED")
def test_a_proposal_to_which_the_pledgee_is_silent_lapses_after_five_days() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledge(number)

    desk.now_ms += 5 * DAY_MS - 1
    assert desk.pledge_status(name) == "PROPOSED"
    desk.now_ms += 1

    assert desk.pledge_status(name) == "LAPSED"
    assert refused(refusals.PledgeNotPending, desk.accept_pledge, number, name)["status"] == "LAPSED"
    assert desk.write_due() == [PledgeEnded(name, number, "LAPSED", desk.now_ms)]
    assert desk.holdings(number)[0].encumbrances == ()


def test_a_proposal_ends_with_the_day_agreed_and_with_the_black_out() -> None:
    desk = Desk(now_ms=at("2026-09-07"))
    number = desk.active().number
    other = desk.active().number
    early = desk.pledge(number, until="2026-09-08")
    late = desk.pledge(other)

    desk.now_ms = at("2026-09-09", 0)

    assert (desk.pledge_status(early), desk.pledge_status(late)) == ("LAPSED", "LAPSED")
    assert len(desk.write_due()) >= 2
    assert desk.write_due() == []


@pytest.mark.deadline("pledge: PLEDGED -> EXPIRED")
def test_a_pledge_whose_pledgee_is_silent_ends_with_its_day_and_the_holder_is_paid() -> None:
    desk = Desk()
    number, name = desk.third_pledged()
    desk.at_maturity()
    desk.attest(number, "1,000,000.00")
    desk.now_ms = at("2026-10-01", 0) - 1
    assert desk.pledge_status(name) == "PLEDGED"
    desk.now_ms += 1

    assert desk.pledge_status(name) == "EXPIRED"
    refused(refusals.PledgeNotInForce, desk.claim_pledge, number, name)
    desk.release_withheld(number, S3_FIRST)
    desk.pay_out(number, (S3_FIRST, "125,000.01"))
    assert PledgeEnded(name, number, "EXPIRED", desk.now_ms) in desk.write_due()


@pytest.mark.deadline("pledge: CLAIMED -> UNCONTESTED")
def test_a_claim_to_which_the_holder_is_silent_stands_after_five_days() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)
    claim = desk.claim_pledge(number, name)

    desk.now_ms += 5 * DAY_MS - 1
    assert desk.pledge_status(name) == "CLAIMED"
    desk.now_ms += 1

    assert desk.pledge_status(name) == "UNCONTESTED"
    refused(refusals.ClaimNotContestable, desk.contest, number, name, claim)
    assert desk.write_due() == [ClaimStood(name, number, claim, desk.now_ms)]
    refused(general.UnitsNotFree, desk.offer, number, S1, row(1, 5, S2))


@pytest.mark.deadline("pledge: CONTESTED -> EXPIRED")
def test_a_contested_claim_for_which_the_pledgee_shows_nothing_ends_after_thirty_days() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)
    desk.contest(number, name, desk.claim_pledge(number, name))

    desk.now_ms += 30 * DAY_MS - 1
    assert desk.pledge_status(name) == "CONTESTED"
    desk.now_ms += 1

    assert desk.pledge_status(name) == "EXPIRED"
    refused(refusals.PledgeNotInForce, desk.enforce, number, name)
    desk.write_due()
    desk.offer(number, S1, row(1, 5, S2))


@pytest.mark.deadline("pledge: IN_COURT -> EXPIRED")
def test_a_case_that_the_pledgee_does_not_show_again_ends_the_pledge_after_180_days() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)
    desk.contest(number, name, desk.claim_pledge(number, name))
    desk.enforce(number, name)
    desk.now_ms += 100 * DAY_MS
    desk.enforce(number, name)

    desk.now_ms += 180 * DAY_MS - 1
    assert desk.pledge_status(name) == "IN_COURT"
    desk.now_ms += 1

    assert desk.pledge_status(name) == "EXPIRED"


@pytest.mark.deadline("pledge: LIFTED -> GONE")
@pytest.mark.deadline("pledge: DECLINED -> GONE")
@pytest.mark.deadline("pledge: RECALLED -> GONE")
@pytest.mark.deadline("pledge: LAPSED -> GONE")
@pytest.mark.deadline("pledge: EXPIRED -> GONE")
@pytest.mark.parametrize("end", ["LIFTED", "DECLINED", "RECALLED", "LAPSED", "EXPIRED"])
def test_a_pledge_that_has_ended_leaves_after_its_retention(end: str) -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledge(number, until="2026-03-20")
    if end in ("LIFTED", "EXPIRED"):
        desk.accept_pledge(number, name)
    if end in ("LIFTED", "DECLINED"):
        desk.release_pledge(number, name)
    if end == "RECALLED":
        desk.recall_pledge(number, name)
    if end in ("LAPSED", "EXPIRED"):
        desk.now_ms = at("2026-03-21", 0)
    assert desk.pledge_status(name) == end

    desk.now_ms += 30 * DAY_MS
    refused(refusals.PledgeNotFound, desk.accept_pledge, number, name)
    while desk.write_due():
        pass

    assert desk.state.get(PLEDGES, name) is None


# --- what has ended and is not written down yet


def test_an_offer_and_a_pledge_write_down_first_what_has_ended_beneath_them() -> None:
    desk = Desk()
    number = desk.active().number
    over = desk.pledge(number)
    desk.now_ms += 5 * DAY_MS

    (offer,) = desk.offer(number, S1, row(1, 5, S2))
    assert PledgeEnded(over, number, "LAPSED", desk.now_ms) in desk.events
    desk.now_ms += 5 * DAY_MS
    name = desk.pledge(number)

    assert [type(event).__name__ for event in desk.events] == ["OfferExpired", "PledgeProposed"]
    assert desk.found_offer(offer).timeline.status == "EXPIRED"
    assert desk.pledge_status(name) == "PROPOSED"
