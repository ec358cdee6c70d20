"""A voucher ends unpaid only if everybody who holds it says so; whoever is silent keeps it."""

import pytest

from tallychain.contracts.risk.api import all_expected, used
from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.cancelling.events import CancellationLapsed
from tallychain.contracts.vouchers.cancelling.refusals import (
    CancellationNotPending,
    HoldersMissing,
    TooManyHoldings,
)
from tallychain.contracts.vouchers.cancelling.state import (
    AGREED,
    CANCELLATIONS,
    HOLDINGS_MAX,
    LAPSED,
    PENDING,
)
from tallychain.contracts.vouchers.state import ACTIVE, CANCELLED, GONE, REFERENCES
from tallychain.contracts.vouchers.tests.desk import DAY_MS, V1_FACE, Desk, at, fields_of, person, row

S1, S2, S3 = person("s1"), person("s2"), person("s3", "bank-b")


def status_of(desk: Desk, number: str) -> str:
    found = desk.state.get(CANCELLATIONS, number)
    return "" if found is None else found.status_at(desk.now)


def test_issuer_and_only_holder_cancel_a_voucher_and_its_reference_is_free() -> None:
    desk = Desk()
    voucher = desk.active()

    change = desk.consent(voucher.number, desk.cancel(voucher.number), S1)

    assert desk.voucher(voucher.number).status_at(desk.now) == CANCELLED
    names = [type(event).__name__ for event in change.events]
    assert names[-3:] == ["VoucherCancelled", "AllocationFreed", "CeilingFreed"]
    assert used(desk.state, "ce-a") == 0
    assert all_expected(desk.state) == {}
    assert status_of(desk, voucher.number) == AGREED
    assert desk.state.get(REFERENCES, "ce-a", voucher.reference) is None
    desk.issue(reference=voucher.reference)
    desk.now_ms += 700 * DAY_MS
    while desk.write_due():
        pass
    assert desk.voucher(voucher.number).status_at(desk.now) == CANCELLED
    assert desk.state.get(CANCELLATIONS, voucher.number) is None


def test_the_first_holder_alone_does_not_cancel_what_was_passed_on() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.pass_on(voucher.number, S1, row(1, 30_000_000, S2))
    proposal = desk.cancel(voucher.number)

    desk.consent(voucher.number, proposal, S1, holding=30_000_001)

    with pytest.raises(HoldersMissing) as refused:
        desk.cancel(voucher.number)
    assert fields_of(refused.value)["missing"] == 1
    assert desk.voucher(voucher.number).status_at(desk.now) == ACTIVE
    desk.consent(voucher.number, proposal, S2)
    assert desk.voucher(voucher.number).status_at(desk.now) == CANCELLED


@pytest.mark.deadline("cancellation: PENDING -> LAPSED")
def test_a_cancellation_to_which_a_holder_is_silent_lapses_after_five_days() -> None:
    desk = Desk()
    voucher = desk.active()
    proposal = desk.cancel(voucher.number)

    desk.now_ms += 5 * DAY_MS - 1
    assert status_of(desk, voucher.number) == PENDING
    desk.now_ms += 1
    assert status_of(desk, voucher.number) == LAPSED
    with pytest.raises(CancellationNotPending):
        desk.consent(voucher.number, proposal, S1)
    (event,) = desk.write_due()

    assert event == CancellationLapsed(voucher.number, proposal, 1, desk.now_ms)
    assert desk.voucher(voucher.number).status_at(desk.now) == ACTIVE
    assert desk.cancel(voucher.number) != proposal


@pytest.mark.deadline("cancellation: LAPSED -> GONE")
def test_a_lapsed_cancellation_leaves_after_its_retention() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.cancel(voucher.number)

    desk.now_ms += 36 * DAY_MS
    assert status_of(desk, voucher.number) == GONE
    desk.write_due()

    assert desk.state.get(CANCELLATIONS, voucher.number) is None


@pytest.mark.deadline("cancellation: AGREED -> GONE")
def test_an_agreed_cancellation_leaves_thirty_days_later() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.consent(voucher.number, desk.cancel(voucher.number), S1)

    desk.now_ms += 30 * DAY_MS - 1
    assert status_of(desk, voucher.number) == AGREED
    desk.now_ms += 1
    assert status_of(desk, voucher.number) == GONE
    desk.write_due()

    assert desk.state.get(CANCELLATIONS, voucher.number) is None


def test_a_cancellation_lapses_with_the_black_out_and_is_written_down_once() -> None:
    desk = Desk(now_ms=at("2026-09-07"))
    voucher = desk.active()
    desk.cancel(voucher.number)

    desk.now_ms = at("2026-09-09", 0)
    assert status_of(desk, voucher.number) == LAPSED
    assert [type(event) for event in desk.write_due()] == [CancellationLapsed]
    with pytest.raises(refusals.BlackOut):
        desk.cancel(voucher.number)


def test_two_ends_of_one_cancellation_are_written_down_once() -> None:
    desk = Desk(now_ms=at("2026-09-02"))
    voucher = desk.active()
    desk.cancel(voucher.number)

    desk.now_ms = at("2026-09-10")

    assert [type(event) for event in desk.write_due()] == [CancellationLapsed]


def test_who_acquires_while_a_cancellation_waits_is_asked_too() -> None:
    desk = Desk()
    voucher = desk.active()
    proposal = desk.cancel(voucher.number)
    desk.pass_on(voucher.number, S1, row(1, 10, S2))

    desk.consent(voucher.number, proposal, S1, holding=11)
    assert desk.voucher(voucher.number).status_at(desk.now) == ACTIVE
    with pytest.raises(refusals.NotTheHolder):
        desk.consent(voucher.number, proposal, S1, holding=1)
    desk.consent(voucher.number, proposal, S2)

    assert desk.voucher(voucher.number).status_at(desk.now) == CANCELLED


def test_a_consent_does_not_bind_who_acquires_the_holding_after_it() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.pass_on(voucher.number, S1, row(1, 10, S2))
    proposal = desk.cancel(voucher.number)
    desk.consent(voucher.number, proposal, S2)
    desk.pass_on(voucher.number, S2, row(1, 10, S3))

    desk.consent(voucher.number, proposal, S1, holding=11)

    assert desk.voucher(voucher.number).status_at(desk.now) == ACTIVE


def test_what_is_bound_is_not_given_up_over_the_head_of_who_has_a_right_in_it() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.pass_on(voucher.number, S1, row(1, 10, S2))
    proposal = desk.cancel(voucher.number)
    desk.consent(voucher.number, proposal, S2)
    (offer,) = desk.offer(voucher.number, S2, row(1, 5, S3))

    desk.consent(voucher.number, proposal, S1, holding=11)
    assert desk.voucher(voucher.number).status_at(desk.now) == ACTIVE
    with pytest.raises(refusals.UnitsNotFree):
        desk.consent(voucher.number, proposal, S2)
    desk.decline(voucher.number, offer, S3)
    desk.consent(voucher.number, proposal, S2)

    assert desk.voucher(voucher.number).status_at(desk.now) == CANCELLED


def test_a_voucher_with_an_open_offer_is_not_proposed_for_cancellation() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.offer(voucher.number, S1, row(1, 5, S2))

    with pytest.raises(refusals.UnitsNotFree):
        desk.cancel(voucher.number)


def test_who_may_not_cancel_or_consent_is_refused() -> None:
    desk = Desk()
    pending = desk.issue()
    voucher = desk.active()
    with pytest.raises(refusals.NotTheIssuer):
        desk.cancel(voucher.number, by="ce-b")
    with pytest.raises(refusals.VoucherNotActive):
        desk.cancel(pending.number)
    with pytest.raises(CancellationNotPending) as refused:
        desk.consent(voucher.number, "0" * 64, S1)
    assert fields_of(refused.value) == {"voucher": voucher.number}
    proposal = desk.cancel(voucher.number)
    with pytest.raises(refusals.NotTheHolder):
        desk.consent(voucher.number, proposal, S2)
    with pytest.raises(refusals.NotTheSponsor):
        desk.consent(voucher.number, proposal, S1, via="bank-b")
    with pytest.raises(CancellationNotPending):
        desk.consent(voucher.number, "0" * 64, S1)


def test_a_voucher_in_very_many_hands_is_not_cancelled() -> None:
    desk = Desk(full_every=50)
    voucher = desk.active()
    for number in range(HOLDINGS_MAX):
        desk.pass_on(
            voucher.number, S1, row(number + 1, number + 1, person(f"h{number}")), holding=number + 1
        )

    with pytest.raises(TooManyHoldings) as refused:
        desk.cancel(voucher.number)

    assert fields_of(refused.value) == {"voucher": voucher.number, "limit": HOLDINGS_MAX}
    assert desk.holdings(voucher.number)[-1].last == V1_FACE
    desk.check()
