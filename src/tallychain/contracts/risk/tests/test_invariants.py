"""Each invariant catches a planted fault, in a Change and in the whole state."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.risk import api
from tallychain.contracts.risk.events import IssuerCured
from tallychain.contracts.risk.invariants import full, touched
from tallychain.contracts.risk.state import (
    BLOCKED,
    CEILINGS,
    EXPECTED,
    MISSED,
    USAGES,
    Blocked,
    Expected,
    Missed,
    Usage,
)
from tallychain.contracts.risk.tests.desk import V1, V2, Desk
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write


def faults(desk: Desk, *writes: Write, events: tuple[Event, ...] = ()) -> tuple[set[int], set[int]]:
    """The numbers found in the Change, and in the whole state after it."""
    after = Overlay(desk.state)
    after.write(writes)
    change = Change(tuple(writes), events)
    return {number for number, _ in touched(change, desk.state, after)}, {number for number, _ in full(after)}


def begun() -> Desk:
    desk = Desk()
    desk.grant(100)
    desk.use(60)
    desk.block(V1)
    return desk


def test_giving_back_more_than_was_taken_is_found() -> None:
    assert faults(begun(), *api.give_back(begun().state, "ce-a", 61).writes) == ({9}, {9})
    assert faults(begun(), USAGES.put(Usage("ce-a", 0))) == (set(), set())


def test_taking_more_than_all_ceilings_and_taking_while_blocked_are_found() -> None:
    desk = begun()

    assert faults(desk, USAGES.put(Usage("ce-a", 101)))[0] == {9, 10}
    assert faults(desk, USAGES.put(Usage("ce-a", 61)))[0] == {10}
    assert faults(desk, USAGES.put(Usage("ce-b", 1)))[0] == {9}
    assert faults(desk, USAGES.put(Usage("ce-a", 60)))[0] == set()


@pytest.mark.parametrize("changed", [{"amount": 0}, {"valid_until": "2026-03-15"}])
def test_a_ceiling_that_cannot_be_is_found(changed: dict[str, object]) -> None:
    desk = begun()
    (row,) = desk.state.scan(CEILINGS)

    assert faults(desk, CEILINGS.put(replace(row, **changed))) == ({301}, {301})


@pytest.mark.parametrize(
    "writes",
    [
        (BLOCKED.put(Blocked("ce-a", 2)),),
        (BLOCKED.delete(Blocked("ce-a", 1)),),
        (BLOCKED.put(Blocked("ce-b", 1)),),
        (MISSED.put(Missed("ce-a", V2, 1)),),
        (MISSED.put(Missed("ce-b", V2, 1)), BLOCKED.put(Blocked("ce-b", 2))),
    ],
)
def test_a_number_on_record_that_is_not_that_of_the_missed_payments_is_found(
    writes: tuple[Write, ...],
) -> None:
    in_change, in_state = faults(begun(), *writes)

    assert in_state == {302}
    # A record that was only removed is left to the check of the whole state.
    assert in_change == ({302} if any(write.value is not None for write in writes) else set())


def test_a_cure_that_leaves_the_number_as_it_was_is_found() -> None:
    missed = Missed("ce-a", V1, 1)
    cured = (IssuerCured("ce-a", V1, 0),)

    assert faults(begun(), MISSED.delete(missed), events=cured) == ({302}, {302})
    assert faults(begun(), MISSED.put(missed), events=cured) == (set(), set())


def test_a_payment_expected_of_no_voucher_is_found() -> None:
    assert faults(begun(), EXPECTED.put(Expected("ce-a", 1, 0))) == ({303}, {303})
