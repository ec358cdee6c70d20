"""A court's freeze: what it reaches, what it ends, who stands first, and how it ends."""

import pytest

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.courting import refusals
from tallychain.contracts.vouchers.courting.events import CourtFreezeEnded, CourtFroze, CourtMovedUp
from tallychain.contracts.vouchers.courting.find import effective_units
from tallychain.contracts.vouchers.courting.state import COURT_SPLITS, FREEZES, HOLDINGS_MAX, QUEUE_MAX
from tallychain.contracts.vouchers.courting.tests.desk import BUYER, UNTIL, Desk
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3, fen
from tallychain.contracts.vouchers.tests.desk import DAY_MS, V1_FACE, at, person, row
from tallychain.ledger.holder import Receiver

S1_FIRST = 42_500_002


def divided(desk: Desk) -> str:
    """V1 of the study: S2 300,000.00, S3 125,000.01, S1 574,999.99."""
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, S2))
    desk.pass_on(number, S1, row(30_000_001, 42_500_001, S3), holding=30_000_001)
    return number


def held(desk: Desk, number: str) -> list[tuple[str, str]]:
    names = {S1.tag: "S1", S2.tag: "S2", S3.tag: "S3", BUYER.tag: "buyer"}
    return [(str(one.units), names[one.tag]) for one in desk.holdings(number)]


def test_scenario_20_a_freeze_of_a_part_ends_the_offer_and_leaves_the_rest_free() -> None:
    desk = Desk()
    number = divided(desk)
    (offer,) = desk.offer(number, S1, row(S1_FIRST, S1_FIRST + 19_999_999, S2), holding=S1_FIRST)

    name = desk.freeze(number, S1_FIRST, S1_FIRST + 29_999_999)

    assert desk.found_offer(offer).status_at(desk.now) == "ENDED"
    refused(general.OfferNotOpen, desk.take, number, offer, S2)
    assert held(desk, number)[2:] == [("42500002-72500001", "S1"), ("72500002-100000000", "S1")]
    frozen, free = desk.holdings(number)[2:]
    assert (frozen.units.length, free.units.length) == (fen("300,000.00"), fen("274,999.99"))
    assert (desk.frozen_on(frozen), desk.frozen_on(free)) == ([name], [])
    found = refused(
        general.UnitsOutsideHolding,
        desk.offer,
        number,
        S1,
        row(free.first, free.first + fen("275,000.00") - 1, S2),
        holding=free.first,
    )
    assert found["holding"] == free.id
    desk.pass_on(number, S1, row(free.first, free.first + fen("200,000.00") - 1, S2), holding=free.first)
    locked = refused(
        general.UnitsNotFree,
        desk.offer,
        number,
        S1,
        row(frozen.first, frozen.first, S3),
        holding=frozen.first,
    )
    assert locked["kind"] == "FREEZE"


def test_scenario_21_a_freeze_after_the_transfer_reaches_what_is_left_and_says_so() -> None:
    desk = Desk()
    number = divided(desk)

    desk.freeze(number, 1, V1_FACE)

    (froze,) = desk.events
    assert isinstance(froze, CourtFroze)
    assert (froze.last - froze.first + 1, froze.frozen, froze.effective) == (
        V1_FACE,
        fen("574,999.99"),
        fen("574,999.99"),
    )
    assert [one.first for one in froze.holdings] == [S1_FIRST]
    assert held(desk, number)[:2] == [("1-30000000", "S2"), ("30000001-42500001", "S3")]
    assert desk.voucher(number).splits == 2
    refused(refusals.NothingToFreeze, desk.freeze, number, 1, 30_000_000)
    refused(refusals.NothingToFreeze, desk.freeze, number, 2, 1)
    refused(refusals.NothingToFreeze, desk.freeze, number, 1, V1_FACE + 1)


def test_a_freeze_reaches_every_rest_of_a_tag_and_takes_nothing_of_who_stands_between() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1_001, 2_000, S2))

    name = desk.freeze(number, 501, 3_000)

    assert held(desk, number) == [
        ("1-500", "S1"),
        ("501-1000", "S1"),
        ("1001-2000", "S2"),
        ("2001-3000", "S1"),
        ("3001-100000000", "S1"),
    ]
    assert [str(one) for one in desk.the_freeze(name).ranges] == ["501-1000", "2001-3000"]
    assert desk.voucher(number).splits == 3
    desk.unfreeze(number, name)
    assert [desk.frozen_on(one) for one in desk.holdings(number)] == [[]] * 5
    assert desk.freeze_status(name) == "UNFROZEN"


def test_later_freezes_queue_and_move_up_in_the_block_in_which_the_first_is_lifted() -> None:
    desk = Desk()
    number = desk.active().number
    first = desk.freeze(number, 1, 1_000)
    second = desk.freeze(number, 501, 2_000, by="courtb")
    third = desk.freeze(number, 501, 1_000)
    rows = {name: desk.the_freeze(name) for name in (first, second, third)}
    assert [desk.frozen_on(one) for one in desk.holdings(number)] == [
        [first],
        [first, second, third],
        [second],
        [],
    ]
    assert [effective_units(rows[name], desk.state, desk.now) for name in rows] == [1_000, 1_000, 0]
    refused(refusals.FreezeWaits, desk.transfer, number, second, by="courtb")

    desk.unfreeze(number, first)

    (moved,) = [event for event in desk.events if isinstance(event, CourtMovedUp)]
    assert (moved.freeze, moved.court, moved.frozen, moved.effective) == (second, "courtb", 1_500, 1_500)
    assert effective_units(rows[third], desk.state, desk.now) == 0
    desk.unfreeze(number, third)
    assert [type(event).__name__ for event in desk.events] == ["CourtUnfroze"]
    desk.unfreeze(number, second, by="courtb")
    assert [one.encumbrances for one in desk.holdings(number)] == [()] * 4


@pytest.mark.deadline("freeze: FROZEN -> EXPIRED")
@pytest.mark.deadline("freeze: FROZEN (behind another court) -> EXPIRED")
@pytest.mark.deadline("freeze: EXPIRED -> GONE")
def test_a_freeze_ends_with_its_day_and_the_next_is_effective_at_that_instant() -> None:
    desk = Desk()
    number = desk.active().number
    first = desk.freeze(number, until="2026-04-30")
    second = desk.freeze(number, until="2026-05-31")
    desk.now_ms = at("2026-05-01", 0) - 1
    refused(refusals.FreezeWaits, desk.transfer, number, second)
    desk.now_ms += 1

    assert desk.freeze_status(first) == "EXPIRED"
    refused(refusals.FreezeNotInForce, desk.unfreeze, number, first)
    assert effective_units(desk.the_freeze(second), desk.state, desk.now) == V1_FACE
    ended, moved = desk.write_due()
    assert isinstance(ended, CourtFreezeEnded)
    assert (ended.freeze, ended.status, ended.since_ms) == (first, "EXPIRED", desk.now_ms)
    assert isinstance(moved, CourtMovedUp)
    assert (moved.freeze, moved.effective) == (second, V1_FACE)
    desk.now_ms = at("2026-06-01", 0)
    desk.pass_on(number, S1, row(1, 1_000, S2))
    assert desk.freeze_status(second) == "EXPIRED"
    desk.now_ms += 30 * DAY_MS
    desk.write_due()
    assert list(desk.state.iterate(FREEZES)) == []


def test_what_has_ended_unseen_is_written_down_by_the_next_act_on_any_of_its_holdings() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1_001, 2_000, S2))
    name = desk.freeze(number, until="2026-04-30")
    desk.now_ms = at("2026-05-01", 0)

    desk.offer(number, S1, row(1, 10, S3))

    assert desk.the_freeze(name).timeline.status == "EXPIRED"
    assert [desk.frozen_on(one) for one in desk.holdings(number)] == [[], [], []]


def test_a_renewal_keeps_the_place_in_the_queue() -> None:
    desk = Desk()
    number = desk.active().number
    first = desk.freeze(number, until="2026-04-30")
    second = desk.freeze(number, until="2026-05-31")

    desk.renew(number, first, "2026-08-31")

    assert (desk.the_freeze(first).until, desk.the_freeze(first).renewals) == ("2026-08-31", 1)
    desk.now_ms = at("2026-05-31")
    assert desk.freeze_status(first) == "FROZEN"
    refused(refusals.FreezeWaits, desk.transfer, number, second)
    found = refused(refusals.FreezeEndNotPossible, desk.renew, number, first, "2026-08-31")
    assert (found["earliest"], found["latest"]) == ("2026-09-01", "2029-05-31")
    refused(refusals.FreezeEndNotPossible, desk.renew, number, first, "2029-06-01")
    refused(general.DateNotValid, desk.renew, number, first, "2026-02-30")


def test_a_freeze_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    refused(general.VoucherNotFound, desk.freeze, "EVTRIA20260316000000000180")
    cancelled = desk.active().number
    desk.consent(cancelled, desk.cancel(cancelled), S1)
    assert refused(settling.VoucherNotOwed, desk.freeze, cancelled)["status"] == "CANCELLED"
    refused(general.DateNotValid, desk.freeze, number, until="2026-02-30")
    for until in ("2026-03-16", "2029-03-17"):
        assert refused(refusals.FreezeEndNotPossible, desk.freeze, number, until=until) == {
            "until": until,
            "earliest": "2026-03-17",
            "latest": "2029-03-16",
        }
    refused(refusals.NothingToFreeze, desk.freeze, number, of=S2)
    for _ in range(QUEUE_MAX):
        desk.freeze(number, until="2029-03-16")
    assert refused(refusals.FreezeQueueFull, desk.freeze, number)["limit"] == QUEUE_MAX


def test_a_range_meets_so_many_holdings_whoever_has_them() -> None:
    desk = Desk()
    number = desk.active().number
    first = 1
    for _ in range(HOLDINGS_MAX // 2):
        desk.pass_on(number, S1, row(first + 200_000, first + 400_000, S2), holding=first)
        first += 400_001
    assert refused(refusals.TooManyFrozenHoldings, desk.freeze, number)["limit"] == HOLDINGS_MAX
    name = desk.freeze(number, last=first - 1)
    assert len(desk.the_freeze(name).ranges) == HOLDINGS_MAX // 2
    refused(general.HoldingNotFound, desk.freeze, number, holding=2)
    refused(refusals.NothingToFreeze, desk.freeze, number, 1, 5, holding=first)
    desk.freeze(number, first, holding=first)


def test_courts_have_splits_of_their_own() -> None:
    desk = Desk()
    number = desk.active().number
    desk.policy("SPLIT", 1, children_max=1)
    for place in range(COURT_SPLITS + 1):
        desk.freeze(number, 10 * place + 1, 10 * place + 10, holding=10 * place + 1)

    assert desk.voucher(number).splits == COURT_SPLITS + 1
    at_last = 10 * COURT_SPLITS + 11
    found = refused(general.SplitLimit, desk.freeze, number, at_last, at_last + 9, holding=at_last)
    assert found["limit"] == COURT_SPLITS + 1


def test_acts_on_a_freeze_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number, other = desk.active().number, desk.active().number
    name = desk.freeze(number)
    for act, more in ((desk.renew, (UNTIL,)), (desk.unfreeze, ()), (desk.execute, ()), (desk.transfer, ())):
        assert callable(act)
        refused(general.VoucherNotFound, act, "EVTRIA20260316000000000180", name, *more)
        refused(refusals.FreezeNotFound, act, other, name, *more)
        refused(refusals.FreezeNotFound, act, number, "ab" * 32, *more)
        refused(refusals.NotTheCourt, act, number, name, *more, by="courtb")
    desk.unfreeze(number, name)
    for act, more in ((desk.renew, (UNTIL,)), (desk.unfreeze, ()), (desk.execute, ()), (desk.transfer, ())):
        assert callable(act)
        assert refused(refusals.FreezeNotInForce, act, number, name, *more)["status"] == "UNFROZEN"


def test_frozen_units_are_not_pledged_cancelled_or_paid_outside_and_their_holder_may_change_its_sponsor() -> (
    None
):
    desk = Desk()
    number = desk.active().number
    cancellation = desk.cancel(number)
    payment = desk.propose_outside(number)
    name = desk.freeze(number)

    assert refused(general.UnitsNotFree, desk.pledge, number)["kind"] == "FREEZE"
    refused(general.UnitsNotFree, desk.consent, number, cancellation, S1)
    refused(settling.UnitsBound, desk.consent_outside, number, payment)
    refused(settling.UnitsBound, desk.propose_outside, number)
    desk.port(number, S1, "bank-b")
    (holding,) = desk.holdings(number)
    assert (holding.sponsor, desk.frozen_on(holding)) == ("bank-b", [name])


def test_a_proposal_to_pledge_ends_and_a_pledge_in_force_stays_under_the_freeze() -> None:
    desk = Desk()
    number, other = desk.active().number, desk.active().number
    proposed, held_pledge = desk.pledge(number), desk.pledged(other)

    desk.freeze(number, 1, 1_000)
    name = desk.freeze(other)

    assert (desk.pledge_status(proposed), desk.pledge_status(held_pledge)) == ("LAPSED", "PLEDGED")
    assert len(desk.holdings(number)) == 2
    assert refused(refusals.FreezeWholeOnly, desk.freeze, other, 1, 1_000)["why"] == "PLEDGE"
    assert refused(settling.UnitsBound, desk.transfer, other, name)["kind"] == "PLEDGE"
    desk.release_pledge(other, held_pledge)
    desk.transfer(other, name)
    assert held(desk, other) == [("1-100000000", "buyer")]


def test_what_ended_unseen_on_the_units_is_written_down_by_the_freeze() -> None:
    desk = Desk()
    number, other = desk.active().number, desk.active().number
    (offer,) = desk.offer(number, S1, row(1, 10, S2))
    proposed = desk.pledge(other)
    desk.now_ms += 6 * DAY_MS

    desk.freeze(number, 5, 1_000)
    desk.freeze(other, 5, 1_000)

    assert (desk.found_offer(offer).timeline.status, desk.pledge_status(proposed)) == ("EXPIRED", "LAPSED")
    desk.write_due()
    assert len(desk.holdings(number)) == len(desk.holdings(other)) == 3


def test_offers_beside_the_frozen_units_stay_open_and_can_be_taken() -> None:
    desk = Desk()
    number = desk.active().number
    (beside,) = desk.offer(number, S1, row(5_001, 6_000, S2))

    desk.freeze(number, 1, 5_000)
    desk.take(number, beside, S2)

    assert held(desk, number)[:2] == [("1-5000", "S1"), ("5001-6000", "S2")]


def test_a_title_that_a_court_gives_frees_the_units_of_all_who_waited_behind() -> None:
    desk = Desk()
    number = desk.active().number
    first = desk.freeze(number, 1, 1_000)
    inside = desk.freeze(number, 1, 500, by="courtb")
    beyond = desk.freeze(number, 501, 2_000, by="courtb")
    refused(general.ReceiverIsHolder, desk.transfer, number, first, to=S1)
    stranger = Receiver(person("x").tag, person("x").sealing, BUYER.sponsor)
    desk.suspended("bank-b")
    refused(general.RecipientNotEligible, desk.transfer, number, first, to=stranger)
    desk.standing("bank-b", "ACTIVE")
    desk.now_ms += 1

    desk.transfer(number, first)

    assert held(desk, number)[:3] == [("1-500", "buyer"), ("501-1000", "buyer"), ("1001-2000", "S1")]
    taken = desk.holdings(number)[0]
    assert (taken.layer, taken.acquired_by, taken.encumbrances) == (2, "COURT", ())
    statuses = [desk.freeze_status(name) for name in (first, inside, beyond)]
    assert statuses == ["TRANSFERRED", "EXHAUSTED", "FROZEN"]
    (moved,) = [event for event in desk.events if isinstance(event, CourtMovedUp)]
    assert (moved.freeze, moved.frozen, moved.effective) == (beyond, 1_000, 1_000)
    assert [str(one) for one in desk.the_freeze(beyond).ranges] == ["1001-2000"]
    desk.pass_on(number, BUYER, row(1, 500, S3))


@pytest.mark.deadline("freeze: UNFROZEN -> GONE")
@pytest.mark.deadline("freeze: TRANSFERRED -> GONE")
@pytest.mark.deadline("freeze: EXHAUSTED -> GONE")
def test_what_a_court_has_ended_leaves_thirty_days_later() -> None:
    desk = Desk()
    number = desk.active().number
    lifted = desk.freeze(number)
    desk.unfreeze(number, lifted)
    first, behind = desk.freeze(number), desk.freeze(number, by="courtb")
    desk.transfer(number, first)
    names = (lifted, first, behind)
    assert [desk.freeze_status(name) for name in names] == ["UNFROZEN", "TRANSFERRED", "EXHAUSTED"]

    desk.now_ms += 30 * DAY_MS - 1
    refused(refusals.FreezeNotInForce, desk.unfreeze, number, first)
    desk.now_ms += 1
    for name in names:
        refused(refusals.FreezeNotFound, desk.unfreeze, number, name)
    desk.write_due()
    assert list(desk.state.iterate(FREEZES)) == []
