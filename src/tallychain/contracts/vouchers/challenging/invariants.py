"""What must hold of acts that are on record as false."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.challenging.events import IdentityShownFalse
from tallychain.contracts.vouchers.challenging.state import FALSE_IDENTITIES, GROUNDS, FalseIdentity
from tallychain.contracts.vouchers.financing.state import ASKING, FINANCINGS
from tallychain.contracts.vouchers.operations import MAX_ROWS
from tallychain.contracts.vouchers.state import OFFERS, OPEN
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    told = {event.challenged for event in change.events if isinstance(event, IdentityShownFalse)}
    written = change.written(FalseIdentity)
    for row in written:
        if row.act not in told or before.get(FALSE_IDENTITIES, row.act) is not None:
            yield 310, f"{row.act} is on record as false, and nobody has shown it now"
        yield from _of_row(row, after)
    if told - {row.act for row in written}:
        yield 310, "an act was shown to be false and is not on record as that"
    prefix = FALSE_IDENTITIES.key()
    if any(key.startswith(prefix) for key in change.removed):
        yield 310, "an act that is on record as false leaves"


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for row in state.iterate(FALSE_IDENTITIES):
        yield from _of_row(row, state)


def _of_row(row: FalseIdentity, state: Reader) -> Iterator[Fault]:
    if row.ground not in GROUNDS:
        yield 311, f"{row.act} is on record as false without a ground"
    offers = (state.get(OFFERS, f"{row.act}:{number}") for number in range(1, MAX_ROWS + 1))
    asked = state.get(FINANCINGS, row.act)
    if any(offer is not None and offer.timeline.status == OPEN for offer in offers) or (
        asked is not None and asked.timeline.status in ASKING
    ):
        yield 312, f"something that rests on {row.act} is open, though it is on record as false"
