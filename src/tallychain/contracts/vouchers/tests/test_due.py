"""What time does: it is true at its instant and written down when there is room."""

from dataclasses import replace

import pytest

from tallychain.contracts.vouchers import CONTRACT, refusals
from tallychain.contracts.vouchers.events import OfferExpired, VoucherExpired, VoucherFellDue
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    DECLINED,
    DUE,
    EXPIRED,
    OFFERS,
    OPEN,
    RECALLED,
    REJECTED,
    TAKEN,
    VOUCHERS,
    WITHDRAWN,
)
from tallychain.contracts.vouchers.tests.desk import DAY_MS, MORNING_MS, Desk, at, person, row
from tallychain.ledger.due import DueWork

S1, S2 = person("s1"), person("s2")


@pytest.mark.deadline("voucher: ISSUED -> EXPIRED")
def test_an_unanswered_promise_expires_and_the_event_says_since_when() -> None:
    desk = Desk()
    voucher = desk.issue()
    desk.now_ms = MORNING_MS + 11 * DAY_MS

    assert desk.write_due() == [VoucherExpired(voucher.number, MORNING_MS + 10 * DAY_MS)]
    assert desk.voucher(voucher.number).timeline.status == EXPIRED
    assert desk.write_due() == []


@pytest.mark.deadline("voucher: ACTIVE -> DUE")
def test_an_accepted_voucher_falls_due_at_the_first_instant_of_its_day() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-13", 23, 59)
    assert desk.write_due() == []

    desk.now_ms = at("2026-09-14", 0)

    assert desk.write_due() == [
        VoucherFellDue(voucher.number, DUE, at("2026-09-14", 0), desk.voucher(voucher.number).timeline)
    ]
    assert desk.voucher(voucher.number).timeline.status == DUE


@pytest.mark.deadline("offer: OPEN -> EXPIRED")
def test_an_offer_that_is_over_leaves_its_holding_wherever_that_is_by_then() -> None:
    desk = Desk()
    voucher = desk.active(face=100)
    low, high = desk.offer(voucher.number, S1, row(1, 10, S2), row(50, 60, person("s3")))
    desk.take(voucher.number, low, S2)
    desk.now_ms += 5 * DAY_MS

    assert desk.write_due() == [OfferExpired(high, voucher.number, MORNING_MS + 5 * DAY_MS)]
    assert all(holding.encumbrances == () for holding in desk.holdings(voucher.number))


def test_an_outage_moves_the_end_of_an_offer_and_the_event_says_so() -> None:
    desk = Desk()
    voucher = desk.active()
    (name,) = desk.offer(voucher.number, S1, row(1, 5, S2))
    end_ms = MORNING_MS + 5 * DAY_MS
    desk.outage(end_ms - 60_000, end_ms + 60_000, 1_800_000)
    desk.now_ms = end_ms + 60_000
    assert desk.write_due() == []

    desk.now_ms += 1_800_000

    assert desk.write_due() == [OfferExpired(name, voucher.number, end_ms + 60_000 + 1_800_000)]


@pytest.mark.deadline("voucher: EXPIRED -> GONE", "voucher: REJECTED -> GONE", "voucher: WITHDRAWN -> GONE")
@pytest.mark.parametrize("how", [EXPIRED, REJECTED, WITHDRAWN])
def test_a_promise_that_ended_without_title_leaves_thirty_days_later_and_is_as_if_gone_before_that_is_written(
    how: str,
) -> None:
    desk = Desk()
    voucher = desk.issue()
    if how == EXPIRED:
        desk.now_ms += 10 * DAY_MS
        desk.write_due()
    elif how == REJECTED:
        desk.reject(voucher.number, S1)
    else:
        desk.withdraw(voucher.number)
    assert desk.voucher(voucher.number).status_at(desk.now) == how
    desk.now_ms += 30 * DAY_MS - 1
    with pytest.raises(refusals.VoucherNotPending):
        desk.reject(voucher.number, S1)

    desk.now_ms += 1
    with pytest.raises(refusals.VoucherNotFound):
        desk.reject(voucher.number, S1)

    assert desk.write_due() == []
    assert desk.state.get(VOUCHERS, voucher.number) is None
    again = desk.issue(reference=voucher.reference)
    assert again.reference == voucher.reference


@pytest.mark.deadline(
    "offer: TAKEN -> GONE", "offer: DECLINED -> GONE", "offer: RECALLED -> GONE", "offer: EXPIRED -> GONE"
)
@pytest.mark.parametrize("how", [TAKEN, DECLINED, RECALLED, EXPIRED])
def test_an_offer_that_has_ended_leaves_thirty_days_later(how: str) -> None:
    desk = Desk()
    number = desk.active().number
    (name,) = desk.offer(number, S1, row(1, 5, S2))
    acts = {TAKEN: (desk.take, S2), DECLINED: (desk.decline, S2), RECALLED: (desk.recall, S1)}
    if how == EXPIRED:
        desk.now_ms += 5 * DAY_MS
        desk.write_due()
    else:
        act, by = acts[how]
        act(number, name, by)
    desk.now_ms += 30 * DAY_MS - 1
    assert desk.write_due() == []
    assert desk.found_offer(name).status_at(desk.now) == how

    desk.now_ms += 1
    with pytest.raises(refusals.OfferNotFound):
        desk.recall(number, name, S1)

    assert desk.write_due() == []
    assert desk.state.get(OFFERS, name) is None


def test_what_ends_and_leaves_while_nothing_is_written_is_written_down_as_both() -> None:
    desk = Desk()
    voucher = desk.issue()
    number = desk.active().number
    (name,) = desk.offer(number, S1, row(1, 5, S2))
    desk.now_ms += 60 * DAY_MS
    with pytest.raises(refusals.VoucherNotFound):
        desk.accept(voucher)
    with pytest.raises(refusals.OfferNotFound):
        desk.take(number, name, S2)

    assert desk.write_due() == [
        VoucherExpired(voucher.number, MORNING_MS + 10 * DAY_MS),
        OfferExpired(name, number, MORNING_MS + 5 * DAY_MS),
    ]
    assert desk.state.get(VOUCHERS, voucher.number) is None
    assert desk.state.get(OFFERS, name) is None


@pytest.mark.attack(5)
def test_a_flood_of_ending_offers_holds_up_no_maturity_and_changes_no_answer() -> None:
    desk = Desk()
    desk.due = DueWork([replace(kind, budget=3) for kind in CONTRACT.due])
    desk.now_ms = at("2026-09-08")
    voucher = desk.active()
    names = [desk.offer(voucher.number, S1, row(n, n, S2))[0] for n in range(1, 9)]
    desk.now_ms = at("2026-09-14", 0)

    events = desk.write_due()

    later = desk.voucher(voucher.number).timeline
    assert events[0] == VoucherFellDue(voucher.number, DUE, at("2026-09-14", 0), later)
    assert events[1:] == [OfferExpired(name, voucher.number, at("2026-09-09", 0)) for name in names[:3]]
    last = desk.found_offer(names[-1])
    assert (last.timeline.status, last.status_at(desk.now)) == (OPEN, EXPIRED)
    with pytest.raises(refusals.OfferNotOpen):
        desk.recall(voucher.number, last.id, S1)
    assert [len(desk.write_due()) for _ in range(3)] == [3, 2, 0]
    assert desk.found_offer(last.id).timeline.status == EXPIRED


@pytest.mark.attack(5)
def test_an_unwritten_maturity_already_stops_every_transfer() -> None:
    desk = Desk()
    voucher = desk.active()
    desk.now_ms = at("2026-09-14", 0)

    assert desk.voucher(voucher.number).timeline.status == ACTIVE
    with pytest.raises(refusals.VoucherNotActive):
        desk.offer(voucher.number, S1, row(1, 5, S2))
