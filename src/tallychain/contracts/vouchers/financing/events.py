"""Facts published about financings; prices and amounts paid stand in sealed parts only."""

from tallychain.contracts.vouchers.events import HeldUnits
from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.holder import Receiver
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Day, Digest, Instant, KeyText, MemberName


class FinancingAsked(Event, frozen=True, tag="financing.asked"):
    """A seller asks some funders for money; every one of them sees the same at the same block."""

    financing: Digest
    voucher: str
    issuer: MemberName
    holding: str
    first: Units
    last: Units
    tag: KeyText
    sponsor: MemberName
    form: str
    recourse: bool
    funders: tuple[MemberName, ...]
    maturity: Day
    closes_ms: Instant
    timeline: Timeline


class QuoteCommitted(Event, frozen=True, tag="financing.quoted"):
    """A funder has committed to a quote that nobody can read yet."""

    financing: Digest
    voucher: str
    funder: MemberName
    number: Count
    commitment: Digest
    receiver: Receiver
    paying_bank: MemberName


class QuoteRevealed(Event, frozen=True, tag="financing.revealed"):
    """The quote that was committed to was delivered to the seller."""

    financing: Digest
    voucher: str
    funder: MemberName
    commitment: Digest


class QuotesEnded(Event, frozen=True, tag="financing.quotes_ended"):
    """No quote comes any more; who committed and did not deliver stands here for good."""

    financing: Digest
    voucher: str
    unrevealed: tuple[MemberName, ...]
    timeline: Timeline


class QuoteVoided(Event, frozen=True, tag="financing.voided"):
    """The seller has shown that a delivered quote is false."""

    financing: Digest
    voucher: str
    funder: MemberName


class FinancingAwarded(Event, frozen=True, tag="financing.awarded"):
    """One quote is chosen, and the units are bound; where they were part of a holding that is divided (`voucher.divided`)."""

    financing: Digest
    voucher: str
    issuer: MemberName
    funder: MemberName
    receiver: Receiver
    quote: Digest
    paying_bank: MemberName
    seller_bank: MemberName
    payment: Digest
    timeline: Timeline


class FinancingClosed(Event, frozen=True, tag="financing.closed"):
    """The seller took none of the quotes."""

    financing: Digest
    voucher: str


class FinancingLapsed(Event, frozen=True, tag="financing.lapsed"):
    """The seller chose nobody in time."""

    financing: Digest
    voucher: str
    since_ms: Instant


class FinancingRegistered(Event, frozen=True, tag="financing.registered"):
    """The funder has shown its registration; now its bank may pay."""

    financing: Digest
    voucher: str
    funder: MemberName
    registration: str
    registered_ms: Instant
    certificate: Digest
    timeline: Timeline


class FinancingDisbursed(Event, frozen=True, tag="financing.disbursed"):
    """The paying bank says that it has paid the amount that opens the award's commitment."""

    financing: Digest
    voucher: str
    bank: MemberName
    payment: Digest
    reference: str
    booked_ms: Instant
    document: Digest
    timeline: Timeline


class ReceiptAttested(Event, frozen=True, tag="financing.attested"):
    """The seller's bank says whether the money came."""

    financing: Digest
    voucher: str
    bank: MemberName
    came: bool
    document: Digest
    timeline: Timeline


class FinancingDisputed(Event, frozen=True, tag="financing.disputed"):
    """The seller denies that it was paid, or nobody has confirmed what the funder says."""

    financing: Digest
    voucher: str
    refuted: bool
    """Whether the seller has denied it; otherwise time has run out."""
    timeline: Timeline
    since_ms: Instant


class FinancingCompleted(Event, frozen=True, tag="financing.completed"):
    """The financing is done.  Where the units were sold title has moved, and the issuer has notice; where they secure a loan they are pledged."""

    financing: Digest
    voucher: str
    issuer: MemberName
    funder: MemberName
    form: str
    by: str
    """Whose word or silence completed it: `SELLER`, `BANK`, `ARBITER`, `SILENCE`, `DEFAULT`."""
    giver: Receiver
    spent: str
    """The holding from which title moved; empty where it did not move."""
    taken: tuple[HeldUnits, ...]
    """The funder's holding; none where title did not move."""
    status: Timeline
    """Of that holding."""
    proceeds: tuple[str, ...]
    """What froze the units after the money had gone: it attaches to the seller's proceeds, and the units leave it."""
    moved_ms: Instant
    since_ms: Instant
    """When it became true; earlier than the block where silence has completed it."""


class FinancingFailed(Event, frozen=True, tag="financing.failed"):
    """It came to nothing, and the units are free."""

    financing: Digest
    voucher: str
    funder: MemberName
    stage: str
    """How far it had come: `AWARDED`, `REGISTERED`, or `DISPUTED`."""
    failed: MemberName
    """Whose word was missing: the funder's registration, the paying bank's payment, or proof of it."""
    timeline: Timeline
    since_ms: Instant


class FinancingDeregistered(Event, frozen=True, tag="financing.deregistered"):
    """The funder has taken its registration back."""

    financing: Digest
    voucher: str
    funder: MemberName
    document: Digest


class DeregistrationLate(Event, frozen=True, tag="financing.deregister_late"):
    """The funder did not take its registration back in time."""

    financing: Digest
    voucher: str
    funder: MemberName
    since_ms: Instant


EVENTS = (
    FinancingAsked,
    QuoteCommitted,
    QuoteRevealed,
    QuotesEnded,
    QuoteVoided,
    FinancingAwarded,
    FinancingClosed,
    FinancingLapsed,
    FinancingRegistered,
    FinancingDisbursed,
    ReceiptAttested,
    FinancingDisputed,
    FinancingCompleted,
    FinancingFailed,
    FinancingDeregistered,
    DeregistrationLate,
)
