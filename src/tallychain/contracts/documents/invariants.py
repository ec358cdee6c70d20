"""What must hold: of one Change before it is adopted (`touched`), and of the whole state (`full`).

8 is I8 of the supply-chain study, section 7.6: what vouchers take of an invoice is no more than its total less its red letters, unless a
red letter came later, and then a review was opened.  201: what stands on invoices and payables is what the vouchers' allocations say.
202: a payable backs no more than its amount, only once confirmed, and an order backs nothing.  203: red letters take no more than the total.
204: every name of a confirmed paper leads to one record, and of no record does another name lead elsewhere.  205: a red letter counts once,
under a key of record.  206: the epochs of the fingerprint key follow each other, no key twice, no more than four named, only the newest without end.
"""

from collections.abc import Iterator

from tallychain.contracts.documents.rules.epochs import WITHOUT_RECORD
from tallychain.contracts.documents.rules.find import record_under
from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    CONFIRMED,
    EPOCHS_MAX,
    FINGERPRINTS,
    IN_ORDER,
    INVOICE_NAMES,
    KEY_EPOCHS,
    NAMED,
    ORDER,
    PAST_DUE,
    PAYABLES,
    Allocation,
    Fingerprint,
    InvoiceName,
    KeyEpoch,
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
        yield from _letters(record)
        if before.get(FINGERPRINTS, record.fingerprint) is None:
            yield from _of_names(record, after)
        yield from _allocated(record.fingerprint, record.uses, after)
    for payable in change.written(Payable):
        yield from _of_payable(payable)
        yield from _allocated(payable.payable, payable.uses, after)
        if _is_new(payable, before):
            yield from _names(payable, after)
    for allocation in change.written(Allocation):
        yield from _of_allocation(allocation, after)
    for other in change.written(InvoiceName):
        yield from _of_name(other, before, after)
    if change.written(KeyEpoch):
        yield from _epochs(after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for record in state.iterate(FINGERPRINTS):
        yield from _of_fingerprint(record)
        yield from _allocated(record.fingerprint, record.uses, state)
        yield from _letters(record)
        yield from _of_names(record, state)
    for payable in state.iterate(PAYABLES):
        yield from _of_payable(payable)
        yield from _names(payable, state)
        yield from _allocated(payable.payable, payable.uses, state)
    for allocation in state.iterate(ALLOCATIONS):
        yield from _of_allocation(allocation, state)
    for other in state.iterate(INVOICE_NAMES):
        yield from _of_name(other, state, state)
    yield from _epochs(state)


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


def _names(payable: Payable, state: Reader) -> Iterator[Fault]:
    """204 of one payable."""
    if payable.timeline.status not in (CONFIRMED, PAST_DUE):
        return
    found: set[str] = set()
    for item in payable.invoices:
        records = [record_under(name, state) for name in (*item.earlier, item.fingerprint)]
        names = {"" if record is None else record.fingerprint for record in records}
        if len(names) != 1 or "" in names or names & found:
            yield (
                204,
                f"the names of {item.fingerprint} on {payable.payable} do not lead to one record of its own",
            )
        found |= names


def _is_new(payable: Payable, before: Reader) -> bool:
    """Whether this Change confirms it: its names and where they lead stay as they are from then on."""
    row = before.get(PAYABLES, payable.payable)
    return row is None or row.timeline.status != payable.timeline.status or row.invoices != payable.invoices


def _letters(record: Fingerprint) -> Iterator[Fault]:
    """205 of one record."""
    if len({credit.credit for credit in record.credits}) != len(record.credits):
        yield 205, f"a red letter counts twice on {record.fingerprint}"


def _of_names(record: Fingerprint, state: Reader) -> Iterator[Fault]:
    """204 and 205 of one new record, whose name and epoch never change."""
    if state.get(INVOICE_NAMES, record.fingerprint) is not None:
        yield 204, f"{record.fingerprint} is a record and another name of one"
    if (record.epoch,) != WITHOUT_RECORD and state.get(KEY_EPOCHS, record.epoch) is None:
        yield 205, f"{record.fingerprint} is recorded under a key of epoch {record.epoch}, which never was"


def _of_name(other: InvoiceName, before: Reader, after: Reader) -> Iterator[Fault]:
    """204 of one further name: it leads to a record, and for ever to that one."""
    if after.get(FINGERPRINTS, other.fingerprint) is None:
        yield 204, f"{other.name} leads to {other.fingerprint}, which is no record"
    earlier = before.get(INVOICE_NAMES, other.name)
    if earlier is not None and earlier.fingerprint != other.fingerprint:
        yield 204, f"{other.name} leads to another record than before"


def _epochs(state: Reader) -> Iterator[Fault]:
    """206."""
    rows = list(state.iterate(KEY_EPOCHS))
    if [row.epoch for row in rows] != list(range(1, len(rows) + 1)):
        yield 206, "the epochs of the fingerprint key do not follow each other"
    if len({row.commitment for row in rows}) != len(rows):
        yield 206, "a fingerprint key serves two epochs"
    if sum(row.timeline.status == NAMED for row in rows) > EPOCHS_MAX:
        yield 206, f"papers are named under more than {EPOCHS_MAX} fingerprint keys"
    for row in rows:
        if row.begun_ms and row is not rows[-1] and not row.ends_ms:
            yield 206, f"the fingerprint key of epoch {row.epoch} has a successor and no end"


def _has(record: Fingerprint, voucher: str) -> bool:
    return any(use.voucher == voucher for use in record.uses)
