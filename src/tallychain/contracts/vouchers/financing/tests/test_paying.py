"""From the award to title, or back: every wait, whoever is silent."""

import pytest

from tallychain.contracts.vouchers.courting.state import FREEZES
from tallychain.contracts.vouchers.financing import refusals
from tallychain.contracts.vouchers.financing.events import (
    DeregistrationLate,
    FinancingAwarded,
    FinancingCompleted,
    FinancingFailed,
)
from tallychain.contracts.vouchers.financing.tests.desk import HOUR_MS, TAKERS, Desk, quoted
from tallychain.contracts.vouchers.invariants import full
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.refusals import NotTheHolder, UnitsNotFree
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.state import BY_FINANCING, BY_SPLIT
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, row
from tallychain.ledger.contract import Change

TAKER = TAKERS["bank-b"]


def done(change: Change) -> FinancingCompleted:
    (found,) = [event for event in change.events if isinstance(event, FinancingCompleted)]
    return found


def failed(events: list[object]) -> FinancingFailed:
    (found,) = [event for event in events if isinstance(event, FinancingFailed)]
    return found


def test_scenario_6_title_moves_when_the_seller_confirms() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    (awarded,) = desk.award(number, name, by=S2).events[-1:]
    assert isinstance(awarded, FinancingAwarded)
    assert (awarded.funder, awarded.issuer) == ("bank-b", "ce-a")
    desk.register(number, name)
    desk.now_ms = at("2026-04-16", 10)
    desk.disburse(number, name)

    event = done(desk.complete(number, name, S2))

    bought = desk.holdings(number)[0]
    assert (bought.tag, bought.sponsor, bought.layer) == (TAKER.tag, "bank-b", 3)
    assert (bought.acquired_by, str(bought.units)) == (BY_FINANCING, "1-30000000")
    assert bought.encumbrances == ()
    assert (event.issuer, event.by, event.giver.tag) == ("ce-a", "SELLER", S2.tag)
    assert [held.id for held in event.taken] == [bought.id]
    assert list(full(desk.state)) == []


def test_a_funder_sells_on_what_it_has_bought_and_the_supplier_has_no_part_in_it() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.award(number, name, by=S2)
    desk.register(number, name)
    desk.disburse(number, name)
    desk.complete(number, name, S2)
    desk.now_ms = at("2026-05-15", 9)

    again = desk.ask(number, by=TAKER, form="REFACTORING", funders=("factor-a",))
    desk.commit(number, again, by="factor-a", content=quoted(30_000, value_date="2026-05-15"))
    desk.now_ms += HOUR_MS
    desk.reveal(number, again, by="factor-a")
    desk.award(number, again, "factor-a", by=TAKER)
    desk.register(number, again, by="factor-a")
    desk.disburse(number, again, reference="FK-2")
    refused(NotTheHolder, desk.complete, number, again, S2)
    desk.complete(number, again, TAKER)

    sold = desk.holdings(number)[0]
    assert (sold.tag, sold.sponsor, sold.layer) == (TAKERS["factor-a"].tag, "factor-a", 4)
    assert (sold.acquired_by, str(sold.units)) == (BY_FINANCING, "1-30000000")
    assert quoted(30_000, value_date="2026-05-15").net == 30_000_000 - 305_000


def test_scenario_7_a_part_becomes_a_holding_of_its_own_when_it_is_awarded() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, S2))
    desk.now_ms = at("2026-04-15", 9)

    name = desk.paid_for(number, by=S2, first=1, last=12_345_678)

    parts = [(str(one.units), one.units.length, one.acquired_by) for one in desk.holdings(number)[:2]]
    assert parts == [
        ("1-12345678", 12_345_678, BY_SPLIT),
        ("12345679-30000000", 17_654_322, BY_SPLIT),
    ]
    refused(UnitsNotFree, desk.offer, number, S2, row(1, 5, S1))
    desk.offer(number, S2, row(12_345_679, 12_345_680, S1), holding=12_345_679)
    desk.complete(number, name, S2)
    assert [one.tag for one in desk.holdings(number)[:2]] == [TAKER.tag, S2.tag]
    assert desk.voucher(number).splits == 2


@pytest.mark.attack(17)
@pytest.mark.deadline("financing: DISBURSED -> COMPLETED")
def test_a_paid_seller_that_stays_silent_loses_the_units() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.award(number, name, by=S2)
    desk.register(number, name)
    desk.disburse(number, name)
    desk.now_ms = at("2026-04-17", 0) - 1
    assert desk.financing_status(name) == "DISBURSED"
    desk.now_ms += 1
    assert desk.financing_status(name) == "COMPLETED"
    refused(UnitsNotFree, desk.offer, number, S2, row(1, 5, S1))
    refused(refusals.FinancingStands, desk.refute, number, name, by=S2)

    (event,) = desk.write_due()

    assert isinstance(event, FinancingCompleted)
    assert (event.by, event.since_ms) == ("SILENCE", at("2026-04-17", 0))
    assert desk.holdings(number)[0].tag == TAKER.tag


@pytest.mark.deadline("financing: REGISTERED -> TO_DEREGISTER")
def test_scenario_18_a_bank_that_does_not_pay_by_17_00_of_the_next_business_day_has_failed() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.award(number, name, by=S2)
    desk.register(number, name)
    desk.now_ms = at("2026-04-16", 17) - 1
    refused(UnitsNotFree, desk.offer, number, S2, row(1, 5, S1))
    desk.now_ms += 1
    refused(refusals.FinancingStands, desk.disburse, number, name)

    event = failed(desk.write_due())

    assert (event.stage, event.failed, event.funder) == ("REGISTERED", "settle-a", "bank-b")
    assert event.since_ms == at("2026-04-16", 17)
    assert desk.holdings(number)[0].encumbrances == ()
    again = desk.ask(number, by=S2)
    assert desk.financing_status(again) == "BIDDING"


@pytest.mark.deadline("financing: AWARDED -> FAILED", "financing: FAILED -> GONE")
def test_a_funder_that_does_not_register_has_failed_and_owes_no_deregistration() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    desk.now_ms = at("2026-03-17", 17)

    event = failed(desk.write_due())

    assert (event.stage, event.failed) == ("AWARDED", "bank-b")
    refused(refusals.FinancingStands, desk.deregister, number, name)
    desk.now_ms += 30 * DAY_MS
    desk.write_due()
    assert desk.financing_status(name) == "GONE"


def test_an_act_on_units_whose_financing_has_failed_writes_that_down_first() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    desk.now_ms = at("2026-03-17", 17)

    desk.offer(number, S1, row(1, 5, S2))

    assert isinstance(desk.events[0], FinancingFailed)
    assert desk.financing(name).timeline.status == "FAILED"
    assert [e.kind.value for e in desk.holdings(number)[0].encumbrances] == ["OFFER"]


@pytest.mark.deadline("financing: TO_DEREGISTER -> DEREGISTER_LATE")
def test_a_registration_is_taken_back_within_two_business_days() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    desk.register(number, name)
    desk.now_ms = at("2026-03-17", 17)
    desk.write_due()
    desk.now_ms = at("2026-03-20", 0)

    (late,) = desk.write_due()

    assert isinstance(late, DeregistrationLate)
    desk.deregister(number, name)
    assert desk.financing_status(name) == "FAILED"


@pytest.mark.parametrize(("day", "events"), [("2026-03-18", 2), ("2026-03-23", 3)])
def test_a_deregistration_says_first_what_due_work_has_not_written_down(day: str, events: int) -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    desk.register(number, name)
    desk.now_ms = at(day)

    change = desk.deregister(number, name)

    assert isinstance(change.events[0], FinancingFailed)
    assert len(change.events) == events
    assert desk.holdings(number)[0].encumbrances == ()


def test_a_loan_makes_the_units_a_pledge_and_the_seller_keeps_title() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number, form="PLEDGE", last=40_000_000)

    event = done(desk.complete(number, name))

    assert (event.spent, event.taken) == ("", ())
    assert desk.pledge_status(name) == "PLEDGED"
    holding = desk.holdings(number)[0]
    assert (holding.tag, str(holding.units)) == (S1.tag, "1-40000000")
    assert [(e.kind.value, e.reference) for e in holding.encumbrances] == [("PLEDGE", name)]
    assert list(full(desk.state)) == []
    desk.release_pledge(number, name)
    assert desk.holdings(number)[0].encumbrances == ()


def test_a_later_freeze_attaches_to_the_proceeds_and_an_earlier_one_stops_the_money() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    desk.register(number, name)
    desk.court_freezes(number)
    assert refused(UnitsNotFree, desk.disburse, number, name)["kind"] == "FREEZE"
    other = desk.active().number
    paid = desk.paid_for(other)
    late = desk.court_freezes(other)

    event = done(desk.complete(other, paid))

    assert event.proceeds == (late,)
    assert desk.holdings(other)[0].encumbrances == ()
    frozen = desk.state.get(FREEZES, late)
    assert frozen is not None
    assert frozen.status_at(desk.now) == "EXHAUSTED"
    assert list(full(desk.state)) == []


def test_a_court_finds_units_free_whose_financing_has_failed_though_due_work_is_late() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number)
    desk.now_ms = at("2026-03-17", 17)

    desk.court_freezes(number)

    assert desk.financing(name).timeline.status == "FAILED"
    assert [e.kind.value for e in desk.holdings(number)[0].encumbrances] == ["FREEZE"]
    assert list(full(desk.state)) == []


def test_a_bank_reference_counts_once_in_a_financing_and_in_settlement() -> None:
    desk = Desk()
    number = desk.active().number
    first = desk.chosen(number, last=40_000_000)
    desk.register(number, first)
    desk.disburse(number, first, reference="FK-1")
    second = desk.chosen(number, holding=40_000_001, first=40_000_001, last=50_000_000)
    desk.register(number, second)

    assert refused(settling.BankReferenceUsed, desk.disburse, number, second, reference="FK-1") == {
        "reference": "FK-1",
        "voucher": number,
    }
    desk.now_ms = at("2026-09-14", 12)
    desk.write_due()
    refused(settling.BankReferenceUsed, desk.attest, number, "1.00", reference="FK-1")


def test_a_holder_that_changes_its_sponsor_goes_on_with_its_financing() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number)

    desk.port(number, S1, "bank-b")

    desk.complete(number, name, via="bank-b")
    assert desk.holdings(number)[0].tag == TAKER.tag


@pytest.mark.deadline("financing: REGISTERED (the funder pays itself) -> TO_DEREGISTER")
def test_a_funder_that_would_pay_by_itself_and_does_not_has_failed() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.chosen(number, paying_bank="bank-b")
    desk.register(number, name)
    desk.now_ms = at("2026-03-17", 17)

    assert failed(desk.write_due()).failed == "bank-b"
    assert desk.financing_status(name) == "TO_DEREGISTER"
