"""Facts that the contract publishes."""

from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Digest, Instant, KeyText, MemberName, PublicText, SealingKeyText


class MemberAdmitted(Event, frozen=True, tag="member.admitted"):
    """An institution takes part from this height on."""

    member: MemberName
    name: str
    uscc: str
    kinds: tuple[str, ...]
    licences: tuple[str, ...]
    gateway: str


class KeyRegistered(Event, frozen=True, tag="member.key_registered"):
    """A key signs for a person or a system of a member."""

    key: KeyText
    member: MemberName
    person: str
    rights: tuple[str, ...]
    limit: Count
    certificate: Digest
    valid_from: Count


class KeyRevoked(Event, frozen=True, tag="member.key_revoked"):
    """A key signs no longer from a height on; what it signed before stays valid."""

    key: KeyText
    member: MemberName
    revoked_at: Count
    reason: str
    """Why, in the member's own words; empty where the key was replaced."""


class SealingKeySet(Event, frozen=True, tag="member.sealing_key_set"):
    """New parts for a member are sealed to this key; the one before is taken for 48 hours more."""

    member: MemberName
    number: Count
    key: SealingKeyText
    since_ms: Instant


class GatewaySet(Event, frozen=True, tag="member.gateway_set"):
    """A member's gateway is reached at another address."""

    member: MemberName
    gateway: str


class MemberSuspended(Event, frozen=True, tag="member.suspended"):
    """A supervisor suspended a member: it completes what is pending and begins nothing."""

    member: MemberName
    by: MemberName
    reason: PublicText
    standing: Timeline
    """With the instant at which the suspension lapses by itself."""


class MemberRestored(Event, frozen=True, tag="member.restored"):
    """The supervisor lifted its suspension."""

    member: MemberName
    by: MemberName


class SuspensionLapsed(Event, frozen=True, tag="member.suspension_lapsed"):
    """A suspension ended by itself, because no vote confirmed it."""

    member: MemberName
    since_ms: Instant
    """From when this was true; it is written down in a later block."""


class MemberHeldBack(Event, frozen=True, tag="member.held_back"):
    """A member begins nothing new, because its yearly review was missed."""

    member: MemberName


class MemberLetGo(Event, frozen=True, tag="member.let_go"):
    """The review was made; the member is in good standing again."""

    member: MemberName


class StandingVoted(Event, frozen=True, tag="member.standing_voted"):
    """A vote decided a member's standing: SUSPENDED, REVOKED, EXITED, or ACTIVE again."""

    member: MemberName
    status: str
    reason: PublicText
