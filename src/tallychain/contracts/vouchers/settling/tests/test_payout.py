"""What was booked is paid out to the accounts that holders' sponsors have named."""

import pytest

from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.settling import events, refusals
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.tests.desk import NOON_ON_THE_DAY, Desk, fen
from tallychain.contracts.vouchers.tests.desk import at, fields_of

WHOLE = (1, "1,000,000.00")


def test_every_holder_is_paid_exactly_its_share_and_nothing_waits_then() -> None:
    desk = Desk()
    number = desk.divided().number
    desk.attest(number, "600,000.00")

    desk.pay_out(number, (1, "180,000.00"), (30_000_001, "75,000.01"))
    assert the_settlement(number, desk.state).status_at(desk.now) == "PAYING"
    desk.pay_out(number, (42_500_002, "344,999.99"))

    assert the_settlement(number, desk.state).status_at(desk.now) == "CLEAR"
    assert desk.statuses(number) == ["DUE"] * 3
    desk.attest(number, "400,000.00")
    desk.pay_out(number, (1, "120,000.00"), (30_000_001, "50,000.00"), (42_500_002, "230,000.00"))
    assert desk.statuses(number) == ["PAID"] * 3


@pytest.mark.deadline("settlement: PAYING -> PAYOUT_LATE")
def test_a_silent_settlement_bank_is_in_default_at_twenty_hundred() -> None:
    desk = Desk()
    number = desk.divided().number
    desk.attest(number, "1,000,000.00")
    desk.pay_out(number, (1, "300,000.00"))

    desk.now_ms = at("2026-09-14", 20) - 1
    assert desk.write_due() == []
    desk.now_ms = at("2026-09-14", 20)
    assert the_settlement(number, desk.state).status_at(desk.now) == "PAYOUT_LATE"
    (late,) = desk.write_due()

    assert isinstance(late, events.PayoutOverdue)
    assert (late.bank, late.payable) == ("settle-a", fen("700,000.00"))
    assert [one.payable for one in late.holdings] == [fen("125,000.01"), fen("574,999.99")]
    desk.attest(number, "1.00")
    assert the_settlement(number, desk.state).status_at(desk.now) == "PAYOUT_LATE"
    desk.pay_out(number, (30_000_001, "125,000.01"), (42_500_002, "574,999.99"))
    assert the_settlement(number, desk.state).status_at(desk.now) == "CLEAR"


def test_money_attested_in_the_evening_is_paid_out_by_the_next_business_day() -> None:
    desk = Desk()
    number = desk.divided().number
    desk.now_ms = at("2026-09-25", 20)

    desk.attest(number, "1,000,000.00")

    desk.now_ms = at("2026-09-28", 20) - 1
    assert the_settlement(number, desk.state).status_at(desk.now) == "PAYING"
    desk.now_ms += 1
    assert the_settlement(number, desk.state).status_at(desk.now) == "PAYOUT_LATE"


def test_where_no_calendar_says_the_next_business_day_nobody_is_hurried() -> None:
    desk = Desk(now_ms=at("2026-10-09"))
    number = desk.active(nominal_maturity="2027-02-08").number
    desk.now_ms = at("2027-02-05", 10)
    desk.name_payee(number)
    desk.now_ms = at("2027-02-08", 21)
    desk.attest(number, "1,000,000.00")

    desk.now_ms = at("2027-02-15", 20) - 1
    assert the_settlement(number, desk.state).status_at(desk.now) == "PAYING"


def test_payees_are_named_from_the_black_out_to_noon_of_the_day_before() -> None:
    desk = Desk()
    number = desk.active().number
    desk.now_ms = at("2026-09-09", 0) - 1
    with pytest.raises(refusals.BeforeBlackOut) as early:
        desk.name_payee(number)
    desk.now_ms += 1
    desk.name_payee(number)
    desk.now_ms = at("2026-09-13", 12) - 1
    desk.name_payee(number)
    desk.now_ms += 1
    with pytest.raises(refusals.PayeeTooLate) as late:
        desk.name_payee(number)

    assert fields_of(early.value) == {"voucher": number, "blackout": "2026-09-09"}
    assert fields_of(late.value)["hours"] == 12
    with pytest.raises(general.NotTheSponsor):
        desk.name_payee(number, by="bank-b")


def test_a_holding_without_payee_is_withheld_and_the_issuer_is_discharged() -> None:
    desk = Desk()
    number = desk.ripe(payee=False).number

    desk.attest(number, "1,000,000.00")

    assert desk.status(number) == "SETTLED"
    assert desk.statuses(number) == ["WITHHELD"]
    assert the_settlement(number, desk.state).status_at(desk.now) == "CLEAR"
    with pytest.raises(refusals.HoldingWithheld):
        desk.pay_out(number, WHOLE)
    with pytest.raises(refusals.PayeeMissing):
        desk.release_withheld(number)


def test_a_payee_named_late_is_paid_after_the_bank_has_released_it() -> None:
    desk = Desk()
    number = desk.ripe(payee=False).number
    desk.attest(number, "1,000,000.00")

    desk.name_payee(number)
    assert desk.statuses(number) == ["WITHHELD"]
    desk.name_payee(number)
    desk.release_withheld(number)

    assert desk.statuses(number) == ["COLLECTED"]
    assert the_settlement(number, desk.state).status_at(desk.now) == "PAYING"
    with pytest.raises(refusals.NotWithheld) as error:
        desk.release_withheld(number)
    assert fields_of(error.value)["status"] == "COLLECTED"
    desk.pay_out(number, WHOLE)
    assert desk.statuses(number) == ["PAID"]
    with pytest.raises(refusals.AlreadyPaid):
        desk.name_payee(number)


def test_a_payout_that_came_back_waits_for_another_account_and_is_paid_again() -> None:
    desk = Desk()
    number = desk.ripe().number
    desk.attest(number, "1,000,000.00")
    desk.pay_out(number, WHOLE, references=["P-1"])

    desk.fail_payout(number, "P-1")
    assert desk.statuses(number) == ["WITHHELD"]
    with pytest.raises(refusals.PayoutNotFound) as again:
        desk.fail_payout(number, "P-1")
    desk.name_payee(number)

    assert fields_of(again.value)["reference"] == "P-1"
    assert desk.statuses(number) == ["COLLECTED"]
    desk.pay_out(number, WHOLE)
    assert desk.statuses(number) == ["PAID"]


def test_a_later_payment_waits_with_a_failed_one() -> None:
    desk = Desk()
    number = desk.ripe().number
    desk.attest(number, "600,000.00")
    desk.pay_out(number, (1, "600,000.00"), references=["P-1"])
    desk.attest(number, "100,000.00")
    desk.fail_payout(number, "P-1")
    desk.attest(number, "300,000.00")
    assert desk.statuses(number) == ["WITHHELD"]

    desk.name_payee(number)
    desk.pay_out(number, WHOLE)

    assert desk.statuses(number) == ["PAID"]


def test_a_payout_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.divided().number
    with pytest.raises(refusals.NotTheSettlementBank):
        desk.pay_out(number, (1, "1.00"), by="bank-a")
    with pytest.raises(refusals.BookingTimeNotPossible):
        desk.pay_out(number, (1, "1.00"), booked_ms=NOON_ON_THE_DAY + 1)
    with pytest.raises(refusals.NothingAttested) as nothing:
        desk.pay_out(number, (1, "1.00"))
    desk.attest(number, "600,000.00", reference="USED")
    with pytest.raises(refusals.PayoutNamedTwice) as twice:
        desk.pay_out(number, (1, "180,000.00"), (1, "180,000.00"))
    with pytest.raises(refusals.PayoutNamedTwice):
        desk.pay_out(number, (1, "180,000.00"), (30_000_001, "75,000.01"), references=["A", "A"])
    with pytest.raises(general.HoldingNotFound):
        desk.pay_out(number, (2, "1.00"))
    with pytest.raises(refusals.PayoutDiffers) as differs:
        desk.pay_out(number, (1, "180,000.01"))
    with pytest.raises(refusals.BankReferenceUsed):
        desk.pay_out(number, (1, "180,000.00"), references=["USED"])
    desk.pay_out(number, (1, "180,000.00"))
    with pytest.raises(refusals.AlreadyPaid) as paid:
        desk.pay_out(number, (1, "180,000.00"))

    assert fields_of(nothing.value) == {"voucher": number}
    assert fields_of(twice.value) == {"holding": 1}
    assert fields_of(differs.value)["payable"] == fen("180,000.00")
    assert fields_of(paid.value) == {"holding": desk.holdings(number)[0].id}


def test_others_ask_how_far_a_voucher_is_settled_and_what_each_holding_has_coming() -> None:
    desk = Desk()
    number = desk.divided().number
    desk.attest(number, "600,000.00")

    assert api.settlement(desk.state, number).received == fen("600,000.00")
    assert [one.payable for one in api.positions(desk.state, number)] == [
        fen("180,000.00"),
        fen("75,000.01"),
        fen("344,999.99"),
    ]
    assert api.positions(desk.state, "EVTEST20260316000000009999") == ()
