"""Which funder is entitled to what stands behind a financing: one that was asked, while it takes quotes, and the one that was chosen, from then on."""

from tallychain.contracts.vouchers.financing.state import ASKING, BINDING, COMPLETED, Financing
from tallychain.ledger.timeline import Moment


def is_entitled(financing: Financing, member: str, now: Moment) -> bool:
    """Whether a member is one of them at this moment."""
    if member not in financing.funders:
        return False
    status = financing.status_at(now)
    is_chosen = financing.deal is not None and financing.deal.funder == member
    return status in ASKING or (is_chosen and status in (*BINDING, COMPLETED))
