"""What must hold after every block, so that a defect of ours is caught before it locks a member out or lets a stranger in.

101: a member has two admins, two persons.  102: a key belongs to a member and is found under it.
103: sealing keys are numbered from 1 without a gap, and only the last is current.  104: an operator is never a bank or factor.
105: within a member, a certificate belongs to one person (list of attacks, number 33).
"""

from collections.abc import Iterable, Iterator

from tallychain.contracts.members.state import LEAST_ADMINS, MEMBER_KEYS, keys_of
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ADMIN, BANK, FACTOR, KEYS, MEMBERS, OPERATOR, Key, Member
from tallychain.ledger.state import Reader

Finding = tuple[int, str]


def touched(change: Change, _before: Reader, after: Reader) -> Iterable[Finding]:
    """The findings on the members whose records, or whose keys' records, a Change writes."""
    members = {write.value.member for write in change.writes if isinstance(write.value, Member | Key)}
    for name in sorted(members):
        yield from _of_member(name, after)
    for write in change.writes:
        if isinstance(write.value, Key):
            yield from _of_key(write.value, after)


def full(state: Reader) -> Iterable[Finding]:
    """The findings on every member and key."""
    for member in state.iterate(MEMBERS):
        yield from _of_member(member.member, state)
    for key in state.iterate(KEYS):
        yield from _of_key(key, state)


def _of_member(name: str, state: Reader) -> Iterator[Finding]:
    member = state.get(MEMBERS, name)
    if member is None:
        yield 102, f"there is no member {name}"
        return
    keys = list(keys_of(state, name))
    admins = {key.person for key in keys if ADMIN in key.rights and key.revoked_at == 0}
    if len(admins) < LEAST_ADMINS:
        yield 101, f"{name} has {len(admins)} admins"
    numbers = [key.number for key in member.sealing]
    current = [key.number for key in member.sealing if key.replaced_at_ms == 0]
    if numbers != list(range(1, len(numbers) + 1)) or current != numbers[-1:] or not numbers:
        yield 103, f"the sealing keys of {name} are {numbers}, current {current}"
    if OPERATOR in member.kinds and (BANK in member.kinds or FACTOR in member.kinds):
        yield 104, f"the operator {name} is {' '.join(member.kinds)}"
    owners: dict[str, str] = {}
    for key in keys:
        if owners.setdefault(key.certificate, key.person) != key.person:
            yield 105, f"two persons of {name} have the certificate {key.certificate}"


def _of_key(key: Key, state: Reader) -> Iterator[Finding]:
    if state.get(MEMBERS, key.member) is None or state.get(MEMBER_KEYS, key.member, key.key) is None:
        yield 102, f"the key {key.key} is not found under {key.member}"
