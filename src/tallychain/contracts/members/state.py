"""What the contract remembers beside members and keys, whose records belong to the ledger itself."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tallychain.ledger.identity import KEYS, MEMBERS, SUSPENDED, Key, Member, Person
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Count, Digest, Instant, KeyText, MemberName, PublicText

LEAST_ADMINS: Final = 2
"""Persons who must be able to act as admin for a member at any time: what has weight needs two."""

KEYS_PER_MEMBER: Final = 5_000
"""Signing keys that a member may register in all its life; every one is kept for ever."""

ADMIN_KEYS_PER_MEMBER: Final = 50
"""Keys without an end that a member may have with the right admin; all of them are read where one of them ends."""

SEALING_KEYS_PER_MEMBER: Final = 400
"""Sealing keys that a member may have in all its life; a hundred years of quarterly rotation."""

LONGEST_OVERLAP_BLOCKS: Final = 10_000_000
"""How far ahead the end of a replaced key may lie: about six days of twenty blocks a second."""

SUSPENSION_BUSINESS_DAYS: Final = 3
"""After how many business days a supervisor's suspension lapses by itself."""

RENEWAL_PAUSE_MS: Final = 30 * 24 * 60 * 60 * 1000
"""How long after the end of a suspension no supervisor suspends the same member again; that takes a vote."""


class MemberKey(Struct, frozen=True, forbid_unknown_fields=True):
    """Which keys a member has: the way from a member to its key records."""

    member: MemberName
    key: KeyText


class AdminKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that signs as admin and has no end."""

    key: KeyText
    person: Person
    valid_from: Count
    """Height from which it signs."""


class Roster(Struct, frozen=True, forbid_unknown_fields=True):
    """What rules ask of all keys of a member together, kept ready."""

    member: MemberName
    keys: Count
    """How many it ever registered."""
    admins: tuple[AdminKey, ...]
    """Its admin keys without an end, in the order in which they were registered."""


class CertificateOwner(Struct, frozen=True, forbid_unknown_fields=True):
    """To whom, within one member, a certificate belongs; for ever."""

    member: MemberName
    certificate: Digest
    person: Person


class Suspension(Struct, frozen=True, forbid_unknown_fields=True):
    """The last suspension of a member by a supervisor."""

    member: MemberName
    by: MemberName
    """The supervisor that ordered it and may lift it."""
    reason: PublicText
    since_ms: Instant
    lapses_ms: Instant
    """When it ends by itself; an outage moves this instant as it moves every deadline."""
    lifted_ms: Instant
    """When the supervisor ended it before its time; 0 where it did not."""

    def ended_ms(self) -> int:
        """When it ended or, as long as it runs, ends by itself; for a deadline counted from there."""
        return self.lifted_ms or self.lapses_ms


class Fall(Struct, frozen=True, forbid_unknown_fields=True):
    """When a member last lost its good standing, by a supervisor or by vote; kept when it has it again."""

    member: MemberName
    since_ms: Instant


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """A member that is suspended until it is let go, because its yearly review was missed."""

    member: MemberName
    since_ms: Instant


MEMBER_KEYS: Final = Table("meta", MemberKey, lambda row: (row.member, row.key), prefix=("member-key",))
ROSTERS: Final = Table("meta", Roster, lambda row: (row.member,), prefix=("roster",))
CERTIFICATES: Final = Table(
    "meta", CertificateOwner, lambda row: (row.member, row.certificate), prefix=("certificate",)
)
SUSPENSIONS: Final = Table("meta", Suspension, lambda row: (row.member,), prefix=("suspension",))
FALLS: Final = Table("meta", Fall, lambda row: (row.member,), prefix=("fall",))
HELD: Final = Table("meta", Held, lambda row: (row.member,), prefix=("held",))


def keys_of(state: Reader, member: str) -> Iterator[Key]:
    """Every key that a member ever registered, in the order of their texts; for whole-state checks, never for rules."""
    for entry in state.iterate(MEMBER_KEYS, member):
        key = state.get(KEYS, entry.key)
        if key is not None:
            yield key


def empty_roster(member: str) -> Roster:
    """The roster of a member that has no key."""
    return Roster(member, 0, ())


def roster_of(state: Reader, member: str) -> Roster:
    """A member's roster."""
    return state.get(ROSTERS, member) or empty_roster(member)


def suspended_member(state: Reader, now: Moment) -> Member | None:
    """The member that a supervisor has suspended now, if there is one; what a vote decided binds no supervisor's hands."""
    for member in state.scan(MEMBERS):
        if member.status_at(now) == SUSPENDED and state.get(SUSPENSIONS, member.member) is not None:
            return member
    return None
