"""What the contract remembers beside members and keys, whose records belong to the ledger itself."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tallychain.ledger.identity import ADMIN, KEYS, MEMBERS, SUSPENDED, Key, Member
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, Instant, KeyText, MemberId, MemberName, PublicText

LEAST_ADMINS: Final = 2
"""Persons who must be able to act as admin for a member at any time: what has weight needs two."""

KEYS_PER_MEMBER: Final = 5_000
"""Signing keys that a member may register in all its life; every one is kept for ever."""

SEALING_KEYS_PER_MEMBER: Final = 400
"""Sealing keys that a member may have in all its life; a hundred years of quarterly rotation."""

LONGEST_OVERLAP_BLOCKS: Final = 10_000_000
"""How far ahead the end of a replaced key may lie: about six days of twenty blocks a second."""

SUSPENSION_BUSINESS_DAYS: Final = 3
"""After how many business days a supervisor's suspension lapses by itself."""

RENEWAL_PAUSE_MS: Final = 30 * 24 * 60 * 60 * 1000
"""How long after a lapsed suspension no supervisor suspends the same member again; that takes a vote."""


class MemberKey(Struct, frozen=True, forbid_unknown_fields=True):
    """Which keys a member has: the way from a member to its key records."""

    member: MemberName
    key: KeyText


class Suspension(Struct, frozen=True, forbid_unknown_fields=True):
    """The last suspension of a member by a supervisor."""

    member: MemberName
    by: MemberName
    """The supervisor that ordered it and may lift it."""
    reason: PublicText
    since_ms: Instant
    lapses_ms: Instant
    """When it ends by itself; an outage moves this instant as it moves every deadline."""
    lifted: bool
    """Whether the supervisor ended it before its time."""


MEMBER_KEYS: Final = Table("meta", MemberKey, lambda row: (row.member, row.key), prefix=("member-key",))
SUSPENSIONS: Final = Table("meta", Suspension, lambda row: (row.member,), prefix=("suspension",))


def keys_of(state: Reader, member: str) -> Iterator[Key]:
    """Every key that a member ever registered, in the order of their texts."""
    for entry in state.scan(MEMBER_KEYS, member):
        key = state.get(KEYS, entry.key)
        if key is not None:
            yield key


def lasting_admins(state: Reader, member: MemberId, height: Height, *, without: str) -> frozenset[str]:
    """The persons who sign as admin in the next block and in every later one, as things stand without one key."""
    return frozenset(
        key.person
        for key in keys_of(state, member)
        if ADMIN in key.rights and key.key != without and key.revoked_at == 0 and key.valid_from <= height + 1
    )


def person_of_certificate(state: Reader, member: MemberId, certificate: str) -> str | None:
    """To whom, within one member, a certificate belongs."""
    for key in keys_of(state, member):
        if key.certificate == certificate:
            return key.person
    return None


def suspended_member(state: Reader, now: Moment) -> Member | None:
    """The member that a supervisor has suspended now, if there is one; what a vote decided binds no supervisor's hands."""
    for member in state.scan(MEMBERS):
        if member.status_at(now) == SUSPENDED and state.get(SUSPENSIONS, member.member) is not None:
            return member
    return None
