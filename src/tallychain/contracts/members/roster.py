"""Signing keys of a member, entered and ended; with each member's roster, by which no rule need read all of them.

A member may have thousands of keys.  What a rule asks of them (how many, who its admins are, whose a certificate is) stands ready in
two small rows, which are written together with the keys they sum up.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from tallychain.contracts.members.events import KeyRegistered, KeyRevoked
from tallychain.contracts.members.refusals import (
    CertificateOfAnotherPerson,
    KeyKnown,
    KeyNotAdmissible,
    TooManyKeys,
)
from tallychain.contracts.members.state import (
    ADMIN_KEYS_PER_MEMBER,
    CERTIFICATES,
    KEYS_PER_MEMBER,
    MEMBER_KEYS,
    ROSTERS,
    AdminKey,
    CertificateOwner,
    MemberKey,
    Roster,
    empty_roster,
    roster_of,
)
from tallychain.crypto.schemes import KeyNotAdmissible as OddKey
from tallychain.crypto.schemes import admit_key
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ADMIN, KEYS, Key
from tallychain.ledger.possession import serves_a_node
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.types import Height, MemberId


def founded(member: MemberId, keys: Sequence[Key]) -> Change:
    """The Change by which the first keys of a member, which has none yet, come to stand on the ledger."""
    roster = empty_roster(member)
    change = Change()
    owners: dict[str, Write] = {}
    for key in keys:
        roster = _with(roster, key)
        # Several keys of one person stand under one certificate, whose row is written once.
        owners[key.certificate] = _owner(key)
        change += _entered(key)
    return change + Change((*owners.values(), ROSTERS.put(roster)))


def registered(key: Key, state: Reader) -> Change:
    """The Change by which one more key of a member comes to stand on the ledger."""
    roster = _with(roster_of(state, key.member), key)
    return _entered(key) + Change((_owner(key), ROSTERS.put(roster)))


def ended(key: Key, at: Height, reason: str, state: Reader) -> Change:
    """The Change by which a key signs no longer from a height on."""
    roster = _without(roster_of(state, key.member), key)
    return _ended(key, at, reason) + Change((ROSTERS.put(roster),))


def replaced(old: Key, new: Key, at: Height, state: Reader) -> Change:
    """The Change by which a new key of a member comes to stand, and an old one signs no longer from a height on."""
    roster = _with(_without(roster_of(state, new.member), old), new)
    return _entered(new) + _ended(old, at, "") + Change((_owner(new), ROSTERS.put(roster)))


def check_new_key(
    key: str, person: str, certificate: str, rights: tuple[str, ...], member: MemberId, state: Reader
) -> None:
    """Refuse a key that a person of a member may not get: `KeyNotAdmissible`, `KeyKnown`, `CertificateOfAnotherPerson`, `TooManyKeys`."""
    try:
        admit_key(key)
    except OddKey:
        raise KeyNotAdmissible(key) from None
    if state.get(KEYS, key) is not None or serves_a_node(key, state):
        raise KeyKnown(key)
    owner = state.get(CERTIFICATES, member, certificate)
    if owner is not None and owner.person != person:
        raise CertificateOfAnotherPerson(owner.person)
    roster = roster_of(state, member)
    if roster.keys >= KEYS_PER_MEMBER:
        raise TooManyKeys(KEYS_PER_MEMBER)
    if ADMIN in rights and len(roster.admins) >= ADMIN_KEYS_PER_MEMBER:
        raise TooManyKeys(ADMIN_KEYS_PER_MEMBER)


def lasting_admins(state: Reader, member: MemberId, height: Height, *, without: str) -> frozenset[str]:
    """The persons who sign as admin in the next block and in every later one, as things stand without one key."""
    return frozenset(
        admin.person
        for admin in roster_of(state, member).admins
        if admin.key != without and admin.valid_from <= height + 1
    )


def is_admin_for_good(key: Key) -> bool:
    """Whether a key signs as admin without an end; only such keys stand among the admins of a roster."""
    return ADMIN in key.rights and key.revoked_at == 0


def admin_entry(key: Key) -> AdminKey:
    """How a key stands among the admins of a roster."""
    return AdminKey(key.key, key.person, key.valid_from)


def _with(roster: Roster, key: Key) -> Roster:
    admins = (*roster.admins, admin_entry(key)) if is_admin_for_good(key) else roster.admins
    return replace(roster, keys=roster.keys + 1, admins=admins)


def _without(roster: Roster, key: Key) -> Roster:
    return replace(roster, admins=tuple(admin for admin in roster.admins if admin.key != key.key))


def _entered(key: Key) -> Change:
    event = KeyRegistered(
        key.key, key.member, key.person, key.rights, key.limit, key.certificate, key.valid_from
    )
    return Change((KEYS.put(key), MEMBER_KEYS.put(MemberKey(key.member, key.key))), (event,))


def _ended(key: Key, at: Height, reason: str) -> Change:
    return Change((KEYS.put(replace(key, revoked_at=at)),), (KeyRevoked(key.key, key.member, at, reason),))


def _owner(key: Key) -> Write:
    return CERTIFICATES.put(CertificateOwner(key.member, key.certificate, key.person))
