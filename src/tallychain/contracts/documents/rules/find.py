"""Finding what an operation is about, and the questions that several rules ask of an invoice."""

from collections.abc import Sequence

from tallychain.contracts.documents import refusals
from tallychain.contracts.documents.state import (
    CLEAR,
    FINGERPRINTS,
    INVOICE_NAMES,
    LIKENESSES,
    PAYABLES,
    PRESENTED,
    REFERENCES,
    SUSPECT,
    USED,
    Fingerprint,
    Invoice,
    Payable,
)
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment


def the_payable(name: str, state: Reader) -> Payable:
    """The payable of this name."""
    payable = state.get(PAYABLES, name)
    if payable is None:
        raise refusals.PayableNotFound(name)
    return payable


def the_fingerprint(name: str, state: Reader) -> Fingerprint:
    """The record of an invoice."""
    record = state.get(FINGERPRINTS, name)
    if record is None:
        raise refusals.InvoiceNotKnown(name)
    return record


def check_pending(payable: Payable, now: Moment) -> None:
    """A payable is answered or withdrawn while it waits."""
    if payable.status_at(now) != PRESENTED:
        raise refusals.PayableNotPresented(payable.payable, payable.status_at(now))


def names_of(invoice: Invoice) -> tuple[str, ...]:
    """All names of an invoice, oldest first."""
    return (*invoice.earlier, invoice.fingerprint)


def record_under(name: str, state: Reader) -> Fingerprint | None:
    """The record to which a name leads: its own, or that of the same paper under the key of another epoch."""
    record = state.get(FINGERPRINTS, name)
    if record is not None:
        return record
    other = state.get(INVOICE_NAMES, name)
    return None if other is None else state.get(FINGERPRINTS, other.fingerprint)


def recorded(invoice: Invoice, state: Reader) -> Fingerprint | None:
    """The record of an invoice; every one of its names that leads anywhere leads there."""
    for name in names_of(invoice):
        record = record_under(name, state)
        if record is not None:
            return record
    return None


def check_one_record(invoices: Sequence[Invoice], state: Reader) -> None:
    """The names of a paper lead to no two records, and no two papers to one."""
    seen: set[str] = set()
    for item in invoices:
        found = {
            record.fingerprint for name in names_of(item) if (record := record_under(name, state)) is not None
        }
        if len(found) > 1:
            raise refusals.InvoiceNamesDiffer(item.fingerprint)
        if found & seen:
            raise refusals.InvoiceTwice(item.fingerprint)
        seen |= found


def check_once(names: Sequence[str]) -> None:
    """No paper stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise refusals.InvoiceTwice(name)
        seen.add(name)


def check_unused(invoice: Invoice, issuer: str, state: Reader, now: Moment) -> None:
    """No other issuer's voucher takes from this invoice, under any of its names, whatever headroom is left."""
    for name in names_of(invoice):
        record = record_under(name, state)
        if record is not None and record.issuer != issuer and record.is_in_use(now):
            raise refusals.InvoiceAlreadyUsed(invoice.fingerprint)


def check_total(invoice: Invoice, state: Reader) -> None:
    """An invoice has one total."""
    record = recorded(invoice, state)
    if record is not None and record.total != invoice.total:
        raise refusals.InvoiceTotalDiffers(invoice.fingerprint, invoice.total)


def answer_for(invoice: Invoice, state: Reader, now: Moment) -> str:
    """
    What is said of an invoice: `USED` if a voucher takes from it, `SUSPECT` if one takes from a paper that differs in one
    field only, else `CLEAR`.  It names nobody.
    """
    record = recorded(invoice, state)
    if record is not None and record.is_in_use(now):
        return USED
    own = names_of(invoice)
    for near in invoice.near:
        alike = state.get(LIKENESSES, near)
        for name in () if alike is None else alike.fingerprints:
            other = state.get(FINGERPRINTS, name)
            if name not in own and other is not None and other.is_in_use(now):
                return SUSPECT
    return CLEAR


def freed_reference(payable: Payable, state: Reader) -> tuple[Write, ...]:
    """Free the sponsor's reference, unless it already stands for a later payable."""
    used = state.get(REFERENCES, payable.presenter.sponsor, payable.reference)
    return (REFERENCES.delete(used),) if used is not None and used.payable == payable.payable else ()
