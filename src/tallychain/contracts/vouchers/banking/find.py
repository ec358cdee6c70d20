"""Questions that several rules of accounts of record ask."""

from tallychain.contracts.vouchers.banking import refusals
from tallychain.contracts.vouchers.banking.state import ACCOUNTS, ClientAccount
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def the_account(tag: str, name: str, state: Reader) -> ClientAccount:
    """What this tag speaks for, where this is the account that it stated last."""
    found = state.get(ACCOUNTS, tag)
    if found is None or found.latest.id != name:
        raise refusals.AccountNotFound(tag, name)
    return found


def the_record(tag: str, name: str, state: Reader, now: Moment) -> ClientAccount:
    """What this tag speaks for, where this is the account in force."""
    found = state.get(ACCOUNTS, tag)
    record = None if found is None else found.record_at(now)
    if found is None or record is None or record.id != name:
        raise refusals.AccountNotFound(tag, name)
    return found


def check_pending(account: ClientAccount, now: Moment, *among: str) -> None:
    """It waits for this act."""
    status = account.status_at(now)
    if status not in among:
        raise refusals.AccountNotPending(account.latest.id, status)
