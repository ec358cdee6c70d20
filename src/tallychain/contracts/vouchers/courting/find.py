"""Questions that several rules of courts ask."""

from tallychain.contracts.vouchers.courting import refusals
from tallychain.contracts.vouchers.courting.operations import FreezeUnits
from tallychain.contracts.vouchers.courting.state import FREEZES, HOLDINGS_MAX, STANDING, Freeze
from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.state import GONE, HOLDINGS, Holding, HoldingsBroken, Voucher
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Call
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def the_freeze(number: str, name: str, state: Reader, now: Moment) -> Freeze:
    """The freeze of this name on this voucher."""
    the_voucher(number, state, now)
    freeze = state.get(FREEZES, name)
    if freeze is None or freeze.voucher != number or freeze.status_at(now) == GONE:
        raise refusals.FreezeNotFound(number, name)
    return freeze


def own_freeze(
    number: str, name: str, call: Call, state: Reader, among: tuple[str, ...] = STANDING
) -> Freeze:
    """The freeze of this name, if it is the acting court's and in one of these statuses."""
    freeze = the_freeze(number, name, state, call.now)
    if call.member != freeze.court:
        raise refusals.NotTheCourt(freeze.id)
    if freeze.status_at(call.now) not in among:
        raise refusals.FreezeNotInForce(freeze.id, freeze.status_at(call.now))
    return freeze


def holdings_under(freeze: Freeze, state: Reader) -> tuple[Holding, ...]:
    """Every holding that a freeze stands on, ascending: a later freeze may have divided what this one reached whole."""
    found: list[Holding] = []
    for units in freeze.ranges:
        first = int(units.first)
        while first <= units.last:
            holding = state.get(HOLDINGS, freeze.voucher, first)
            if holding is None:
                raise HoldingsBroken(f"{freeze.voucher} has no holding at {first}")
            found.append(holding)
            first = holding.last + 1
    return tuple(found)


def held_by(args: FreezeUnits, voucher: Voucher, state: Reader) -> tuple[Holding, ...]:
    """
    What a tag holds of a range, found by stepping upwards from a unit at which a holding begins.

    A gateway asks it too, row by row, so a range meets so many holdings at most, whoever has them.
    """
    the_holding(voucher.number, args.holding, state)
    if not args.holding <= args.first <= args.last <= voucher.face:
        raise refusals.NothingToFreeze(voucher.number, args.first, args.last)
    found: list[Holding] = []
    at, steps = int(args.holding), 0
    while at <= args.last:
        holding = the_holding(voucher.number, at, state)
        steps += 1
        if steps > HOLDINGS_MAX:
            raise refusals.TooManyFrozenHoldings(HOLDINGS_MAX)
        if holding.tag == args.tag and holding.last >= args.first:
            found.append(holding)
        at = int(holding.last) + 1
    return tuple(found)


def queue_on(holding: Holding, state: Reader, now: Moment, without: str = "") -> tuple[Freeze, ...]:
    """The freezes that stand on a holding, the first served first (轮候); `without` one that is just ending."""
    names = [e.reference for e in holding.encumbrances if e.kind is EncumbranceKind.FREEZE]
    rows = [row for name in names if name != without and (row := state.get(FREEZES, name)) is not None]
    return tuple(row for row in rows if row.status_at(now) in STANDING)


def effective_units(freeze: Freeze, state: Reader, now: Moment, without: str = "") -> int:
    """Units on which no other freeze stands before this one."""
    return sum(
        holding.units.length
        for holding in holdings_under(freeze, state)
        if [one.id for one in queue_on(holding, state, now, without)[:1]] == [freeze.id]
    )


def check_first(freeze: Freeze, state: Reader, now: Moment) -> None:
    """A court disposes only of units on which it stands first."""
    for holding in holdings_under(freeze, state):
        if queue_on(holding, state, now)[0].id != freeze.id:
            raise refusals.FreezeWaits(freeze.id, holding.id)


def frozen_units(freeze: Freeze) -> int:
    """Units that a freeze stands on."""
    return sum(units.length for units in freeze.ranges)
