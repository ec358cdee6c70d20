"""Facts published about cancellations."""

from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Digest, Instant, MemberName


class CancellationProposed(Event, frozen=True, tag="voucher.cancellation_proposed"):
    """The issuer asks every holder to give the voucher up; without all consents it lapses at the timeline's step."""

    voucher: str
    cancellation: Digest
    issuer: MemberName
    holdings: Count
    """In how many hands the voucher is."""
    timeline: Timeline


class CancellationConsented(Event, frozen=True, tag="voucher.cancellation_consented"):
    """A holder consented for one holding."""

    voucher: str
    cancellation: Digest
    holding: str
    missing: Count
    """Holdings whose holders have not consented."""


class VoucherCancelled(Event, frozen=True, tag="voucher.cancelled"):
    """All holders have consented: nothing is owed any more."""

    voucher: str
    cancellation: Digest
    issuer: MemberName
    holdings: tuple[str, ...]


class CancellationLapsed(Event, frozen=True, tag="voucher.cancellation_lapsed"):
    """Not all holders consented in time; the voucher stands."""

    voucher: str
    cancellation: Digest
    missing: Count
    since_ms: Instant
    """When this became true."""


EVENTS = (CancellationProposed, CancellationConsented, VoucherCancelled, CancellationLapsed)
