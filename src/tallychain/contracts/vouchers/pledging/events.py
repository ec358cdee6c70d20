"""Facts published about pledges; amounts stand in sealed parts only."""

from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Day, Digest, Instant, KeyText, MemberName


class PledgeProposed(Event, frozen=True, tag="pledge.proposed"):
    """A holder offers a holding as security; its units are bound while the pledgee thinks."""

    pledge: Digest
    voucher: str
    issuer: MemberName
    """The debtor, who so has notice (民法典, article 546)."""
    holding: str
    first: Units
    last: Units
    tag: KeyText
    sponsor: MemberName
    pledgee: MemberName
    until: Day
    timeline: Timeline


class PledgeRecalled(Event, frozen=True, tag="pledge.recalled"):
    """The holder took it back before it was accepted."""

    pledge: Digest
    voucher: str


class PledgeDeclined(Event, frozen=True, tag="pledge.declined"):
    """The pledgee turned it down."""

    pledge: Digest
    voucher: str


class PledgeAccepted(Event, frozen=True, tag="pledge.accepted"):
    """The holding is pledged, and the pledge is registered."""

    pledge: Digest
    voucher: str
    pledgee: MemberName
    registration: Digest
    timeline: Timeline


class PledgeLifted(Event, frozen=True, tag="pledge.lifted"):
    """The pledgee let the holding go."""

    pledge: Digest
    voucher: str


class PledgeClaimed(Event, frozen=True, tag="pledge.claimed"):
    """The pledgee said how much is its own; if the holder is silent the claim stands."""

    pledge: Digest
    voucher: str
    claim: Digest
    number: Count
    timeline: Timeline


class ClaimContested(Event, frozen=True, tag="pledge.contested"):
    """The holder denies the claim: nothing is paid on the holding."""

    pledge: Digest
    voucher: str
    claim: Digest
    timeline: Timeline


class PledgeInCourt(Event, frozen=True, tag="pledge.in_court"):
    """The pledgee has shown that a court or an arbitration decides."""

    pledge: Digest
    voucher: str
    document: Digest
    timeline: Timeline


class ClaimStood(Event, frozen=True, tag="pledge.claim_stood"):
    """The holder was silent: what is paid on the holding goes to the pledgee first."""

    pledge: Digest
    voucher: str
    claim: Digest
    since_ms: Instant
    """When this became true."""


class PledgeEnded(Event, frozen=True, tag="pledge.ended"):
    """Its time is over: it was not accepted, not claimed, or nothing was shown for a contested claim."""

    pledge: Digest
    voucher: str
    status: str
    since_ms: Instant
    """When this became true."""


EVENTS = (
    PledgeProposed,
    PledgeRecalled,
    PledgeDeclined,
    PledgeAccepted,
    PledgeLifted,
    PledgeClaimed,
    ClaimContested,
    PledgeInCourt,
    ClaimStood,
    PledgeEnded,
)
