"""A guarantor stands for an issuer: exact figures, its limit, its days, and who is paid what in which order."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.guaranteeing import refusals
from tallychain.contracts.vouchers.guaranteeing.book import FrameMissing, given_back, named
from tallychain.contracts.vouchers.guaranteeing.events import (
    GuarantorDefaulted,
    GuarantorPaid,
    RepaymentFound,
    RepaymentLate,
)
from tallychain.contracts.vouchers.guaranteeing.state import (
    CALLS,
    FORWARD_LATE,
    FORWARDED,
    FRAME_STATUSES,
    FRAMES,
    GUARANTEE_STATUSES,
    GUARANTOR_SUBROGATION,
    REPAYMENTS,
    TO_FORWARD,
)
from tallychain.contracts.vouchers.guaranteeing.tests.desk import CALL_DAY, OVERDUE_AT, Desk
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, fen
from tallychain.contracts.vouchers.settling.tests.test_views import Following as SettlingFollowing
from tallychain.contracts.vouchers.tests.desk import DAY_MS


class Following(SettlingFollowing, Desk):
    """A desk of guarantees whose events are projected as they come."""


def test_scenario_23_with_a_guarantor_holders_get_the_rest_and_the_issuer_owes_it_to_the_guarantor() -> None:
    """400,000.00 of 1,000,000.00: 120,000.00 to S2, 50,000.00 to S3, 230,000.00 to S1; later the issuer pays 400,000.00 for the guarantor."""
    desk = Following()
    number = desk.called()
    assert desk.owed(number) == ["120,000.00", "50,000.00", "230,000.00"]
    assert desk.status_of("guarantees", number) == "CALLED"

    change = desk.guarantor_pays(number, "400,000.00", reference="BOC-1")

    (paid,) = [event for event in change.events if isinstance(event, GuarantorPaid)]
    assert [one.payable for one in paid.shares] == [fen("120,000.00"), fen("50,000.00"), fen("230,000.00")]
    assert (paid.right, paid.claim, paid.outstanding) == (
        GUARANTOR_SUBROGATION,
        fen("400,000.00"),
        fen("400,000.00"),
    )
    assert desk.owed(number) == ["0.00", "0.00", "0.00"]
    desk.pay_all(number)
    assert desk.statuses(number) == ["PAID", "PAID", "PAID"]
    assert desk.status(number) == "OVERDUE"
    assert risk.is_blocked(desk.state, "ce-a", desk.now)
    assert risk.used(desk.state, "ce-a") == fen("400,000.00")
    assert desk.status_of("guarantees", number) == "SUBROGATED"
    assert desk.row("guarantees", number)["claim"] == fen("400,000.00")
    assert desk.row("attestations", "settle-a", "BOC-1")["kind"] == GUARANTOR_SUBROGATION
    assert desk.frame().exposure == 0
    assert desk.agrees(number)

    desk.now_ms += DAY_MS
    change = desk.attest(number, "400,000.01")
    (found,) = [event for event in change.events if isinstance(event, RepaymentFound)]
    assert (found.amount, found.guarantor) == (fen("400,000.00"), "guar-a")
    assert desk.status(number) == "SETTLED_LATE"
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)
    assert desk.status_of("guarantees", number) == "REPAID"
    assert desk.status_of("guarantor_repayments", number, found.attestation) == "TO_FORWARD"
    assert [row["amount"] for (view, _), row in desk.rows.items() if view == "excesses"] == [1]
    desk.repay_guarantor(number, found.attestation, reference="OUT-9")
    assert desk.status_of("guarantor_repayments", number, found.attestation) == FORWARDED
    assert desk.agrees(number)


def test_late_interest_ends_for_holders_on_the_day_on_which_the_guarantor_has_paid_them() -> None:
    """Ten days of 0.05 % on 400,000.00 are 2,000.00, however long the issuer then takes to repay the guarantor."""
    desk = Desk()
    number = desk.called()
    desk.guarantor_pays(number, "400,000.00")
    desk.now_ms += 30 * DAY_MS
    desk.attest(number, "400,000.00")
    found = refused(settling.LateInterestExceeded, desk.attest_late, number, "2,000.01")
    assert found["open"] == fen("2,000.00")
    desk.attest_late(number, "2,000.00")


def test_holders_come_before_the_guarantor_in_what_the_issuer_pays() -> None:
    desk = Following()
    number = desk.called()
    desk.guarantor_pays(number, "100,000.00")
    assert desk.owed(number) == ["90,000.00", "37,500.00", "172,500.00"]
    assert desk.guarantee_status(number) == "CALLED"
    desk.pay_all(number)

    desk.attest(number, "350,000.00")

    assert desk.owed(number) == ["0.00", "0.00", "0.00"]
    guarantee = desk.guarantee(number)
    assert (guarantee.paid, guarantee.repaid) == (fen("100,000.00"), fen("50,000.00"))
    assert desk.guarantee_status(number) == "SUBROGATED"
    assert desk.status(number) == "OVERDUE"
    assert desk.row("vouchers", number)["outstanding"] == fen("50,000.00")
    desk.attest(number, "50,000.00")
    assert desk.status(number) == "SETTLED_LATE"
    assert desk.guarantee_status(number) == "REPAID"


def test_money_that_had_come_in_time_and_is_attested_after_the_guarantor_has_paid_withdraws_the_dishonour() -> (
    None
):
    desk = Following()
    number = desk.called()
    desk.guarantor_pays(number, "400,000.00")
    desk.attest(number, "400,000.00", booked_ms=CUTOFF)
    assert desk.status(number) == "SETTLED"
    assert desk.row("dishonours", number)["cause"] == "TECHNICAL"
    assert desk.guarantee_status(number) == "REPAID"


def test_a_release_after_the_guarantor_has_paid_a_part_leaves_what_the_issuer_owes_to_the_guarantor() -> None:
    desk = Desk()
    desk.give()
    number = desk.active(guarantor="guar-a").number
    desk.now_ms = CALL_DAY
    desk.write_due()
    desk.guarantor_pays(number, "100,000.00")
    desk.release(number, "900,000.00")
    desk.now_ms += 9 * DAY_MS

    found = refused(refusals.MoreThanGuaranteed, desk.guarantor_pays, number, "0.01")
    assert found["owed"] == 0
    desk.write_due()

    assert desk.status(number) == "OVERDUE"
    assert desk.guarantee_status(number) == "SUBROGATED"
    refused(refusals.GuaranteeNotFound, desk.guarantor_pays, number, "0.01")
    desk.attest(number, "100,000.00")
    assert desk.status(number) == "SETTLED_LATE"


def test_what_was_released_for_good_counts_though_nobody_has_written_it_down_when_the_guarantor_pays() -> (
    None
):
    desk = Desk()
    number = desk.called()
    desk.release(number, "230,000.00", holding=42_500_002)
    desk.now_ms += 9 * DAY_MS
    found = refused(refusals.MoreThanGuaranteed, desk.guarantor_pays, number, "170,000.01")
    assert found["owed"] == fen("170,000.00")
    desk.guarantor_pays(number, "170,000.00")
    assert desk.guarantee_status(number) == "SUBROGATED"
    assert desk.guarantee(number).paid == fen("170,000.00")


@pytest.mark.deadline("guarantee: STANDING -> CALLED")
def test_a_guarantor_is_called_when_the_voucher_is_overdue_though_nobody_says_so() -> None:
    desk = Following()
    number = desk.guaranteed()
    desk.now_ms = OVERDUE_AT - 1
    assert desk.guarantee_status(number) == "STANDING"
    refused(refusals.GuaranteeNotFound, desk.guarantor_pays, number, "1,000,000.00")
    desk.write_due()
    desk.now_ms = OVERDUE_AT
    assert desk.guarantee_status(number) == "CALLED"
    desk.write_due()
    assert desk.guarantee_status(number) == "CALLED"
    assert desk.row("guarantees", number)["called_at"] == OVERDUE_AT
    assert desk.status_of("guarantees", number) == "CALLED"


@pytest.mark.deadline("guarantee: CALLED -> DEFAULTED")
def test_a_guarantor_that_lets_its_days_pass_is_in_default_and_takes_no_new_vouchers_until_it_has_paid() -> (
    None
):
    desk = Following()
    number = desk.called()
    desk.give(issuer="ce-b")
    by_ms = OVERDUE_AT + 10 * DAY_MS
    desk.now_ms = by_ms - 1
    assert desk.guarantee_status(number) == "CALLED"
    desk.now_ms = by_ms
    assert desk.guarantee_status(number) == "DEFAULTED"
    found = _refused_for_ce_b(desk, number)
    assert found == {"guarantor": "guar-a", "vouchers": 1}
    events = [event for event in desk.write_due() if isinstance(event, GuarantorDefaulted)]
    assert [(event.liable, event.since_ms) for event in events] == [(fen("400,000.00"), by_ms)]
    assert desk.row("guarantees", number)["defaulted_at"] == by_ms
    assert desk.status_of("guarantees", number) == "DEFAULTED"
    assert _refused_for_ce_b(desk, number) == found

    desk.guarantor_pays(number, "100,000.00")
    assert desk.guarantee_status(number) == "DEFAULTED"
    assert _refused_for_ce_b(desk, number) == found
    desk.guarantor_pays(number, "300,000.00")
    assert desk.status_of("guarantees", number) == "SUBROGATED"
    assert desk.state.scan(CALLS, "guar-a") == []


def test_paying_late_before_due_work_does_not_hide_that_it_was_late() -> None:
    desk = Following()
    number = desk.called()
    desk.now_ms = OVERDUE_AT + 10 * DAY_MS
    desk.guarantor_pays(number, "100,000.00")
    assert [type(event).__name__ for event in desk.events][:1] == ["GuarantorDefaulted"]
    assert desk.guarantee_status(number) == "DEFAULTED"
    assert [event for event in desk.write_due() if isinstance(event, GuarantorDefaulted)] == []


@pytest.mark.parametrize("whole", [True, False])
def test_the_guarantor_may_pay_before_anybody_has_written_down_that_the_voucher_is_overdue(
    whole: bool,
) -> None:
    desk = Following()
    number = desk.guaranteed()
    desk.now_ms = OVERDUE_AT
    desk.guarantor_pays(number, "1,000,000.00" if whole else "1.00")
    assert desk.guarantee_status(number) == ("SUBROGATED" if whole else "CALLED")
    assert len(desk.state.scan(CALLS, "guar-a")) == (0 if whole else 1)
    assert desk.status(number) == "OVERDUE"
    assert risk.is_blocked(desk.state, "ce-a", desk.now)


def test_two_vouchers_of_one_day_are_one_call_that_ends_with_the_last_of_them() -> None:
    desk = Desk()
    desk.give()
    numbers = [desk.active(guarantor="guar-a").number for _ in range(2)]
    desk.now_ms = CALL_DAY
    desk.write_due()
    assert [row.vouchers for row in desk.state.scan(CALLS, "guar-a")] == [2]
    for left, number in zip((1, 0), numbers, strict=True):
        desk.guarantor_pays(number, "1,000,000.00")
        assert sum(row.vouchers for row in desk.state.scan(CALLS, "guar-a")) == left


@pytest.mark.deadline("repayment: TO_FORWARD -> FORWARD_LATE")
def test_a_bank_that_keeps_the_guarantors_money_is_late_after_a_business_day() -> None:
    desk = Following()
    number = desk.called()
    desk.guarantor_pays(number, "400,000.00")
    desk.attest(number, "100,000.00")
    (row,) = desk.state.iterate(REPAYMENTS)
    until_ms = row.timeline.steps[0].at_ms
    assert (row.status_at(desk.now), row.amount) == (TO_FORWARD, fen("100,000.00"))
    desk.now_ms = until_ms
    assert desk.repayment_status(number, row.attestation) == FORWARD_LATE
    events = [event for event in desk.write_due() if isinstance(event, RepaymentLate)]
    assert [event.since_ms for event in events] == [until_ms]
    desk.repay_guarantor(number, row.attestation)
    assert [type(event).__name__ for event in desk.events] == ["RepaymentPassedOn"]


def test_passing_on_late_before_due_work_does_not_hide_that_it_was_late_and_is_refused_in_order() -> None:
    desk = Desk()
    number = desk.called()
    desk.guarantor_pays(number, "400,000.00", reference="BOC-1")
    desk.attest(number, "400,000.00")
    (row,) = desk.state.iterate(REPAYMENTS)
    refused(general.VoucherNotFound, desk.repay_guarantor, "EVTRIA20260316000000000180", row.attestation)
    refused(refusals.RepaymentNotFound, desk.repay_guarantor, number, "ab" * 32)
    refused(refusals.NotTheReceivingBank, desk.repay_guarantor, number, row.attestation, by="bank-a")
    refused(
        settling.BookingTimeNotPossible,
        desk.repay_guarantor,
        number,
        row.attestation,
        booked_ms=desk.now_ms + 1,
    )
    refused(settling.BankReferenceUsed, desk.repay_guarantor, number, row.attestation, reference="BOC-1")
    desk.now_ms += 9 * DAY_MS
    desk.repay_guarantor(number, row.attestation)
    assert [type(event).__name__ for event in desk.events] == ["RepaymentLate", "RepaymentPassedOn"]


def test_a_guarantors_money_is_attested_by_the_settlement_bank_once_and_not_before_it_is_called() -> None:
    desk = Desk()
    number = desk.called()
    refused(general.VoucherNotFound, desk.guarantor_pays, "EVTRIA20260316000000000180", "1.00")
    refused(settling.NotTheSettlementBank, desk.guarantor_pays, number, "1.00", by="bank-a")
    for booked_ms in (desk.now_ms + 1, CUTOFF):
        refused(settling.BookingTimeNotPossible, desk.guarantor_pays, number, "1.00", booked_ms=booked_ms)
    found = refused(refusals.MoreThanGuaranteed, desk.guarantor_pays, number, "400,000.01")
    assert (found["owed"], found["amount"]) == (fen("400,000.00"), fen("400,000.01"))
    refused(settling.BankReferenceUsed, desk.guarantor_pays, number, "1.00", reference="REF-1")
    plain = Desk()
    unguaranteed = plain.divided().number
    plain.now_ms = CALL_DAY
    plain.write_due()
    refused(refusals.GuaranteeNotFound, plain.guarantor_pays, unguaranteed, "1.00")


def test_a_guarantors_payments_count_among_the_attestations_of_a_voucher() -> None:
    desk = Desk()
    desk.policy("SETTLEMENT", 2, attestations_max=1)
    number = desk.called()
    assert refused(settling.TooManyAttestations, desk.guarantor_pays, number, "1.00")["limit"] == 1


def test_a_guarantee_without_its_frame_is_our_own_mistake() -> None:
    desk = Desk()
    desk.give()
    voucher = desk.issue(guarantor="guar-a")
    desk.state.write([FRAMES.delete(desk.frame())])
    with pytest.raises(FrameMissing):
        given_back(voucher, desk.state)


def test_statuses_have_words() -> None:
    for status in (*FRAME_STATUSES, *GUARANTEE_STATUSES, TO_FORWARD, FORWARD_LATE, FORWARDED):
        assert not CONTRACT.words[status].zh.isascii()


def _refused_for_ce_b(desk: Desk, number: str) -> dict[str, object]:
    voucher = replace(desk.voucher(number), issuer="ce-b", number="EVTRIA20260316000000000180")
    with pytest.raises(refusals.GuarantorInDefault) as found:
        named("guar-a", voucher, desk.state, desk.now)
    return {"guarantor": found.value.guarantor, "vouchers": found.value.vouchers}
