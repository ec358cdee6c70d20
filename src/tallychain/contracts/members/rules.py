"""One pure function per operation: it reads, refuses, refuses, refuses, then returns one Change.

Source: design page "alliance", sections Members and Two persons; Electronic Signature Law, article 13, for keys under their owner's control.
"""

from msgspec.structs import replace

from tallychain.contracts.members.addresses import is_public
from tallychain.contracts.members.events import (
    GatewaySet,
    MemberRestored,
    MemberSuspended,
    SealingKeySet,
    SuspensionLapsed,
)
from tallychain.contracts.members.lapse import lapse_ms
from tallychain.contracts.members.operations import (
    KeyRegister,
    KeyRevoke,
    KeyRotate,
    Restore,
    SealingKeyRotate,
    SetGateway,
    Suspend,
)
from tallychain.contracts.members.refusals import (
    AnotherIsSuspended,
    GatewayNotPublic,
    HeightOutOfRange,
    KeyKnown,
    KeyNotAdmissible,
    KeyNotInForce,
    KeyUnknown,
    LastAdmins,
    MemberUnknown,
    NotInGoodStanding,
    NotSuspended,
    NotYourSuspension,
    RightsDoNotMix,
    RightUnknown,
    SealingKeyReplacedRecently,
    SuspendedByVoteOnly,
    SuspendedRecently,
    TooManyKeys,
)
from tallychain.contracts.members.roster import (
    check_new_key,
    ended,
    lasting_admins,
    registered,
    replaced,
)
from tallychain.contracts.members.state import (
    FALLS,
    LEAST_ADMINS,
    LONGEST_OVERLAP_BLOCKS,
    RENEWAL_PAUSE_MS,
    SEALING_KEYS_PER_MEMBER,
    SUSPENSIONS,
    Fall,
    Suspension,
    suspended_member,
)
from tallychain.crypto.schemes import KeyNotAdmissible as OddKey
from tallychain.crypto.schemes import admit_sealing_key
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import (
    ACTIVE,
    ADMIN,
    KEYS,
    MEMBERS,
    RIGHTS,
    SUPERVISOR,
    SUSPENDED,
    SYSTEM,
    Key,
    Member,
    SealingKey,
)
from tallychain.ledger.limits import SEALING_KEY_OVERLAP_MS
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, has_passed, settled
from tallychain.ledger.types import MEMBER_PREFIX, Height, MemberId


def register_key(args: KeyRegister, call: Call, state: Reader) -> Change:
    """Two admins register a key: whose it is, what it may sign, up to which amount."""
    for right in args.rights:
        if right not in RIGHTS:
            raise RightUnknown(right)
    if SYSTEM in args.rights and len(set(args.rights)) > 1:
        raise RightsDoNotMix
    member = _asking(call)
    check_new_key(args.key, args.person, args.certificate, args.rights, member, state)
    valid_from = _height_ahead(args.valid_from, call.now)
    rights = tuple(right for right in RIGHTS if right in args.rights)
    key = Key(args.key, member, args.person, rights, args.limit, args.certificate, valid_from, 0)
    return registered(key, state)


def rotate_key(args: KeyRotate, call: Call, state: Reader) -> Change:
    """
    Two admins give the holder of a key a new one; both sign until the old one ends.

    Person, rights and limit stay as they are and nothing begins earlier, so that a rotation never gives anybody more.
    """
    member = _asking(call)
    old = _own_key(args.old, member, state)
    ends_at = _height_ahead(args.old_until, call.now)
    if old.revoked_at:
        raise KeyNotInForce(old.key, old.revoked_at)
    check_new_key(args.new, old.person, args.certificate, old.rights, member, state)
    valid_from = max(old.valid_from, call.now.height + 1)
    new = Key(args.new, member, old.person, old.rights, old.limit, args.certificate, valid_from, 0)
    return replaced(old, new, ends_at, state)


def revoke_key(args: KeyRevoke, call: Call, state: Reader) -> Change:
    """
    Two admins end a key from a height on.

    An end already set may be brought forward, never put off.  A single person ends nothing: who holds one stolen key could else
    shut out those whom it belongs to.
    """
    member = _asking(call)
    key = _own_key(args.key, member, state)
    ends_at = _height_ahead(args.revoked_at, call.now)
    if key.revoked_at and key.revoked_at <= ends_at:
        raise KeyNotInForce(key.key, key.revoked_at)
    if ADMIN in key.rights:
        admins = len(lasting_admins(state, member, call.now.height, without=key.key))
        if admins < LEAST_ADMINS:
            raise LastAdmins(member, admins)
    return ended(key, ends_at, args.reason, state)


def rotate_sealing_key(args: SealingKeyRotate, call: Call, state: Reader) -> Change:
    """
    Two admins put a new sealing key in place of the current one; the old record stays for ever.

    Once in 48 hours: a key that was replaced is taken for so long, and only one such key at a time.  A second replacement would cut that short
    for whoever has sealed to the first in good faith.
    """
    member = the_member(_asking(call), state)
    try:
        admit_sealing_key(args.key)
    except OddKey:
        raise KeyNotAdmissible(args.key) from None
    if any(args.key == known.key for other in state.scan(MEMBERS) for known in other.sealing):
        raise KeyKnown(args.key)
    if len(member.sealing) >= SEALING_KEYS_PER_MEMBER:
        raise TooManyKeys(SEALING_KEYS_PER_MEMBER)
    now_ms = call.now.time_ms
    for earlier in member.sealing[-2:-1]:
        if now_ms - earlier.replaced_at_ms <= SEALING_KEY_OVERLAP_MS:
            raise SealingKeyReplacedRecently(earlier.replaced_at_ms + SEALING_KEY_OVERLAP_MS)
    current = member.current_sealing()
    before = replace(current, replaced_at_ms=now_ms)
    new = SealingKey(current.number + 1, args.key, 0)
    sealing = member.sealing[:-1] + (before, new)
    event = SealingKeySet(member.member, new.number, new.key, now_ms)
    return Change((MEMBERS.put(replace(member, sealing=sealing)),), (event,))


def set_gateway(args: SetGateway, call: Call, state: Reader) -> Change:
    """
    Two admins say where the member's gateway is reached; other members' gateways will call there by themselves.

    So an address that means their own machine or network is refused, except on a demonstration chain.
    """
    member = the_member(_asking(call), state)
    check_gateway(args.gateway, state)
    moved = replace(member, gateway=args.gateway)
    return Change((MEMBERS.put(moved),), (GatewaySet(member.member, args.gateway),))


def suspend(args: Suspend, call: Call, state: Reader) -> Change:
    """
    Two persons of a supervisor suspend a member at once, with a reason; it lapses after three business days.

    One member at a time, and not the same again for a while without a vote, also where the supervisor lifted its suspension itself: else
    lifting and ordering again would suspend without end.  The power to protect is no power to stop the alliance.
    """
    now = call.now
    member = the_member(args.member, state)
    if SUPERVISOR in member.kinds:
        raise SuspendedByVoteOnly(member.member)
    if member.status_at(now) != ACTIVE:
        raise NotInGoodStanding(member.member, member.status_at(now))
    other = suspended_member(state, now)
    if other is not None:
        raise AnotherIsSuspended(other.member)
    last = state.get(SUSPENSIONS, member.member)
    if last is not None and not has_passed(last.ended_ms() + RENEWAL_PAUSE_MS, now):
        raise SuspendedRecently(member.member, last.ended_ms() + RENEWAL_PAUSE_MS)
    by = _asking(call)
    ends_ms = lapse_ms(state, now)
    standing = Timeline(SUSPENDED, (Step(ends_ms, ACTIVE),))
    row = Suspension(member.member, by, args.reason, now.time_ms, ends_ms, lifted_ms=0)
    return Change(
        (
            MEMBERS.put(replace(member, standing=standing)),
            SUSPENSIONS.put(row),
            FALLS.put(Fall(member.member, now.time_ms)),
        ),
        (MemberSuspended(member.member, by, args.reason, standing),),
    )


def restore(args: Restore, call: Call, state: Reader) -> Change:
    """Two persons of the supervisor that suspended a member lift the suspension."""
    member = the_member(args.member, state)
    by = _asking(call)
    status = member.status_at(call.now)
    if status != SUSPENDED:
        raise NotSuspended(member.member, status)
    last = state.get(SUSPENSIONS, member.member)
    if last is None or last.by != by:
        raise NotYourSuspension(member.member, by)
    active = replace(member, standing=settled(ACTIVE))
    return Change(
        (MEMBERS.put(active), SUSPENSIONS.put(replace(last, lifted_ms=call.now.time_ms))),
        (MemberRestored(member.member, by),),
    )


def write_lapse(member: Member, at_ms: int, _now: Moment, _state: Reader) -> Change:
    """Write down that a suspension has ended by itself."""
    row = replace(member, standing=after_next_step(member.standing))
    return Change((MEMBERS.put(row),), (SuspensionLapsed(member.member, at_ms),))


def check_gateway(address: str, state: Reader) -> None:
    """Refuse an address that is not public (`addresses.is_public`) on a chain that is in earnest.  Raises `GatewayNotPublic`."""
    if not facts_of(state).demo and not is_public(address):
        raise GatewayNotPublic(address)


def _height_ahead(asked: int, now: Moment) -> Height:
    """The height that was asked for, or the next one for 0."""
    first, last = now.height + 1, now.height + LONGEST_OVERLAP_BLOCKS
    if asked != 0 and not first <= asked <= last:
        raise HeightOutOfRange(asked, first, last)
    return Height(asked or first)


def _own_key(key: str, member: MemberId, state: Reader) -> Key:
    row = state.get(KEYS, key)
    if row is None or row.member != member:
        raise KeyUnknown(member, key)
    return row


def the_member(name: str, state: Reader) -> Member:
    """A member of record.  Raises `MemberUnknown`."""
    member = state.get(MEMBERS, name)
    if member is None:
        raise MemberUnknown(name)
    return member


def _asking(call: Call) -> MemberId:
    """The member that asks: no operation of this contract is a holder's."""
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))
