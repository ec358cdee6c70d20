"""Who has missed a payment issues nothing until it is made.

A missed payment blocks from its cut-off on and not from when somebody writes it down: what has to be paid by when is known
beforehand (`expect`), so a queue that is kept busy gives a defaulting issuer no time (list of attacks, number 5).
"""

from msgspec.structs import replace

from tallychain.contracts.risk import refusals
from tallychain.contracts.risk.events import IssuerCured, IssuerWasBlocked
from tallychain.contracts.risk.state import BLOCKED, EXPECTED, MISSED, Blocked, Expected, Missed
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import MemberName


def expect(state: Reader, issuer: MemberName, cutoff_ms: int) -> Change:
    """A voucher of this issuer has to be paid by the cut-off."""
    row = state.get(EXPECTED, issuer, cutoff_ms) or Expected(issuer, cutoff_ms, 0)
    return Change((EXPECTED.put(replace(row, vouchers=row.vouchers + 1)),))


def meet(state: Reader, issuer: MemberName, cutoff_ms: int) -> Change:
    """One voucher with this cut-off needs no payment any more: paid in full, or ended otherwise.  Nothing if none was expected."""
    row = state.get(EXPECTED, issuer, cutoff_ms)
    if row is None:
        return Change()
    left = replace(row, vouchers=row.vouchers - 1)
    return Change((EXPECTED.put(left) if left.vouchers else EXPECTED.delete(left),))


def block(state: Reader, issuer: MemberName, voucher: str, since_ms: int) -> Change:
    """Put on record that a payment was missed.  Nothing if it is there already."""
    if state.get(MISSED, issuer, voucher) is not None:
        return Change()
    row = _blocked(state, issuer)
    more = replace(row, vouchers=row.vouchers + 1)
    return Change(
        (MISSED.put(Missed(issuer, voucher, since_ms)), BLOCKED.put(more)),
        (IssuerWasBlocked(issuer, voucher, more.vouchers, since_ms),),
    )


def unblock(state: Reader, issuer: MemberName, voucher: str) -> Change:
    """A missed payment was made, or turns out to have been booked in time.  Nothing if it was not missed."""
    missed = state.get(MISSED, issuer, voucher)
    if missed is None:
        return Change()
    row = _blocked(state, issuer)
    left = replace(row, vouchers=row.vouchers - 1)
    return Change(
        (MISSED.delete(missed), BLOCKED.put(left) if left.vouchers else BLOCKED.delete(left)),
        (IssuerCured(issuer, voucher, left.vouchers),),
    )


def is_blocked(state: Reader, issuer: str, now: Moment) -> bool:
    """Whether an issuer has missed a payment that has not been made since, written down or not."""
    if state.get(BLOCKED, issuer) is not None:
        return True
    return any(row.is_missed(now) for row in state.scan(EXPECTED, issuer))


def check_may_issue(state: Reader, issuer: str, now: Moment) -> None:
    """Refuse to a blocked issuer.  Raises `IssuerBlocked`."""
    if is_blocked(state, issuer, now):
        raise refusals.IssuerBlocked(issuer)


def all_expected(state: Reader) -> dict[tuple[str, int], int]:
    """How many vouchers have to be paid, by issuer and cut-off; for checks of the whole state."""
    return {(row.issuer, row.cutoff_ms): row.vouchers for row in state.iterate(EXPECTED)}


def _blocked(state: Reader, issuer: MemberName) -> Blocked:
    return state.get(BLOCKED, issuer) or Blocked(issuer, 0)
