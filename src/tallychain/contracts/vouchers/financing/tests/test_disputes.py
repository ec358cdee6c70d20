"""Where the seller denies it, or nobody but the funder says so: banks, an arbiter, and what silence makes of it."""

import pytest

from tallychain.contracts.vouchers.financing import refusals
from tallychain.contracts.vouchers.financing.events import (
    DeregistrationLate,
    FinancingCompleted,
    FinancingDisputed,
    FinancingFailed,
)
from tallychain.contracts.vouchers.financing.tests.desk import TAKERS, Desk
from tallychain.contracts.vouchers.invariants import full
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.refusals import UnitsNotFree
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, row
from tallychain.ledger.contract import Change

TAKER = TAKERS["bank-b"]


def done(change: Change) -> FinancingCompleted:
    (found,) = [event for event in change.events if isinstance(event, FinancingCompleted)]
    return found


def failed(events: list[object]) -> FinancingFailed:
    (found,) = [event for event in events if isinstance(event, FinancingFailed)]
    return found


@pytest.mark.deadline("financing: DISPUTED -> COMPLETED")
def test_a_funder_that_pays_by_itself_needs_the_word_of_the_sellers_bank() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number, paying_bank="bank-b")
    assert desk.financing_status(name) == "UNCONFIRMED"
    desk.attest_receipt(number, name)
    assert desk.financing_status(name) == "DISBURSED"
    desk.refute(number, name)
    refused(refusals.ReceiptAttested, desk.attest_receipt, number, name)
    desk.now_ms += 30 * DAY_MS

    assert done(Change(events=tuple(desk.write_due()))).by == "DEFAULT"  # type: ignore[arg-type]  # events of this contract


@pytest.mark.deadline(
    "financing: UNCONFIRMED -> DISPUTED",
    "financing: DISPUTED (no bank but the funder says so) -> TO_DEREGISTER",
)
def test_where_nobody_confirms_what_the_funder_says_it_is_a_dispute_and_the_units_go_back() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number, paying_bank="bank-b")
    desk.now_ms = at("2026-03-18", 0)
    (event,) = desk.write_due()
    assert isinstance(event, FinancingDisputed)
    assert not event.refuted
    refused(UnitsNotFree, desk.offer, number, S1, row(1, 5, S2))
    desk.now_ms = at("2026-03-26", 0)

    assert failed(desk.write_due()).failed == "bank-b"
    assert desk.financing_status(name) == "TO_DEREGISTER"
    assert desk.holdings(number)[0].encumbrances == ()


def test_a_dispute_that_was_never_written_down_ends_all_the_same() -> None:
    desk = Desk()
    number = desk.active().number
    desk.paid_for(number, paying_bank="bank-b")
    desk.now_ms = at("2026-03-26", 0)

    desk.offer(number, S1, row(1, 5, S2))

    assert failed(list(desk.events)).stage == "DISPUTED"


@pytest.mark.parametrize("came", [True, False])
def test_in_a_dispute_the_sellers_bank_speaks_and_then_an_arbiter(came: bool) -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number)
    desk.refute(number, name)
    change = desk.attest_receipt(number, name, came=came)
    if came:
        assert done(change).by == "BANK"
        assert desk.holdings(number)[0].tag == TAKER.tag
        return
    desk.decide(number, name, paid=False)
    assert desk.financing_status(name) == "TO_DEREGISTER"
    assert desk.holdings(number)[0].tag == S1.tag
    assert desk.holdings(number)[0].encumbrances == ()


def test_an_arbiter_may_find_that_the_seller_was_paid() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number)
    desk.refute(number, name)
    desk.attest_receipt(number, name, came=False)

    assert done(desk.decide(number, name, paid=True)).by == "ARBITER"


def test_a_bank_that_did_not_see_the_money_makes_a_dispute_at_once() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number, paying_bank="bank-b")

    desk.attest_receipt(number, name, came=False)

    assert desk.financing_status(name) == "DISPUTED"
    desk.complete(number, name)
    assert desk.holdings(number)[0].tag == TAKER.tag


def test_a_dispute_that_outlasts_the_maturity_withholds_the_money_and_ends_in_title() -> None:
    desk = Desk()
    number = desk.active().number
    desk.now_ms = at("2026-09-08", 9)
    name = desk.paid_for(number, last=100_000_000)
    desk.refute(number, name)
    desk.now_ms = at("2026-09-10", 12)
    desk.name_payee(number)
    desk.now_ms = at("2026-09-14", 12)
    desk.write_due()
    desk.attest(number, "1,000,000.00")
    assert desk.statuses(number) == ["WITHHELD"]

    event = done(desk.decide(number, name, paid=True))

    assert event.status.status == "WITHHELD"
    assert desk.holdings(number)[0].tag == TAKER.tag
    desk.name_payee(number, by="bank-b")
    desk.release_withheld(number)
    desk.pay_out(number, (1, "1,000,000.00"))
    assert desk.statuses(number) == ["PAID"]
    assert list(full(desk.state)) == []


@pytest.mark.deadline(
    "financing: DISPUTED (the seller's bank denies it) -> TO_DEREGISTER", "financing: DEREGISTER_LATE -> GONE"
)
def test_where_the_sellers_bank_denies_it_and_no_arbiter_speaks_the_units_go_back() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.paid_for(number)
    desk.refute(number, name)
    desk.attest_receipt(number, name, came=False)
    desk.now_ms = at("2026-03-24", 0)

    assert failed(desk.write_due()).stage == "DISPUTED"
    desk.now_ms = at("2026-03-27", 0)
    (late,) = desk.write_due()
    assert isinstance(late, DeregistrationLate)
    desk.now_ms += 180 * DAY_MS
    assert desk.financing_status(name) == "GONE"
    desk.write_due()
    refused(refusals.FinancingNotFound, desk.deregister, number, name)
