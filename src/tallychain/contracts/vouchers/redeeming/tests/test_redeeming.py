"""An issuer pays early: exact figures, what is bound, who is discharged, and how it ends whoever is silent."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import CONTRACT, audiences
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.courting import refusals as courts
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.redeeming import refusals
from tallychain.contracts.vouchers.redeeming.declared import AGREE, OFFER, TERMS
from tallychain.contracts.vouchers.redeeming.events import RedemptionEnded, RedemptionPaid
from tallychain.contracts.vouchers.redeeming.operations import AgreeRedemption, OfferRedemption
from tallychain.contracts.vouchers.redeeming.state import REDEMPTION_STATUSES, REDEMPTIONS
from tallychain.contracts.vouchers.redeeming.terms import is_true, redeemed_at
from tallychain.contracts.vouchers.redeeming.tests.desk import Desk
from tallychain.contracts.vouchers.redeeming.views import ACCOUNTS_VIEW, TERMS_VIEW
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.declared import PAYEE_EXAMPLE
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, S1, S2, S3, fen
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, row, units
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Opening

FIRST = 42_500_002
FACE = 57_499_999
BANK_PAYS_BY = at("2026-06-02", 17)


class Following(SettlingFollowing, Desk):
    """A desk of redemptions whose events are projected as they come."""


def divided(desk: Desk) -> str:
    """V1 of the study on 2026-06-01: S2 300,000.00, S3 125,000.01, S1 574,999.99."""
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, S2))
    desk.pass_on(number, S1, row(30_000_001, 42_500_001, S3), holding=30_000_001)
    desk.now_ms = at("2026-06-01", 10)
    return number


def overdue(desk: Desk) -> None:
    """Another voucher of the issuer was unpaid at its cut-off."""
    desk.state.write(risk.block(desk.state, "ce-a", "EVTRIA20260316000000000180", 1).writes)


def test_scenario_34_s1_is_paid_569_968_74_for_574_999_99_and_the_line_is_free_of_the_face() -> None:
    desk = Following()
    number = divided(desk)
    assert (TERMS.days, TERMS.discount, TERMS.net) == (105, fen("5,031.25"), fen("569,968.74"))
    assert redeemed_at(FACE, "2026-09-14", rate=30_000, value_date="2026-06-01") == TERMS
    assert TERMS.net + TERMS.discount == FACE == fen("574,999.99")
    used = risk.used(desk.state, "ce-a")

    name = desk.agreed(number, FIRST)
    desk.now_ms += DAY_MS
    change = desk.pay_early(number, name, FIRST)

    (paid,) = [event for event in change.events if isinstance(event, RedemptionPaid)]
    assert (paid.amount, paid.outstanding) == (FACE, fen("425,000.01"))
    assert desk.statuses(number) == ["LIVE", "LIVE", "PAID"]
    assert risk.used(desk.state, "ce-a") == used - FACE
    assert desk.status_of("redemptions", name) == "REDEEMED"
    assert desk.agrees(number)
    refused(settling.HoldingPaid, desk.offer, number, S1, row(FIRST, FIRST, S2), holding=FIRST)
    refused(settling.HoldingPaid, desk.redeem, number, FIRST)

    desk.now_ms = at("2026-09-10", 12)
    desk.name_payee(number, 1)
    desk.name_payee(number, 30_000_001, "bank-b")
    desk.at_maturity()
    desk.attest(number, "425,000.01")
    assert desk.status(number) == "SETTLED"
    assert [one.portion.share for one in desk.positions(number)] == [30_000_000, 12_500_001, 0]


def test_figures_that_do_not_follow_from_the_rate_are_told_apart() -> None:
    for wrong in (
        replace(TERMS, discount=TERMS.discount + 1),
        replace(TERMS, net=TERMS.net + 1),
        replace(TERMS, days=106),
        replace(TERMS, value_date="2026-09-14"),
    ):
        assert not is_true(wrong, FACE, "2026-09-14")
    assert is_true(TERMS, FACE, "2026-09-14")


def test_scenario_34_nothing_is_redeemed_while_anything_of_the_issuer_is_overdue() -> None:
    desk = Desk()
    number = divided(desk)
    name = desk.redeem(number, FIRST)
    desk.check()
    overdue(desk)

    for act in (desk.redeem, desk.agree):
        assert callable(act)
        args = (number, 1) if act == desk.redeem else (number, name, FIRST)
        assert refused(refusals.IssuerOverdue, act, *args) == {"issuer": "ce-a"}
    desk.withdraw_redemption(number, name, FIRST)


@pytest.mark.deadline("redemption: OFFERED -> LAPSED")
def test_an_offer_lapses_after_five_days_or_when_it_is_too_late_whoever_is_silent() -> None:
    desk = Following()
    number = divided(desk)
    name = desk.redeem(number, FIRST)
    desk.now_ms += 5 * DAY_MS - 1
    assert desk.redemption_status(number, FIRST) == "OFFERED"
    desk.now_ms += 1
    assert desk.redemption_status(number, FIRST) == "LAPSED"
    refused(refusals.RedemptionNotPending, desk.agree, number, name, FIRST)
    (ended,) = desk.write_due()
    assert isinstance(ended, RedemptionEnded)
    assert (ended.status, ended.since_ms) == ("LAPSED", desk.now_ms)
    assert desk.status_of("redemptions", name) == "LAPSED"

    desk.now_ms = at("2026-09-08", 23)
    last = desk.redeem(number, FIRST)
    desk.now_ms = at("2026-09-09", 0)
    assert desk.redemption_status(number, FIRST) == "LAPSED"
    assert refused(refusals.RedemptionNotPending, desk.agree, number, last, FIRST)["status"] == "LAPSED"
    assert refused(refusals.RedemptionTooLate, desk.redeem, number, FIRST)["last"] == "2026-09-09"


@pytest.mark.deadline("redemption: AGREED -> FAILED")
def test_the_units_are_free_if_the_bank_has_not_paid_by_the_cut_off_of_the_next_business_day() -> None:
    desk = Following()
    number = divided(desk)
    name = desk.agreed(number, FIRST)
    found = refused(general.UnitsNotFree, desk.offer, number, S1, row(FIRST, FIRST, S2), holding=FIRST)
    assert found["kind"] == "REDEMPTION"
    desk.now_ms = BANK_PAYS_BY - 1
    assert desk.redemption_status(number, FIRST) == "AGREED"
    desk.now_ms = BANK_PAYS_BY
    assert refused(refusals.RedemptionNotPending, desk.pay_early, number, name, FIRST)["status"] == "FAILED"
    (ended,) = desk.write_due()
    assert isinstance(ended, RedemptionEnded)
    assert (ended.status, ended.since_ms) == ("FAILED", BANK_PAYS_BY)
    assert desk.holdings(number)[2].encumbrances == ()
    assert desk.status_of("redemptions", name) == "FAILED"
    desk.pass_on(number, S1, row(FIRST, FIRST, S2), holding=FIRST)


@pytest.mark.parametrize("next_act", ["offer", "freeze", "redeem"])
def test_whoever_comes_before_due_work_writes_down_that_nobody_has_paid(next_act: str) -> None:
    desk = Following()
    number = divided(desk)
    name = desk.agreed(number, FIRST)
    desk.now_ms = BANK_PAYS_BY

    if next_act == "offer":
        desk.offer(number, S1, row(FIRST, FIRST + 9, S2), holding=FIRST)
    elif next_act == "freeze":
        desk.freeze(number, FIRST, FIRST + 9, holding=FIRST)
    else:
        desk.redeem(number, FIRST)

    assert desk.status_of("redemptions", name) == "FAILED"
    desk.check()
    assert desk.write_due() == []


def test_an_offer_is_for_the_holding_as_it_was_and_not_for_who_has_it_later() -> None:
    desk = Following()
    number = divided(desk)
    name = desk.redeem(number, 1)
    desk.pass_on(number, S2, row(1, 30_000_000, S1))
    assert refused(refusals.RedemptionNotPending, desk.agree, number, name, 1)["status"] == "LAPSED"

    again = desk.redeem(number, 1)

    assert desk.status_of("redemptions", name) == "LAPSED"
    assert refused(refusals.RedemptionNotFound, desk.agree, number, name, 1)["redemption"] == name
    desk.decline_redemption(number, again, 1)
    desk.withdraw_redemption(number, desk.redeem(number, 1), 1)
    assert desk.redemption_status(number, 1) == "WITHDRAWN"


def test_a_whole_voucher_that_is_redeemed_is_settled_before_its_maturity() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pay_early(number, desk.agreed(number))
    assert desk.status(number) == "SETTLED"
    desk.now_ms = CUTOFF
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)


def test_what_a_court_freezes_before_the_money_is_on_record_stays_frozen_and_is_not_redeemed() -> None:
    desk = Desk()
    number = divided(desk)
    name = desk.agreed(number, FIRST)
    assert (
        refused(courts.FreezeWholeOnly, desk.freeze, number, FIRST, FIRST + 9, holding=FIRST)["why"]
        == "REDEMPTION"
    )
    order = desk.freeze(number, FIRST, holding=FIRST)

    assert refused(settling.UnitsBound, desk.pay_early, number, name, FIRST)["kind"] == "FREEZE"
    desk.now_ms = BANK_PAYS_BY
    desk.write_due()
    assert desk.freeze_status(order) == "FROZEN"
    desk.unfreeze(number, order)
    assert desk.holdings(number)[2].encumbrances == ()


def test_the_bank_of_the_offer_pays_though_another_has_taken_the_voucher_over() -> None:
    desk = Desk()
    number = divided(desk)
    name = desk.agreed(number, FIRST)
    found = refused(settling.NotTheSettlementBank, desk.pay_early, number, name, FIRST, by="settle-b")
    assert found["bank"] == "settle-a"
    for booked_ms in (desk.now_ms - 1, desk.now_ms + 1):
        refused(settling.BookingTimeNotPossible, desk.pay_early, number, name, FIRST, booked_ms=booked_ms)
    desk.pay_early(number, name, FIRST, reference="B-1")
    again = desk.agreed(number, 1, by=S2)
    assert (
        refused(settling.BankReferenceUsed, desk.pay_early, number, again, reference="B-1")["voucher"]
        == number
    )


def test_an_offer_to_redeem_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = divided(desk)
    refused(general.VoucherNotFound, desk.redeem, "EVTRIA20260316000000000180")
    refused(general.NotTheIssuer, desk.redeem, number, 9, by="ce-b")
    refused(general.HoldingNotFound, desk.redeem, number, 9)
    (offer,) = desk.offer(number, S1, row(FIRST, FIRST, S2), holding=FIRST)
    overdue(desk)
    assert refused(settling.UnitsBound, desk.redeem, number, FIRST)["kind"] == "OFFER"
    desk.recall(number, offer, S1)
    refused(refusals.IssuerOverdue, desk.redeem, number, FIRST)
    desk.state.write(risk.unblock(desk.state, "ce-a", "EVTRIA20260316000000000180").writes)
    name = desk.redeem(number, FIRST)
    assert refused(refusals.RedemptionStands, desk.redeem, number, FIRST)["redemption"] == name
    desk.now_ms = at("2026-09-14", 0)
    refused(general.VoucherNotActive, desk.redeem, number, FIRST)


def test_acts_on_a_redemption_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = divided(desk)
    name = desk.redeem(number, FIRST)
    for act in (desk.agree, desk.decline_redemption, desk.withdraw_redemption, desk.pay_early):
        assert callable(act)
        refused(general.VoucherNotFound, act, "EVTRIA20260316000000000180", name, FIRST)
        refused(refusals.RedemptionNotFound, act, number, name, 1)
        refused(refusals.RedemptionNotFound, act, number, "ab" * 32, FIRST)
    for act in (desk.agree, desk.decline_redemption):
        refused(general.NotTheHolder, act, number, name, FIRST, by=S2)
        refused(general.NotTheSponsor, act, number, name, FIRST, via="bank-b")
    refused(general.NotTheIssuer, desk.withdraw_redemption, number, name, FIRST, by="ce-b")
    assert refused(refusals.RedemptionNotPending, desk.pay_early, number, name, FIRST)["status"] == "OFFERED"
    desk.dispute(number, FIRST, holding=FIRST)
    assert refused(settling.UnitsBound, desk.agree, number, name, FIRST)["kind"] == "DISPUTE"


def test_terms_are_for_issuer_holder_and_bank_and_the_account_for_the_sponsor_too() -> None:
    desk = Desk()
    number = divided(desk)
    name = desk.redeem(number, FIRST)
    parties = {S1.sealing, "member:ce-a", "member:settle-a"}
    offered = OfferRedemption(number, units(FIRST))
    assert set(audiences.redeeming(offered, desk.by("ce-a"), desk.state)) == parties
    agreed = AgreeRedemption(number, units(FIRST), name)
    assert set(audiences.paid_early(agreed, desk.by_tag(S1), desk.state)) == parties | {"member:bank-a"}
    found = audiences.redeemed(agreed, desk.by_tag(S1), desk.state)
    assert set(found) == {S1.sealing, "member:bank-a", "member:ce-a", "member:supervisor"}


def test_opened_terms_and_accounts_are_rows_of_their_seat_and_statuses_have_words() -> None:
    said = Opening(TERMS, OFFER.example, "redemption.offer", "terms", "op", "member:ce-a", "house", 1, 5)
    account = Opening(PAYEE_EXAMPLE, AGREE.example, "redemption.agree", "payee", "op", "tag:x", "house", 1, 5)
    for view, opening, other, key in (
        (TERMS_VIEW, said, account, ("house", "op")),
        (ACCOUNTS_VIEW, account, said, ("house", "e1" * 32)),
    ):
        assert view.project_opening is not None
        (written,) = view.project_opening(opening)
        assert written.key == key
        assert list(view.project_opening(other)) == []
    for status in REDEMPTION_STATUSES:
        assert not CONTRACT.words[status].zh.isascii()


@pytest.mark.parametrize(
    ("named", "fault"), [("lock gone", 7), ("lock of another", 7), ("ended", 7), ("moved", 7), ("owed", 15)]
)
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str, fault: int) -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.agreed(number)
    if named == "owed":
        desk.pay_early(number, name)
    redemption = desk.state.get(REDEMPTIONS, number, 1)
    (holding,) = desk.holdings(number)
    assert redemption is not None
    locks = tuple(replace(lock, reference="ab" * 32) for lock in holding.encumbrances)
    entitlement = desk.state.get(ENTITLEMENTS, number, 1)
    planted = {
        "lock gone": (HOLDINGS.put(replace(holding, encumbrances=())),),
        "lock of another": (HOLDINGS.put(replace(holding, encumbrances=locks)),),
        "ended": (REDEMPTIONS.put(replace(redemption, timeline=settled("DECLINED"))),),
        "moved": (REDEMPTIONS.put(replace(redemption, holding="another")),),
        "owed": (REDEMPTIONS.put(redemption),),
    }
    if named == "owed":
        assert entitlement is not None
        desk.state.write([ENTITLEMENTS.put(replace(entitlement, outside=0))])
    change = Change(planted[named])
    after = Overlay(desk.state)
    after.write(change.writes)

    assert fault in {number for number, _ in touched(change, desk.state, after)}
    assert fault in {number for number, _ in full(after)}


def test_a_redemption_does_not_leave() -> None:
    desk = Desk()
    number = desk.active().number
    desk.redeem(number)
    redemption = desk.state.get(REDEMPTIONS, number, 1)
    assert redemption is not None
    change = Change((REDEMPTIONS.delete(redemption),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert 4 in {fault for fault, _ in touched(change, desk.state, after)}
