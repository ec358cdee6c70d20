"""I7, I13, I17 and I20 for financings: locks and financings belong together, and title moves only for what was registered and paid."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.financing.events import FinancingCompleted
from tallychain.contracts.vouchers.financing.state import BINDING, COMPLETED, FINANCINGS, Financing
from tallychain.contracts.vouchers.state import BY_FINANCING, HOLDINGS, VOUCHERS, Holding
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.outages import all_outages
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import shifted
from tallychain.ledger.types import MEMBER_PREFIX

Fault = tuple[int, str]
Lock = tuple[str, str, str, int, int]
"""Financing, who may release it, voucher, first and last unit."""


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for financing in change.written(Financing):
        yield from _of_financing(financing, after)
    for holding in change.written(Holding):
        yield from _of_holding(holding, after)
        yield from _lost(holding, before, after)
        yield from _moved(holding, change, before)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for financing in state.iterate(FINANCINGS):
        yield from _of_financing(financing, state)
    for holding in state.iterate(HOLDINGS):
        yield from _of_holding(holding, state)


def _of_financing(financing: Financing, state: Reader) -> Iterator[Fault]:
    holding = state.get(HOLDINGS, financing.voucher, financing.first)
    locks = () if holding is None else tuple(_locks(holding))
    binds = financing.timeline.status in BINDING
    if binds != (_lock_of(financing) in locks):
        yield 7, f"financing {financing.id} is {financing.timeline.status} and its lock does not say so"
    if binds and holding is not None and (holding.tag, holding.last) != (financing.tag, financing.last):
        yield 7, f"what financing {financing.id} binds has moved"
    deal = financing.deal
    if deal is not None and deal.funder not in financing.funders:
        yield 13, f"financing {financing.id} is of a funder that was not asked"
    is_done = financing.timeline.status == COMPLETED
    if is_done and (deal is None or not deal.registration or not deal.disbursement):
        yield 17, f"financing {financing.id} is completed without registration or payment"


def _of_holding(holding: Holding, state: Reader) -> Iterator[Fault]:
    for lock in _locks(holding):
        financing = state.get(FINANCINGS, lock[0])
        if financing is None or financing.timeline.status not in BINDING or _lock_of(financing) != lock:
            yield 7, f"{holding.id} carries a lock of a financing that there is not"


def _lost(holding: Holding, before: Reader, after: Reader) -> Iterator[Fault]:
    """Locks that stood on the holding and do not any more, though their financing goes on."""
    stood = before.get(HOLDINGS, holding.voucher, holding.first)
    for lock in () if stood is None else sorted({*_locks(stood)} - {*_locks(holding)}):
        financing = after.get(FINANCINGS, lock[0])
        if financing is not None and financing.timeline.status in BINDING:
            yield 7, f"the lock of financing {financing.id} is gone"


def _moved(holding: Holding, change: Change, before: Reader) -> Iterator[Fault]:
    """I20, I21: what was bought was paid for before the black-out, whenever a dispute about that has ended, and the issuer has notice."""
    stood = before.get(HOLDINGS, holding.voucher, holding.first)
    if holding.acquired_by != BY_FINANCING or (stood is not None and stood.id == holding.id):
        return
    notices = [event for event in change.events if isinstance(event, FinancingCompleted)]
    notice = next((one for one in notices if holding.id in [held.id for held in one.taken]), None)
    voucher = before.get(VOUCHERS, holding.voucher)
    if voucher is None or notice is None or notice.issuer != voucher.issuer:
        yield 21, f"the issuer has no notice of {holding.id}"
        return
    financing = before.get(FINANCINGS, notice.financing)
    deal = None if financing is None else financing.deal
    if deal is None or not deal.disbursement:
        yield 17, f"title to {holding.id} moved without payment"
    elif deal.disbursed_ms >= shifted(voucher.blackout_ms, all_outages(before)):
        yield 20, f"title to {holding.id} was paid for too late"


def _lock_of(financing: Financing) -> Lock:
    funder = "" if financing.deal is None else MEMBER_PREFIX + financing.deal.funder
    return (financing.id, funder, financing.voucher, financing.first, financing.last)


def _locks(holding: Holding) -> Iterator[Lock]:
    for e in holding.encumbrances:
        if e.kind is EncumbranceKind.FINANCING:
            yield (e.reference, e.by, holding.voucher, e.first, e.last)
