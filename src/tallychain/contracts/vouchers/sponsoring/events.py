"""Facts published about holders and their sponsors."""

from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Instant, KeyText, MemberName


class HolderPorted(Event, frozen=True, tag="holder.ported"):
    """Holdings have another sponsor from this block on; title has not moved."""

    voucher: str
    tag: KeyText
    sponsor: MemberName
    """The new one."""
    before: tuple[MemberName, ...]
    """The sponsors until now."""
    holdings: tuple[str, ...]
    offers: tuple[str, ...]
    """Open offers of these holdings, which go on."""


class SponsorClaimed(Event, frozen=True, tag="sponsor.claimed"):
    """A holder says that its sponsor does not carry its acts; the sponsor has until the timeline's step to answer."""

    tag: KeyText
    sponsor: MemberName
    claimed_ms: Instant
    timeline: Timeline


class SponsorAnswered(Event, frozen=True, tag="sponsor.answered"):
    """The sponsor answered, by saying so or by carrying an act of the tag."""

    tag: KeyText
    sponsor: MemberName


class SponsorDidNotAnswer(Event, frozen=True, tag="sponsor.did_not_answer"):
    """The time to answer is over: any member may carry the tag's acts for a while."""

    tag: KeyText
    sponsor: MemberName
    since_ms: Instant
    """When this became true."""


class ClaimEnded(Event, frozen=True, tag="sponsor.claim_ended"):
    """The while is over; acts of the tag come through its sponsor again."""

    tag: KeyText
    sponsor: MemberName
    since_ms: Instant
    """When this became true."""


EVENTS = (HolderPorted, SponsorClaimed, SponsorAnswered, SponsorDidNotAnswer, ClaimEnded)
