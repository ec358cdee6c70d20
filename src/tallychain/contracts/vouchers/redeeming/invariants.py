"""I7 and I15 for redemptions: what is agreed binds the whole of its holding, and what was redeemed is not owed any more."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.redeeming.state import AGREED, REDEEMED, REDEMPTIONS, Redemption
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, _before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for key in change.removed:
        if key.startswith(REDEMPTIONS.key()):
            yield 4, "a redemption was removed"
    for redemption in change.written(Redemption):
        yield from _of_redemption(redemption, after)
    for holding in change.written(Holding):
        yield from _of_holding(holding, after)
        stands = after.get(REDEMPTIONS, holding.voucher, holding.first)
        if stands is not None:
            yield from _of_redemption(stands, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for redemption in state.iterate(REDEMPTIONS):
        yield from _of_redemption(redemption, state)
    for holding in state.iterate(HOLDINGS):
        yield from _of_holding(holding, state)


def _of_redemption(redemption: Redemption, state: Reader) -> Iterator[Fault]:
    holding = state.get(HOLDINGS, redemption.voucher, redemption.first)
    status = redemption.timeline.status
    locks = () if holding is None else tuple(_locks(holding))
    wanted = () if holding is None else (redemption.id, holding.first, holding.last)
    if (status == AGREED) != (wanted in locks):
        yield 7, f"redemption {redemption.id} is {status} and its lock does not say so"
    if status == AGREED and holding is not None and holding.id != redemption.holding:
        yield 7, f"what redemption {redemption.id} binds has moved"
    if status == REDEEMED and holding is not None:
        entitlement = state.get(ENTITLEMENTS, redemption.voucher, redemption.first)
        if entitlement is None or entitlement.outside != holding.units.length:
            yield 15, f"redemption {redemption.id} was paid and its holding is still owed"


def _of_holding(holding: Holding, state: Reader) -> Iterator[Fault]:
    for name, _, _ in _locks(holding):
        redemption = state.get(REDEMPTIONS, holding.voucher, holding.first)
        if redemption is None or redemption.id != name or redemption.timeline.status != AGREED:
            yield 7, f"{holding.id} carries a lock of a redemption that there is not"


def _locks(holding: Holding) -> Iterator[tuple[str, int, int]]:
    for e in holding.encumbrances:
        if e.kind is EncumbranceKind.REDEMPTION:
            yield e.reference, e.first, e.last
