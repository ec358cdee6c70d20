"""I7 for disputes: one that stands has its lock on the whole of its holding, and no lock of a dispute stands without one."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.disputing.state import DISPUTED, DISPUTES, Dispute
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for key in change.removed:
        if key.startswith(DISPUTES.key()):
            yield 4, "a dispute was removed"
    for dispute in change.written(Dispute):
        yield from _of_dispute(dispute, after)
    for holding in change.written(Holding):
        yield from _of_holding(holding, after)
        yield from _lost(holding, before, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for dispute in state.iterate(DISPUTES):
        yield from _of_dispute(dispute, state)
    for holding in state.iterate(HOLDINGS):
        yield from _of_holding(holding, state)


def _of_dispute(dispute: Dispute, state: Reader) -> Iterator[Fault]:
    holding = state.get(HOLDINGS, dispute.voucher, dispute.first)
    stands = dispute.timeline.status in DISPUTED
    locks = () if holding is None else tuple(_locks(holding))
    if stands != ((dispute.id, dispute.first, dispute.last) in locks):
        yield 7, f"dispute {dispute.id} is {dispute.timeline.status} and its lock does not say so"
    if stands and holding is not None and (holding.tag, holding.last) != (dispute.tag, dispute.last):
        yield 7, f"what dispute {dispute.id} binds has moved"


def _of_holding(holding: Holding, state: Reader) -> Iterator[Fault]:
    for name, first, last in _locks(holding):
        dispute = state.get(DISPUTES, holding.voucher, name)
        if (
            dispute is None
            or dispute.timeline.status not in DISPUTED
            or (first, last)
            != (
                dispute.first,
                dispute.last,
            )
        ):
            yield 7, f"{holding.id} carries a lock of a dispute that there is not"


def _lost(holding: Holding, before: Reader, after: Reader) -> Iterator[Fault]:
    """Locks that stood on the holding and do not any more, though their dispute stands."""
    stood = before.get(HOLDINGS, holding.voucher, holding.first)
    for name, _, _ in () if stood is None else sorted({*_locks(stood)} - {*_locks(holding)}):
        dispute = after.get(DISPUTES, holding.voucher, name)
        if dispute is not None and dispute.timeline.status in DISPUTED:
            yield 7, f"the lock of dispute {name} is gone"


def _locks(holding: Holding) -> Iterator[tuple[str, int, int]]:
    for e in holding.encumbrances:
        if e.kind is EncumbranceKind.DISPUTE:
            yield e.reference, e.first, e.last
