"""A fault that is planted in guarantees is found, in the Change and in the whole state."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.guaranteeing.state import (
    CALLS,
    FRAMES,
    GUARANTEES,
    REPAYMENTS,
    Repayment,
)
from tallychain.contracts.vouchers.guaranteeing.tests.desk import Desk
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.settling.operations import Attest
from tallychain.contracts.vouchers.settling.rules import attest
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, fen
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write


def found(desk: Desk, *writes: Write) -> tuple[set[int], set[int]]:
    """The faults of a Change, and those of the state after it."""
    after = Overlay(desk.state)
    after.write(writes)
    change = Change(writes)
    return {fault for fault, _ in touched(change, desk.state, after)}, {fault for fault, _ in full(after)}


@pytest.mark.parametrize(
    ("named", "in_change", "in_state"),
    [
        ("liable less", {281}, {280, 281}),
        ("paid more", {282}, {280, 282}),
        ("repaid more", {283}, {280}),
        ("repaid more than paid", {283}, {280}),
        ("frame less", {281}, {281}),
        ("frame over its limit", {281}, set()),
        ("frame gone", {285}, {281}),
        ("guarantee gone", {285, 281, 284}, {281, 284}),
        ("voucher gone", set(), {285}),
        ("call gone", set(), {284}),
        ("no call", {284}, {284}),
    ],
)
def test_what_is_guaranteed_called_and_paid_follows_what_is_owed(
    named: str, in_change: set[int], in_state: set[int]
) -> None:
    desk = Desk()
    number = desk.called()
    guarantee, frame = desk.guarantee(number), desk.frame()
    (call,) = desk.state.scan(CALLS, "guar-a")
    planted = {
        "liable less": GUARANTEES.put(replace(guarantee, liable=guarantee.liable - 1)),
        "paid more": GUARANTEES.put(replace(guarantee, paid=1)),
        "repaid more": GUARANTEES.put(replace(guarantee, repaid=1)),
        "repaid more than paid": GUARANTEES.put(replace(guarantee, repaid=1, liable=guarantee.liable + 1)),
        "frame less": FRAMES.put(replace(frame, exposure=frame.exposure - 1)),
        "frame over its limit": FRAMES.put(replace(frame, limit=frame.exposure - 1)),
        "frame gone": FRAMES.delete(frame),
        "guarantee gone": GUARANTEES.delete(guarantee),
        "voucher gone": VOUCHERS.delete(desk.voucher(number)),
        "call gone": CALLS.delete(call),
        "no call": GUARANTEES.put(replace(guarantee, called_until_ms=0)),
    }
    changed, stands = found(desk, planted[named])
    assert in_change <= changed
    assert in_state <= stands


def test_a_voucher_whose_debt_shrinks_beside_its_guarantee_is_found() -> None:
    desk = Desk()
    number = desk.called()
    voucher = desk.voucher(number)
    changed, stands = found(desk, VOUCHERS.put(replace(voucher, discharged=voucher.discharged + 1)))
    assert 280 in changed
    assert 280 in stands


def test_what_was_repaid_waits_for_the_guarantor() -> None:
    desk = Desk()
    number = desk.called()
    desk.guarantor_pays(number, "400,000.00")
    args = Attest(number, fen("400,000.00"), desk.now_ms, "REF-9", DOCUMENT)
    change = attest(args, desk.by("settle-a"), desk.state)
    assert found(desk, *change.writes)[0] == set()
    kept = [one for one in change.writes if not isinstance(one.value, Repayment)]
    assert 283 in found(desk, *kept)[0]
    desk.attest(number, "400,000.00")
    (row,) = desk.state.iterate(REPAYMENTS)
    assert 283 not in found(desk, REPAYMENTS.put(row))[0]
