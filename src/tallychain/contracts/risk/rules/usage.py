"""What vouchers take of their issuer's ceilings and give back."""

from tallychain.contracts.members.api import member
from tallychain.contracts.risk import refusals
from tallychain.contracts.risk.events import CeilingFreed, CeilingUsed
from tallychain.contracts.risk.state import CEILINGS, IN_FORCE, USAGES, Usage
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import ACTIVE, SUSPENDED
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

STANDING = (ACTIVE, SUSPENDED)
"""A bank that a supervisor suspended for some days stands by what it granted; one that is revoked or has left does not."""


def granted(state: Reader, issuer: str, now: Moment) -> int:
    """The sum of an issuer's ceilings in force, in fen."""
    return sum(
        row.amount
        for row in state.scan(CEILINGS, issuer)
        if row.status_at(now) == IN_FORCE and _stands(row.bank, state, now)
    )


def used(state: Reader, issuer: str) -> int:
    """What an issuer has outstanding, in fen."""
    row = state.get(USAGES, issuer)
    return 0 if row is None else row.used


def all_used(state: Reader) -> dict[str, int]:
    """What every issuer has outstanding, in fen; for checks of the whole state."""
    return {row.issuer: row.used for row in state.iterate(USAGES)}


def free(state: Reader, issuer: str, now: Moment) -> int:
    """What an issuer may still issue, in fen; 0 where more is outstanding than is granted by now."""
    return max(granted(state, issuer, now) - used(state, issuer), 0)


def use(state: Reader, issuer: str, amount: int, now: Moment) -> Change:
    """Take part of an issuer's ceilings for a promise.  Raises `CeilingExceeded`."""
    left = free(state, issuer, now)
    if amount > left:
        raise refusals.CeilingExceeded(issuer, left, amount)
    row = Usage(issuer, used(state, issuer) + amount)
    return Change((USAGES.put(row),), (CeilingUsed(issuer, amount, row.used),))


def give_back(state: Reader, issuer: str, amount: int) -> Change:
    """Give back what was paid, or what ended without being paid."""
    row = Usage(issuer, used(state, issuer) - amount)
    write = USAGES.put(row) if row.used else USAGES.delete(row)
    return Change((write,), (CeilingFreed(issuer, amount, row.used),))


def _stands(bank: str, state: Reader, now: Moment) -> bool:
    found = member(state, bank)
    return found is not None and found.status_at(now) in STANDING
