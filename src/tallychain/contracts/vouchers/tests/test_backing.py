"""What a promise takes of invoices and ceilings, and when it gives that back."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.disclosure.state import ACCOUNTS
from tallychain.contracts.documents import api as documents
from tallychain.contracts.documents.refusals import AllocationDiffers, InvoiceOverallocated
from tallychain.contracts.documents.state import ALLOCATIONS
from tallychain.contracts.risk import api as risk
from tallychain.contracts.risk.state import EXPECTED, USAGES
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.contracts.vouchers.tests.desk import DAY_MS, V1_FACE, Desk, at, person
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Overlay

S1 = person("s1")


def test_a_promise_takes_its_face_and_counts_from_its_acceptance() -> None:
    desk = Desk()
    voucher = desk.issue()
    invoice = invoices_of(desk, voucher.number)[0]

    assert risk.used(desk.state, "ce-a") == V1_FACE
    assert risk.all_expected(desk.state) == {}
    desk.accept(voucher)

    record = documents.fingerprint(desk.state, invoice)
    assert record is not None
    assert [use.until_ms for use in record.uses] == [0]
    assert risk.all_expected(desk.state) == {("ce-a", at("2026-09-14", 17)): 1}


def invoices_of(desk: Desk, number: str) -> list[str]:
    allocation = documents.allocation(desk.state, number)
    return [] if allocation is None else [part.fingerprint for part in allocation.parts]


@pytest.mark.parametrize("end", ["reject", "withdraw", "silence"])
def test_every_end_without_title_gives_invoices_and_ceilings_back(end: str) -> None:
    desk = Desk()
    voucher = desk.issue()
    if end == "reject":
        desk.reject(voucher.number, S1)
    elif end == "withdraw":
        desk.withdraw(voucher.number)
    else:
        desk.now_ms += 11 * DAY_MS
        desk.write_due()

    assert risk.used(desk.state, "ce-a") == 0
    assert invoices_of(desk, voucher.number) == []


def test_a_provisional_day_is_expected_of_nobody() -> None:
    desk = Desk(now_ms=at("2026-10-09"))
    desk.active(nominal_maturity="2027-02-08")

    assert risk.all_expected(desk.state) == {}


def test_an_issuer_that_has_not_paid_by_five_in_the_afternoon_promises_nothing() -> None:
    desk = Desk()
    desk.active()
    desk.now_ms = at("2026-09-14", 16, 59)
    desk.issue(nominal_maturity="2026-12-14")
    desk.now_ms = at("2026-09-14", 17)

    with pytest.raises(risk.IssuerBlocked):
        desk.issue(nominal_maturity="2026-12-14")


def test_more_than_the_ceilings_or_the_invoices_leave_is_refused() -> None:
    desk = Desk()
    backed = desk.backed_for({"receiver": S1, "face": V1_FACE})
    with pytest.raises(AllocationDiffers):
        desk.issue(face=V1_FACE - 1, **backed)
    desk.issue(**backed)
    with pytest.raises(InvoiceOverallocated):
        desk.issue(**backed)
    desk.state.write([USAGES.put(replace(desk.state.scan(USAGES, "ce-a")[0], used=10**15))])
    with pytest.raises(risk.CeilingExceeded):
        desk.issue()


def test_accounts_that_do_not_agree_with_the_vouchers_are_found() -> None:
    desk = Desk()
    voucher = desk.active()
    usage = desk.state.scan(USAGES, "ce-a")[0]
    desk.state.write([USAGES.put(replace(usage, used=1))])
    assert [number for number, _ in full(desk.state)] == [9]
    desk.state.write([USAGES.put(usage)])

    expected = desk.state.scan(EXPECTED, "ce-a")[0]
    desk.state.write([EXPECTED.put(replace(expected, vouchers=2))])
    assert [number for number, _ in full(desk.state)] == [10]
    desk.state.write([EXPECTED.put(expected)])

    allocation = documents.allocation(desk.state, voucher.number)
    assert allocation is not None
    desk.state.write([ALLOCATIONS.put(replace(allocation, voucher="EV-nobody"))])
    assert [number for number, _ in full(desk.state)] == [8]
    desk.state.write([ALLOCATIONS.delete(allocation)])
    assert [number for number, _ in full(desk.state)] == [8, 8]


def test_what_is_counted_for_disclosure_and_is_not_what_vouchers_owe_is_found() -> None:
    desk = Desk()
    voucher = desk.active()
    (account,) = desk.state.scan(ACCOUNTS, "ce-a")
    desk.state.write([ACCOUNTS.put(replace(account, balance=1))])
    assert [number for number, _ in full(desk.state)] == [25]
    desk.state.write([ACCOUNTS.put(account)])

    usage = desk.state.scan(USAGES, "ce-a")[0]
    paid = Change(
        (VOUCHERS.put(replace(voucher, discharged=1)), USAGES.put(replace(usage, used=usage.used - 1)))
    )
    after = Overlay(desk.state)
    after.write(paid.writes)
    assert 25 in {number for number, _ in touched(paid, desk.state, after)}
    assert desk.state.get(VOUCHERS, voucher.number) is not None
