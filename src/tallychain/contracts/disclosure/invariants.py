"""What must hold: of one Change before it is adopted (`touched`), and of the whole state (`full`).

501: a record is final; only the numbers of remarks and corrections beside it grow.  502: months are closed one after the other, each with its
record.  503: no more is overdue than is owed.  That what is counted is what vouchers say (I25 of the supply-chain study), the voucher contract checks.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from tallychain.contracts.disclosure.months import shifted
from tallychain.contracts.disclosure.state import ACCOUNTS, RECORDS, Account, Record
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for record in change.written(Record):
        yield from _of_record(record, before)
    for account in change.written(Account):
        yield from _of_account(account)
        yield from _of_step(account, before, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for account in state.iterate(ACCOUNTS):
        yield from _of_account(account)
    for record in state.iterate(RECORDS):
        stood = state.get(ACCOUNTS, record.issuer)
        if stood is None or record.month >= stood.month:
            yield 502, f"{record.issuer} has a record for {record.month}, which is not closed"


def _of_record(record: Record, before: Reader) -> Iterator[Fault]:
    stood = before.get(RECORDS, record.issuer, record.month)
    if stood is not None and stood != replace(record, remarks=stood.remarks, corrections=stood.corrections):
        yield 501, f"the record of {record.issuer} for {record.month} would change"


def _of_account(account: Account) -> Iterator[Fault]:
    if account.overdue_balance > account.balance:
        yield 503, f"{account.issuer} owes {account.balance} and {account.overdue_balance} is overdue"


def _of_step(account: Account, before: Reader, after: Reader) -> Iterator[Fault]:
    stood = before.get(ACCOUNTS, account.issuer)
    if stood is None or stood.month == account.month:
        return
    closed = after.get(RECORDS, account.issuer, stood.month)
    if closed is None or account.month != shifted(stood.month, 1):
        yield 502, f"{account.issuer} went from {stood.month} to {account.month} without its record"
