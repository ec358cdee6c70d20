"""What a vote does to members: admission, standing, and a lost admin key.  Governance asks for it through `api`."""

from msgspec.structs import replace

from tallychain.contracts.members.events import StandingVoted
from tallychain.contracts.members.record import MemberRecord, check_record, entered
from tallychain.contracts.members.refusals import (
    AdminKeyOnly,
    AdminsMissing,
    InstitutionKnown,
    KeyKnown,
    KeyNotInForce,
    KeyUnknown,
    MemberKnown,
    NotInGoodStanding,
    NotSuspended,
)
from tallychain.contracts.members.roster import check_new_key, lasting_admins, replaced
from tallychain.contracts.members.rules import check_gateway, the_member
from tallychain.contracts.members.state import FALLS, HELD, LEAST_ADMINS, SUSPENSIONS, Fall
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ACTIVE, ADMIN, EXITED, KEYS, MEMBERS, REVOKED, Key
from tallychain.ledger.possession import serves_a_node
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, settled
from tallychain.ledger.types import Height, MemberId


def admitted(record: MemberRecord, state: Reader, now: Moment) -> Change:
    """An institution takes part from this block on; nobody of record may have its name, its code or one of its keys."""
    check_record(record)
    check_gateway(record.gateway, state)
    if state.get(MEMBERS, record.member) is not None:
        raise MemberKnown(record.member)
    for other in state.scan(MEMBERS):
        if other.uscc == record.uscc:
            raise InstitutionKnown(record.uscc, other.member)
        if any(known.key == record.sealing for known in other.sealing):
            raise KeyKnown(record.sealing)
    seen: list[str] = []
    for key in record.keys:
        if key.key in seen or state.get(KEYS, key.key) is not None or serves_a_node(key.key, state):
            raise KeyKnown(key.key)
        seen.append(key.key)
    return entered(record, now.height, now.time_ms)


def standing_voted(name: str, status: str, reason: str, state: Reader, now: Moment) -> Change:
    """
    A member is SUSPENDED, REVOKED, EXITED or ACTIVE again, until another vote.

    A suspension by a supervisor, which would lapse by itself, is confirmed by being suspended once more; the supervisor can then
    no longer lift it; so is one that a missed review brought, which a review then no longer lifts.  ACTIVE lifts any suspension and takes a member that was revoked or had left back in.
    """
    member = the_member(name, state)
    was, held = member.status_at(now), state.get(HELD, name)
    if status == ACTIVE:
        if was == ACTIVE:
            raise NotSuspended(name, was)
    elif was in (REVOKED, EXITED) or (member.standing == settled(status) and held is None):
        raise NotInGoodStanding(name, was)
    writes = [MEMBERS.put(replace(member, standing=settled(status)))]
    if was == ACTIVE:
        writes.append(FALLS.put(Fall(name, now.time_ms)))
    ordered = state.get(SUSPENSIONS, name)
    if ordered is not None:
        writes.append(SUSPENSIONS.delete(ordered))
    if held is not None:
        writes.append(HELD.delete(held))
    return Change(tuple(writes), (StandingVoted(name, status, reason),))


def key_replaced(
    name: str, old: str, key: str, person: str, certificate: str, state: Reader, now: Moment
) -> Change:
    """A lost admin key ends with this block, and a new one signs with its rights and limit from the next."""
    member = MemberId(the_member(name, state).member)
    lost = state.get(KEYS, old)
    if lost is None or lost.member != member:
        raise KeyUnknown(member, old)
    if ADMIN not in lost.rights:
        raise AdminKeyOnly(old)
    if lost.revoked_at:
        raise KeyNotInForce(old, lost.revoked_at)
    check_new_key(key, person, certificate, lost.rights, member, state)
    admins = len(lasting_admins(state, member, now.height, without=old) | {person})
    if admins < LEAST_ADMINS:
        raise AdminsMissing(member, admins)
    first = Height(now.height + 1)
    new = Key(key, member, person, lost.rights, lost.limit, certificate, first, 0)
    return replaced(lost, new, first, state)
