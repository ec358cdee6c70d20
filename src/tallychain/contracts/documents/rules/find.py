"""Finding what an operation is about, and the questions that several rules ask of an invoice."""

from collections.abc import Sequence

from tallychain.contracts.documents import refusals
from tallychain.contracts.documents.state import (
    CLEAR,
    FINGERPRINTS,
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


def recorded(invoice: Invoice, state: Reader) -> Fingerprint | None:
    """The record of an invoice, under the oldest of its names that has one."""
    for name in (*invoice.earlier, invoice.fingerprint):
        record = state.get(FINGERPRINTS, name)
        if record is not None:
            return record
    return None


def check_once(names: Sequence[str]) -> None:
    """No paper stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise refusals.InvoiceTwice(name)
        seen.add(name)


def check_unused(invoice: Invoice, issuer: str, state: Reader, now: Moment) -> None:
    """No other issuer's voucher takes from this invoice, under any of its names, whatever headroom is left."""
    for name in (*invoice.earlier, invoice.fingerprint):
        record = state.get(FINGERPRINTS, name)
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
    own = (*invoice.earlier, invoice.fingerprint)
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
