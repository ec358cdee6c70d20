"""How vouchers take parts of invoices, and give them back."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.documents import refusals, termrefusals
from tallychain.contracts.documents.events import (
    AllocationCounted,
    AllocationFreed,
    InvoiceFigures,
    InvoicesAllocated,
    ReviewEnded,
)
from tallychain.contracts.documents.policies import documents_policy
from tallychain.contracts.documents.rules.find import (
    check_once,
    check_unused,
    recorded,
    the_fingerprint,
    the_payable,
)
from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    CONFIRMED,
    FINGERPRINTS,
    IN_ORDER,
    IN_REVIEW,
    ORDER,
    PAYABLES,
    USES_MAX,
    AllocatedPart,
    Allocation,
    Fingerprint,
    Invoice,
    Payable,
    Use,
    living,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """What a promise that is about to be made rests on."""

    voucher: str
    issuer: str
    receiver: Receiver
    face: int
    """In fen."""
    payable: str
    parts: tuple[AllocatedPart, ...]
    """By the fingerprints that the payable names; they add up to the face."""
    until_ms: int
    """When the promise expires unanswered."""
    maturity: str = ""
    """Its nominal maturity."""


def allocate(state: Reader, backing: Backing, now: Moment) -> Change:
    """
    Take parts of invoices for a promise; they count from its acceptance.

    Another issuer than the one whose vouchers take from an invoice already is refused whatever headroom is left.
    """
    payable = the_payable(backing.payable, state)
    _check_payable(payable, backing, now)
    _check_maturity(payable, backing, state, now)
    invoices = _invoices(payable, backing)
    allocated = sum(part.amount for part in backing.parts)
    if allocated != backing.face:
        raise refusals.AllocationDiffers(allocated, backing.face)
    records: list[Fingerprint] = []
    for part, invoice in zip(backing.parts, invoices, strict=True):
        check_unused(invoice, backing.issuer, state, now)
        record = recorded(invoice, state) or the_fingerprint(invoice.fingerprint, state)
        if part.amount > record.headroom(now):
            raise refusals.InvoiceOverallocated(
                invoice.fingerprint, max(record.headroom(now), 0), part.amount
            )
        records.append(record)
    if backing.face > payable.headroom(now):
        raise refusals.PayableExceeded(payable.payable, payable.headroom(now), backing.face)
    for name, uses in ((payable.payable, payable.uses), *((r.fingerprint, r.uses) for r in records)):
        if len(living(uses, now)) >= USES_MAX:
            raise refusals.TooManyVouchers(name, USES_MAX)
    return _allocated(payable, backing, records, now)


def count(state: Reader, voucher: str, now: Moment) -> Change:
    """The promise was accepted: what it takes is taken until the voucher ends without title."""
    allocation = state.get(ALLOCATIONS, voucher)
    if allocation is None:
        return Change()
    payable = the_payable(allocation.payable, state)
    records = [
        replace(record, uses=_counted(record.uses, voucher, now)) for record in _records(allocation, state)
    ]
    return Change(
        (
            PAYABLES.put(replace(payable, uses=_counted(payable.uses, voucher, now))),
            *(FINGERPRINTS.put(record) for record in records),
        ),
        (AllocationCounted(voucher, _figures(allocation.parts, records)),),
    )


def release(state: Reader, voucher: str, now: Moment) -> Change:
    """The voucher ended without title: what it took is free again, and a review that nothing is left of has ended."""
    allocation = state.get(ALLOCATIONS, voucher)
    if allocation is None:
        return Change()
    payable = the_payable(allocation.payable, state)
    records: list[Fingerprint] = []
    ended: list[ReviewEnded] = []
    for record in _records(allocation, state):
        freed = _without(record, voucher, now)
        if freed.review_at(now) == IN_REVIEW and freed.headroom(now) >= 0:
            freed = replace(freed, waiting=(), review=settled(IN_ORDER))
            ended.append(ReviewEnded(freed.fingerprint, IN_ORDER))
        records.append(freed)
    uses = tuple(use for use in living(payable.uses, now) if use.voucher != voucher)
    return Change(
        (
            PAYABLES.put(replace(payable, uses=uses)),
            *(FINGERPRINTS.put(record) for record in records),
            ALLOCATIONS.delete(allocation),
        ),
        (AllocationFreed(voucher, _figures(allocation.parts, records)), *ended),
    )


def is_under_review(state: Reader, voucher: str, now: Moment) -> bool:
    """Whether a red letter has eaten into what this voucher rests on, and nobody has settled that yet."""
    allocation = state.get(ALLOCATIONS, voucher)
    if allocation is None:
        return False
    return any(
        record.review_at(now) == IN_REVIEW and record.headroom(now) < 0
        for record in _records(allocation, state)
    )


def _check_payable(payable: Payable, backing: Backing, now: Moment) -> None:
    if payable.issuer != backing.issuer:
        raise refusals.NotTheDebtor(payable.payable)
    if payable.kind == ORDER:
        raise refusals.OrderBacksNoVoucher(payable.payable)
    if payable.status_at(now) != CONFIRMED:
        raise refusals.PayableNotConfirmed(payable.payable, payable.status_at(now))
    if payable.presenter != backing.receiver:
        raise refusals.ReceiverDiffers(payable.payable)


def _check_maturity(payable: Payable, backing: Backing, state: Reader, now: Moment) -> None:
    """By a voucher a small seller waits no longer than it would for its money."""
    if not payable.small or backing.maturity <= payable.due_day:
        return
    policy = documents_policy(state, now)
    if policy.sme_days:
        raise termrefusals.MaturityExtendsTerm(
            backing.maturity, payable.due_day, policy.source.article_of("sme_days")
        )


def _invoices(payable: Payable, backing: Backing) -> list[Invoice]:
    """The payable's invoice for each part."""
    check_once([part.fingerprint for part in backing.parts])
    known = {item.fingerprint: item for item in payable.invoices}
    for part in backing.parts:
        if part.fingerprint not in known:
            raise refusals.InvoiceNotOfPayable(part.fingerprint)
    return [known[part.fingerprint] for part in backing.parts]


def _allocated(payable: Payable, backing: Backing, records: Sequence[Fingerprint], now: Moment) -> Change:
    sponsor = payable.presenter.sponsor
    parts = tuple(
        AllocatedPart(record.fingerprint, part.amount)
        for record, part in zip(records, backing.parts, strict=True)
    )
    written = [
        replace(
            record,
            issuer=backing.issuer,
            uses=(
                *living(record.uses, now),
                Use(backing.voucher, part.amount, sponsor, backing.until_ms),
            ),
        )
        for record, part in zip(records, parts, strict=True)
    ]
    uses = (*living(payable.uses, now), Use(backing.voucher, backing.face, sponsor, backing.until_ms))
    allocation = Allocation(backing.voucher, backing.issuer, payable.payable, parts)
    return Change(
        (
            PAYABLES.put(replace(payable, uses=uses)),
            *(FINGERPRINTS.put(record) for record in written),
            ALLOCATIONS.put(allocation),
        ),
        (
            InvoicesAllocated(
                backing.voucher, backing.issuer, payable.payable, _figures(parts, written), backing.until_ms
            ),
        ),
    )


def _records(allocation: Allocation, state: Reader) -> list[Fingerprint]:
    return [the_fingerprint(part.fingerprint, state) for part in allocation.parts]


def _counted(uses: tuple[Use, ...], voucher: str, now: Moment) -> tuple[Use, ...]:
    return tuple(replace(use, until_ms=0) if use.voucher == voucher else use for use in living(uses, now))


def _without(record: Fingerprint, voucher: str, now: Moment) -> Fingerprint:
    uses = tuple(use for use in living(record.uses, now) if use.voucher != voucher)
    return replace(record, uses=uses, issuer=record.issuer if uses else "")


def _figures(parts: Sequence[AllocatedPart], records: Sequence[Fingerprint]) -> tuple[InvoiceFigures, ...]:
    return tuple(
        InvoiceFigures(
            record.fingerprint,
            part.amount,
            sum(use.amount for use in record.uses if use.until_ms == 0),
            record.issuer,
        )
        for part, record in zip(parts, records, strict=True)
    )
