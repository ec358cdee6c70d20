"""The debtor answers, or the presenter takes its payable back."""

from msgspec.structs import replace

from tallychain.contracts.documents import refusals
from tallychain.contracts.documents.events import (
    InvoiceRecorded,
    PayableConfirmed,
    PayableContested,
    PayableWithdrawn,
)
from tallychain.contracts.documents.operations import Confirm, Contest, Withdraw
from tallychain.contracts.documents.rules.find import (
    check_pending,
    check_total,
    check_unused,
    freed_reference,
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
    LIKENESSES,
    PAST_DUE,
    PAYABLES,
    WITHDRAWN,
    Fingerprint,
    Invoice,
    Likeness,
    Payable,
)
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Step, Timeline, settled
from tallychain.ledger.types import MemberName


def confirm(args: Confirm, call: Call, state: Reader) -> Change:
    """
    Confirm that the amount is owed (确权).

    From here on the invoices have one total, and a delivery or an invoice can back vouchers until its due day.
    """
    payable = _own_pending(args.payable, call, state)
    if args.amount != payable.amount:
        raise refusals.AmountDiffers(payable.amount, args.amount)
    for item in payable.invoices:
        check_unused(item, payable.issuer, state, call.now)
        check_total(item, state)
    timeline = Timeline(CONFIRMED, (Step(payable.due_ms, PAST_DUE),))
    writes = [PAYABLES.put(replace(payable, timeline=timeline))]
    writes += [FINGERPRINTS.put(_record(item, payable, state)) for item in payable.invoices]
    writes += [LIKENESSES.put(row) for row in _likenesses(payable, state)]
    return Change(
        tuple(writes),
        (
            PayableConfirmed(payable.payable, payable.issuer, timeline),
            *(
                InvoiceRecorded(item.fingerprint, item.total, payable.payable, item.near)
                for item in payable.invoices
                if recorded(item, state) is None
            ),
        ),
    )


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


def _likenesses(payable: Payable, state: Reader) -> list[Likeness]:
    """The likenesses of invoices recorded for the first time; of one likeness the first few fingerprints are kept."""
    rows: dict[str, Likeness] = {}
    for item in payable.invoices:
        if recorded(item, state) is not None:
            continue
        for near in item.near:
            row = rows.get(near) or state.get(LIKENESSES, near) or Likeness(near, ())
            if item.fingerprint not in row.fingerprints and len(row.fingerprints) < ALIKE_MAX:
                rows[near] = Likeness(near, (*row.fingerprints, item.fingerprint))
    return list(rows.values())
