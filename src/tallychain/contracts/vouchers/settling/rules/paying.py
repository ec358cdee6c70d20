"""How much of a voucher can be paid out now, and until when it has to be."""

from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.vouchers.settling.events import PayingChanged, PayoutOverdue, UnpaidHolding
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.position import (
    Position,
    positions_of,
    the_settlement,
    the_shares,
    with_portion,
)
from tallychain.contracts.vouchers.settling.rules.times import missed_ms, today_or_next_business_day
from tallychain.contracts.vouchers.settling.state import (
    CLEAR,
    PAYING,
    PAYOUT_LATE,
    SETTLEMENTS,
    SHARES,
    Settlement,
)
from tallychain.contracts.vouchers.state import Voucher
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, settled


@dataclass(frozen=True, slots=True)
class OnTime:
    """A settlement with everything written down that time has made true, though due work may not have come to it yet."""

    settlement: Settlement
    events: tuple[PayoutOverdue, ...] = ()


def on_time(settlement: Settlement, voucher: Voucher, now: Moment, state: Reader) -> OnTime:
    """Write down first that paying out is late, so that paying late never hides that somebody waited."""
    since_ms = missed_ms(settlement.timeline, now)
    return OnTime(settlement) if since_ms is None else overdue(settlement, voucher, since_ms, state)


def overdue(settlement: Settlement, voucher: Voucher, since_ms: int, state: Reader) -> OnTime:
    """The time for paying out is over; who waits is named."""
    waiting = tuple(
        UnpaidHolding(one.holding.id, one.payable) for one in positions_of(voucher, state) if one.payable
    )
    event = PayoutOverdue(voucher.number, voucher.settlement_bank, settlement.payable, since_ms, waiting)
    return OnTime(replace(settlement, timeline=after_next_step(settlement.timeline)), (event,))


def paying_on(
    settlement: Settlement, payable: int, voucher: Voucher, now: Moment, state: Reader
) -> Settlement:
    """
    The settlement with another sum that can be paid out.

    What waits longest sets the deadline: it begins when something first waits, and what is late stays late until nothing waits.
    """
    if not payable:
        return replace(settlement, payable=0, timeline=settled(CLEAR))
    if settlement.payable:
        return replace(settlement, payable=payable)
    minutes = settlement_policy(state, voucher.settlement_policy).payout_minutes
    until_ms = today_or_next_business_day(minutes, now, state)
    return replace(settlement, payable=payable, timeline=Timeline(PAYING, (Step(until_ms, PAYOUT_LATE),)))


def published_paying(settlement: Settlement) -> PayingChanged:
    """How it stands now, for readers."""
    return PayingChanged(settlement.voucher, settlement.paid_out, settlement.payable, settlement.timeline)


def repaid(voucher: Voucher, before: Position, after: Position, now: Moment, state: Reader) -> Change:
    """What follows for the voucher's settlement when one holding's payee or hold changes; nothing if no money waits for it."""
    if before.payable == after.payable:
        return Change()
    stood = on_time(the_settlement(voucher.number, state), voucher, now, state)
    payable = stood.settlement.payable - before.payable + after.payable
    later = paying_on(stood.settlement, payable, voucher, now, state)
    shares = with_portion(the_shares(voucher.number, state), after.portion)
    return Change((SETTLEMENTS.put(later), SHARES.put(shares)), (*stood.events, published_paying(later)))
