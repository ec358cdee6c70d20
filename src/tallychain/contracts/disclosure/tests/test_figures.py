"""What is counted, as of when, in which month: the cases in which a figure could be understood in two ways."""

from datetime import timedelta

import pytest

from tallychain.contracts.disclosure import api
from tallychain.contracts.disclosure.events import RecordCorrected, VoucherDisclosed
from tallychain.contracts.disclosure.state import ACCOUNTS, CONTRIBUTORS, MONTHS, RECORDS
from tallychain.contracts.disclosure.tests.desk import SPONSORS, Desk
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher
from tallychain.contracts.vouchers.tests.desk import at, row
from tallychain.instruments.calendar import format_date, parse_date
from tallychain.ledger import identity
from tallychain.ledger.holder import Receiver

FACE = 1_000_000
WHOLE = "10,000.00"


def unpaid(desk: Desk) -> Voucher:
    """A voucher due on 16 April 2026, of which nothing was paid by its cut-off."""
    voucher = desk.due_in(1)
    desk.until("2026-04-16", 18)
    return desk.voucher(voucher.number)


def test_an_issuer_without_an_accepted_voucher_has_no_record() -> None:
    desk = Desk()
    desk.issue()
    desk.until("2026-05-06")

    assert desk.months() == []
    assert desk.state.get(ACCOUNTS, "ce-a") is None


def test_a_voucher_is_disclosed_in_the_block_of_its_acceptance_and_names_no_holder() -> None:
    desk = Desk()
    voucher = desk.active()

    (told,) = [event for event in desk.published if isinstance(event, VoucherDisclosed)]
    assert (told.voucher, told.issuer, told.face) == (voucher.number, "ce-a", voucher.face)
    assert (told.issue_day, told.accepted_day, told.maturity) == ("2026-03-16", "2026-03-16", "2026-09-14")
    assert (told.name, told.uscc) == ("ce-a", "91310000MA00000001")


def test_a_month_without_business_has_a_record_and_the_year_begins_anew() -> None:
    desk = Desk()
    desk.now_ms = at("2026-11-20")
    desk.due_in(4)
    desk.until("2027-02-06")
    november, december, january = desk.months()

    assert (november.accepted_month, december.accepted_month, january.accepted_month) == (FACE, 0, 0)
    assert (november.accepted_year, december.accepted_year, january.accepted_year) == (FACE, FACE, 0)
    assert {month.accepted for month in desk.months()} == {month.balance for month in desk.months()} == {FACE}


def test_the_last_instant_of_a_month_and_the_first_of_the_next_fall_into_their_own() -> None:
    desk = Desk()
    desk.until("2026-03-31", 23, 59)
    desk.due_in(2)
    desk.until("2026-04-01", 0)
    desk.due_in(2, 7)
    desk.until("2026-05-06")

    assert [month.accepted_month for month in desk.months()] == [FACE, 7]


def test_what_happens_between_the_end_of_a_month_and_its_closing_is_of_the_next() -> None:
    desk = Desk()
    voucher = desk.due_in(1, FACE)
    desk.until("2026-04-16", 12)
    desk.until("2026-05-04", 23)
    desk.attest(voucher.number, WHOLE)
    assert [month.month for month in desk.months()] == ["2026-03"]
    desk.until("2026-05-05", 0)

    assert (desk.month("2026-04").balance, desk.month("2026-04").overdue_balance) == (FACE, FACE)
    desk.until("2026-06-06")
    assert (desk.month("2026-05").balance, desk.month("2026-05").overdue_balance) == (0, 0)
    assert desk.month("2026-05").overdue == FACE


def test_a_partial_payment_leaves_the_rest_overdue() -> None:
    desk = Desk()
    voucher = desk.due_in(1)
    desk.until("2026-04-16", 12)
    desk.attest(voucher.number, "4,000.00")
    desk.until("2026-05-06")

    april = desk.month("2026-04")
    assert (april.balance, april.overdue, april.overdue_balance, april.overdue_events) == (600_000,) * 3 + (
        1,
    )


def test_a_payment_in_the_days_of_grace_is_late_and_not_overdue() -> None:
    desk = Desk()
    desk.enough()
    voucher = unpaid(desk)
    for row_ in list(desk.state.iterate(ACCOUNTS)):
        assert row_.month == "2026-04"
    desk.attest(voucher.number, WHOLE)
    desk.until("2026-05-06")

    april = desk.month("2026-04")
    assert (april.overdue, april.overdue_events, april.overdue_balance) == (500, 5, 500)
    assert april.further is not None
    assert april.further.on_time_bp == 0


def test_what_was_overdue_and_is_paid_stays_in_the_cumulative_figure() -> None:
    desk = Desk()
    voucher = unpaid(desk)
    desk.until("2026-04-28")
    desk.attest(voucher.number, WHOLE)
    desk.until("2026-05-06")

    april = desk.month("2026-04")
    assert (april.balance, april.overdue, april.overdue_balance, april.overdue_events) == (0, FACE, 0, 1)


def test_money_that_was_booked_in_time_was_never_overdue_however_late_it_is_attested() -> None:
    desk = Desk()
    voucher = unpaid(desk)
    desk.until("2026-04-28")
    desk.attest(voucher.number, WHOLE, booked_ms=at("2026-04-16", 16))
    desk.until("2026-05-06")

    april = desk.month("2026-04")
    assert (april.balance, april.overdue, april.overdue_balance, april.overdue_events) == (0, 0, 0, 0)
    assert not [event for event in desk.published if isinstance(event, RecordCorrected)]


def test_what_belongs_to_a_closed_month_is_said_beside_its_record_which_stays() -> None:
    desk = Desk()
    voucher = unpaid(desk)
    desk.until("2026-06-06")
    desk.attest(voucher.number, "2,500.00", booked_ms=at("2026-04-16", 16))
    desk.attest(voucher.number, "7,500.00", booked_ms=at("2026-04-16", 16))
    corrections = [event for event in desk.published if isinstance(event, RecordCorrected)]
    desk.until("2026-07-06")

    assert [(c.month, c.through, c.cause, c.missed, c.overdue, c.overdue_events) for c in corrections] == [
        ("2026-04", "2026-05", "BOOKED_IN_TIME", -250_000, 0, 0),
        ("2026-04", "2026-05", "BOOKED_IN_TIME", 0, -250_000, 0),
        ("2026-04", "2026-05", "BOOKED_IN_TIME", -750_000, 0, 0),
        ("2026-04", "2026-05", "BOOKED_IN_TIME", 0, -750_000, -1),
    ]
    assert desk.month("2026-04").overdue == FACE
    record = desk.state.get(RECORDS, "ce-a", "2026-04")
    assert record is not None
    assert record.corrections == 4
    june = desk.month("2026-06")
    assert (june.overdue, june.overdue_balance, june.overdue_events, june.balance) == (0, 0, 0, 0)


def test_a_missed_payment_that_is_written_down_after_its_month_is_closed_is_a_correction_too() -> None:
    desk = Desk()
    desk.due_in(1)
    desk.until("2026-04-05", 1)
    late = api.Shift(
        issuer="ce-a",
        voucher="EV1",
        overdue=api.Since(at("2026-03-20"), 0),
        missed=api.Since(at("2026-03-17"), 0),
    )
    desk.adopt(api.shift(desk.state, late, desk.now))

    corrections = [event for event in desk.published if isinstance(event, RecordCorrected)]
    assert [(c.cause, c.month, c.overdue_events) for c in corrections] == [
        ("RECORDED_LATE", "2026-03", 0),
        ("RECORDED_LATE", "2026-03", 1),
    ]


def test_a_correction_of_a_record_that_is_no_longer_kept_is_still_published() -> None:
    desk = Desk()
    desk.due_in(1)
    desk.until("2026-05-06")
    for record in list(desk.state.iterate(RECORDS)):
        desk.state.write([RECORDS.delete(record)])
    late = api.Shift(issuer="ce-a", voucher="EV1", overdue=api.Since(at("2026-03-20"), 0))
    desk.adopt(api.shift(desk.state, late, desk.now))

    assert any(isinstance(event, RecordCorrected) for event in desk.published)
    assert not list(desk.state.iterate(RECORDS))


def test_a_release_ends_what_is_overdue_and_counts_as_no_payment() -> None:
    desk = Desk()
    voucher = unpaid(desk)
    desk.until("2026-04-24")
    holder = desk.holdings(voucher.number)[0]
    desk.release(voucher.number, WHOLE, by=_receiver(desk, holder.tag))
    desk.until("2026-05-06")

    april = desk.month("2026-04")
    assert (april.balance, april.overdue, april.overdue_balance) == (0, FACE, 0)


def _receiver(desk: Desk, tag: str) -> Receiver:
    voucher = next(v for v in desk.state.iterate(VOUCHERS) if v.receiver.tag == tag)
    return voucher.receiver


def test_splits_and_transfers_change_no_figure() -> None:
    desk = Desk()
    voucher = desk.active()
    before = list(desk.state.iterate(MONTHS))
    desk.pass_on(voucher.number, S1, row(1, 30_000_000, S2))

    assert list(desk.state.iterate(MONTHS)) == before


def test_a_cancelled_voucher_was_accepted_and_is_owed_no_more() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.consent(voucher.number, desk.cancel(voucher.number), S1)
    desk.until("2026-04-06")

    march = desk.month("2026-03")
    assert (march.accepted, march.balance) == (voucher.face, 0)


def test_a_direct_payment_counts_as_paid_in_time() -> None:
    desk = Desk()
    desk.enough()
    voucher = desk.active()
    desk.consent_outside(voucher.number, desk.propose_outside(voucher.number))
    desk.until("2026-04-06")

    further = desk.month("2026-03").further
    assert further is not None
    assert further.on_time_bp == 10_000


def test_an_issuer_that_is_suspended_is_disclosed_like_any_other_and_may_remark() -> None:
    desk = Desk()
    desk.due_in(1)
    desk.standing("ce-a", identity.SUSPENDED)
    desk.until("2026-05-06")
    desk.remark("2026-04")

    assert [month.month for month in desk.months()] == ["2026-03", "2026-04"]


def test_a_maturity_on_a_holiday_at_the_end_of_a_month_is_missed_and_overdue_in_the_next() -> None:
    desk = Desk()
    desk.now_ms = at("2026-08-30")
    voucher = desk.active(face=FACE, nominal_maturity="2026-09-30")
    other = desk.active(face=FACE, nominal_maturity="2026-10-01")
    assert (voucher.effective_maturity, other.effective_maturity) == ("2026-09-30", "2026-10-08")
    desk.until("2026-11-06")

    assert (desk.month("2026-09").overdue, desk.month("2026-10").overdue) == (0, 2 * FACE)
    rows = {row.month: row.missed for row in desk.state.iterate(MONTHS, "ce-a")}
    assert (rows["2026-09"], rows["2026-10"]) == (FACE, FACE)


def test_three_events_in_six_months_with_one_in_the_month_are_persistent_until_a_month_without() -> None:
    desk = Desk()
    for day in ("2026-03-20", "2026-05-29", "2026-08-17"):
        desk.until(day)
        voucher = desk.due_in(1)
        desk.until(voucher.effective_maturity, 18)
        desk.until(_later(voucher.effective_maturity, 8))
        desk.attest(voucher.number, WHOLE)
    desk.until("2026-10-05", 0)
    september = desk.month("2026-09")

    assert (september.overdue_events, september.overdue_balance) == (3, 0)
    assert september.persistent_since == "2026-09"
    with pytest.raises(api.PersistentlyOverdue) as refused:
        desk.due_in(1)
    assert "2026-09" in refused.value.sentence("en")
    assert refused.value.typed_fields()["article"] == ""
    desk.until("2026-11-05", 0)
    assert desk.month("2026-10").persistent_since == ""
    desk.due_in(1)


def _later(day: str, days: int) -> str:
    return format_date(parse_date(day) + timedelta(days=days))


def test_persistence_that_goes_on_keeps_its_first_month() -> None:
    desk = Desk()
    for _ in range(3):
        desk.due_in(1)
    desk.until("2026-07-06")

    assert [month.persistent_since for month in desk.months()] == ["", "2026-04", "2026-04", "2026-04"]
    assert [month.overdue_balance for month in desk.months()] == [0, 3 * FACE, 3 * FACE, 3 * FACE]


def test_with_one_sponsor_or_one_funder_too_few_only_the_base_figures_are_said() -> None:
    for sponsors, funders, said in ((5, 3, True), (4, 3, False), (5, 2, False)):
        desk = Desk()
        for sponsor in SPONSORS[:sponsors]:
            desk.due_in(1, 100, sponsor)
        for funder in ("bank-a", "bank-b", "factor-a")[:funders]:
            desk.financed(funder)
            desk.financed(funder)
        desk.until("2026-04-05", 0)

        assert (desk.month("2026-03").further is not None) == said
        assert desk.month("2026-03").balance == 100 * sponsors


def test_what_others_contribute_is_forgotten_after_twelve_months_and_sums_after_five_years() -> None:
    desk = Desk()
    desk.enough()
    desk.until("2026-04-16", 12)
    for voucher in list(desk.state.iterate(VOUCHERS)):
        desk.attest(voucher.number, "1.00")
    desk.until("2027-03-06")
    assert desk.months()[-1].further is not None
    desk.until("2027-04-06")
    assert desk.months()[-1].further is None
    assert not list(desk.state.iterate(CONTRIBUTORS))
    desk.until("2031-04-06")
    assert {row.month for row in desk.state.iterate(MONTHS)} == set()
    assert len(list(desk.state.iterate(RECORDS))) == 60


def test_a_grade_needs_voted_weights_and_hard_stops_come_first() -> None:
    desk = Desk()
    desk.voted(1, {})
    desk.enough()
    desk.until("2026-04-16", 12)
    for voucher in list(desk.state.iterate(VOUCHERS)):
        desk.attest(voucher.number, "1.00")
    desk.until("2026-04-20")
    desk.due_in(1)
    desk.until("2026-06-06")

    march, april, may = (month.further for month in desk.months())
    assert march is not None
    assert april is not None
    assert may is not None
    assert (march.on_time_bp, march.score, march.grade) == (-1, -1, "")
    assert (april.on_time_bp, april.score, april.grade) == (10_000, 99, "A")
    assert (may.on_time_bp, may.grade) == (4, "D")
    assert (april.scale, april.sponsors, april.funders, april.term_days) == (
        "UNDER_50M",
        "5_TO_9",
        "UNDER_5",
        30,
    )


def test_a_score_below_every_step_is_the_last_grade_and_dust_has_no_term() -> None:
    desk = Desk()
    desk.voted(1, {"weight_on_time": 100, "weight_balance": 0, "weight_events": 0, "weight_term": 0})
    for sponsor in SPONSORS:
        desk.due_in(1, 1, sponsor)
    for funder in ("bank-a", "bank-b", "factor-a"):
        desk.financed(funder)
    desk.until("2026-04-17", 9)
    for voucher in list(desk.state.iterate(VOUCHERS)):
        desk.attest(voucher.number, "0.01")
    desk.until("2026-05-06")

    further = desk.month("2026-04").further
    assert further is not None
    assert (further.score, further.grade, further.term_days) == (0, "D", 30 if further.term_days else 0)
