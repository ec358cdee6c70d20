"""Facts published about recourse; what is claimed and paid stands in sealed parts only."""

from tallychain.contracts.vouchers.events import HeldUnits
from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Digest, Instant, KeyText, MemberName


class RecourseClaimed(Event, frozen=True, tag="recourse.claimed"):
    """A funder claims from the seller, since the issuer is overdue."""

    recourse: Digest
    voucher: str
    issuer: MemberName
    financing: Digest
    holding: str
    first: Units
    last: Units
    funder: MemberName
    bank: MemberName
    tag: KeyText
    """The seller's."""
    maturity: str
    """The effective maturity, from which late interest is counted."""
    unpaid: Count
    late_ppm_per_day: Count
    """The rate of late interest to which the voucher is subject; what a claim may ask for at most is computed with it."""
    timeline: Timeline


class BuyBackAgreed(Event, frozen=True, tag="recourse.agreed"):
    """The seller buys back; the units are bound until its money has come."""

    recourse: Digest
    voucher: str
    sponsor: MemberName
    timeline: Timeline


class BoughtBack(Event, frozen=True, tag="recourse.bought_back"):
    """The money has come, and the holding is the seller's again; the issuer owes it to the seller now."""

    recourse: Digest
    voucher: str
    financing: Digest
    funder: MemberName
    bank: MemberName
    reference: str
    booked_ms: Instant
    document: Digest
    taken: HeldUnits
    outstanding: Count
    """What the issuer still owes on the holding."""
    status: Timeline
    """Of the holding."""


class RecourseEnded(Event, frozen=True, tag="recourse.ended"):
    """Contested, withdrawn, not answered, or not paid in time."""

    recourse: Digest
    voucher: str
    status: str
    since_ms: Instant
    """When this became true."""


EVENTS = (RecourseClaimed, BuyBackAgreed, BoughtBack, RecourseEnded)
