"""Whether the state says the same as the simple model."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import GONE, HOLDINGS, OFFERS, VOUCHERS
from tallychain.contracts.vouchers.tests.model import Model
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def differences(model: Model, state: Reader, now: Moment) -> Iterator[str]:
    """Every difference between the model and the state at this moment."""
    if not model.conserved():
        yield "the model itself is not conserved"
    if not {v.number for v in state.iterate(VOUCHERS)} <= set(model.vouchers):
        yield "vouchers that nobody issued"
    if not {o.id for o in state.iterate(OFFERS)} <= set(model.offers):
        yield "offers that nobody made"
    for number in model.vouchers:
        yield from voucher_differences(model, number, state, now)
    for name, expected in model.offers.items():
        offer = state.get(OFFERS, name)
        if expected.is_gone(now.time_ms):
            if offer is not None and offer.status_at(now) != GONE:
                yield f"offer {name} is still there"
            continue
        if offer is None or offer.status_at(now) != expected.status(now.time_ms):
            yield f"offer {name} is not {expected.status(now.time_ms)}"


def voucher_differences(model: Model, number: str, state: Reader, now: Moment) -> Iterator[str]:
    """Every difference about one voucher."""
    expected = model.vouchers[number]
    voucher = state.get(VOUCHERS, number)
    if expected.is_gone(now.time_ms):
        if voucher is not None and voucher.status_at(now) != GONE:
            yield f"voucher {number} is still there"
        return
    if voucher is None or voucher.status_at(now) != expected.status(now.time_ms):
        yield f"voucher {number} is not {expected.status(now.time_ms)}"
        return
    if voucher.splits != expected.splits:
        yield f"voucher {number} has {voucher.splits} splits and not {expected.splits}"
    holdings = state.scan(HOLDINGS, number)
    found = [(h.first, h.last, h.tag, h.layer) for h in holdings]
    if found != [(p.first, p.last, p.tag, p.layer) for p in expected.pieces]:
        yield f"voucher {number} is held otherwise"
    locked = sorted(e.reference for h in holdings for e in binding(h, state, now))
    if locked != sorted(offer.name for offer in model.open_offers(number, now.time_ms)):
        yield f"voucher {number} has other locks"
