"""What a hostile reading of settlement found: who gets money when holdings, banks, days and bookings change places."""

import pytest

from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.events import PayoutFailed
from tallychain.contracts.vouchers.settling.rules.attest import late_interest
from tallychain.contracts.vouchers.settling.rules.position import the_shares
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, NOON_ON_THE_DAY, S1, S2, Desk, fen
from tallychain.contracts.vouchers.settling.tests.situations import desk_with_two_banks
from tallychain.contracts.vouchers.tests.desk import CALENDAR_2026, V1_FACE, at, row
from tallychain.ledger.parameters import CalendarYear

LATER = CalendarYear(
    2026,
    2,
    tuple(sorted((*CALENDAR_2026.holidays, "2026-09-14", "2026-09-15", "2026-09-16"))),
    tuple(sorted((*CALENDAR_2026.make_up_working_days, "2026-09-12", "2026-09-13"))),
)
"""A correction: the maturity of 14 September becomes Thursday the 17th, its black-out begins on the 11th."""


def passed_on_after_a_correction(desk: Desk) -> str:
    """S1's account was named, then the black-out moved, and S1 passed the whole voucher on."""
    number = desk.active().number
    desk.now_ms = at("2026-09-09", 12)
    desk.name_payee(number)
    desk.publish(LATER)
    desk.write_due()
    assert desk.voucher(number).effective_maturity == "2026-09-17"
    desk.pass_on(number, S1, row(1, V1_FACE, S2))
    return number


def test_the_account_of_the_holder_before_is_not_the_account_of_the_one_after() -> None:
    desk = Desk()
    number = passed_on_after_a_correction(desk)
    desk.now_ms = at("2026-09-17", 12)
    desk.write_due()
    desk.attest(number, "1,000,000.00")

    assert desk.statuses(number) == ["WITHHELD"]
    with pytest.raises(refusals.HoldingWithheld):
        desk.pay_out(number, (1, "1,000,000.00"))


def test_an_account_named_in_time_for_the_holder_before_clears_none_that_comes_late() -> None:
    desk = Desk()
    number = passed_on_after_a_correction(desk)
    desk.now_ms = at("2026-09-17", 12)
    desk.write_due()
    desk.name_payee(number)
    desk.attest(number, "1,000,000.00")

    assert desk.statuses(number) == ["WITHHELD"]
    desk.release_withheld(number)
    assert desk.statuses(number) == ["COLLECTED"]


def test_a_payout_of_the_bank_before_comes_back_as_one_of_the_bank_before() -> None:
    desk = desk_with_two_banks()
    number = desk.ripe().number
    desk.attest(number, "600,000.00")
    desk.pay_out(number, (1, "600,000.00"), references=("OUT-1",))
    desk.consent_bank(number, desk.propose_bank(number))

    desk.fail_payout(number, "OUT-1", by="settle-b")

    (failed,) = (event for event in desk.events if isinstance(event, PayoutFailed))
    assert (failed.bank, failed.reference) == ("settle-a", "OUT-1")


def test_late_interest_does_not_depend_on_the_order_in_which_bookings_are_attested() -> None:
    owed = []
    bookings = (("600,000.00", CUTOFF), ("400,000.00", at("2026-09-24", 10)))
    for order in (bookings, bookings[::-1]):
        desk = Desk()
        number = desk.divided().number
        desk.now_ms = at("2026-09-24", 12)
        desk.write_due()
        for amount, booked_ms in order:
            desk.attest(number, amount, booked_ms=booked_ms)
        owed.append(late_interest(the_shares(number, desk.state), 500))

    assert owed == [fen("2,000.00")] * 2


def test_interest_paid_on_what_turns_out_to_have_been_in_time_is_asked_for_no_more() -> None:
    desk = Desk()
    number = desk.divided().number
    desk.now_ms = at("2026-09-24", 12)
    desk.write_due()
    desk.attest(number, "400,000.00")
    desk.attest_late(number, "5,000.00")

    desk.attest(number, "600,000.00", booked_ms=NOON_ON_THE_DAY)

    with pytest.raises(refusals.LateInterestExceeded) as error:
        desk.attest_late(number, "0.01")
    assert error.value.open == 0


def test_what_was_paid_directly_is_not_cancelled() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, S2))
    cancellation = desk.cancel(number)
    desk.consent_outside(number, desk.propose_outside(number), by=S2)

    with pytest.raises(refusals.HoldingPaid):
        desk.consent(number, cancellation, S2)
    with pytest.raises(refusals.HoldingPaid):
        desk.consent(number, cancellation, S1, 30_000_001)


def test_no_cancellation_is_proposed_where_a_holder_was_paid_directly() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, S2))
    desk.consent_outside(number, desk.propose_outside(number), by=S2)

    with pytest.raises(refusals.HoldingPaid):
        desk.cancel(number)


def test_no_account_is_named_for_a_voucher_that_was_given_up() -> None:
    desk = Desk()
    number = desk.active().number
    desk.consent(number, desk.cancel(number), S1)
    desk.now_ms = NOON_ON_THE_DAY

    with pytest.raises(refusals.VoucherNotOwed):
        desk.name_payee(number)
