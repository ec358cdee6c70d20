"""Facts published about payables and invoices.  They name no invoice, only fingerprints."""

from msgspec import Struct

from tallychain.ledger.contract import Event
from tallychain.ledger.holder import Receiver
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Day, Digest, Instant, MemberName, Nonce


class PresentedInvoice(Struct, frozen=True, forbid_unknown_fields=True):
    """One invoice of a payable, and what the ledger says of it: `CLEAR`, `USED` or `SUSPECT`."""

    fingerprint: Digest
    total: Count
    answer: str


class PayablePresented(Event, frozen=True, tag="payable.presented", omit_defaults=True):
    """A supplier presented a right to its debtor, which has until the timeline's step to answer."""

    payable: Digest
    issuer: MemberName
    presenter: Receiver
    kind: str
    amount: Count
    due_day: Day
    reference: Nonce
    epoch: Count
    papers: Digest
    """Commitment of the sealed papers."""
    invoices: tuple[PresentedInvoice, ...]
    timeline: Timeline
    small: bool = False
    """Whether the presenter is a small or medium-sized seller."""
    delivered: str = ""
    """Day of delivery or acceptance."""
    longer_term: str = ""
    """On what ground a small seller agreed to a longer term than the law's."""


class PayableConfirmed(Event, frozen=True, tag="payable.confirmed"):
    """The debtor confirmed the right."""

    payable: Digest
    issuer: MemberName
    records: tuple[Digest, ...]
    """For each of its papers the name of its record, which may be that of an earlier epoch."""
    timeline: Timeline


class PayableContested(Event, frozen=True, tag="payable.contested"):
    """The debtor contests the right; its reason is sealed to the presenter's side."""

    payable: Digest


class PayableWithdrawn(Event, frozen=True, tag="payable.withdrawn"):
    """The presenter took it back."""

    payable: Digest


class PayableLapsed(Event, frozen=True, tag="payable.lapsed"):
    """The debtor did not answer in time."""

    payable: Digest
    since_ms: Instant
    """When this became true."""


class PayablePastDue(Event, frozen=True, tag="payable.past_due"):
    """The due day of a confirmed payable began; it backs no voucher from here on."""

    payable: Digest
    since_ms: Instant
    """When this became true."""


class InvoiceRecorded(Event, frozen=True, tag="invoice.recorded"):
    """A confirmed payable rests on this invoice; its total is fixed from here on."""

    fingerprint: Digest
    epoch: Count
    total: Count
    payable: Digest
    near: tuple[str, ...]


class InvoiceNamedToo(Event, frozen=True, tag="invoice.named"):
    """A recorded invoice has further names, under the keys of other epochs: they all lead to its one record."""

    fingerprint: Digest
    """The name of the record."""
    names: tuple[Digest, ...]
    near: tuple[str, ...]


class InvoiceFigures(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands on one invoice after a change."""

    fingerprint: Digest
    amount: Count
    """What this voucher takes of it."""
    allocated: Count
    """What accepted vouchers take of it together."""
    issuer: str
    """Whose vouchers take from it; empty for none."""


class InvoicesAllocated(Event, frozen=True, tag="invoice.allocated"):
    """A promise takes parts of invoices; they count from its acceptance."""

    voucher: str
    issuer: MemberName
    payable: Digest
    invoices: tuple[InvoiceFigures, ...]
    until_ms: Instant


class AllocationCounted(Event, frozen=True, tag="invoice.counted"):
    """The promise was accepted."""

    voucher: str
    invoices: tuple[InvoiceFigures, ...]


class AllocationFreed(Event, frozen=True, tag="invoice.freed"):
    """The voucher ended without title."""

    voucher: str
    invoices: tuple[InvoiceFigures, ...]


class InvoiceCredited(Event, frozen=True, tag="invoice.credited"):
    """A red letter reduced an invoice."""

    fingerprint: Digest
    credit: Digest
    amount: Count
    by: MemberName
    credited: Count
    """All red letters together."""


class ReviewOpened(Event, frozen=True, tag="invoice.review_opened"):
    """
    A red letter has eaten into what is promised: these vouchers are not passed on until it is reviewed, or time ends it.

    Whoever holds them in good faith keeps title.
    """

    fingerprint: Digest
    vouchers: tuple[str, ...]
    waiting: tuple[MemberName, ...]
    timeline: Timeline


class ReviewGiven(Event, frozen=True, tag="invoice.review_given"):
    """One of those asked gave its word."""

    fingerprint: Digest
    by: MemberName
    finding: str


class ReviewEnded(Event, frozen=True, tag="invoice.review_ended"):
    """The vouchers may be passed on again: all gave their word, or the invoice covers what is promised."""

    fingerprint: Digest
    status: str


class ReviewLapsed(Event, frozen=True, tag="invoice.review_lapsed"):
    """Not all gave their word in time; the vouchers may be passed on again and the shortfall stays visible."""

    fingerprint: Digest
    since_ms: Instant
    """When this became true."""


class KeyEpochBegun(Event, frozen=True, tag="fingerprint_key.begun"):
    """From here on papers are named with this key first; each earlier one goes on being named until its end."""

    epoch: Count
    commitment: Digest
    begun_ms: Instant
    """0 with the chain."""


class KeyEpochEnding(Event, frozen=True, tag="fingerprint_key.ending"):
    """An earlier key has an end, or another one than was said before."""

    epoch: Count
    ends_ms: Instant
    timeline: Timeline


class KeyEpochEnded(Event, frozen=True, tag="fingerprint_key.ended"):
    """No paper is named with this key any more."""

    epoch: Count
    since_ms: Instant
    """When this became true."""


EVENTS: tuple[type[Event], ...] = (
    PayablePresented,
    PayableConfirmed,
    PayableContested,
    PayableWithdrawn,
    PayableLapsed,
    PayablePastDue,
    InvoiceRecorded,
    InvoiceNamedToo,
    InvoicesAllocated,
    AllocationCounted,
    AllocationFreed,
    InvoiceCredited,
    ReviewOpened,
    ReviewGiven,
    ReviewEnded,
    ReviewLapsed,
    KeyEpochBegun,
    KeyEpochEnding,
    KeyEpochEnded,
)
