"""The debtor answers, or the presenter takes its payable back."""

from collections.abc import Sequence

from msgspec.structs import replace

from tallychain.contracts.documents import refusals
from tallychain.contracts.documents.events import (
    InvoiceNamedToo,
    InvoiceRecorded,
    PayableConfirmed,
    PayableContested,
    PayableWithdrawn,
)
from tallychain.contracts.documents.operations import Confirm, Contest, Withdraw
from tallychain.contracts.documents.rules.find import (
    check_one_record,
    check_pending,
    check_total,
    check_unused,
    freed_reference,
    names_of,
    record_under,
    recorded,
    the_payable,
)
from tallychain.contracts.documents.state import (
    ALIKE_MAX,
    CONCERNED_MAX,
    CONFIRMED,
    CONTESTED,
    FINGERPRINTS,
    IN_ORDER,
    INVOICE_NAMES,
    LIKENESSES,
    PAST_DUE,
    PAYABLES,
    WITHDRAWN,
    Fingerprint,
    Invoice,
    InvoiceName,
    Likeness,
    Payable,
)
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Step, Timeline, settled
from tallychain.ledger.types import MemberName


def confirm(args: Confirm, call: Call, state: Reader) -> Change:
    """
    Confirm that the amount is owed (确权).

    From here on the invoices have one total, and a delivery or an invoice can back vouchers until its due day.  All names of a paper
    lead to its one record, whichever keys it was named with before.
    """
    payable = _own_pending(args.payable, call, state)
    if args.amount != payable.amount:
        raise refusals.AmountDiffers(payable.amount, args.amount)
    for item in payable.invoices:
        check_unused(item, payable.issuer, state, call.now)
    check_one_record(payable.invoices, state)
    for item in payable.invoices:
        check_total(item, state)
    timeline = Timeline(CONFIRMED, (Step(payable.due_ms, PAST_DUE),))
    records = [_record(item, payable, state) for item in payable.invoices]
    named = [_further_names(item, row, state) for item, row in zip(payable.invoices, records, strict=True)]
    writes = [PAYABLES.put(replace(payable, timeline=timeline))]
    writes += [FINGERPRINTS.put(record) for record in records]
    writes += [INVOICE_NAMES.put(row) for rows in named for row in rows]
    writes += [LIKENESSES.put(row) for row in _likenesses(payable, records, named, state)]
    confirmed = PayableConfirmed(
        payable.payable, payable.issuer, tuple(record.fingerprint for record in records), timeline
    )
    return Change(tuple(writes), (confirmed, *_recorded_events(payable, records, named, state)))


def contest(args: Contest, call: Call, state: Reader) -> Change:
    """Say that the amount is not owed, or not so; the reason is sealed to the presenter's side."""
    payable = _own_pending(args.payable, call, state)
    return Change(
        (PAYABLES.put(replace(payable, timeline=settled(CONTESTED))), *freed_reference(payable, state)),
        (PayableContested(payable.payable),),
    )


def withdraw(args: Withdraw, call: Call, state: Reader) -> Change:
    """Take a payable back before it is answered."""
    payable = the_payable(args.payable, state)
    if call.tag != payable.presenter.tag:
        raise refusals.NotThePresenter(payable.payable)
    if call.via != payable.presenter.sponsor:
        raise refusals.CardSponsorDiffers(payable.presenter.sponsor)
    check_pending(payable, call.now)
    return Change(
        (PAYABLES.put(replace(payable, timeline=settled(WITHDRAWN))), *freed_reference(payable, state)),
        (PayableWithdrawn(payable.payable),),
    )


def _own_pending(name: str, call: Call, state: Reader) -> Payable:
    payable = the_payable(name, state)
    if call.member != payable.issuer:
        raise refusals.NotTheDebtor(payable.payable)
    check_pending(payable, call.now)
    return payable


def _record(invoice: Invoice, payable: Payable, state: Reader) -> Fingerprint:
    """The record of an invoice, with the debtor and the presenter's sponsor among those concerned."""
    parties = (payable.issuer, payable.presenter.sponsor)
    known = recorded(invoice, state)
    if known is not None:
        return replace(known, concerned=_with(known.concerned, parties))
    return Fingerprint(
        fingerprint=invoice.fingerprint,
        epoch=payable.epoch,
        total=invoice.total,
        credits=(),
        issuer="",
        uses=(),
        concerned=_with((), parties),
        waiting=(),
        review=settled(IN_ORDER),
    )


def _with(known: tuple[MemberName, ...], more: tuple[MemberName, ...]) -> tuple[MemberName, ...]:
    return (*known, *(name for name in dict.fromkeys(more) if name not in known))[:CONCERNED_MAX]


def _further_names(invoice: Invoice, record: Fingerprint, state: Reader) -> list[InvoiceName]:
    """The names of an invoice that lead nowhere yet; from here on they lead to its record."""
    return [
        InvoiceName(name, record.fingerprint)
        for name in names_of(invoice)
        if name != record.fingerprint and record_under(name, state) is None
    ]


def _recorded_events(
    payable: Payable, records: Sequence[Fingerprint], named: Sequence[list[InvoiceName]], state: Reader
) -> list[Event]:
    """What is published of papers recorded for the first time, and of those that have further names now."""
    events: list[Event] = []
    for item, record, names in zip(payable.invoices, records, named, strict=True):
        if recorded(item, state) is None:
            events.append(
                InvoiceRecorded(record.fingerprint, record.epoch, item.total, payable.payable, item.near)
            )
        if names:
            events.append(InvoiceNamedToo(record.fingerprint, tuple(row.name for row in names), item.near))
    return events


def _likenesses(
    payable: Payable, records: Sequence[Fingerprint], named: Sequence[list[InvoiceName]], state: Reader
) -> list[Likeness]:
    """The likenesses of invoices recorded or named for the first time; of one likeness the first few records are kept."""
    rows: dict[str, Likeness] = {}
    for item, record, names in zip(payable.invoices, records, named, strict=True):
        if recorded(item, state) is not None and not names:
            continue
        for near in item.near:
            row = rows.get(near) or state.get(LIKENESSES, near) or Likeness(near, ())
            if record.fingerprint not in row.fingerprints and len(row.fingerprints) < ALIKE_MAX:
                rows[near] = Likeness(near, (*row.fingerprints, record.fingerprint))
    return list(rows.values())
