"""How a statement of an account ends: in force by time, or over by somebody's word or silence."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.banking.events import AccountEnded, AccountInForce
from tallychain.contracts.vouchers.banking.state import ACCOUNTS, IN_FORCE, ClientAccount
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step, settled

ACCOUNTS_PER_BLOCK: Final = 200


def ended(account: ClientAccount, status: str, since_ms: int) -> Change:
    """It is over, and the account before stays the one in force."""
    latest = account.latest
    told = AccountEnded(latest.id, account.holder.tag, status, latest.tries, since_ms)
    return Change((ACCOUNTS.put(replace(account, timeline=settled(status))),), (told,))


def in_force(account: ClientAccount, since_ms: int) -> Change:
    """The time to stop it is over: it takes the place of the one before."""
    latest = account.latest
    before = "" if account.record is None else account.record.id
    row = replace(account, record=latest, timeline=settled(IN_FORCE))
    return Change((ACCOUNTS.put(row),), (AccountInForce(latest.id, account.holder.tag, before, since_ms),))


def account_change(account: ClientAccount, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """The time to stop it is over, or somebody was silent."""
    status = after_next_step(account.timeline).status
    return in_force(account, since_ms) if status == IN_FORCE else ended(account, status, since_ms)


DUE_KIND: Final = DueKind(
    name="client_account",
    table=ACCOUNTS,
    budget=ACCOUNTS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=account_change,
)
