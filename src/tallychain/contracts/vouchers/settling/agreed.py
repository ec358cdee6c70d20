"""Whether an issuer and a settlement bank have agreed; asked by every issue."""

from tallychain.contracts.vouchers.settling.refusals import SettlementNotAgreed
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, IN_FORCE
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def is_agreed(issuer: str, bank: str, state: Reader, now: Moment) -> bool:
    """Whether the bank pays out new vouchers of the issuer."""
    agreement = state.get(AGREEMENTS, issuer, bank)
    return agreement is not None and agreement.status_at(now) == IN_FORCE


def check_agreed(issuer: str, bank: str, state: Reader, now: Moment) -> None:
    """Refuse without an agreement in force.  Raises `SettlementNotAgreed`."""
    if not is_agreed(issuer, bank, state, now):
        raise SettlementNotAgreed(issuer, bank)
