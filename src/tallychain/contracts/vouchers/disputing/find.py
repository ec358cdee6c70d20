"""Questions that several rules of disputes ask."""

from tallychain.contracts.vouchers.disputing import refusals
from tallychain.contracts.vouchers.disputing.state import DISPUTED, DISPUTES, Dispute
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def the_dispute(number: str, name: str, state: Reader, now: Moment) -> Dispute:
    """The dispute of this name on this voucher."""
    the_voucher(number, state, now)
    dispute = state.get(DISPUTES, number, name)
    if dispute is None:
        raise refusals.DisputeNotFound(number, name)
    return dispute


def check_disputed(dispute: Dispute, now: Moment, among: tuple[str, ...] = DISPUTED) -> None:
    """The dispute stands, in one of these statuses."""
    status = dispute.status_at(now)
    if status not in among:
        raise refusals.DisputeNotOpen(dispute.id, status)
