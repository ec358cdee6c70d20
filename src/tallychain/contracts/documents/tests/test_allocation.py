"""What vouchers take of invoices: never more than there is, never for two issuers, and given back at every end without title."""

from collections.abc import Callable

import pytest

from tallychain.contracts.documents import api
from tallychain.contracts.documents.events import (
    AllocationCounted,
    AllocationFreed,
    InvoiceFigures,
    InvoicesAllocated,
)
from tallychain.contracts.documents.state import USES_MAX, Use
from tallychain.contracts.documents.tests.desk import (
    DAY_MS,
    INV_1,
    INV_2,
    INV_3,
    S2,
    V1,
    V2,
    V3,
    Desk,
    at,
    paper,
)
from tallychain.contracts.documents.tests.test_payable_rules import code_of, refused
from tallychain.ledger.contract import Change


def v1(desk: Desk) -> str:
    """V1 of the study, accepted: 600,000.00 of INV-1 and 400,000.00 of INV-2."""
    payable = desk.confirmed()
    desk.taken(payable, V1, (INV_1, 60_000_000), (INV_2, 40_000_000))
    return payable


def test_the_voucher_of_the_study_leaves_120_000_yuan_of_its_second_invoice() -> None:
    desk = Desk()

    payable = v1(desk)

    assert desk.invoice(INV_1).headroom(desk.now) == 0
    assert desk.invoice(INV_2).headroom(desk.now) == 12_000_000
    assert desk.payable(payable).headroom(desk.now) == 12_000_000


def test_one_fen_more_than_is_left_of_an_invoice_is_refused_and_exactly_what_is_left_is_taken() -> None:
    desk = Desk()
    payable = v1(desk)

    refusal = refused(lambda: desk.allocate(payable, V2, (INV_2, 12_000_001)), desk)

    assert refusal.code == "INVOICE_OVERALLOCATED"
    assert refusal.typed_fields() == {"fingerprint": INV_2, "headroom": 12_000_000, "amount": 12_000_001}
    desk.allocate(payable, V2, (INV_2, 12_000_000))
    assert desk.invoice(INV_2).headroom(desk.now) == 0
    assert code_of(lambda: desk.allocate(payable, V3, (INV_2, 1)), desk) == "INVOICE_OVERALLOCATED"


def test_another_issuer_is_refused_whatever_is_left_and_learns_nobodys_name() -> None:
    desk = Desk()
    waiting = desk.confirmed(by=S2, issuer="ce-b", invoices=(paper(INV_2, 52_000_000),), amount=1)
    presented = desk.present(by=S2, issuer="ce-b", invoices=(paper(INV_2, 52_000_000),), amount=1)
    v1(desk)

    refusal = refused(lambda: desk.allocate(waiting, V2, (INV_2, 1)), desk)

    assert refusal.code == "INVOICE_ALREADY_USED"
    assert refusal.typed_fields() == {"fingerprint": INV_2}
    assert "ce-a" not in refusal.sentence() + refusal.sentence("zh")
    assert code_of(lambda: desk.confirm(presented, "ce-b"), desk) == "INVOICE_ALREADY_USED"
    again = {"by": S2, "issuer": "ce-b", "invoices": (paper(INV_2, 52_000_000),), "amount": 1}
    assert code_of(lambda: desk.present(**again), desk) == "INVOICE_ALREADY_USED"  # type: ignore[arg-type]  # fields of several types


def test_an_invoice_presented_under_the_next_key_is_still_the_same_invoice() -> None:
    desk = Desk()
    desk.found_keys()
    payable = v1(desk)
    desk.begin_epoch()
    renamed = paper(INV_3, 52_000_000, earlier=(INV_2,))

    other = {"by": S2, "issuer": "ce-b", "invoices": (renamed,), "amount": 1, "epoch": 2}
    assert code_of(lambda: desk.present(**other), desk) == "INVOICE_ALREADY_USED"  # type: ignore[arg-type]  # fields of several types
    own = desk.confirmed(by=S2, invoices=(renamed,), amount=12_000_000, epoch=2)
    desk.allocate(own, V2, (INV_3, 12_000_000))

    assert desk.invoice(INV_2).headroom(desk.now) == 0
    assert desk.payable(payable).headroom(desk.now) == 12_000_000


def test_a_promise_takes_at_once_and_counts_from_its_acceptance() -> None:
    desk = Desk()
    payable = desk.confirmed()

    allocated = desk.allocate(payable, V1, (INV_1, 7))

    assert allocated.events == (
        InvoicesAllocated(
            V1, "ce-a", payable, (InvoiceFigures(INV_1, 7, 0, "ce-a"),), desk.now_ms + 10 * DAY_MS
        ),
    )
    assert desk.invoice(INV_1).headroom(desk.now) == 59_999_993
    assert desk.count(V1).events == (AllocationCounted(V1, (InvoiceFigures(INV_1, 7, 7, "ce-a"),)),)
    desk.now_ms += 11 * DAY_MS
    assert desk.invoice(INV_1).headroom(desk.now) == 59_999_993


@pytest.mark.parametrize("is_accepted", [False, True])
def test_every_end_without_title_gives_everything_back_and_another_issuer_may_use_it(
    is_accepted: bool,
) -> None:
    desk = Desk()
    payable = desk.confirmed()
    desk.allocate(payable, V1, (INV_1, 60_000_000))
    if is_accepted:
        desk.count(V1)

    released = desk.release(V1)

    assert released.events == (AllocationFreed(V1, (InvoiceFigures(INV_1, 60_000_000, 0, ""),)),)
    assert desk.invoice(INV_1).headroom(desk.now) == 60_000_000
    assert desk.payable(payable).headroom(desk.now) == 112_000_000
    other = desk.confirmed(by=S2, issuer="ce-b", invoices=(paper(INV_1, 60_000_000),), amount=60_000_000)
    desk.allocate(other, V2, (INV_1, 60_000_000))


def test_what_one_of_two_vouchers_gives_back_leaves_the_other_as_it_was() -> None:
    desk = Desk()
    payable = v1(desk)
    desk.taken(payable, V2, (INV_2, 5))

    desk.release(V1)

    assert desk.invoice(INV_2).uses == (Use(V2, 5, "bank-a", 0),)
    assert desk.invoice(INV_2).issuer == "ce-a"
    assert desk.payable(payable).headroom(desk.now) == 111_999_995


def test_an_unanswered_promise_binds_nothing_from_its_instant_on_written_down_or_not() -> None:
    desk = Desk()
    payable = desk.confirmed()
    other = desk.confirmed(by=S2, issuer="ce-b", invoices=(paper(INV_1, 60_000_000),), amount=60_000_000)
    desk.allocate(payable, V1, (INV_1, 60_000_000))
    desk.now_ms += 10 * DAY_MS - 1
    assert code_of(lambda: desk.allocate(other, V2, (INV_1, 1)), desk) == "INVOICE_ALREADY_USED"

    desk.now_ms += 1
    desk.taken(other, V2, (INV_1, 60_000_000))

    assert desk.payable(payable).headroom(desk.now) == 112_000_000
    desk.release(V1)
    assert desk.invoice(INV_1).uses == (Use(V2, 60_000_000, "bank-b", 0),)
    assert desk.invoice(INV_1).issuer == "ce-b"


def test_an_outage_moves_the_instant_from_which_nothing_is_bound() -> None:
    desk = Desk()
    payable = desk.confirmed()
    desk.allocate(payable, V1, (INV_1, 60_000_000))
    end_ms = desk.now_ms + 10 * DAY_MS
    desk.outage(end_ms - 1_000, end_ms + 1_000, 60_000)

    desk.now_ms = end_ms + 1_000
    assert desk.invoice(INV_1).headroom(desk.now) == 0
    desk.now_ms += 60_000
    assert desk.invoice(INV_1).headroom(desk.now) == 60_000_000


def test_a_payable_backs_no_more_than_its_amount() -> None:
    desk = Desk()
    payable = desk.confirmed(amount=100)
    desk.allocate(payable, V1, (INV_1, 60))

    refusal = refused(lambda: desk.allocate(payable, V2, (INV_2, 41)), desk)

    assert (refusal.code, refusal.typed_fields()["headroom"]) == ("PAYABLE_EXCEEDED", 40)
    desk.allocate(payable, V2, (INV_2, 40))


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda desk, p: desk.allocate("0" * 64, V1, (INV_1, 1)), "PAYABLE_NOT_FOUND"),
        (lambda desk, p: desk.allocate(p, V1, (INV_1, 1), issuer="ce-b"), "NOT_THE_DEBTOR"),
        (lambda desk, p: desk.allocate(p, V1, (INV_1, 1), receiver=S2), "RECEIVER_DIFFERS"),
        (lambda desk, p: desk.allocate(p, V1, (INV_1, 1), (INV_1, 1)), "INVOICE_TWICE"),
        (lambda desk, p: desk.allocate(p, V1, (INV_3, 1)), "INVOICE_NOT_OF_PAYABLE"),
        (lambda desk, p: desk.allocate(p, V1, (INV_1, 1), face=2), "ALLOCATION_DIFFERS"),
        (lambda desk, p: desk.allocate(p, V1, face=2), "ALLOCATION_DIFFERS"),
        (lambda desk, p: desk.allocate(p, V1, (INV_1, 60_000_001)), "INVOICE_OVERALLOCATED"),
    ],
)
def test_what_a_payable_does_not_back_is_refused(act: Callable[[Desk, str], Change], code: str) -> None:
    desk = Desk()
    payable = desk.confirmed()

    assert code_of(lambda: act(desk, payable), desk) == code


def test_only_a_confirmed_delivery_or_invoice_that_is_not_due_backs_a_voucher() -> None:
    desk = Desk()
    order = desk.confirmed(kind="ORDER", invoices=())
    delivery = desk.confirmed(kind="DELIVERY", invoices=(paper(INV_3, 5),), amount=5)
    waiting = desk.present()
    confirmed = desk.confirmed()

    assert code_of(lambda: desk.allocate(order, V1, (INV_1, 1)), desk) == "ORDER_BACKS_NO_VOUCHER"
    assert code_of(lambda: desk.allocate(waiting, V1, (INV_1, 1)), desk) == "PAYABLE_NOT_CONFIRMED"
    desk.allocate(delivery, V1, (INV_3, 5))
    desk.now_ms = at("2026-09-14", 0)
    refusal = refused(lambda: desk.allocate(confirmed, V2, (INV_1, 1)), desk)
    assert (refusal.code, refusal.typed_fields()["status"]) == ("PAYABLE_NOT_CONFIRMED", "PAST_DUE")


def test_a_payable_backs_at_most_fifty_vouchers_at_a_time() -> None:
    desk = Desk()
    payable = desk.confirmed()
    for number in range(USES_MAX):
        desk.taken(payable, f"EV{number}", (INV_1, 1))

    assert code_of(lambda: desk.allocate(payable, V1, (INV_1, 1)), desk) == "TOO_MANY_VOUCHERS"
    desk.release("EV7")
    desk.allocate(payable, V1, (INV_1, 1))


def test_a_paper_backs_at_most_fifty_vouchers_at_a_time_over_all_payables() -> None:
    desk = Desk()
    first = desk.confirmed()
    second = desk.confirmed(by=S2)
    for number in range(USES_MAX):
        desk.allocate(first if number % 2 else second, f"EV{number}", (INV_1, 1))

    refusal = refused(lambda: desk.allocate(first, V1, (INV_1, 1)), desk)

    assert refusal.typed_fields() == {"object": INV_1, "limit": USES_MAX}


def test_a_voucher_without_papers_counts_frees_and_suspends_nothing() -> None:
    desk = Desk()

    assert api.count(desk.state, V1, desk.now) == Change()
    assert api.release(desk.state, V1, desk.now) == Change()
    assert not api.is_under_review(desk.state, V1, desk.now)


def test_others_may_ask_for_a_payable_and_for_an_invoice() -> None:
    desk = Desk()
    payable = desk.confirmed()

    assert api.payable(desk.state, payable) == desk.payable(payable)
    assert api.fingerprint(desk.state, INV_1) == desk.invoice(INV_1)
    assert api.payable(desk.state, "0" * 64) is None
    assert api.fingerprint(desk.state, INV_3) is None
