"""Placing a freeze: what a tag still holds of a range becomes holdings of its own, and is bound."""

from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.courting import refusals
from tallychain.contracts.vouchers.courting.events import CourtFroze
from tallychain.contracts.vouchers.courting.find import frozen_units, held_by, queue_on
from tallychain.contracts.vouchers.courting.money import (
    Turn,
    settled_again,
    told,
    withheld,
    without_release,
)
from tallychain.contracts.vouchers.courting.operations import FreezeUnits
from tallychain.contracts.vouchers.courting.rules import check_end, frozen_until
from tallychain.contracts.vouchers.courting.state import (
    AWARDED,
    COURT_SPLITS,
    FREEZES,
    FROZEN,
    QUEUE_MAX,
    Freeze,
)
from tallychain.contracts.vouchers.courting.weaker import cleared_for_court, rights_in
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import shown
from tallychain.contracts.vouchers.rules.divide import divided
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.contracts.vouchers.settling.refusals import VoucherNotOwed
from tallychain.contracts.vouchers.settling.rules.position import Position, position_of
from tallychain.contracts.vouchers.standing import is_executed
from tallychain.contracts.vouchers.state import ACTIVE, HOLDINGS, UNOWED, VOUCHERS, Holding, Voucher
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, Range, place
from tallychain.instruments.money import Units
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import MEMBER_PREFIX


@dataclass(frozen=True, slots=True)
class Target:
    """A holding that a freeze meets, and the units of it that it reaches."""

    position: Position
    units: Range

    @property
    def is_whole(self) -> bool:
        """Whether it reaches all of it."""
        return self.units == self.position.holding.units


@dataclass(frozen=True, slots=True)
class Placed:
    """One holding that is frozen now."""

    holding: Holding
    turn: Turn | None
    """What changes about its money; None for a part, which has none yet."""
    change: Change


def freeze(args: FreezeUnits, call: Call, state: Reader) -> Change:
    """
    Freeze what a tag still holds within a range; what it has passed on before stays with whom it went to.

    Offers of these units end, and so do proposals to pledge them.  A part becomes a holding of its own, so the rest stays free.  Whoever froze
    before stands before.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    status = voucher.status_at(call.now)
    if status in UNOWED:
        raise VoucherNotOwed(voucher.number, status)
    check_end(args.until, call.now)
    targets = _targets(args, voucher, state)
    if not targets:
        raise refusals.NothingToFreeze(voucher.number, args.first, args.last)
    for target in targets:
        _check_target(target, voucher, call, state)
    policy = split_policy(state, voucher.split_policy)
    splits = sum(not target.is_whole for target in targets)
    if splits and voucher.splits + splits > policy.children_max + COURT_SPLITS:
        raise general.SplitLimit(
            voucher.number, policy.children_max + COURT_SPLITS, policy.source.article_of("children_max")
        )
    return _frozen(args, call, voucher, targets, policy.retention_days, state)


def _targets(args: FreezeUnits, voucher: Voucher, state: Reader) -> list[Target]:
    """What the tag holds of the range and is not paid yet, ascending."""
    positions = [position_of(voucher, one, state) for one in held_by(args, voucher, state)]
    return [
        Target(
            one,
            Range(Units(max(args.first, one.holding.first)), Units(min(args.last, one.holding.last))),
        )
        for one in positions
        if one.outstanding or one.coming
    ]


def _check_target(target: Target, voucher: Voucher, call: Call, state: Reader) -> None:
    holding = target.position.holding
    queue = queue_on(holding, state, call.now)
    if len(queue) >= QUEUE_MAX:
        raise refusals.FreezeQueueFull(holding.id, QUEUE_MAX)
    if target.is_whole:
        return
    if voucher.status_at(call.now) != ACTIVE:
        raise refusals.FreezeWholeOnly(holding.id, voucher.status_at(call.now))
    for right in rights_in(holding, state, call.now):
        raise refusals.FreezeWholeOnly(holding.id, right.kind.value)
    if any(one.status_at(call.now) == AWARDED for one in queue):
        raise refusals.FreezeWholeOnly(holding.id, AWARDED)


def _frozen(
    args: FreezeUnits,
    call: Call,
    voucher: Voucher,
    targets: list[Target],
    retention_days: int,
    state: Reader,
) -> Change:
    row = Freeze(
        id=call.operation,
        voucher=voucher.number,
        court=call.author.removeprefix(MEMBER_PREFIX),
        tag=args.tag,
        ranges=tuple(target.units for target in targets),
        until=args.until,
        until_ms=0,
        renewals=0,
        timeline=settled(FROZEN),
    )
    row = frozen_until(row, args.until, retention_days)
    placed = [_placed(target, row, voucher, call, state) for target in targets]
    change = Change((FREEZES.put(row),))
    for one in placed:
        change += one.change
    splits = sum(not target.is_whole for target in targets)
    if splits:
        change += Change((VOUCHERS.put(replace(voucher, splits=voucher.splits + splits)),))
    turns = [one.turn for one in placed if one.turn is not None]
    change += settled_again(voucher, turns, call.now, state)
    return change + Change((), (_event(args, row, voucher, targets, placed, call, state),))


def _placed(target: Target, row: Freeze, voucher: Voucher, call: Call, state: Reader) -> Placed:
    cleared = cleared_for_court(target.position.holding, target.units, voucher, state, call.now)
    if target.is_whole:
        turn = Turn(target.position, target.position)
        if not is_executed(target.position.holding, state, call.now):
            turn = withheld(target.position)
        turn, told_of = without_release(turn, call.now)
        locked = _locked(cleared.holding, row)
        return Placed(locked, turn, cleared.change + Change((HOLDINGS.put(locked),), told_of))
    pieces = divided(cleared.holding, target.units, voucher)
    locked = _locked(pieces.part, row)
    writes = (HOLDINGS.put(locked), *(HOLDINGS.put(rest) for rest in pieces.rests))
    return Placed(locked, None, cleared.change + Change(writes, (pieces.event,)))


def _locked(holding: Holding, row: Freeze) -> Holding:
    lock = Encumbrance(
        EncumbranceKind.FREEZE, holding.first, holding.last, MEMBER_PREFIX + row.court, 0, row.id
    )
    return replace(holding, encumbrances=place(holding.encumbrances, lock))


def _event(
    args: FreezeUnits,
    row: Freeze,
    voucher: Voucher,
    targets: list[Target],
    placed: list[Placed],
    call: Call,
    state: Reader,
) -> CourtFroze:
    positions = [
        position_of(voucher, one.holding, state) if one.turn is None else one.turn.after for one in placed
    ]
    effective = sum(
        target.units.length for target in targets if not queue_on(target.position.holding, state, call.now)
    )
    return CourtFroze(
        freeze=row.id,
        voucher=row.voucher,
        issuer=voucher.issuer,
        court=row.court,
        tag=row.tag,
        first=args.first,
        last=args.last,
        frozen=frozen_units(row),
        effective=effective,
        until=row.until,
        document=args.document,
        holdings=tuple(told(position, voucher, call.now) for position in positions),
        timeline=shown(row.timeline),
    )
