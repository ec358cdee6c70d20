"""The README says what the code does, and the bytes of an operation stay what they were."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tallychain.contracts.documents import CONTRACT, api, keyrefusals, refusals, termrefusals
from tallychain.contracts.documents.declared import FIRST, OPERATIONS, PRESENT
from tallychain.contracts.documents.state import (
    ALIKE_MAX,
    CONCERNED_MAX,
    CREDITS_MAX,
    EARLIER_MAX,
    EPOCHS_MAX,
    INVOICES_MAX,
    NEAR_MAX,
    USES_MAX,
)
from tallychain.contracts.documents.tests.desk import DAY_MS, INV_1, V1, Desk
from tallychain.contracts.documents.tests.test_credit_rules import under_review
from tallychain.contracts.documents.tests.test_views import Following
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import Body, SealedPart
from tallychain.ledger.refusals import Refused
from tallychain.ledger.tests.declarations import (
    check_bytes,
    check_named,
    check_precedence,
    check_words,
    invariants_of,
    refusals_of,
    written_in,
)

FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors" / "args.json"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
YEARS_MS = 2_000 * DAY_MS


def _pass_time(desk: Desk) -> None:
    desk.now_ms += YEARS_MS


Act = Callable[[Desk, str], object]
ACTS: dict[str, Act] = {
    "payable.confirm": lambda desk, name: desk.confirm(name),
    "payable.contest": lambda desk, name: desk.contest(name),
    "payable.withdraw": lambda desk, name: desk.withdraw(name),
    "time": lambda desk, _: _pass_time(desk),
}
PAYABLES: dict[str, Act] = {
    "PRESENTED": lambda desk, name: None,
    "CONFIRMED": ACTS["payable.confirm"],
    "CONTESTED": ACTS["payable.contest"],
    "WITHDRAWN": ACTS["payable.withdraw"],
    "LAPSED": ACTS["time"],
}
REVIEW_ACTS: dict[str, Callable[[Desk], object]] = {
    "invoice.credit": lambda desk: desk.credit(INV_1, 1),
    "invoice.review of all": lambda desk: [desk.review(INV_1, name) for name in ("ce-a", "bank-a")],
    "voucher ends without title": lambda desk: desk.release(V1),
    "time": _pass_time,
}
REVIEWS: dict[str, tuple[str, ...]] = {
    "IN_ORDER": (),
    "IN_REVIEW": ("invoice.credit",),
    "REVIEWED": ("invoice.credit", "invoice.review of all"),
    "REVIEW_LAPSED": ("invoice.credit", "time"),
}
ALLOCATION_ACTS: dict[str, Callable[[Following], object]] = {
    "voucher.accept": lambda desk: desk.count(V1),
    "voucher ends without title": lambda desk: desk.release(V1),
    "time": _pass_time,
}


def payable_arrows() -> Iterator[str]:
    yield "(nothing) --payable.present--> PRESENTED"
    for status, prepare in PAYABLES.items():
        for act, done in ACTS.items():
            desk = Desk()
            name = desk.present()
            prepare(desk, name)
            before = desk.payable(name).status_at(desk.now)
            assert before == status
            try:
                done(desk, name)
            except Refused:
                continue
            after = desk.payable(name).status_at(desk.now)
            if after != before:
                yield f"{before} --{act}--> {after}"


def review_arrows() -> Iterator[str]:
    """Reviews of an invoice that one accepted voucher takes whole."""
    for status, prepared in REVIEWS.items():
        for act, done in REVIEW_ACTS.items():
            desk = Desk()
            desk.taken(desk.confirmed(), V1, (INV_1, 60_000_000))
            for step in prepared:
                REVIEW_ACTS[step](desk)
            before = desk.invoice(INV_1).review_at(desk.now)
            assert before == status
            try:
                done(desk)
            except Refused:
                continue
            after = desk.invoice(INV_1).review_at(desk.now)
            assert under_review(desk) == (after == "IN_REVIEW")
            if after != before:
                yield f"{before} --{act}--> {after}"


def allocation_arrows() -> Iterator[str]:
    """What a voucher takes of an invoice, followed in the rows."""
    for prepared in ((), ("voucher.accept",)):
        for act, done in ALLOCATION_ACTS.items():
            desk = Following()
            desk.allocate(desk.confirmed(), V1, (INV_1, 60_000_000))
            if not prepared and act == "voucher.accept":
                yield f"(nothing) --voucher.issue--> {desk.status('allocations', V1, INV_1)}"
            for step in prepared:
                ALLOCATION_ACTS[step](desk)
            before = desk.status("allocations", V1, INV_1)
            done(desk)
            after = desk.status("allocations", V1, INV_1)
            if after != before:
                yield f"{before} --{act}--> {after}"


def epoch_arrows() -> Iterator[str]:
    """The way of the first key, once another has begun."""
    desk = Desk()
    desk.found_keys()
    yield f"(nothing) --vote--> {desk.epoch(1).status_at(desk.now)}"
    desk.begin_epoch()
    before = desk.epoch(1).status_at(desk.now)
    _pass_time(desk)
    yield f"{before} --time--> {desk.epoch(1).status_at(desk.now)}"


def test_the_diagrams_of_the_page_are_what_the_rules_do() -> None:
    assert "\n".join(payable_arrows()) in PAGE
    assert "\n".join(review_arrows()) in PAGE
    assert "\n".join(allocation_arrows()) in PAGE
    assert "\n".join(epoch_arrows()) in PAGE


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    listed = {kind.name: kind.refusals for kind in OPERATIONS}
    listed["api.allocate"] = api.ALLOCATE_REFUSALS
    listed["api.begin_epoch"] = api.BEGIN_EPOCH_REFUSALS
    check_precedence(PAGE, listed)


def test_every_refusal_is_one_of_an_operation_or_of_the_api() -> None:
    used = refusals_of(OPERATIONS) | set(api.ALLOCATE_REFUSALS) | set(api.BEGIN_EPOCH_REFUSALS)
    assert written_in(refusals) | written_in(keyrefusals) | written_in(termrefusals) == used | {
        api.VoucherUnderReview
    }


def test_the_page_names_every_event_view_and_invariant() -> None:
    check_named(PAGE, CONTRACT.events, CONTRACT.views)
    for number in invariants_of(FOLDER / "invariants.py"):
        assert re.search(rf"\| I?{number}\b", PAGE)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)


def test_the_bounds_are_those_that_the_page_names() -> None:
    assert (INVOICES_MAX, EARLIER_MAX, EPOCHS_MAX, NEAR_MAX) == (20, 3, 4, 20)
    assert (USES_MAX, CREDITS_MAX, CONCERNED_MAX, ALIKE_MAX) == (50, 20, 10, 8)


def test_what_a_quarantine_closes_is_the_payable_or_the_invoice() -> None:
    for kind in OPERATIONS:
        if kind.primary is not None:
            assert kind.primary(kind.example) in (
                getattr(kind.example, "payable", ""),
                getattr(kind.example, "invoice", ""),
            )


def test_the_signing_limit_of_a_key_is_checked_against_the_amount_confirmed() -> None:
    (kind,) = (kind for kind in OPERATIONS if kind.amount is not None)

    assert kind.name == "payable.confirm"
    assert kind.amount is not None
    assert kind.amount(kind.example) == 112_000_000


@pytest.mark.parametrize(("epochs", "count"), [(1, INVOICES_MAX), (EARLIER_MAX + 1, 8)])
def test_the_largest_payable_fits_into_a_body(epochs: int, count: int) -> None:
    invoice = msgspec.structs.replace(
        FIRST,
        earlier=(FIRST.fingerprint,) * (epochs - 1),
        total=2**53 - 1,
        near=FIRST.near * epochs,
    )
    args = msgspec.structs.replace(PRESENT.example, invoices=(invoice,) * count, amount=2**53 - 1)
    longest = "m" * 32
    to = (*(f"member:{longest}#99" for _ in range(3)), "x25519:" + "0" * 64)
    parts = tuple(SealedPart(rule.label, "0" * 64, "0" * 64, to) for rule in PRESENT.seals)
    body = Body(
        chain="c" * 32,
        type=PRESENT.name,
        version=1,
        author="tag:" + args.presenter.tag,
        via=longest,
        nonce="0" * 32,
        expires=4 * 10**12,
        args=msgspec.Raw(codec.encode(args)),
        sealed=parts,
    )

    assert len(invoice.near) <= NEAR_MAX
    assert len(codec.encode(body)) < 8192
