"""Facts published about standards; they are public to members, so that every seat can evaluate them."""

from tallychain.contracts.risk.standards.operations import Publish
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Digest, Instant, MemberName


class StandardPublished(Event, frozen=True, tag="standard.published"):
    """A funder published on what terms it would finance."""

    standard: Digest
    funder: MemberName
    number: Count
    terms: Publish
    timeline: Timeline


class StandardReplaced(Event, frozen=True, tag="standard.replaced"):
    """Another version of the same name takes the place of a standard: at once, or when its first day begins."""

    standard: Digest
    funder: MemberName
    by: Digest
    timeline: Timeline


class StandardTookEffect(Event, frozen=True, tag="standard.took_effect"):
    """The first day of a standard began."""

    standard: Digest
    funder: MemberName
    timeline: Timeline
    since_ms: Instant
    """When this became true."""


class StandardEnded(Event, frozen=True, tag="standard.ended"):
    """The last day of a standard is over, or the funder ended it."""

    standard: Digest
    funder: MemberName
    since_ms: Instant
    """When this became true."""


EVENTS: tuple[type[Event], ...] = (StandardPublished, StandardReplaced, StandardTookEffect, StandardEnded)
