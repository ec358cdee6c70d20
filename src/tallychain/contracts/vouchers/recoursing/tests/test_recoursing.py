"""A funder comes back to its seller: exact figures, what is bound, where title goes, and how it ends whoever is silent."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing import refusals as financing_refusals
from tallychain.contracts.vouchers.financing.tests.desk import TAKERS
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.recoursing import audiences, refusals
from tallychain.contracts.vouchers.recoursing.declared import CLAIM, CLAIM_EXAMPLE
from tallychain.contracts.vouchers.recoursing.events import BoughtBack, RecourseEnded
from tallychain.contracts.vouchers.recoursing.operations import BuyBackUnits, ClaimRecourse, ContestRecourse
from tallychain.contracts.vouchers.recoursing.state import RECOURSE_STATUSES
from tallychain.contracts.vouchers.recoursing.terms import ClaimNotPossible, claimable, is_within
from tallychain.contracts.vouchers.recoursing.tests.desk import CLAIM_DAY, Desk
from tallychain.contracts.vouchers.recoursing.views import ACCOUNTS_VIEW, TERMS_VIEW
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.declared import PAYEE_EXAMPLE
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, S1, S2, S3, fen
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.state import BY_RECOURSE
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, units
from tallychain.ledger.views import Opening

BUYER = TAKERS["bank-b"]
MONEY_BY = at("2026-09-30", 17)
"""Thursday 2026-09-24 and three business days: the 25th is a holiday, so the 28th, 29th and 30th."""
UNPAID = fen("120,000.00")


class Following(SettlingFollowing, Desk):
    """A desk of recourse whose events are projected as they come."""


def test_scenario_28_s2_buys_back_for_120_600_00_and_title_returns_to_it() -> None:
    desk = Following()
    number, financing = desk.defaulted()
    assert [one.outstanding for one in desk.positions(number)] == [
        UNPAID,
        fen("50,000.00"),
        fen("230,000.00"),
    ]
    most = claimable(UNPAID, "2026-09-14", until="2026-09-24", late_ppm_per_day=500)
    assert (most.days, most.interest, most.amount) == (10, fen("600.00"), fen("120,600.00"))
    assert replace(most, contract=CLAIM_EXAMPLE.contract) == CLAIM_EXAMPLE

    name = desk.claim_back(number, financing)
    assert desk.row("recourses", name)["unpaid"] == UNPAID
    desk.buy_back(number, name)
    change = desk.money_came(number, name)

    (back,) = [event for event in change.events if isinstance(event, BoughtBack)]
    holding = desk.holdings(number)[0]
    assert (holding.tag, holding.sponsor, holding.acquired_by) == (S2.tag, "bank-a", BY_RECOURSE)
    assert (holding.layer, holding.encumbrances) == (4, ())
    assert (back.funder, back.outstanding) == ("bank-b", UNPAID)
    assert desk.status_of("recourses", name) == "BOUGHT_BACK"
    assert desk.row("title_moves", name)["giver"] == BUYER.tag
    assert ("offers", (name,)) not in desk.rows
    assert desk.agrees(number)

    desk.name_payee(number, 1, "bank-a")
    desk.attest(number, "400,000.00")
    assert desk.status(number) == "SETTLED_LATE"
    assert desk.positions(number)[0].coming == UNPAID
    desk.release_withheld(number, 1)
    desk.pay_out(number, (1, "120,000.00"))
    assert desk.statuses(number)[0] == "PAID"


@pytest.mark.parametrize("named", ["no recourse", "pledge"])
def test_scenario_28_without_recourse_nothing_is_claimed_nor_where_the_units_were_pledged(named: str) -> None:
    desk = Desk()
    is_pledge = named == "pledge"
    number, financing = desk.sold(recourse=is_pledge, form="PLEDGE" if is_pledge else "FACTORING")
    desk.now_ms = CLAIM_DAY
    assert refused(refusals.NoRecourse, desk.claim_back, number, financing) == {"financing": financing}


def test_a_claim_that_asks_for_too_much_or_does_not_add_up_is_told_apart() -> None:
    for wrong in (
        replace(CLAIM_EXAMPLE, principal=UNPAID + 1, amount=CLAIM_EXAMPLE.amount + 1),
        replace(CLAIM_EXAMPLE, interest=60_001, amount=CLAIM_EXAMPLE.amount + 1),
        replace(CLAIM_EXAMPLE, amount=CLAIM_EXAMPLE.amount + 1),
        replace(CLAIM_EXAMPLE, days=9),
        replace(CLAIM_EXAMPLE, until="2026-09-13"),
    ):
        assert not is_within(wrong, UNPAID, "2026-09-14", 500)
    less = replace(CLAIM_EXAMPLE, interest=0, amount=UNPAID)
    for right in (CLAIM_EXAMPLE, less):
        assert is_within(right, UNPAID, "2026-09-14", 500)
    with pytest.raises(ClaimNotPossible):
        claimable(0, "2026-09-14", until="2026-09-24", late_ppm_per_day=500)


def test_nothing_is_claimed_before_the_voucher_is_overdue_or_once_it_is_paid() -> None:
    desk = Desk()
    number, financing = desk.sold()
    assert refused(settling.NotOverdue, desk.claim_back, number, financing)["status"] == "ACTIVE"
    desk.now_ms = CUTOFF
    assert refused(settling.NotOverdue, desk.claim_back, number, financing)["status"] == "UNPAID_PENDING"
    desk.now_ms = CLAIM_DAY
    desk.write_due()
    name = desk.claim_back(number, financing)

    desk.attest(number, "1,000,000.00")

    assert refused(settling.NotOverdue, desk.buy_back, number, name)["status"] == "SETTLED_LATE"
    assert refused(settling.NotOverdue, desk.claim_back, number, financing)["status"] == "SETTLED_LATE"


def test_what_the_issuer_pays_before_the_answer_goes_to_the_funder_and_makes_the_claim_outdated() -> None:
    desk = Desk()
    number, financing = desk.defaulted()
    name = desk.claim_back(number, financing)
    desk.attest(number, "200,000.00")
    assert refused(settling.MoneyWithBank, desk.buy_back, number, name)["amount"] == fen("60,000.00")
    desk.pay_out(number, (1, "60,000.00"))
    found = refused(refusals.RecourseOutdated, desk.buy_back, number, name)
    assert (found["unpaid"], found["now"]) == (UNPAID, fen("60,000.00"))
    desk.withdraw_recourse(number, name)

    again = desk.claim_back(number, financing)
    desk.buy_back(number, again)
    desk.money_came(number, again)
    assert desk.positions(number)[0].outstanding == fen("60,000.00")


@pytest.mark.parametrize("bought", [True, False])
def test_what_the_issuer_pays_after_the_agreement_waits_for_whoever_has_title_in_the_end(
    bought: bool,
) -> None:
    desk = Following()
    number, name = desk.agreed()
    desk.attest(number, "400,000.00")
    assert desk.status(number) == "SETTLED_LATE"
    assert desk.statuses(number)[0] == "WITHHELD"
    refused(settling.HoldingWithheld, desk.pay_out, number, (1, "120,000.00"))
    if bought:
        desk.money_came(number, name)
        assert desk.holdings(number)[0].tag == S2.tag
        refused(settling.PayeeMissing, desk.release_withheld, number, 1)
        desk.name_payee(number, 1, "bank-a")
    else:
        desk.now_ms = MONEY_BY
        desk.write_due()
        assert desk.holdings(number)[0].tag == BUYER.tag
    desk.release_withheld(number, 1)
    desk.pay_out(number, (1, "120,000.00"))
    assert desk.agrees(number)


@pytest.mark.deadline("recourse: DEMANDED -> LAPSED")
def test_a_claim_lapses_after_five_days_whoever_is_silent_and_admits_nothing() -> None:
    desk = Following()
    number, financing = desk.defaulted()
    name = desk.claim_back(number, financing)
    desk.now_ms += 5 * DAY_MS - 1
    assert desk.recourse_status(number) == "DEMANDED"
    desk.now_ms += 1
    assert refused(refusals.RecourseNotPending, desk.buy_back, number, name)["status"] == "LAPSED"
    (ended,) = desk.write_due()
    assert isinstance(ended, RecourseEnded)
    assert (ended.status, ended.since_ms) == ("LAPSED", desk.now_ms)
    assert desk.status_of("recourses", name) == "LAPSED"
    desk.claim_back(number, financing)


@pytest.mark.deadline("recourse: AGREED -> FAILED")
def test_the_funder_keeps_its_units_if_no_money_has_come_by_the_cut_off_of_the_third_business_day() -> None:
    desk = Following()
    number, name = desk.agreed()
    assert refused(settling.UnitsBound, desk.release, number, "1.00", by=BUYER)["kind"] == "RECOURSE"
    desk.now_ms = MONEY_BY - 1
    assert desk.recourse_status(number) == "AGREED"
    desk.now_ms = MONEY_BY
    assert refused(refusals.RecourseNotPending, desk.money_came, number, name)["status"] == "FAILED"
    (ended,) = desk.write_due()
    assert isinstance(ended, RecourseEnded)
    assert (ended.status, ended.since_ms) == ("FAILED", MONEY_BY)
    assert desk.holdings(number)[0].encumbrances == ()
    assert desk.holdings(number)[0].tag == BUYER.tag


@pytest.mark.parametrize("next_act", ["claim", "agree", "freeze"])
def test_whoever_comes_before_due_work_writes_down_that_nobody_has_answered_or_paid(next_act: str) -> None:
    desk = Following()
    number, financing = desk.defaulted()
    name = desk.claim_back(number, financing)
    if next_act != "agree":
        desk.buy_back(number, name)
        desk.now_ms = MONEY_BY
    else:
        desk.now_ms += 5 * DAY_MS

    if next_act == "freeze":
        desk.court_freezes(number)
    else:
        desk.claim_back(number, financing)

    assert desk.status_of("recourses", name) == ("LAPSED" if next_act == "agree" else "FAILED")
    desk.check()
    assert desk.write_due() == []


def test_an_ended_claim_that_was_written_down_is_replaced_without_a_word() -> None:
    desk = Desk()
    number, financing = desk.defaulted()
    desk.contest_recourse(number, desk.claim_back(number, financing))
    assert desk.recourse_status(number) == "CONTESTED"
    name = desk.claim_back(number, financing)
    assert [type(event).__name__ for event in desk.events] == ["RecourseClaimed"]
    desk.withdraw_recourse(number, name)
    assert desk.recourse_status(number) == "WITHDRAWN"


def test_what_a_court_freezes_before_the_money_is_on_record_does_not_return() -> None:
    desk = Desk()
    number, name = desk.agreed()
    order = desk.court_freezes(number)
    assert refused(settling.UnitsBound, desk.money_came, number, name)["kind"] == "FREEZE"
    desk.now_ms = MONEY_BY
    desk.write_due()
    assert desk.recourse_status(number) == "FAILED"
    desk.unfreeze(number, order)
    assert desk.holdings(number)[0].encumbrances == ()


def test_a_claim_on_a_holding_that_a_court_has_given_away_is_over() -> None:
    desk = Desk()
    number, financing = desk.defaulted()
    name = desk.claim_back(number, financing)
    order = desk.court_freezes(number)
    desk.transfer(number, order, S3)
    assert refused(refusals.RecourseNotPending, desk.buy_back, number, name)["status"] == "LAPSED"
    refused(financing_refusals.UnitsPassedOn, desk.claim_back, number, financing)


def test_a_payout_to_the_funder_that_comes_back_later_is_not_the_sellers() -> None:
    desk = Desk()
    number, name = desk.agreed()
    paid = desk.positions(number)[0].entitlement.reference
    desk.money_came(number, name)
    refused(settling.PayoutNotFound, desk.fail_payout, number, paid)
    assert not desk.positions(number)[0].entitlement.written_off


def test_the_member_that_carries_the_agreement_serves_what_comes_back() -> None:
    desk = Desk()
    number, financing = desk.defaulted()
    name = desk.claim_back(number, financing)
    refused(general.RecipientNotEligible, desk.buy_back, number, name, via="supervisor")
    desk.buy_back(number, name, via="settle-a")
    desk.money_came(number, name)
    assert desk.holdings(number)[0].sponsor == "settle-a"


def test_only_the_named_bank_attests_after_the_agreement_and_with_a_fresh_reference() -> None:
    desk = Desk()
    number, name = desk.agreed()
    found = refused(refusals.NotTheReceivingBank, desk.money_came, number, name, by="bank-b")
    assert found["bank"] == "settle-a"
    for booked_ms in (desk.now_ms - 1, desk.now_ms + 1):
        refused(settling.BookingTimeNotPossible, desk.money_came, number, name, booked_ms=booked_ms)
    refused(settling.BankReferenceUsed, desk.money_came, number, name, reference="REF-2")
    desk.money_came(number, name, reference="BB-1")
    refused(settling.BankReferenceUsed, desk.attest, number, "1.00", reference="BB-1")


def test_a_claim_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number, financing = desk.sold()
    other = desk.ask(number, by=S1, holding=42_500_002, first=42_500_002, last=42_500_009)
    refused(general.VoucherNotFound, desk.claim_back, "EVTRIA20260316000000000180", financing)
    refused(financing_refusals.FinancingNotFound, desk.claim_back, number, "ab" * 32)
    refused(financing_refusals.FinancingStands, desk.claim_back, number, other)
    refused(financing_refusals.NotTheFunder, desk.claim_back, number, financing, by="bank-a")
    refused(general.HoldingNotFound, desk.claim_back, number, financing, 9)
    refused(financing_refusals.UnitsPassedOn, desk.claim_back, number, financing, 30_000_001)
    desk.unpaid(number, "600,000.00")
    order = desk.court_freezes(number)
    assert refused(settling.UnitsBound, desk.claim_back, number, financing)["kind"] == "FREEZE"
    desk.unfreeze(number, order)
    desk.release(number, "1.00", by=BUYER)
    refused(settling.ReleasePending, desk.claim_back, number, financing)
    desk.revoke(number, by=BUYER)
    for bank in ("bank-b", "ce-a"):
        refused(financing_refusals.BankNotEligible, desk.claim_back, number, financing, bank=bank)
    name = desk.claim_back(number, financing)
    assert refused(refusals.RecourseStands, desk.claim_back, number, financing)["recourse"] == name


def test_a_holding_that_was_released_whole_is_not_claimed() -> None:
    desk = Desk()
    number, financing = desk.defaulted()
    desk.release(number, "120,000.00", by=BUYER)
    desk.now_ms += 7 * DAY_MS
    desk.write_due()
    refused(settling.AlreadyPaid, desk.claim_back, number, financing)


def test_acts_on_a_claim_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number, financing = desk.defaulted()
    name = desk.claim_back(number, financing)
    for act in (desk.buy_back, desk.contest_recourse, desk.withdraw_recourse, desk.money_came):
        assert callable(act)
        refused(general.VoucherNotFound, act, "EVTRIA20260316000000000180", name)
        refused(refusals.RecourseNotFound, act, number, name, 30_000_001)
        refused(refusals.RecourseNotFound, act, number, "ab" * 32)
    for seller in (desk.buy_back, desk.contest_recourse):
        assert callable(seller)
        refused(general.NotTheHolder, seller, number, name, by=S1)
    refused(financing_refusals.NotTheFunder, desk.withdraw_recourse, number, name, by="bank-a")
    assert refused(refusals.RecourseNotPending, desk.money_came, number, name)["status"] == "DEMANDED"
    desk.buy_back(number, name)
    for done in (desk.buy_back, desk.contest_recourse, desk.withdraw_recourse):
        assert callable(done)
        assert refused(refusals.RecourseNotPending, done, number, name)["status"] == "AGREED"


def test_figures_are_for_the_two_sides_and_the_bank_and_a_reason_for_the_two_sides() -> None:
    desk = Desk()
    number, financing = desk.defaulted()
    args = ClaimRecourse(number, financing, units(1), "settle-a")
    found = set(audiences.claiming(args, desk.by("bank-b"), desk.state))
    assert found == {"member:bank-b", S2.sealing, "member:settle-a"}
    name = desk.claim_back(number, financing)
    agreed = BuyBackUnits(number, units(1), name)
    said = set(audiences.selling(agreed, desk.by_tag(S2), desk.state))
    assert said == {S2.sealing, "member:bank-a", "member:bank-b", "member:ce-a", "member:supervisor"}
    contested = ContestRecourse(number, units(1), name)
    reason = set(audiences.contesting(contested, desk.by_tag(S2), desk.state))
    assert reason == {S2.sealing, "member:bank-b"}


def test_opened_figures_and_accounts_are_rows_of_their_seat_and_statuses_have_words() -> None:
    said = Opening(CLAIM_EXAMPLE, CLAIM.example, "recourse.claim", "claim", "op", "member:b", "house", 1, 5)
    account = Opening(
        PAYEE_EXAMPLE, CLAIM.example, "recourse.claim", "payee", "op", "member:b", "house", 1, 5
    )
    for view, opening, other in ((TERMS_VIEW, said, account), (ACCOUNTS_VIEW, account, said)):
        assert view.project_opening is not None
        (written,) = view.project_opening(opening)
        assert written.key == ("house", "op")
        assert list(view.project_opening(other)) == []
    for status in (*RECOURSE_STATUSES, BY_RECOURSE, "RECOURSE"):
        assert not CONTRACT.words[status].zh.isascii()
