"""Every act on a financing is refused in the order of precedence."""

from msgspec.structs import replace

from tallychain.contracts.documents.api import VoucherUnderReview
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing import refusals
from tallychain.contracts.vouchers.financing.tests.desk import HOUR_MS, TAKERS, Desk
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2, S3
from tallychain.contracts.vouchers.tests.desk import at, row

UNKNOWN = "EVTRIA20260316000000000180"
NOBODY = "ab" * 32


def test_a_request_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    refused(general.VoucherNotFound, desk.ask, UNKNOWN)
    refused(general.HoldingNotFound, desk.ask, number, holding=2)
    refused(general.NotTheHolder, desk.ask, number, by=S2)
    refused(general.NotTheSponsor, desk.ask, number, via="bank-b")
    refused(general.UnitsOutsideHolding, desk.ask, number, last=100_000_001)
    for funders in (("ce-a",), ("bank-b", "bank-a"), ("bank-a", "bank-a"), ("supervisor",), ("nobody",)):
        refused(refusals.FunderNotEligible, desk.ask, number, funders=funders)
    early, late = desk.now_ms + HOUR_MS // 6, desk.now_ms + 24 * HOUR_MS
    for closes_ms in (early - 1, late + 1):
        assert refused(refusals.ClosingTimeNotPossible, desk.ask, number, closes_ms=closes_ms) == {
            "closes_ms": closes_ms,
            "earliest_ms": early,
            "latest_ms": late,
        }
    desk.ask(number, closes_ms=early)
    desk.ask(number, closes_ms=late)
    desk.pledge(number)
    refused(general.UnitsNotFree, desk.ask, number)
    desk.now_ms = at("2026-09-09", 0)
    refused(general.BlackOut, desk.ask, number)
    desk.now_ms = at("2026-09-14")
    refused(general.VoucherNotActive, desk.ask, number)


def test_nothing_is_sold_beyond_the_last_layer_and_a_loan_is_possible() -> None:
    desk = Desk()
    desk.policy("SPLIT", 2, layers_max=1)
    number = desk.active().number
    refused(general.LayerLimit, desk.ask, number)
    desk.chosen(number, form="PLEDGE")


def test_what_was_paid_outside_or_is_under_review_is_not_financed() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, S2))
    desk.consent_outside(number, desk.propose_outside(number), by=S2)
    refused(settling.HoldingPaid, desk.ask, number, by=S2)
    other = desk.active().number
    name = desk.ask(other)
    desk.commit(other, name)
    desk.now_ms += HOUR_MS
    desk.reveal(other, name)
    third = desk.active().number
    registered = desk.chosen(third)
    desk.register(third, registered)
    for one in (other, third):
        desk.under_review(one)
    refused(VoucherUnderReview, desk.award, other, name)
    refused(VoucherUnderReview, desk.disburse, third, registered)
    refused(VoucherUnderReview, desk.ask, third)


def test_a_quote_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.ask(number, funders=("bank-b",))
    refused(refusals.FinancingNotFound, desk.commit, number, NOBODY)
    refused(refusals.FinancingNotFound, desk.commit, desk.active().number, name)
    refused(refusals.NotAsked, desk.commit, number, name, "bank-a")
    refused(refusals.ReceiverOfAnother, desk.commit, number, name, receiver=S1)
    refused(general.ReceiverIsHolder, desk.commit, number, name, receiver=replace(S1, sponsor="bank-b"))
    weak = replace(TAKERS["bank-b"], tag="ed25519:" + "00" * 32)
    refused(general.KeyNotAdmitted, desk.commit, number, name, receiver=weak)
    refused(refusals.BankNotEligible, desk.commit, number, name, paying_bank="ce-b")
    desk.suspended("bank-b")
    refused(general.RecipientNotEligible, desk.commit, number, name)
    desk.standing("bank-b", "ACTIVE")
    desk.now_ms += HOUR_MS
    refused(refusals.FinancingStands, desk.commit, number, name)
    refused(refusals.QuoteNotFound, desk.reveal, number, name)


def test_a_choice_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number, name = desk.second_asks()
    desk.commit(number, name)
    refused(general.NotTheHolder, desk.award, number, name, by=S1)
    refused(general.NotTheSponsor, desk.award, number, name, by=S2, via="bank-b")
    refused(refusals.FinancingStands, desk.award, number, name, by=S2)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    refused(refusals.QuoteNotFound, desk.award, number, name, "bank-a", by=S2)
    refused(refusals.QuoteNotUsable, desk.award, number, name, by=S2, quote=NOBODY)
    for bank in ("bank-b", "ce-b", "nobody"):
        refused(refusals.BankNotEligible, desk.award, number, name, by=S2, seller_bank=bank)
    desk.suspended("bank-b")
    refused(refusals.FunderNotEligible, desk.award, number, name, by=S2)
    desk.standing("bank-b", "ACTIVE")
    desk.now_ms += 1
    (offer,) = desk.offer(number, S2, row(1, 5, S3))
    refused(general.UnitsNotFree, desk.award, number, name, by=S2)
    desk.take(number, offer, S3)
    assert refused(refusals.UnitsPassedOn, desk.award, number, name, by=S2) == {"units": "1-30000000"}
    refused(refusals.UnitsPassedOn, desk.close, number, name, by=S2)


def test_a_choice_needs_a_split_that_is_left_and_a_part_that_is_large_enough() -> None:
    desk = Desk()
    desk.policy("SPLIT", 2, children_max=3)
    number = desk.active().number
    small = desk.ask(number, last=1_000)
    large = desk.ask(number)
    for name in (small, large):
        desk.commit(number, name)
    desk.now_ms += HOUR_MS
    for name in (small, large):
        desk.reveal(number, name)
    desk.pass_on(number, S1, row(50_000_001, 100_000_000, S2))
    desk.pass_on(number, S2, row(50_000_001, 75_000_000, S3), holding=50_000_001)
    refused(general.PartTooSmall, desk.award, number, small)
    desk.policy("SPLIT", 2, children_max=2)
    refused(general.SplitLimit, desk.award, number, large)


def test_a_choice_is_refused_beyond_the_last_layer() -> None:
    desk = Desk()
    number = desk.active().number
    desk.now_ms = at("2026-09-08", 22)
    name = desk.ask(number)
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.policy("SPLIT", 1, layers_max=1)
    refused(general.LayerLimit, desk.award, number, name)


def test_acts_after_the_award_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.ask(number, funders=("bank-b",))
    for act in (desk.register, desk.disburse, desk.attest_receipt, desk.deregister):
        refused(refusals.FinancingStands, act, number, name)
    refused(refusals.FinancingStands, desk.complete, number, name)
    refused(refusals.FinancingStands, desk.refute, number, name)
    refused(refusals.FinancingStands, desk.decide, number, name, paid=True)
    desk.commit(number, name)
    desk.now_ms += HOUR_MS
    desk.reveal(number, name)
    desk.award(number, name)
    refused(refusals.NotTheFunder, desk.register, number, name, "bank-a")
    for wrong in (desk.now_ms + 1, desk.now_ms - HOUR_MS - 1):
        refused(refusals.RegistrationTimeNotPossible, desk.register, number, name, registered_ms=wrong)
    assert refused(refusals.FinancingStands, desk.disburse, number, name)["status"] == "AWARDED"
    desk.register(number, name, registration="R-1")
    refused(refusals.FinancingStands, desk.register, number, name)
    refused(refusals.NotThePayingBank, desk.disburse, number, name, "bank-b")
    refused(refusals.PaymentDiffers, desk.disburse, number, name, payment=NOBODY)
    for wrong in (desk.now_ms + 1, desk.now_ms - HOUR_MS):
        refused(settling.BookingTimeNotPossible, desk.disburse, number, name, booked_ms=wrong)
    refused(refusals.NotTheSellersBank, desk.attest_receipt, number, name, by="bank-b")
    refused(refusals.FinancingStands, desk.attest_receipt, number, name)
    refused(refusals.NotTheFunder, desk.deregister, number, name, "bank-a")
    refused(refusals.FinancingStands, desk.deregister, number, name)
    other = desk.active().number
    second = desk.chosen(other)
    refused(refusals.RegistrationUsed, desk.register, other, second, registration="R-1")


def test_money_goes_before_the_black_out() -> None:
    desk = Desk()
    number = desk.active().number
    desk.now_ms = at("2026-09-08", 22)
    name = desk.chosen(number)
    desk.register(number, name)
    desk.now_ms = at("2026-09-09", 0)

    assert desk.financing_status(name) == "TO_DEREGISTER"
    refused(refusals.FinancingStands, desk.disburse, number, name)
    desk.outage(at("2026-09-08", 23, 59), at("2026-09-09", 1), 2 * HOUR_MS)
    desk.now_ms = at("2026-09-09", 2)
    assert desk.financing_status(name) == "REGISTERED"
    desk.disburse(number, name)
