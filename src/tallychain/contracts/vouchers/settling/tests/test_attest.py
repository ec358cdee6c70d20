"""Money is booked, and every holder gets its share of it."""

import pytest

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.settling import events, refusals
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, S1, Desk, fen
from tallychain.contracts.vouchers.state import outstanding
from tallychain.contracts.vouchers.tests.desk import at, fields_of

SHARES = {1: "180,000.00", 30_000_001: "75,000.01", 42_500_002: "344,999.99"}
REST = {1: "120,000.00", 30_000_001: "50,000.00", 42_500_002: "230,000.00"}


def shares_of(desk: Desk, number: str) -> dict[int, int]:
    return {one.holding.first: one.portion.share for one in desk.positions(number)}


def amounts(texts: dict[int, str]) -> dict[int, int]:
    return {first: fen(text) for first, text in texts.items()}


def test_a_payment_in_full_settles_the_voucher_and_waits_to_be_paid_out() -> None:
    desk = Desk()
    voucher = desk.divided()

    desk.attest(voucher.number, "1,000,000.00")

    assert desk.status(voucher.number) == "SETTLED"
    assert outstanding(desk.voucher(voucher.number)) == 0
    assert desk.statuses(voucher.number) == ["COLLECTED"] * 3
    settlement = the_settlement(voucher.number, desk.state)
    assert (settlement.payable, settlement.status_at(desk.now)) == (fen("1,000,000.00"), "PAYING")


def test_a_shortfall_is_divided_by_face_and_the_odd_fen_goes_to_the_largest_remainder() -> None:
    desk = Desk()
    voucher = desk.divided()

    desk.attest(voucher.number, "600,000.00")

    assert shares_of(desk, voucher.number) == amounts(SHARES)
    assert {one.holding.first: one.outstanding for one in desk.positions(voucher.number)} == amounts(REST)
    assert desk.status(voucher.number) == "DUE"
    assert desk.statuses(voucher.number) == ["DUE"] * 3
    assert outstanding(desk.voucher(voucher.number)) == fen("400,000.00")


def test_several_payments_come_to_the_same_as_one() -> None:
    desk = Desk()
    voucher = desk.divided()

    for amount in ("0.01", "333,333.33", "266,666.66", "400,000.00"):
        desk.attest(voucher.number, amount)

    assert desk.status(voucher.number) == "SETTLED"
    assert shares_of(desk, voucher.number) == {
        one.holding.first: one.holding.units.length for one in desk.positions(voucher.number)
    }


def test_what_nobody_has_coming_goes_back() -> None:
    desk = Desk()
    voucher = desk.divided()

    desk.attest(voucher.number, "1,000,000.01")

    (excess,) = [event for event in desk.events if isinstance(event, events.ExcessFound)]
    assert excess.amount == 1
    desk.attest(voucher.number, "1,000,000.00")
    (again,) = [event for event in desk.events if isinstance(event, events.ExcessFound)]
    assert again.amount == fen("1,000,000.00")
    assert desk.status(voucher.number) == "SETTLED"

    desk.return_excess(voucher.number, excess.attestation)
    with pytest.raises(refusals.ExcessNotFound) as error:
        desk.return_excess(voucher.number, excess.attestation)
    assert fields_of(error.value) == {"attestation": excess.attestation}


@pytest.mark.deadline("excess: TO_RETURN -> RETURN_LATE")
def test_an_excess_that_is_not_returned_shows_after_a_business_day() -> None:
    desk = Desk()
    voucher = desk.divided()
    desk.attest(voucher.number, "1,000,000.01")
    desk.pay_out(voucher.number, (1, "300,000.00"), (30_000_001, "125,000.01"), (42_500_002, "574,999.99"))

    desk.now_ms = at("2026-09-16", 0) - 1
    assert desk.write_due() == []
    desk.now_ms = at("2026-09-16", 0)
    (late,) = desk.write_due()

    assert isinstance(late, events.ExcessLate)
    assert (late.amount, late.since_ms) == (1, at("2026-09-16", 0))
    desk.return_excess(voucher.number, late.attestation)


@pytest.mark.attack(19)
def test_money_booked_in_time_and_attested_late_withdraws_the_dishonour() -> None:
    desk = Desk()
    voucher = desk.divided()
    desk.now_ms = CUTOFF
    desk.write_due()
    assert desk.status(voucher.number) == "UNPAID_PENDING"
    assert risk.is_blocked(desk.state, "ce-a", desk.now)

    desk.now_ms = at("2026-09-14", 17, 20)
    desk.attest(voucher.number, "1,000,000.00", booked_ms=at("2026-09-14", 16, 40))

    assert desk.status(voucher.number) == "SETTLED"
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)
    (withdrawn,) = [event for event in desk.events if isinstance(event, events.DishonourWithdrawn)]
    assert withdrawn.cause == "TECHNICAL"
    desk.now_ms = at("2026-09-30")
    assert not [event for event in desk.write_due() if isinstance(event, events.VoucherOverdue)]


def test_money_booked_a_millisecond_after_the_cut_off_is_late_and_stays_so() -> None:
    desk = Desk()
    voucher = desk.divided()
    desk.now_ms = at("2026-09-16", 10)
    desk.write_due()

    desk.attest(voucher.number, "0.01", booked_ms=CUTOFF)
    desk.attest(voucher.number, "999,999.99", booked_ms=CUTOFF + 1)

    assert desk.status(voucher.number) == "SETTLED_LATE"
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)
    assert not [event for event in desk.events if isinstance(event, events.DishonourWithdrawn)]
    desk.now_ms = at("2026-09-30")
    assert not [event for event in desk.write_due() if isinstance(event, events.VoucherOverdue)]


def test_an_outage_at_the_cut_off_moves_it_and_money_booked_until_then_is_in_time() -> None:
    desk = Desk()
    voucher = desk.divided()
    desk.outage(CUTOFF - 60_000, CUTOFF + 3_600_000, 1_800_000)
    moved = CUTOFF + 5_400_000
    desk.now_ms = moved - 1
    assert desk.write_due() == []
    assert desk.status(voucher.number) == "DUE"

    desk.now_ms = moved + 60_000
    desk.write_due()
    assert desk.status(voucher.number) == "UNPAID_PENDING"
    desk.attest(voucher.number, "1,000,000.00", booked_ms=moved)

    assert desk.status(voucher.number) == "SETTLED"


def test_a_payment_that_comes_before_due_work_does_publishes_the_dishonour_first() -> None:
    desk = Desk()
    voucher = desk.divided()
    desk.now_ms = at("2026-09-18", 10)

    desk.attest(voucher.number, "400,000.00")

    kinds = [type(event) for event in desk.events]
    assert events.Dishonoured in kinds
    assert events.VoucherOverdue in kinds
    assert desk.voucher(voucher.number).timeline.status == "OVERDUE"
    assert risk.is_blocked(desk.state, "ce-a", desk.now)
    assert desk.write_due() == []


def test_in_a_year_without_calendar_money_is_attested_and_nobody_is_late() -> None:
    desk = Desk(now_ms=at("2026-10-09"))
    voucher = desk.active(nominal_maturity="2027-02-08")
    desk.now_ms = at("2027-03-01")
    desk.write_due()
    assert desk.status(voucher.number) == "DUE_UNDATED"
    assert desk.statuses(voucher.number) == ["DUE"]

    desk.attest(voucher.number, "400,000.00")
    assert desk.status(voucher.number) == "DUE_UNDATED"
    desk.attest(voucher.number, "600,000.00")

    assert desk.status(voucher.number) == "SETTLED"


def test_an_attestation_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    early = desk.active()
    with pytest.raises(refusals.NotTheSettlementBank) as other:
        desk.attest(early.number, "1.00", by="bank-a")
    with pytest.raises(refusals.BookingTimeNotPossible) as future:
        desk.attest(early.number, "1.00", booked_ms=desk.now_ms + 1)
    with pytest.raises(refusals.BookingTimeNotPossible):
        desk.attest(early.number, "1.00", booked_ms=at("2026-03-16", 0) - 1)
    with pytest.raises(refusals.VoucherNotDue) as not_due:
        desk.attest(early.number, "1.00")
    desk.policy("SETTLEMENT", 2, attestations_max=1)
    desk.now_ms += 60_000
    limited = desk.active(reference="ab" * 16)
    desk.now_ms = CUTOFF
    desk.attest(limited.number, "1.00", reference="ONE")
    with pytest.raises(refusals.TooManyAttestations) as many:
        desk.attest(limited.number, "1.00")
    with pytest.raises(refusals.BankReferenceUsed) as used:
        desk.attest(early.number, "1.00", reference="ONE")

    assert fields_of(other.value) == {"voucher": early.number, "bank": "settle-a"}
    assert fields_of(future.value)
    assert fields_of(not_due.value) == {"voucher": early.number, "status": "ACTIVE"}
    assert fields_of(many.value)["limit"] == 1
    assert "Rules 7.8" in many.value.sentence()
    assert fields_of(used.value) == {"reference": "ONE", "voucher": limited.number}
    assert desk.holdings(early.number)[0].tag == S1.tag
