"""The writes that several rules share."""

from msgspec.structs import replace

from tallychain.contracts.vouchers.events import HeldUnits, OfferExpired
from tallychain.contracts.vouchers.state import (
    EXPIRED,
    OFFERS,
    REFERENCES,
    Holding,
    Offer,
    Voucher,
)
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, Timeline, settled, shifted


def replaced(voucher: Voucher, timeline: Timeline) -> Voucher:
    """The voucher with another status."""
    return replace(voucher, timeline=timeline)


def ended(offer: Offer, status: str) -> Write:
    """Write that an offer has ended."""
    return OFFERS.put(replace(offer, timeline=settled(status)))


def released(holding: Holding, *offers: str) -> Holding:
    """The holding without the encumbrances that rest on these offers."""
    return replace(holding, encumbrances=tuple(e for e in holding.encumbrances if e.reference not in offers))


def expired(offer: Offer, now: Moment) -> tuple[Write, OfferExpired]:
    """Write down that an offer's time is over."""
    since_ms = shifted(offer.until_ms, now.outages)
    return ended(offer, EXPIRED), OfferExpired(offer.id, offer.voucher, since_ms)


def held(holding: Holding) -> HeldUnits:
    """A holding as events tell of it."""
    return HeldUnits(
        id=holding.id,
        first=holding.first,
        last=holding.last,
        tag=holding.tag,
        sealing=holding.sealing,
        sponsor=holding.sponsor,
        layer=holding.layer,
        parent=holding.parent,
        acquired_by=holding.acquired_by,
    )


def freed_reference(voucher: Voucher, state: Reader) -> tuple[Write, ...]:
    """Free the issuer's reference, unless it already stands for a later voucher."""
    used = state.get(REFERENCES, voucher.issuer, voucher.reference)
    return (REFERENCES.delete(used),) if used is not None and used.voucher == voucher.number else ()
