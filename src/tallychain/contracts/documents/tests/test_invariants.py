"""Each invariant catches a planted fault, in a Change and in the whole state."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tallychain.contracts.documents.invariants import full, touched
from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    FINGERPRINTS,
    ORDER,
    PAYABLES,
    PRESENTED,
    AllocatedPart,
    Allocation,
    Credit,
    Fingerprint,
    Payable,
    Use,
)
from tallychain.contracts.documents.tests.desk import INV_1, INV_2, V1, V2, Desk
from tallychain.contracts.documents.tests.test_allocation import v1
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled


def faults(desk: Desk, *writes: Write) -> tuple[set[int], set[int]]:
    """The numbers found in the Change, and in the whole state after it."""
    after = Overlay(desk.state)
    after.write(writes)
    change = Change(tuple(writes))
    return {number for number, _ in touched(change, desk.state, after)}, {number for number, _ in full(after)}


def of_invoice(change: Callable[[Fingerprint], Fingerprint]) -> Callable[[Desk, str], Write]:
    return lambda desk, _: FINGERPRINTS.put(change(desk.invoice(INV_1)))


def of_payable(change: Callable[[Payable], Payable]) -> Callable[[Desk, str], Write]:
    return lambda desk, name: PAYABLES.put(change(desk.payable(name)))


def of_allocation(change: Callable[[Allocation], Allocation]) -> Callable[[Desk, str], Write]:
    def planted(desk: Desk, _: str) -> Write:
        row = desk.state.get(ALLOCATIONS, V1)
        assert row is not None
        return ALLOCATIONS.put(change(row))

    return planted


RED = (Credit("c1" * 32, 1, "ce-a"),)
STRANGER = (Use(V2, 1, "bank-a", 0),)
TWICE = (Use(V1, 60_000_000, "bank-a", 0),) * 2


@pytest.mark.parametrize(
    ("plant", "numbers"),
    [
        (of_invoice(lambda row: replace(row, credits=RED)), {8}),
        (of_invoice(lambda row: replace(row, total=1)), {8}),
        (of_invoice(lambda row: replace(row, issuer="")), {201}),
        (of_invoice(lambda row: replace(row, issuer="ce-b")), {201}),
        (of_invoice(lambda row: replace(row, uses=(replace(row.uses[0], amount=1),))), {201}),
        (of_invoice(lambda row: replace(row, uses=STRANGER)), {201}),
        (of_invoice(lambda row: replace(row, uses=TWICE)), {8, 201}),
        (of_payable(lambda row: replace(row, amount=1)), {202}),
        (of_payable(lambda row: replace(row, kind=ORDER)), {202}),
        (of_payable(lambda row: replace(row, timeline=settled(PRESENTED))), {202}),
        (of_payable(lambda row: replace(row, uses=STRANGER)), {201}),
        (of_allocation(lambda row: replace(row, payable="0" * 64)), {201}),
        (of_allocation(lambda row: replace(row, parts=(AllocatedPart("0" * 64, 1),))), {201}),
    ],
)
def test_a_planted_fault_is_found(plant: Callable[[Desk, str], Write], numbers: set[int]) -> None:
    desk = Desk()
    payable = v1(desk)
    write = plant(desk, payable)

    in_change, in_state = faults(desk, write)

    assert in_state == numbers
    # Looking from a record that was not written is left to the check of the whole state.
    assert in_change <= numbers
    if not isinstance(write.value, Fingerprint) or write.value.issuer != "ce-b":
        assert in_change


def test_red_letters_beyond_the_total_are_found() -> None:
    desk = Desk()
    desk.confirmed()
    row = replace(desk.invoice(INV_1), credits=(Credit("c1" * 32, 60_000_001, "ce-a"),))

    assert faults(desk, FINGERPRINTS.put(row)) == ({203, 8}, {203, 8})


def test_a_removed_allocation_of_an_accepted_voucher_is_found_in_the_state() -> None:
    desk = Desk()
    v1(desk)
    row = desk.state.get(ALLOCATIONS, V1)
    assert row is not None

    assert faults(desk, ALLOCATIONS.delete(row))[1] == {201}


def test_taking_more_of_an_invoice_under_review_is_found() -> None:
    desk = Desk()
    payable = v1(desk)
    desk.credit(INV_2, 20_000_000)
    use = Use(V2, 1, "bank-a", desk.now_ms + 1)
    row = desk.invoice(INV_2)
    writes = (
        FINGERPRINTS.put(replace(row, uses=(*row.uses, use))),
        ALLOCATIONS.put(Allocation(V2, "ce-a", payable, (AllocatedPart(INV_2, 1),))),
    )

    assert faults(desk, *writes)[0] == {8}


def test_a_use_that_grows_beyond_what_is_left_is_found() -> None:
    desk = Desk()
    payable = desk.confirmed()
    desk.allocate(payable, V1, (INV_1, 30_000_000))
    row = desk.invoice(INV_1)
    grown = replace(row, uses=(replace(row.uses[0], amount=60_000_001),))

    assert faults(desk, FINGERPRINTS.put(grown))[0] == {8, 201}


def test_a_new_record_that_takes_too_much_is_found() -> None:
    desk = Desk()
    payable = v1(desk)
    use = Use(V2, 5, "bank-a", desk.now_ms + 1)
    row = replace(desk.invoice(INV_2), fingerprint="f9" * 32, total=4, uses=(use,))
    writes = (
        FINGERPRINTS.put(row),
        ALLOCATIONS.put(Allocation(V2, "ce-a", payable, (AllocatedPart("f9" * 32, 5),))),
    )

    assert faults(desk, *writes)[0] == {8}


def test_what_time_has_freed_is_no_fault() -> None:
    desk = Desk()
    payable = desk.confirmed()
    desk.allocate(payable, V1, (INV_1, 60_000_000))
    row = desk.state.get(ALLOCATIONS, V1)
    assert row is not None

    assert faults(desk, ALLOCATIONS.delete(row)) == (set(), set())
