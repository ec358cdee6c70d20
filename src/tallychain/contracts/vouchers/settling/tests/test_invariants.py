"""Every invariant about money is seen to fail."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.settling.events import VoucherOverdue
from tallychain.contracts.vouchers.settling.invariants import full, touched
from tallychain.contracts.vouchers.settling.rules.position import the_settlement, the_shares
from tallychain.contracts.vouchers.settling.state import (
    ENTITLEMENTS,
    EVIDENCE,
    SETTLEMENTS,
    SHARES,
    Entitlement,
    Evidence,
)
from tallychain.contracts.vouchers.settling.tests.desk import Desk
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.contracts.vouchers.tests.desk import at
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled


def paid() -> tuple[Desk, str]:
    """V1 with one holder, paid out in part."""
    desk = Desk()
    number = desk.ripe().number
    desk.attest(number, "600,000.00", reference="IN")
    desk.pay_out(number, (1, "600,000.00"), references=["OUT"])
    return desk, number


def entitlement_of(desk: Desk, number: str) -> Entitlement:
    found = desk.state.get(ENTITLEMENTS, number, 1)
    assert found is not None
    return found


def proof_of(desk: Desk, reference: str) -> Evidence:
    found = desk.state.get(EVIDENCE, "settle-a", "CNY", reference)
    assert found is not None
    return found


def faults(desk: Desk, change: Change) -> set[int]:
    after = Overlay(desk.state)
    after.write(change.writes)
    return {number for number, _ in touched(change, desk.state, after)}


Spoil = Callable[[Desk, str], tuple[Write, ...]]


def _shares(desk: Desk, number: str) -> tuple[Write, ...]:
    shares = the_shares(number, desk.state)
    (portion,) = shares.portions
    return (SHARES.put(replace(shares, portions=(replace(portion, share=portion.share - 1),))),)


def _interest(desk: Desk, number: str) -> tuple[Write, ...]:
    shares = the_shares(number, desk.state)
    (portion,) = shares.portions
    return (SHARES.put(replace(shares, portions=(replace(portion, interest=1),))),)


def _paid_more(desk: Desk, number: str) -> tuple[Write, ...]:
    return (ENTITLEMENTS.put(replace(entitlement_of(desk, number), paid=60_000_001)),)


def _paid_out(desk: Desk, number: str) -> tuple[Write, ...]:
    settlement = the_settlement(number, desk.state)
    return (SETTLEMENTS.put(replace(settlement, paid_out=settlement.paid_out + 1)),)


def _discharged(desk: Desk, number: str) -> tuple[Write, ...]:
    return (VOUCHERS.put(replace(desk.voucher(number), discharged=60_000_001)),)


def _released(desk: Desk, number: str) -> tuple[Write, ...]:
    voucher = replace(desk.voucher(number), discharged=60_000_001)
    return (VOUCHERS.put(voucher), ENTITLEMENTS.put(replace(entitlement_of(desk, number), released=2)))


def _ended(desk: Desk, number: str) -> tuple[Write, ...]:
    return (VOUCHERS.put(replace(desk.voucher(number), timeline=settled("SETTLED"))),)


def _overpaid(desk: Desk, number: str) -> tuple[Write, ...]:
    return (VOUCHERS.put(replace(desk.voucher(number), discharged=100_000_001)),)


def _twice(desk: Desk, _number: str) -> tuple[Write, ...]:
    return (EVIDENCE.put(proof_of(desk, "IN")),)


def _without_money(desk: Desk, _number: str) -> tuple[Write, ...]:
    return (EVIDENCE.put(replace(proof_of(desk, "OUT"), reference="OUT-2")),)


def _removed(desk: Desk, number: str) -> tuple[Write, ...]:
    return (ENTITLEMENTS.delete(entitlement_of(desk, number)),)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_shares, {401}),
        (_interest, {401}),
        (_paid_more, {15}),
        (_paid_out, {401}),
        (_discharged, {2}),
        (_released, {2}),
        (_ended, {2}),
        (_overpaid, {2}),
        (_twice, {16}),
        (_without_money, {15}),
        (_removed, {402}),
    ],
)
def test_a_change_that_would_break_an_invariant_is_found(spoil: Spoil, expected: set[int]) -> None:
    desk, number = paid()

    assert faults(desk, Change(spoil(desk, number))) >= expected
    assert faults(desk, Change()) == set()


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_shares, 401),
        (_interest, 401),
        (_paid_more, 15),
        (_paid_out, 15),
        (_discharged, 2),
        (_ended, 2),
        (_overpaid, 2),
    ],
)
def test_a_state_in_which_an_invariant_is_broken_is_found(spoil: Spoil, expected: int) -> None:
    desk, number = paid()
    assert list(full(desk.state)) == []

    desk.state.write(spoil(desk, number))

    assert expected in {number for number, _ in full(desk.state)}


def test_what_is_discharged_without_any_settlement_is_found() -> None:
    desk = Desk()
    number = desk.ripe(payee=False).number

    desk.state.write([VOUCHERS.put(replace(desk.voucher(number), discharged=1))])

    assert [number for number, _ in full(desk.state)] == [2]


def test_an_overdue_event_before_its_time_is_found() -> None:
    desk, number = paid()
    for name, since, expected in (
        (number, at("2026-09-17", 17), set()),
        (number, at("2026-09-17", 17) - 1, {24}),
        ("EVTEST20260316000000009999", at("2026-09-17", 17), {24}),
    ):
        event = VoucherOverdue(name, "ce-a", 1, "CREDIT", since)
        assert faults(desk, Change((), (event,))) == expected


def test_a_payment_of_one_voucher_says_nothing_about_another() -> None:
    desk, number = paid()
    other = desk.active(reference="ef" * 16, nominal_maturity="2026-10-12")
    settlement = the_settlement(other.number, desk.state)
    change = Change(
        (
            VOUCHERS.put(desk.voucher(number)),
            SETTLEMENTS.put(settlement),
            ENTITLEMENTS.put(replace(entitlement_of(desk, number), voucher=other.number, paid=0)),
            ENTITLEMENTS.put(entitlement_of(desk, number)),
        )
    )

    assert faults(desk, change) == set()
