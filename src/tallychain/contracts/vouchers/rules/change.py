"""The writes that several rules share."""

from msgspec.structs import replace

from tallychain.contracts.vouchers.events import HeldUnits, OfferEnded, OfferExpired
from tallychain.contracts.vouchers.policies import split_policy, term_policy
from tallychain.contracts.vouchers.standing import offer_status
from tallychain.contracts.vouchers.state import (
    ENDED,
    EXPIRED,
    GONE,
    OFFERS,
    REFERENCES,
    VOUCHERS,
    Holding,
    Offer,
    Voucher,
)
from tallychain.ledger import limits
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, later_statuses

DAY_MS = 86_400_000


def replaced(voucher: Voucher, timeline: Timeline) -> Voucher:
    """The voucher with another status."""
    return replace(voucher, timeline=timeline)


def without_title(voucher: Voucher, status: str, since_ms: int, state: Reader) -> tuple[Write, ...]:
    """Write that a promise was turned down or taken back: its reference is free, and the row leaves when it was kept long enough."""
    days = term_policy(state, voucher.term_policy).retention_days
    return title_given_up(replaced(voucher, Timeline(status, (gone(since_ms, days),))), state)


def title_given_up(voucher: Voucher, state: Reader) -> tuple[Write, ...]:
    """Write a voucher that nobody will hold, and free its reference unless it already stands for a later voucher."""
    used = state.get(REFERENCES, voucher.issuer, voucher.reference)
    is_own = used is not None and used.voucher == voucher.number
    return (VOUCHERS.put(voucher), *((REFERENCES.delete(used),) if used is not None and is_own else ()))


def ended(offer: Offer, voucher: Voucher, status: str, since_ms: int, state: Reader) -> Write:
    """Write that an offer has ended; the row leaves when it was kept long enough."""
    days = split_policy(state, voucher.split_policy).retention_days
    return OFFERS.put(replace(offer, timeline=Timeline(status, (gone(since_ms, days),))))


def gone(since_ms: int, days: int) -> Step:
    """The last step of what has ended: from then on it is as if it were not there."""
    return Step(min(since_ms + days * DAY_MS, limits.TIME_MS), GONE)


def next_status(timeline: Timeline) -> str:
    """What time will make of it next."""
    return after_next_step(timeline).status


def shown(timeline: Timeline) -> Timeline:
    """The timeline as events tell of it: history keeps what leaves the state."""
    return Timeline(
        timeline.status,
        tuple(Step(at_ms, status) for at_ms, status in later_statuses(timeline, ()) if status != GONE),
    )


def released(holding: Holding, *offers: str) -> Holding:
    """The holding without the encumbrances that rest on these offers."""
    return replace(holding, encumbrances=tuple(e for e in holding.encumbrances if e.reference not in offers))


def over(
    offer: Offer, voucher: Voucher, state: Reader, now: Moment
) -> tuple[Write, OfferExpired | OfferEnded]:
    """Write down that an offer's time is over, or that it ended with the standing of a sponsor."""
    if offer_status(offer, state, now) == ENDED:
        return ended(offer, voucher, ENDED, now.time_ms, state), OfferEnded(
            offer.id, offer.voucher, now.time_ms
        )
    since_ms = min(
        at_ms for at_ms, status in later_statuses(offer.timeline, now.outages) if status == EXPIRED
    )
    later = after_next_step(offer.timeline)
    while next_status(later) == EXPIRED:
        later = after_next_step(later)
    return OFFERS.put(replace(offer, timeline=later)), OfferExpired(offer.id, offer.voucher, since_ms)


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
