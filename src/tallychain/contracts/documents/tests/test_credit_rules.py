"""Red letters: one that leaves enough changes nothing for holders, one that does not stops transfers until it is reviewed."""

import pytest

from tallychain.contracts.documents import api
from tallychain.contracts.documents.events import (
    InvoiceCredited,
    ReviewEnded,
    ReviewGiven,
    ReviewLapsed,
    ReviewOpened,
)
from tallychain.contracts.documents.state import (
    CREDITS_MAX,
    IN_ORDER,
    IN_REVIEW,
    REVIEW_LAPSED,
    REVIEWED,
)
from tallychain.contracts.documents.tests.desk import (
    DAY_MS,
    INV_2,
    INV_3,
    S2,
    V1,
    V2,
    Desk,
    at,
    hex_of,
    paper,
)
from tallychain.contracts.documents.tests.test_allocation import v1
from tallychain.contracts.documents.tests.test_payable_rules import code_of, refused
from tallychain.ledger.timeline import Step, Timeline


def under_review(desk: Desk, voucher: str = V1) -> bool:
    return api.is_under_review(desk.state, voucher, desk.now)


def test_the_first_red_letter_leaves_enough_and_the_second_stops_the_voucher_until_it_is_reviewed() -> None:
    desk = Desk()
    payable = v1(desk)

    first = desk.credit(INV_2, 10_000_000, letter="c1" * 32)
    assert first.events == (InvoiceCredited(INV_2, "c1" * 32, 10_000_000, "bank-a", 10_000_000),)
    assert desk.invoice(INV_2).headroom(desk.now) == 2_000_000
    assert not under_review(desk)

    # A second 100,000.00, so that 200,000.00 are credited: 400,000.00 are promised, 320,000.00 are left.
    second = desk.credit(INV_2, 10_000_000, letter="c2" * 32)
    review = Timeline(IN_REVIEW, (Step(at("2026-03-31", 0), REVIEW_LAPSED),))
    assert second.events[1] == ReviewOpened(INV_2, (V1,), ("bank-a", "ce-a"), review)
    assert desk.invoice(INV_2).headroom(desk.now) == -8_000_000
    assert under_review(desk)
    left = refused(lambda: desk.allocate(payable, V2, (INV_2, 1)), desk).typed_fields()
    assert left == {"fingerprint": INV_2, "headroom": 0, "amount": 1}
    with pytest.raises(api.VoucherUnderReview) as refusal:
        api.check_not_under_review(desk.state, V1, desk.now)
    assert refusal.value.typed_fields() == {"voucher": V1}

    assert desk.review(INV_2, "ce-a", "REPLACED").events == (ReviewGiven(INV_2, "ce-a", "REPLACED"),)
    assert under_review(desk)
    assert desk.review(INV_2, "bank-a").events == (
        ReviewGiven(INV_2, "bank-a", "STANDS"),
        ReviewEnded(INV_2, REVIEWED),
    )
    assert not under_review(desk)
    api.check_not_under_review(desk.state, V1, desk.now)


@pytest.mark.deadline("invoice_review: IN_REVIEW -> REVIEW_LAPSED")
def test_a_review_that_nobody_answers_ends_by_time_and_the_shortfall_stays_visible() -> None:
    desk = Desk()
    v1(desk)
    desk.credit(INV_2, 20_000_000)
    desk.now_ms = at("2026-03-30", 23)
    assert under_review(desk)
    desk.review(INV_2, "ce-a")

    desk.now_ms = at("2026-03-31", 0)

    assert not under_review(desk)
    refusal = refused(lambda: desk.review(INV_2, "bank-a"), desk)
    assert refusal.typed_fields() == {"fingerprint": INV_2, "status": REVIEW_LAPSED}
    events = [event for event in desk.write_due() if isinstance(event, ReviewLapsed)]
    assert events == [ReviewLapsed(INV_2, at("2026-03-31", 0))]
    assert desk.invoice(INV_2).review.status == REVIEW_LAPSED
    assert desk.invoice(INV_2).headroom(desk.now) == -8_000_000


def test_debtor_and_suppliers_sponsor_record_a_red_letter_and_no_stranger_does() -> None:
    desk = Desk()
    v1(desk)

    assert code_of(lambda: desk.credit(INV_2, 1, by="bank-b"), desk) == "NOT_CONCERNED"
    assert code_of(lambda: desk.credit(INV_2, 1, by="ce-b"), desk) == "NOT_CONCERNED"
    desk.credit(INV_2, 1, by="ce-a")
    desk.credit(INV_2, 1, by="bank-a")
    assert [credit.by for credit in desk.invoice(INV_2).credits] == ["ce-a", "bank-a"]


def test_an_invoice_without_vouchers_can_be_credited_and_then_backs_less() -> None:
    desk = Desk()
    payable = desk.confirmed()

    desk.credit(INV_2, 50_000_000)

    assert code_of(lambda: desk.allocate(payable, V1, (INV_2, 2_000_001)), desk) == "INVOICE_OVERALLOCATED"
    desk.allocate(payable, V1, (INV_2, 2_000_000))


def test_a_red_letter_counts_once_and_never_beyond_the_invoice() -> None:
    desk = Desk()
    desk.confirmed()
    desk.credit(INV_2, 1, letter="c1" * 32)

    assert code_of(lambda: desk.credit(INV_2, 1, letter="c1" * 32), desk) == "CREDIT_KNOWN"
    refusal = refused(lambda: desk.credit(INV_2, 52_000_000), desk)
    assert refusal.typed_fields() == {"left": 51_999_999, "amount": 52_000_000}
    desk.credit(INV_2, 51_999_999)
    assert code_of(lambda: desk.credit(INV_3, 1), desk) == "INVOICE_NOT_KNOWN"


def test_at_most_twenty_red_letters_are_recorded_against_one_invoice() -> None:
    desk = Desk()
    desk.confirmed()
    for number in range(CREDITS_MAX):
        desk.credit(INV_2, 1, letter=hex_of(number + 1, 64))

    assert code_of(lambda: desk.credit(INV_2, 1), desk) == "TOO_MANY_CREDITS"


def test_a_second_red_letter_in_an_open_review_does_not_prolong_it() -> None:
    desk = Desk()
    v1(desk)
    desk.credit(INV_2, 20_000_000)
    before = desk.invoice(INV_2)
    desk.now_ms += 3 * DAY_MS

    change = desk.credit(INV_2, 1)

    assert len(change.events) == 1
    assert (desk.invoice(INV_2).review, desk.invoice(INV_2).waiting) == (before.review, before.waiting)


def test_a_red_letter_after_a_review_opens_another() -> None:
    desk = Desk()
    v1(desk)
    desk.credit(INV_2, 20_000_000)
    for name in ("ce-a", "bank-a"):
        desk.review(INV_2, name)

    desk.credit(INV_2, 1)

    assert under_review(desk)


def test_each_asked_gives_its_word_once_and_nobody_else_does() -> None:
    desk = Desk()
    v1(desk)
    assert code_of(lambda: desk.review(INV_2, "ce-a"), desk) == "NOTHING_TO_REVIEW"
    desk.credit(INV_2, 20_000_000)
    desk.review(INV_2, "ce-a")

    assert code_of(lambda: desk.review(INV_2, "ce-a"), desk) == "NOT_AWAITED"
    assert code_of(lambda: desk.review(INV_2, "bank-b"), desk) == "NOT_AWAITED"
    assert code_of(lambda: desk.review(INV_3, "ce-a"), desk) == "INVOICE_NOT_KNOWN"


def test_every_suppliers_sponsor_with_a_voucher_on_the_invoice_is_asked() -> None:
    desk = Desk()
    v1(desk)
    other = desk.confirmed(by=S2, invoices=(paper(INV_2, 52_000_000),), amount=12_000_000)
    desk.taken(other, V2, (INV_2, 12_000_000))

    change = desk.credit(INV_2, 1)

    opened = change.events[1]
    assert isinstance(opened, ReviewOpened)
    assert (opened.vouchers, opened.waiting) == ((V1, V2), ("bank-a", "bank-b", "ce-a"))
    assert under_review(desk, V1)
    assert under_review(desk, V2)


def test_a_review_ends_when_a_voucher_gives_back_enough() -> None:
    desk = Desk()
    payable = v1(desk)
    desk.taken(payable, V2, (INV_2, 12_000_000))
    desk.credit(INV_2, 12_000_000)
    assert under_review(desk, V1)

    released = desk.release(V2)

    assert released.events[1:] == (ReviewEnded(INV_2, IN_ORDER),)
    assert not under_review(desk, V1)
    assert desk.invoice(INV_2).waiting == ()


def test_a_review_goes_on_when_a_voucher_gives_back_too_little() -> None:
    desk = Desk()
    payable = v1(desk)
    desk.taken(payable, V2, (INV_2, 12_000_000))
    desk.credit(INV_2, 12_000_001)

    released = desk.release(V2)

    assert len(released.events) == 1
    assert under_review(desk, V1)


def test_a_promise_that_expires_covers_what_was_short_from_its_instant_on() -> None:
    desk = Desk()
    payable = v1(desk)
    desk.allocate(payable, V2, (INV_2, 12_000_000))
    desk.credit(INV_2, 12_000_000)
    assert under_review(desk, V1)

    desk.now_ms += 10 * DAY_MS

    assert not under_review(desk, V1)
