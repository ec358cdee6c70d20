"""A holder writes a debt off in its books, or releases the issuer of it."""

import dataclasses
from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.events import (
    DebtReleased,
    ReleaseDeclared,
    ReleaseRevoked,
    WrittenOff,
)
from tallychain.contracts.vouchers.settling.operations import Release, Revoke, WriteOff
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.find import check_holder
from tallychain.contracts.vouchers.settling.rules.finish import caught_up, discharged
from tallychain.contracts.vouchers.settling.rules.position import Position, position_of, positions_of
from tallychain.contracts.vouchers.settling.rules.times import end_of_business_day_after, missed_ms
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS, HELD, RELEASED, RELEASING, Entitlement
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import AWAITING_MONEY, OVERDUE, Voucher, outstanding
from tallychain.contracts.vouchers.state import RELEASED as VOUCHER_RELEASED
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled


def write_off(args: WriteOff, call: Call, state: Reader) -> Change:
    """Note that an overdue holding is worth nothing in the holder's books; the issuer owes as before."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(voucher.number, args.holding, state)
    check_holder(holding, call, state)
    if voucher.status_at(call.now) != OVERDUE:
        raise refusals.NotOverdue(voucher.number, voucher.status_at(call.now))
    position = position_of(voucher, holding, state)
    if not position.outstanding:
        raise refusals.AlreadyPaid(holding.id)
    if position.entitlement.written_off:
        raise refusals.AlreadyWrittenOff(holding.id)
    event = WrittenOff(voucher.number, holding.id, holding.first, position.outstanding)
    return Change((ENTITLEMENTS.put(replace(position.entitlement, written_off=True)),), (event,))


def release(args: Release, call: Call, state: Reader) -> Change:
    """
    Release the issuer of part or all of what it owes on a holding; final after some business days, if it is not taken back.

    Until then the debt stands: what is paid meanwhile is paid, and the release is then of what is left.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(voucher.number, args.holding, state)
    check_holder(holding, call, state)
    if voucher.status_at(call.now) not in AWAITING_MONEY:
        raise refusals.VoucherNotDue(voucher.number, voucher.status_at(call.now))
    position = position_of(voucher, holding, state)
    if position.entitlement.status_at(call.now) != HELD:
        raise refusals.ReleasePending(holding.id)
    if args.amount > position.outstanding:
        raise refusals.ReleaseExceeded(holding.id, position.outstanding, args.amount)
    for bound in binding(holding, state, call.now):
        raise refusals.UnitsBound(holding.id, bound.kind.value)
    days = settlement_policy(state, voucher.settlement_policy).release_business_days
    final_ms = end_of_business_day_after(days, call.now, state)
    entitlement = replace(
        position.entitlement,
        releasing=args.amount,
        release=call.operation,
        timeline=Timeline(RELEASING, (Step(final_ms, RELEASED),)),
    )
    event = ReleaseDeclared(
        voucher=voucher.number,
        holding=holding.id,
        first=holding.first,
        operation=call.operation,
        amount=args.amount,
        timeline=entitlement.timeline,
    )
    return Change((ENTITLEMENTS.put(entitlement),), (event,))


def revoke(args: Revoke, call: Call, state: Reader) -> Change:
    """Take a release back before it is final."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(voucher.number, args.holding, state)
    check_holder(holding, call, state)
    entitlement = position_of(voucher, holding, state).entitlement
    if entitlement.status_at(call.now) != RELEASING:
        raise refusals.ReleaseNotPending(holding.id)
    event = ReleaseRevoked(voucher.number, holding.id, holding.first, entitlement.release)
    return Change((ENTITLEMENTS.put(_without_release(entitlement)),), (event,))


def entitlement_change(entitlement: Entitlement, since_ms: int, now: Moment, state: Reader) -> Change:
    """A release has become final: the issuer owes less, by what was left of it."""
    voucher = the_voucher(entitlement.voucher, state, now)
    holding = the_holding(entitlement.voucher, entitlement.first, state)
    position = position_of(voucher, holding, state)
    later = _after_release(position)
    amount = position.outstanding - later.outstanding
    change = (
        discharged(caught_up(voucher, now, state), amount, VOUCHER_RELEASED, state) if amount else Change()
    )
    event = _released(voucher, position, outstanding(voucher) - amount, since_ms, now)
    return Change((ENTITLEMENTS.put(later.entitlement),), (event,)) + change


@dataclass(frozen=True, slots=True)
class FinalReleases:
    """A voucher's positions with every release written down that is final, though due work may not have come to it yet."""

    positions: tuple[Position, ...]
    amount: int
    """What is not owed any more because of them."""
    change: Change
    """Their rows and events; the voucher itself is left to the caller."""


def final_releases(voucher: Voucher, now: Moment, state: Reader) -> FinalReleases:
    """Write down first what was released, so that no money is divided on a debt that exists no more."""
    positions = []
    owed = outstanding(voucher)
    change = Change()
    for position in positions_of(voucher, state):
        since_ms = missed_ms(position.entitlement.timeline, now)
        if since_ms is None:
            positions.append(position)
            continue
        later = _after_release(position)
        owed -= position.outstanding - later.outstanding
        event = _released(voucher, position, owed, since_ms, now)
        change += Change((ENTITLEMENTS.put(later.entitlement),), (event,))
        positions.append(later)
    return FinalReleases(tuple(positions), outstanding(voucher) - owed, change)


def _after_release(position: Position) -> Position:
    entitlement = position.entitlement
    amount = min(entitlement.releasing, position.outstanding)
    final = replace(_without_release(entitlement), released=entitlement.released + amount)
    return dataclasses.replace(position, entitlement=final)


def _released(voucher: Voucher, position: Position, owed: int, since_ms: int, now: Moment) -> DebtReleased:
    later = _after_release(position)
    return DebtReleased(
        voucher=voucher.number,
        holding=position.holding.id,
        first=position.holding.first,
        operation=position.entitlement.release,
        amount=position.outstanding - later.outstanding,
        outstanding=owed,
        since_ms=since_ms,
        status=later.timeline(voucher, now),
    )


def _without_release(entitlement: Entitlement) -> Entitlement:
    return replace(entitlement, releasing=0, release="", timeline=settled(HELD))
