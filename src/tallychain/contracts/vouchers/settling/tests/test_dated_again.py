"""What a calendar that is published late means for payment."""

from msgspec.structs import replace

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.settling import events
from tallychain.contracts.vouchers.settling.tests.test_views import Following
from tallychain.contracts.vouchers.tests.desk import CALENDAR_2026, CALENDAR_2027, at

NEW_YEARS_EVE = "2026-12-31"


def unpaid_over_new_year() -> tuple[Following, str]:
    """Due on the last day of a year of which the next has no calendar; a second one is paid on its day."""
    desk = Following()
    desk.now_ms = at("2026-07-01")
    paid = desk.active(nominal_maturity=NEW_YEARS_EVE, reference="ab" * 16)
    number = desk.active(nominal_maturity=NEW_YEARS_EVE).number
    desk.now_ms = at(NEW_YEARS_EVE, 10)
    desk.write_due()
    desk.attest(paid.number, "1,000,000.00")
    desk.now_ms = at(NEW_YEARS_EVE, 18)
    desk.write_due()
    assert desk.status(number) == "UNPAID_PENDING"
    return desk, number


def test_a_voucher_that_waits_for_a_calendar_is_overdue_once_it_is_published() -> None:
    desk, number = unpaid_over_new_year()
    desk.now_ms = at("2027-01-02")
    desk.publish(CALENDAR_2027)
    desk.write_due()

    overdue_ms = desk.voucher(number).overdue_ms
    assert overdue_ms > desk.now_ms
    assert desk.agrees(number)
    desk.now_ms = overdue_ms
    (overdue,) = [event for event in desk.write_due() if isinstance(event, events.VoucherOverdue)]
    assert overdue.since_ms == overdue_ms
    assert desk.agrees(number)
    assert risk.is_blocked(desk.state, "ce-a", desk.now)


def test_a_correction_of_the_year_before_says_nothing_about_grace() -> None:
    desk, number = unpaid_over_new_year()
    desk.publish(replace(CALENDAR_2026, version=2))
    desk.write_due()

    assert desk.voucher(number).overdue_ms == 0
    assert desk.status(number) == "UNPAID_PENDING"


def test_an_undated_voucher_gets_a_cut_off_with_its_day_and_is_unpaid_after_it() -> None:
    desk = Following()
    desk.now_ms = at("2026-10-09")
    number = desk.active(nominal_maturity="2027-02-08").number
    desk.now_ms = at("2027-03-01")
    desk.write_due()
    desk.attest(number, "400,000.00")
    assert desk.agrees(number)
    desk.publish(CALENDAR_2027)
    desk.write_due()

    voucher = desk.voucher(number)
    assert voucher.cutoff_ms == voucher.due_ms + 17 * 3_600_000 > desk.now_ms
    assert desk.agrees(number)
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)
    desk.now_ms = voucher.cutoff_ms
    desk.write_due()
    assert desk.agrees(number)
    assert desk.status(number) == "UNPAID_PENDING"
    assert risk.is_blocked(desk.state, "ce-a", desk.now)


def test_another_black_out_with_the_same_maturity_leaves_the_expected_payment_as_it_is() -> None:
    desk = Following()
    number = desk.active().number
    before = desk.voucher(number)
    friday_free = (*CALENDAR_2026.holidays[:5], "2026-09-11", *CALENDAR_2026.holidays[5:])
    desk.publish(replace(CALENDAR_2026, version=2, holidays=friday_free))
    desk.write_due()

    after = desk.voucher(number)
    assert (after.cutoff_ms, after.blackout_ms) == (before.cutoff_ms, at("2026-09-08", 0))
    assert after.blackout_ms < before.blackout_ms
    desk.now_ms = before.cutoff_ms
    assert risk.is_blocked(desk.state, "ce-a", desk.now)
