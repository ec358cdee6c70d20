"""Facts published about early redemptions; rate, discount and what is paid stand in sealed parts only."""

from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Digest, Instant, KeyText, MemberName


class RedemptionOffered(Event, frozen=True, tag="redemption.offered"):
    """An issuer would pay a holding before its maturity."""

    redemption: Digest
    voucher: str
    issuer: MemberName
    holding: str
    first: Units
    last: Units
    tag: KeyText
    bank: MemberName
    maturity: str
    """The effective maturity, to which the discount is counted."""
    timeline: Timeline


class RedemptionAgreed(Event, frozen=True, tag="redemption.agreed"):
    """The holder has agreed; the units are bound until the bank has paid."""

    redemption: Digest
    voucher: str
    timeline: Timeline


class RedemptionPaid(Event, frozen=True, tag="redemption.paid"):
    """The bank has paid what was agreed; the issuer is discharged of the face."""

    redemption: Digest
    voucher: str
    holding: str
    first: Units
    bank: MemberName
    reference: str
    booked_ms: Instant
    document: Digest
    amount: Count
    """The face of which the issuer is discharged."""
    outstanding: Count
    """What is still owed on the voucher."""
    status: Timeline
    """Of the holding."""


class RedemptionEnded(Event, frozen=True, tag="redemption.ended"):
    """Declined, withdrawn, not answered, or not paid in time."""

    redemption: Digest
    voucher: str
    status: str
    since_ms: Instant
    """When this became true."""


EVENTS = (RedemptionOffered, RedemptionAgreed, RedemptionPaid, RedemptionEnded)
