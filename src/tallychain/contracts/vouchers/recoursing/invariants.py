"""
What must hold of recourse: of one Change before it is adopted (`touched`), and of the whole state (`full`).

I7 and I16 are the study's.  220: title returns only to the tag that sold with recourse, from its funder, after both have agreed.
"""

from collections.abc import Iterator

from tallychain.contracts.vouchers.financing.state import COMPLETED, FINANCINGS
from tallychain.contracts.vouchers.recoursing.state import AGREED, BUY_BACKS, RECOURSES, BuyBack, Recourse
from tallychain.contracts.vouchers.state import BY_RECOURSE, HOLDINGS, Holding
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for key in change.removed:
        if key.startswith(RECOURSES.key()):
            yield 4, "a recourse claim was removed"
    for proof in change.written(BuyBack):
        if before.get(BUY_BACKS, proof.bank, proof.currency, proof.reference) is not None:
            yield 16, f"the bank reference {proof.reference} counts twice"
    for recourse in change.written(Recourse):
        yield from _of_recourse(recourse, after)
    for holding in change.written(Holding):
        yield from _of_holding(holding, after)
        stands = after.get(RECOURSES, holding.voucher, holding.first)
        if stands is not None:
            yield from _of_recourse(stands, after)
        yield from _returned(holding, change, before)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for recourse in state.iterate(RECOURSES):
        yield from _of_recourse(recourse, state)
    for holding in state.iterate(HOLDINGS):
        yield from _of_holding(holding, state)


def _of_recourse(recourse: Recourse, state: Reader) -> Iterator[Fault]:
    holding = state.get(HOLDINGS, recourse.voucher, recourse.first)
    status = recourse.timeline.status
    locks = () if holding is None else tuple(_locks(holding))
    wanted = () if holding is None else (recourse.id, holding.first, holding.last)
    if (status == AGREED) != (wanted in locks):
        yield 7, f"recourse claim {recourse.id} is {status} and its lock does not say so"
    if status == AGREED and holding is not None and holding.id != recourse.holding:
        yield 7, f"what recourse claim {recourse.id} binds has moved"


def _of_holding(holding: Holding, state: Reader) -> Iterator[Fault]:
    for name, _, _ in _locks(holding):
        recourse = state.get(RECOURSES, holding.voucher, holding.first)
        if recourse is None or recourse.id != name or recourse.timeline.status != AGREED:
            yield 7, f"{holding.id} carries a lock of a recourse claim that there is not"


def _returned(holding: Holding, change: Change, before: Reader) -> Iterator[Fault]:
    stood = before.get(HOLDINGS, holding.voucher, holding.first)
    if holding.acquired_by != BY_RECOURSE or (stood is not None and stood.id == holding.id):
        return
    recourse = before.get(RECOURSES, holding.voucher, holding.first)
    if stood is None or recourse is None or recourse.timeline.status != AGREED:
        yield 220, f"{holding.id} was bought back without an agreement"
        return
    if not change.written(BuyBack):
        yield 220, f"{holding.id} was bought back without money"
    financing = before.get(FINANCINGS, recourse.financing)
    deal = None if financing is None else financing.deal
    if financing is None or deal is None or financing.timeline.status != COMPLETED:
        yield 220, f"{holding.id} was bought back from nobody who had bought it"
    elif not financing.recourse:
        yield 220, f"{holding.id} was bought back without recourse"
    elif (stood.tag, holding.tag) != (deal.receiver.tag, financing.tag):
        yield 220, f"{holding.id} was bought back by another than who sold it"


def _locks(holding: Holding) -> Iterator[tuple[str, int, int]]:
    for e in holding.encumbrances:
        if e.kind is EncumbranceKind.RECOURSE:
            yield e.reference, e.first, e.last
