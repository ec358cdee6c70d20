"""Questions that several rules of changes of keys ask."""

from tallychain.contracts.vouchers.rekeying import refusals
from tallychain.contracts.vouchers.rekeying.state import REKEYS, Rekey
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def the_rekey(voucher: str, tag: str, name: str, state: Reader) -> Rekey:
    """The change of keys of this name, of this tag on this voucher."""
    found = state.get(REKEYS, tag)
    if found is None or found.id != name or found.voucher != voucher:
        raise refusals.RekeyNotFound(tag, name)
    return found


def check_pending(rekey: Rekey, now: Moment, *among: str) -> None:
    """It waits for this act."""
    status = rekey.status_at(now)
    if status not in among:
        raise refusals.RekeyNotPending(rekey.id, status)
