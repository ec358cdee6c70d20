"""Money that no holder has coming: it goes back to the issuer."""

from tallychain.contracts.vouchers.settling.events import ExcessFound
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.times import end_of_business_day_after
from tallychain.contracts.vouchers.settling.state import EXCESSES, RETURN_LATE, TO_RETURN, Excess
from tallychain.contracts.vouchers.state import Voucher
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Step, Timeline


def excess_found(voucher: Voucher, amount: int, call: Call, state: Reader) -> Change:
    """What an attestation has found above what is owed, and by when it is returned; nothing where there is none."""
    if not amount:
        return Change()
    days = settlement_policy(state, voucher.settlement_policy).excess_business_days
    until_ms = end_of_business_day_after(days, call.now, state)
    timeline = Timeline(TO_RETURN, (Step(until_ms, RETURN_LATE),))
    excess = Excess(call.operation, voucher.number, voucher.settlement_bank, amount, timeline)
    event = ExcessFound(voucher.number, call.operation, voucher.settlement_bank, amount, timeline)
    return Change((EXCESSES.put(excess),), (event,))
