"""What must hold: of one Change before it is adopted (`touched`), and of the whole state (`full`).

8 is I8 of the supply-chain study, section 7.6: what vouchers take of an invoice is no more than its total less its red letters, unless a
red letter came later, and then a review was opened.  201: what stands on invoices and payables is what the vouchers' allocations say.
202: a payable backs no more than its amount, only once confirmed, and an order backs nothing.  203: red letters take no more than the total.
"""

from collections.abc import Iterator

from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    CONFIRMED,
    FINGERPRINTS,
    IN_ORDER,
    ORDER,
    PAST_DUE,
    PAYABLES,
    Allocation,
    Fingerprint,
    Payable,
    Use,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring; it looks only at what the Change writes and what that rests on."""
    for record in change.written(Fingerprint):
        yield from _of_fingerprint(record)
        yield from _growth(record, before)
        yield from _allocated(record.fingerprint, record.uses, after)
    for payable in change.written(Payable):
        yield from _of_payable(payable)
        yield from _allocated(payable.payable, payable.uses, after)
    for allocation in change.written(Allocation):
        yield from _of_allocation(allocation, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for record in state.iterate(FINGERPRINTS):
        yield from _of_fingerprint(record)
        yield from _allocated(record.fingerprint, record.uses, state)
    for payable in state.iterate(PAYABLES):
        yield from _of_payable(payable)
        yield from _allocated(payable.payable, payable.uses, state)
    for allocation in state.iterate(ALLOCATIONS):
        yield from _of_allocation(allocation, state)


def _of_fingerprint(record: Fingerprint) -> Iterator[Fault]:
    """
    I8 and 203 of one record.

    Uses that time has ended may still stand in it, each within what was left without it, so that they are no fault; accepted ones are exact.
    """
    counted = sum(use.amount for use in record.uses if use.until_ms == 0)
    over = counted > record.total - record.credited()
    if over and record.review.status == IN_ORDER:
        yield 8, f"vouchers take {counted} of {record.fingerprint}, more than is left, and nobody reviews it"
    if record.credited() > record.total:
        yield 203, f"red letters take more than {record.fingerprint} is over"
    if record.uses and not record.issuer:
        yield 201, f"vouchers take from {record.fingerprint} and nobody issued them"


def _growth(record: Fingerprint, before: Reader) -> Iterator[Fault]:
    """I8 of one change: nothing more is taken than is left; where a use is new, those that time ended are gone from the record."""
    row = before.get(FINGERPRINTS, record.fingerprint)
    stood = {} if row is None else {use.voucher: use.amount for use in row.uses}
    has_grown = any(use.amount > stood.get(use.voucher, 0) for use in record.uses)
    if has_grown and sum(use.amount for use in record.uses) > record.total - record.credited():
        yield 8, f"vouchers would take more of {record.fingerprint} than is left"


def _of_payable(payable: Payable) -> Iterator[Fault]:
    if sum(use.amount for use in payable.uses if use.until_ms == 0) > payable.amount:
        yield 202, f"{payable.payable} backs more than its amount"
    if payable.uses and (payable.kind == ORDER or payable.timeline.status not in (CONFIRMED, PAST_DUE)):
        yield 202, f"{payable.payable} is {payable.kind}, {payable.timeline.status}, and backs vouchers"


def _allocated(name: str, uses: tuple[Use, ...], state: Reader) -> Iterator[Fault]:
    """201: every use that counts is a part of its voucher's allocation, over the same amount."""
    for use in uses:
        allocation = state.get(ALLOCATIONS, use.voucher)
        if allocation is None:
            if use.until_ms == 0:
                yield 201, f"{use.voucher} takes from {name} and has no allocation"
        elif use.amount != _amount(allocation, name):
            yield 201, f"{use.voucher} takes {use.amount} of {name}, which its allocation does not say"
    if len({use.voucher for use in uses}) != len(uses):
        yield 201, f"a voucher takes twice from {name}"


def _amount(allocation: Allocation, name: str) -> int:
    if name == allocation.payable:
        return sum(part.amount for part in allocation.parts)
    return sum(part.amount for part in allocation.parts if part.fingerprint == name)


def _of_allocation(allocation: Allocation, state: Reader) -> Iterator[Fault]:
    """201: what an allocation takes stands on its payable and its invoices, unless time has freed it already."""
    if state.get(PAYABLES, allocation.payable) is None:
        yield 201, f"the allocation of {allocation.voucher} rests on no payable"
    for part in allocation.parts:
        record = state.get(FINGERPRINTS, part.fingerprint)
        if record is None:
            yield 201, f"the allocation of {allocation.voucher} rests on no invoice"
        elif record.uses and record.issuer != allocation.issuer and _has(record, allocation.voucher):
            yield 201, f"{part.fingerprint} is used by another issuer than that of {allocation.voucher}"


def _has(record: Fingerprint, voucher: str) -> bool:
    return any(use.voucher == voucher for use in record.uses)
