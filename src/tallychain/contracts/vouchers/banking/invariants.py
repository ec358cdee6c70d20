"""What must hold of accounts of record: none in force that two members have not seen and time has not passed over (I270 to I272)."""

from collections.abc import Iterator

from tallychain.contracts.vouchers.banking.events import AccountInForce
from tallychain.contracts.vouchers.banking.state import (
    ACCOUNTS,
    CONFIRMED,
    IN_FORCE,
    LAPSED,
    MAX_TRIES,
    REFUSED,
    STOPPED,
    WAITING,
    ClientAccount,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import later_statuses

Fault = tuple[int, str]


def touched(change: Change, before: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for key in change.removed:
        if key.startswith(ACCOUNTS.key()):
            yield 4, "an account of record was removed"
    told = {event.account for event in change.events if isinstance(event, AccountInForce)}
    for row in change.written(ClientAccount):
        yield from _of_row(row)
        stood = before.get(ACCOUNTS, row.holder.tag)
        if row.record != (None if stood is None else stood.record) and not _was_due(stood, row, told):
            yield 270, f"the account of record of {row.holder.tag} changed without its test and its time"


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for row in state.iterate(ACCOUNTS):
        yield from _of_row(row)


def _was_due(stood: ClientAccount | None, row: ClientAccount, told: set[str]) -> bool:
    """Whether what is in force now was confirmed before, waited its time, and is told to be in force."""
    return (
        stood is not None
        and row.record == stood.latest
        and stood.timeline.status == CONFIRMED
        and stood.latest.id in told
    )


def _of_row(row: ClientAccount) -> Iterator[Fault]:
    for one in (row.latest,) if row.record is None else (row.latest, row.record):
        if one.bank == row.holder.sponsor:
            yield 270, f"the account {one.id} is tested by the sponsor itself"
    status, latest = row.timeline.status, row.latest
    is_tested = bool(latest.confirmed_ms)
    if (status == IN_FORCE and row.record != latest) or (row.record and not row.record.confirmed_ms):
        yield 270, f"the account of record of {row.holder.tag} was not tested"
    if is_tested != (status in (CONFIRMED, IN_FORCE)) and status != STOPPED:
        yield 270, f"the account {latest.id} is {status} and says otherwise when it was tested"
    ends = tuple(end for _, end in later_statuses(row.timeline, ()))
    if ends != ((IN_FORCE,) if status == CONFIRMED else (LAPSED,) if status in WAITING else ()):
        yield 271, f"the account {latest.id} is {status} with another end by time than it must have"
    if latest.tries > MAX_TRIES or (latest.tries == MAX_TRIES and status != REFUSED):
        yield 272, f"the account {latest.id} was tried {latest.tries} times and is {status}"
