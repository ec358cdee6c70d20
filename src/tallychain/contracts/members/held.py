"""A member that begins nothing new until something of it has been made good: what a missed yearly review brings.  `admission` asks for it through `api`."""

from msgspec.structs import replace

from tallychain.contracts.members.events import MemberHeldBack, MemberLetGo
from tallychain.contracts.members.state import FALLS, HELD, SUSPENSIONS, Fall, Held
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ACTIVE, EXITED, MEMBERS, REVOKED, SUSPENDED
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, settled


def held_back(name: str, state: Reader, now: Moment) -> Change:
    """
    A member is SUSPENDED until it is let go.

    Nothing for one that a vote has suspended already, that was revoked, or has left.  A supervisor's suspension, which would lapse by itself,
    gives way to it.
    """
    member = state.get(MEMBERS, name)
    if member is None or member.status_at(now) in (REVOKED, EXITED) or member.standing == settled(SUSPENDED):
        return Change()
    writes = [
        MEMBERS.put(replace(member, standing=settled(SUSPENDED))),
        HELD.put(Held(name, now.time_ms)),
    ]
    if member.status_at(now) == ACTIVE:
        writes.append(FALLS.put(Fall(name, now.time_ms)))
    ordered = state.get(SUSPENSIONS, name)
    if ordered is not None:
        writes.append(SUSPENSIONS.delete(ordered))
    return Change(tuple(writes), (MemberHeldBack(name),))


def let_go(name: str, state: Reader, _now: Moment) -> Change:
    """A member that was held back is in good standing again; nothing for any other."""
    member, held = state.get(MEMBERS, name), state.get(HELD, name)
    if member is None or held is None:
        return Change()
    return Change(
        (MEMBERS.put(replace(member, standing=settled(ACTIVE))), HELD.delete(held)), (MemberLetGo(name),)
    )


def is_held_back(state: Reader, name: str) -> bool:
    """Whether a member is held back."""
    return state.get(HELD, name) is not None
