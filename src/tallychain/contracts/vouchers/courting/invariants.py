"""I7 and I22 for freezes: a freeze that stands has its lock on all of its units, and no lock of a freeze stands without one."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.courting.find import holdings_under
from tallychain.contracts.vouchers.courting.state import FREEZES, STANDING, Freeze
from tallychain.contracts.vouchers.state import HOLDINGS, Holding, HoldingsBroken
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

Fault = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for freeze in change.written(Freeze):
        yield from _of_freeze(freeze, after)
    for holding in change.written(Holding):
        yield from _of_holding(holding, after)
        yield from _lost(holding, before, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for freeze in state.iterate(FREEZES):
        yield from _of_freeze(freeze, state)
    for holding in state.iterate(HOLDINGS):
        yield from _of_holding(holding, state)


def _of_freeze(freeze: Freeze, state: Reader) -> Iterator[Fault]:
    """A freeze that stands has a lock of its court on the whole of every holding under it, and they are its tag's."""
    try:
        holdings = holdings_under(freeze, state)
    except HoldingsBroken:
        yield 22, f"freeze {freeze.id} stands on what nobody holds"
        return
    if freeze.timeline.status not in STANDING:
        if any(freeze.id in _names(holding) for holding in holdings):
            yield 22, f"freeze {freeze.id} is {freeze.timeline.status} and its lock stands"
        return
    if sum(one.units.length for one in holdings) != sum(one.length for one in freeze.ranges):
        yield 22, f"freeze {freeze.id} stands on a part of a holding"
    for holding in holdings:
        if freeze.id not in _names(holding):
            yield (
                22,
                f"freeze {freeze.id} is {freeze.timeline.status} and its lock on {holding.id} does not say so",
            )
        if holding.tag != freeze.tag:
            yield 22, f"what freeze {freeze.id} binds has moved"


def _of_holding(holding: Holding, state: Reader) -> Iterator[Fault]:
    for e in holding.encumbrances:
        if e.kind is not EncumbranceKind.FREEZE:
            continue
        freeze = state.get(FREEZES, e.reference)
        if freeze is None or freeze.timeline.status not in STANDING or e.by != MEMBER_PREFIX + freeze.court:
            yield 7, f"{holding.id} carries a lock of a freeze that there is not"
        elif e.range != holding.units or not any(one.contains(e.range) for one in freeze.ranges):
            yield 7, f"the freeze on {e.range} of {holding.id} is not that of its court"


def _lost(holding: Holding, before: Reader, after: Reader) -> Iterator[Fault]:
    """Locks that stood where the holding begins and do not any more, though their freeze stands on these units."""
    stood = before.get(HOLDINGS, holding.voucher, holding.first)
    for name in () if stood is None else sorted(_names(stood) - _names(holding)):
        freeze = after.get(FREEZES, name)
        if freeze is not None and freeze.timeline.status in STANDING and _covers(freeze, holding):
            yield 22, f"the lock of freeze {name} on {holding.id} is gone"


def _covers(freeze: Freeze, holding: Holding) -> bool:
    return any(one.overlaps(holding.units) for one in freeze.ranges)


def _names(holding: Holding) -> set[str]:
    return {e.reference for e in holding.encumbrances if e.kind is EncumbranceKind.FREEZE}
