"""How much of a voucher can be paid out now, and until when it has to be."""

from msgspec.structs import replace

from tallychain.contracts.vouchers.settling.events import PayingChanged
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.position import (
    Position,
    the_settlement,
    the_shares,
    with_portion,
)
from tallychain.contracts.vouchers.settling.rules.times import today_or_next_business_day
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
from tallychain.ledger.timeline import Moment, Step, Timeline, settled


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
    settlement = the_settlement(voucher.number, state)
    payable = settlement.payable - before.payable + after.payable
    later = paying_on(settlement, payable, voucher, now, state)
    shares = with_portion(the_shares(voucher.number, state), after.portion)
    return Change((SETTLEMENTS.put(later), SHARES.put(shares)), (published_paying(later),))
