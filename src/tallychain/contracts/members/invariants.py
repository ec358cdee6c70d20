"""What must hold after every block, so that a defect of ours is caught before it locks a member out or lets a stranger in.

101: a member has two admins, two persons.  102: a key belongs to a member and is found under it.
103: sealing keys are numbered from 1 without a gap, and only the last is current.  104: an operator is never a bank or factor.
105: within a member, a certificate belongs to one person (list of attacks, number 33).  106: a member's roster sums up its keys.
293: a member that is held back is suspended until it is let go.

What is touched is judged by rosters, in the time of a few rows; the whole-state check counts every key again.
"""

from collections.abc import Iterable, Iterator

from tallychain.contracts.members.roster import admin_entry, is_admin_for_good
from tallychain.contracts.members.state import (
    CERTIFICATES,
    HELD,
    LEAST_ADMINS,
    MEMBER_KEYS,
    Held,
    Roster,
    keys_of,
    roster_of,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import BANK, FACTOR, KEYS, MEMBERS, OPERATOR, SUSPENDED, Key, Member
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import settled

Finding = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterable[Finding]:
    """The findings on the members whose records, or whose keys' records, a Change writes."""
    keys = change.written(Key)
    members = {row.member for row in change.written(Member)}
    members |= {row.member for row in change.written(Roster)} | {key.member for key in keys}
    members |= {row.member for row in change.written(Held)}
    for name in sorted(members):
        yield from _of_member(name, after)
        new = sum(1 for key in keys if key.member == name and before.get(KEYS, key.key) is None)
        if roster_of(after, name).keys != roster_of(before, name).keys + new:
            yield 106, f"the roster of {name} does not count {new} new keys"
    for key in keys:
        yield from _of_key(key, after)


def full(state: Reader) -> Iterable[Finding]:
    """The findings on every member and key."""
    for member in state.iterate(MEMBERS):
        yield from _of_member(member.member, state)
        yield from _of_roster(member.member, state)
    for key in state.iterate(KEYS):
        yield from _of_key(key, state)


def _of_member(name: str, state: Reader) -> Iterator[Finding]:
    member = state.get(MEMBERS, name)
    if member is None:
        yield 102, f"there is no member {name}"
        return
    admins = {admin.person for admin in roster_of(state, name).admins}
    if len(admins) < LEAST_ADMINS:
        yield 101, f"{name} has {len(admins)} admins"
    if state.get(HELD, name) is not None and member.standing != settled(SUSPENDED):
        yield 293, f"{name} is held back and {member.standing.status}"
    numbers = [key.number for key in member.sealing]
    current = [key.number for key in member.sealing if key.replaced_at_ms == 0]
    if numbers != list(range(1, len(numbers) + 1)) or current != numbers[-1:] or not numbers:
        yield 103, f"the sealing keys of {name} are {numbers}, current {current}"
    if OPERATOR in member.kinds and (BANK in member.kinds or FACTOR in member.kinds):
        yield 104, f"the operator {name} is {' '.join(member.kinds)}"


def _of_key(key: Key, state: Reader) -> Iterator[Finding]:
    if state.get(MEMBERS, key.member) is None or state.get(MEMBER_KEYS, key.member, key.key) is None:
        yield 102, f"the key {key.key} is not found under {key.member}"
    owner = state.get(CERTIFICATES, key.member, key.certificate)
    if owner is None or owner.person != key.person:
        yield 105, f"the certificate {key.certificate} is not that of the person {key.person} of {key.member}"
    standing = [admin for admin in roster_of(state, key.member).admins if admin.key == key.key]
    if standing != ([admin_entry(key)] if is_admin_for_good(key) else []):
        yield 106, f"the key {key.key} does not stand in the roster of {key.member} as it is"


def _of_roster(name: str, state: Reader) -> Iterator[Finding]:
    roster = roster_of(state, name)
    keys = list(keys_of(state, name))
    admins = {key.key for key in keys if is_admin_for_good(key)}
    if roster.keys != len(keys) or {admin.key for admin in roster.admins} != admins:
        yield 106, f"the roster of {name} counts {roster.keys} keys and {len(roster.admins)} admins"
