"""An issuer disputes what its first holder has: what is bound, who is paid, and how it ends."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers import CONTRACT, audiences
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.courting import refusals as courts
from tallychain.contracts.vouchers.disputing import refusals
from tallychain.contracts.vouchers.disputing.declared import CLOSE, GROUND, OPEN
from tallychain.contracts.vouchers.disputing.events import DisputeLapsed
from tallychain.contracts.vouchers.disputing.operations import (
    AnswerDispute,
    OpenDispute,
    ReferDispute,
)
from tallychain.contracts.vouchers.disputing.state import DISPUTE_STATUSES, DISPUTES, DISPUTES_MAX
from tallychain.contracts.vouchers.disputing.tests.desk import Desk
from tallychain.contracts.vouchers.disputing.views import GROUNDS_VIEW
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, DOCUMENT, S1, S2, S3, fen
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, row, units
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Opening

B1 = S3
FIRST = 30_000_001


class Following(SettlingFollowing, Desk):
    """A desk of disputes whose events are projected as they come."""


def passed_on(desk: Desk) -> str:
    """V1 of the study: B1 holds 300,000.00, and S1 still 700,000.00."""
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, B1))
    return number


def with_payees(desk: Desk, number: str) -> None:
    desk.now_ms = at("2026-09-10", 12)
    for holding in desk.holdings(number):
        desk.name_payee(number, holding.first, holding.sponsor)
    desk.at_maturity()


def test_scenario_36_only_the_first_holder_s_part_is_locked_and_what_is_undisputed_is_paid() -> None:
    desk = Following()
    number = passed_on(desk)
    refused(refusals.NotTheFirstHolder, desk.dispute, number, 1, 30_000_000)

    name = desk.dispute(number, FIRST, FIRST + 19_999_999, holding=FIRST)

    locked, rest = desk.holdings(number)[1:]
    assert (locked.units.length, rest.units.length) == (fen("200,000.00"), fen("500,000.00"))
    found = refused(general.UnitsNotFree, desk.offer, number, S1, row(FIRST, FIRST, S2), holding=FIRST)
    assert found["kind"] == "DISPUTE"
    desk.pass_on(number, S1, row(rest.first, rest.first + 9_999_999, S2), holding=rest.first)
    desk.now_ms = at("2026-04-10")
    desk.refer(number, name)
    with_payees(desk, number)
    desk.attest(number, "800,000.00")

    shares = {int(one.holding.first): one.portion.share for one in desk.positions(number)}
    assert shares[1] == fen("300,000.00")
    assert shares[FIRST] == 0
    assert sum(shares.values()) == fen("800,000.00")
    desk.pay_out(number, (1, "300,000.00"))
    desk.now_ms = at("2026-09-17", 17)
    desk.write_due()
    assert desk.row("dishonours", number)["cause"] == "DISPUTE"
    desk.attest(number, "200,000.00")
    assert desk.statuses(number)[1] == "WITHHELD"
    desk.close(number, name, by="court")
    desk.release_withheld(number, FIRST)
    desk.pay_out(number, (FIRST, "200,000.00"))
    assert desk.statuses(number)[1] == "PAID"


def test_a_shortfall_reaches_what_is_undisputed_in_proportion_before_anything_disputed() -> None:
    desk = Desk()
    number = passed_on(desk)
    name = desk.dispute(number, FIRST, holding=FIRST)
    desk.now_ms = at("2026-04-10")
    desk.refer(number, name)
    with_payees(desk, number)
    desk.attest(number, "400,000.00")

    assert [one.portion.share for one in desk.positions(number)] == [
        fen("300,000.00"),
        fen("100,000.00"),
    ]


@pytest.mark.deadline("dispute: OPENED -> LAPSED")
@pytest.mark.deadline("dispute: DENIED -> LAPSED")
def test_a_dispute_lapses_after_thirty_days_or_at_the_maturity_whoever_is_silent() -> None:
    desk = Following()
    number, other = desk.active().number, desk.active().number
    silent, denied = desk.dispute(number), desk.dispute(other)
    desk.answer(other, denied)
    refused(refusals.DisputeNotOpen, desk.answer, other, denied)
    desk.now_ms += 30 * DAY_MS - 1
    assert desk.dispute_status(number, silent) == "OPENED"
    desk.now_ms += 1
    for name, voucher in ((silent, number), (denied, other)):
        assert desk.dispute_status(voucher, name) == "LAPSED"
        assert desk.status_of("disputes", voucher, name) == "LAPSED"
        refused(refusals.DisputeNotOpen, desk.refer, voucher, name)
        refused(refusals.DisputeNotOpen, desk.close, voucher, name)
    desk.offer(other, S1, row(1, 10, S2))
    (lapsed,) = desk.write_due()
    assert isinstance(lapsed, DisputeLapsed)
    assert (lapsed.dispute, lapsed.since_ms) == (silent, desk.now_ms)
    assert desk.holdings(number)[0].encumbrances == ()

    desk.now_ms = at("2026-09-10")
    late = desk.dispute(number)
    desk.now_ms = at("2026-09-14", 0)
    assert desk.dispute_status(number, late) == "LAPSED"
    desk.write_due()
    refused(general.VoucherNotActive, desk.dispute, number)


@pytest.mark.deadline("dispute: REFERRED -> LAPSED")
def test_a_case_is_shown_again_after_half_a_year_or_the_dispute_lapses() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.dispute(number)
    desk.refer(number, name)
    desk.now_ms += 179 * DAY_MS
    desk.refer(number, name)
    desk.now_ms += 180 * DAY_MS - 1
    assert desk.dispute_status(number, name) == "REFERRED"
    desk.now_ms += 1
    assert desk.dispute_status(number, name) == "LAPSED"


def test_what_is_admitted_is_not_owed_any_more_and_is_not_passed_on() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.dispute(number, 1, 20_000_000)

    desk.answer(number, name, admits=True)

    assert desk.voucher(number).discharged == 20_000_000
    assert desk.positions(number)[0].entitlement.released == 20_000_000
    assert desk.holdings(number)[0].encumbrances == ()
    refused(settling.HoldingPaid, desk.offer, number, S1, row(1, 10, S2))
    refused(courts.NothingToFreeze, desk.freeze, number, 1, 1_000)
    with_payees_of_rest = desk.holdings(number)[1].first
    desk.now_ms = at("2026-09-10", 12)
    desk.name_payee(number, with_payees_of_rest)
    desk.at_maturity()
    desk.attest(number, "800,000.00")
    assert desk.status(number) == "SETTLED"


def test_a_whole_voucher_that_is_admitted_is_released_and_one_paid_meanwhile_keeps_what_came() -> None:
    desk = Desk()
    number, other = desk.active().number, desk.active().number
    desk.answer(number, desk.dispute(number), admits=True)
    assert desk.status(number) == "RELEASED"
    name = desk.dispute(other)
    desk.now_ms = at("2026-04-10")
    desk.refer(other, name)
    desk.now_ms = CUTOFF - 1
    desk.write_due()
    desk.attest(other, "1,000,000.00")
    desk.answer(other, name, admits=True)
    assert desk.positions(other)[0].entitlement.released == 0
    assert desk.dispute_status(other, name) == "ADMITTED"


def test_a_dispute_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    refused(general.VoucherNotFound, desk.dispute, "EVTRIA20260316000000000180")
    refused(general.NotTheIssuer, desk.dispute, number, by="ce-b")
    refused(general.HoldingNotFound, desk.dispute, number, holding=2)
    paid = desk.active().number
    desk.pass_on(paid, S1, row(1, 10, S2))
    desk.consent_outside(paid, desk.propose_outside(paid, 11), 11)
    refused(settling.HoldingPaid, desk.dispute, paid, 11, holding=11)
    refused(general.UnitsOutsideHolding, desk.dispute, number, 5, 4)
    found = refused(refusals.DisputeExceedsEvidence, desk.dispute, number, 1, 1_000, covered=999)
    assert found == {"asked": 1_000, "covered": 999}
    (offer,) = desk.offer(number, S1, row(1, 10, S2))
    assert refused(general.UnitsNotFree, desk.dispute, number, 1, 1_000)["kind"] == "OFFER"
    desk.recall(number, offer, S1)
    for _ in range(DISPUTES_MAX):
        desk.close(number, desk.dispute(number))
    assert refused(refusals.TooManyDisputes, desk.dispute, number)["limit"] == DISPUTES_MAX
    fresh = desk.active().number
    desk.policy("SPLIT", 1, children_max=1)
    desk.dispute(fresh, 1, 1_000)
    refused(general.SplitLimit, desk.dispute, fresh, 1_001, 2_000, holding=1_001)
    desk.policy("SPLIT", 1, children_max=2)
    refused(general.PartTooSmall, desk.dispute, fresh, 1_001, 2_000, holding=1_001)


def test_acts_on_a_dispute_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number, other = desk.active().number, desk.active().number
    name = desk.dispute(number)
    for act in (desk.answer, desk.refer, desk.close):
        assert callable(act)
        refused(general.VoucherNotFound, act, "EVTRIA20260316000000000180", name)
        refused(refusals.DisputeNotFound, act, other, name)
    refused(general.NotTheHolder, desk.answer, number, name, by=S2)
    refused(general.NotTheSponsor, desk.answer, number, name, via="bank-b")
    for act in (desk.refer, desk.close):
        refused(general.NotTheIssuer, act, number, name, by="ce-b")
    desk.close(number, name)
    refused(refusals.DisputeNotOpen, desk.answer, number, name, admits=True)


def test_a_court_freezes_what_is_disputed_whole_and_gives_no_title_to_it() -> None:
    desk = Desk()
    number = desk.active().number
    desk.dispute(number)

    assert refused(courts.FreezeWholeOnly, desk.freeze, number, 1, 5)["why"] == "DISPUTE"
    name = desk.freeze(number)
    assert refused(settling.UnitsBound, desk.transfer, number, name)["kind"] == "DISPUTE"


def test_a_court_freezes_a_part_of_what_was_disputed_before_due_work_has_said_that_it_lapsed() -> None:
    desk = Following()
    number = desk.active().number
    name = desk.dispute(number)
    desk.now_ms += 30 * DAY_MS

    desk.freeze(number, 1, 1_000)

    assert desk.status_of("disputes", number, name) == "LAPSED"
    assert [len(one.encumbrances) for one in desk.holdings(number)] == [1, 0]
    desk.check()


def test_the_ground_is_for_both_sides_the_sponsor_the_settlement_bank_and_the_supervisor() -> None:
    desk = Desk()
    number = desk.active().number
    parties = {S1.sealing, "member:bank-a", "member:ce-a", "member:settle-a", "member:supervisor"}
    call = desk.by("ce-a")
    args = OpenDispute(number, units(1), units(1), units(5), 5, DOCUMENT)
    assert set(audiences.disputing(args, call, desk.state)) == parties
    name = desk.dispute(number)
    assert set(audiences.contended(ReferDispute(number, name, DOCUMENT), call, desk.state)) == parties
    found = audiences.disputed(AnswerDispute(number, name, False), desk.by_tag(S1), desk.state)
    assert set(found) == parties - {"member:settle-a"}


def test_opened_grounds_are_rows_of_their_seat_and_statuses_have_words() -> None:
    assert GROUNDS_VIEW.project_opening is not None
    for kind, dispute in ((OPEN, "op"), (CLOSE, "d1" * 32)):
        said = Opening(GROUND, kind.example, kind.name, "ground", "op", "member:ce-a", "house", 1, 5)
        (written,) = GROUNDS_VIEW.project_opening(said)
        assert written.values is not None
        assert (written.key, written.values["dispute"]) == (("house", "op"), dispute)
    other = Opening(GROUND, GROUND, "x.y", "ground", "op", "member:ce-a", "house", 1, 5)
    assert list(GROUNDS_VIEW.project_opening(other)) == []
    for status in DISPUTE_STATUSES:
        assert not CONTRACT.words[status].zh.isascii()


def test_the_rows_follow_a_dispute_to_each_of_its_ends() -> None:
    desk = Following()
    number = desk.active().number
    closed = desk.dispute(number, 1, 1_000)
    desk.close(number, closed)
    admitted = desk.dispute(number, 1_001, 2_000, holding=1_001)
    desk.refer(number, admitted)
    assert desk.status_of("disputes", number, admitted) == "REFERRED"
    desk.answer(number, admitted, admits=True)
    for name in (closed, admitted):
        assert desk.status_of("disputes", number, name) == desk.dispute_status(number, name)
    assert desk.agrees(number)


@pytest.mark.parametrize("named", ["lock gone", "lock of another", "ended", "moved"])
def test_a_planted_fault_is_found_in_the_change_and_in_the_state(named: str) -> None:
    desk = Desk()
    number = desk.active().number
    dispute = desk.state.get(DISPUTES, number, desk.dispute(number))
    (holding,) = desk.holdings(number)
    assert dispute is not None
    lock = holding.encumbrances[0]
    planted = {
        "lock gone": HOLDINGS.put(replace(holding, encumbrances=())),
        "lock of another": HOLDINGS.put(replace(holding, encumbrances=(replace(lock, reference="ab" * 32),))),
        "ended": DISPUTES.put(replace(dispute, timeline=settled("CLOSED"))),
        "moved": DISPUTES.put(replace(dispute, tag=S2.tag)),
    }
    change = Change((planted[named],))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert {fault for fault, _ in touched(change, desk.state, after)} == {7}
    assert {fault for fault, _ in full(after)} == {7}


def test_a_dispute_does_not_leave() -> None:
    desk = Desk()
    number = desk.active().number
    dispute = desk.state.get(DISPUTES, number, desk.dispute(number))
    assert dispute is not None
    change = Change((DISPUTES.delete(dispute),))
    after = Overlay(desk.state)
    after.write(change.writes)

    assert 4 in {fault for fault, _ in touched(change, desk.state, after)}
