"""Whether a holding has been paid before its maturity; asked by every offer and every cancellation."""

from tallychain.contracts.vouchers.settling.refusals import HoldingPaid
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS
from tallychain.contracts.vouchers.state import Holding
from tallychain.ledger.state import Reader


def check_not_paid(holding: Holding, state: Reader) -> None:
    """Refuse to pass on what its issuer has paid directly, or was released of.  Raises `HoldingPaid`."""
    entitlement = state.get(ENTITLEMENTS, holding.voucher, holding.first)
    if entitlement is not None and (entitlement.outside or entitlement.released):
        raise HoldingPaid(holding.id)
