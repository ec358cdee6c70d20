"""Facts published about ceilings and blocks.  Ceilings are public to members: they are part of what a voucher is worth."""

from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Day, Digest, Instant, MemberName


class CeilingGranted(Event, frozen=True, tag="ceiling.granted"):
    """A bank granted an issuer a ceiling."""

    ceiling: Digest
    issuer: MemberName
    bank: MemberName
    amount: Count
    currency: str
    valid_from: Day
    valid_until: Day
    timeline: Timeline


class CeilingReduced(Event, frozen=True, tag="ceiling.reduced"):
    """The bank lowered a ceiling."""

    ceiling: Digest
    issuer: MemberName
    amount: Count


class CeilingTookEffect(Event, frozen=True, tag="ceiling.took_effect"):
    """The first day of a ceiling began."""

    ceiling: Digest
    issuer: MemberName
    timeline: Timeline
    since_ms: Instant
    """When this became true."""


class CeilingEnded(Event, frozen=True, tag="ceiling.ended"):
    """The last day of a ceiling is over, or the bank ended it."""

    ceiling: Digest
    issuer: MemberName
    since_ms: Instant
    """When this became true."""


class CeilingUsed(Event, frozen=True, tag="ceiling.used"):
    """A promise takes part of an issuer's ceilings."""

    issuer: MemberName
    amount: Count
    used: Count
    """What is outstanding now."""


class CeilingFreed(Event, frozen=True, tag="ceiling.freed"):
    """A payment or an end gave part of an issuer's ceilings back."""

    issuer: MemberName
    amount: Count
    used: Count
    """What is outstanding now."""


class IssuerWasBlocked(Event, frozen=True, tag="issuer.blocked"):
    """A payment was missed; its issuer issues nothing until it is made."""

    issuer: MemberName
    voucher: str
    missed: Count
    """Missed payments of this issuer now."""
    since_ms: Instant
    """When this became true."""


class IssuerCured(Event, frozen=True, tag="issuer.cured"):
    """A missed payment was made; with the last of them the issuer may issue again."""

    issuer: MemberName
    voucher: str
    missed: Count
    """Missed payments of this issuer that are left."""


EVENTS: tuple[type[Event], ...] = (
    CeilingGranted,
    CeilingReduced,
    CeilingTookEffect,
    CeilingEnded,
    CeilingUsed,
    CeilingFreed,
    IssuerWasBlocked,
    IssuerCured,
)
