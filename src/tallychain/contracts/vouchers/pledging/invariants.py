"""I7 for pledges: a pledge that binds has its lock on the whole of its holding, and no lock of a pledge stands without one."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.pledging.state import BINDING, PLEDGES, Pledge
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MEMBER_PREFIX

Fault = tuple[int, str]
Lock = tuple[str, str, str, int, int]
"""Pledge, who may release it, voucher, first and last unit."""


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for pledge in change.written(Pledge):
        yield from _of_pledge(pledge, after)
    for holding in change.written(Holding):
        yield from _of_holding(holding, after)
        yield from _lost(holding, before, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for pledge in state.iterate(PLEDGES):
        yield from _of_pledge(pledge, state)
    for holding in state.iterate(HOLDINGS):
        yield from _of_holding(holding, state)


def _of_pledge(pledge: Pledge, state: Reader) -> Iterator[Fault]:
    holding = state.get(HOLDINGS, pledge.voucher, pledge.first)
    locks = () if holding is None else tuple(_locks(holding))
    binds = pledge.timeline.status in BINDING
    if binds != (_lock_of(pledge) in locks):
        yield 7, f"pledge {pledge.id} is {pledge.timeline.status} and its lock does not say so"
    if binds and holding is not None and (holding.tag, holding.last) != (pledge.tag, pledge.last):
        yield 7, f"what pledge {pledge.id} binds has moved"


def _of_holding(holding: Holding, state: Reader) -> Iterator[Fault]:
    for lock in _locks(holding):
        pledge = state.get(PLEDGES, lock[0])
        if pledge is None or pledge.timeline.status not in BINDING or _lock_of(pledge) != lock:
            yield 7, f"{holding.id} carries a lock of a pledge that there is not"


def _lost(holding: Holding, before: Reader, after: Reader) -> Iterator[Fault]:
    """Locks that stood on the holding and do not any more, though their pledge binds."""
    stood = before.get(HOLDINGS, holding.voucher, holding.first)
    for lock in () if stood is None else sorted({*_locks(stood)} - {*_locks(holding)}):
        pledge = after.get(PLEDGES, lock[0])
        if pledge is not None and pledge.timeline.status in BINDING:
            yield 7, f"the lock of pledge {pledge.id} is gone"


def _lock_of(pledge: Pledge) -> Lock:
    return (pledge.id, MEMBER_PREFIX + pledge.pledgee, pledge.voucher, pledge.first, pledge.last)


def _locks(holding: Holding) -> Iterator[Lock]:
    for e in holding.encumbrances:
        if e.kind is EncumbranceKind.PLEDGE:
            yield (e.reference, e.by, holding.voucher, e.first, e.last)
