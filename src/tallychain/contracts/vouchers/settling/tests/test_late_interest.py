"""What being late costs, and who gets it."""

import pytest

from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.rules.attest import late_interest
from tallychain.contracts.vouchers.settling.rules.position import the_settlement, the_shares
from tallychain.contracts.vouchers.settling.tests.desk import Desk, fen
from tallychain.contracts.vouchers.tests.desk import at, fields_of


def ten_days_late() -> tuple[Desk, str]:
    """Scenario 23, and the rest ten days after the maturity."""
    desk = Desk()
    number = desk.divided().number
    desk.attest(number, "600,000.00")
    desk.now_ms = at("2026-09-24", 10)
    desk.write_due()
    desk.attest(number, "400,000.00")
    return desk, number


def test_ten_days_on_four_hundred_thousand_are_two_thousand_divided_by_what_was_owed() -> None:
    desk, number = ten_days_late()
    assert late_interest(the_shares(number, desk.state), 500) == fen("2,000.00")

    desk.attest_late(number, "2,000.00")

    interest = [one.portion.interest for one in desk.positions(number)]
    assert interest == [fen("600.00"), fen("250.00"), fen("1,150.00")]
    assert desk.statuses(number) == ["COLLECTED"] * 3
    desk.pay_out(number, (1, "300,600.00"), (30_000_001, "125,250.01"), (42_500_002, "576,149.99"))
    assert desk.statuses(number) == ["PAID"] * 3
    assert the_settlement(number, desk.state).status_at(desk.now) == "CLEAR"


def test_no_more_late_interest_is_taken_than_has_accrued() -> None:
    desk, number = ten_days_late()
    desk.attest_late(number, "1,999.99")
    with pytest.raises(refusals.LateInterestExceeded) as error:
        desk.attest_late(number, "0.02")

    desk.attest_late(number, "0.01")

    assert fields_of(error.value) == {"voucher": number, "open": 1, "amount": 2, "article": "Rules 7.8"}


def test_interest_is_reckoned_from_booking_to_booking() -> None:
    desk = Desk()
    number = desk.ripe().number
    desk.now_ms = at("2026-09-24", 10)
    desk.attest(number, "500,000.00", booked_ms=at("2026-09-19", 10))
    desk.attest(number, "250,000.00", booked_ms=at("2026-09-16", 10))
    desk.attest(number, "250,000.00")

    accrued = late_interest(the_shares(number, desk.state), 500)

    assert accrued == fen("2,500.00") - fen("375.00") + fen("625.00")


def test_late_interest_is_refused_like_other_money() -> None:
    desk, number = ten_days_late()
    with pytest.raises(refusals.NotTheSettlementBank):
        desk.attest_late(number, "1.00", by="bank-a")
    with pytest.raises(refusals.BankReferenceUsed):
        desk.attest_late(number, "1.00", reference="REF-1")
    desk.policy("SETTLEMENT", 2, attestations_max=1)
    desk.now_ms = at("2026-03-17")
    limited = desk.active(reference="ab" * 16).number
    desk.now_ms = at("2026-09-24", 10)
    desk.attest(limited, "1,000,000.00")
    with pytest.raises(refusals.TooManyAttestations):
        desk.attest_late(limited, "1.00")
