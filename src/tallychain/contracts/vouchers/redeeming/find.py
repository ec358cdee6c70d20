"""Questions that several rules of redemptions ask."""

from tallychain.contracts.vouchers.redeeming import refusals
from tallychain.contracts.vouchers.redeeming.state import LAPSED, OFFERED, REDEMPTIONS, Redemption
from tallychain.contracts.vouchers.state import Holding
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def the_redemption(number: str, first: int, name: str, state: Reader) -> Redemption:
    """The redemption of this name of the holding that begins with this unit."""
    redemption = state.get(REDEMPTIONS, number, first)
    if redemption is None or redemption.id != name:
        raise refusals.RedemptionNotFound(number, first, name)
    return redemption


def status_for(redemption: Redemption, holding: Holding, now: Moment) -> str:
    """What it is for whoever holds the units now: what was offered to a holding that has passed on, or was divided, is over."""
    status = redemption.status_at(now)
    return LAPSED if status == OFFERED and redemption.holding != holding.id else status


def check_pending(redemption: Redemption, holding: Holding, now: Moment, wanted: str) -> None:
    """It waits for this act."""
    status = status_for(redemption, holding, now)
    if status != wanted:
        raise refusals.RedemptionNotPending(redemption.id, status)
