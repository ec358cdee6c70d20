"""What the issuer pays in after its holders have everything is the guarantor's, as far as that has paid them; the settlement bank passes it on."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.guaranteeing.events import RepaymentFound, RepaymentLate
from tallychain.contracts.vouchers.guaranteeing.state import (
    FORWARD_LATE,
    GUARANTEES,
    REPAYMENTS,
    TO_FORWARD,
    Repayment,
)
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.times import end_of_business_day_after
from tallychain.contracts.vouchers.state import Voucher
from tallychain.ledger.contract import Call, Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step

REPAYMENTS_PER_BLOCK: Final = 100


def repayment(voucher: Voucher, amount: int, call: Call, state: Reader) -> Change:
    """What an attestation has found that is the guarantor's; it is passed on as soon as an excess is returned."""
    guarantee = state.get(GUARANTEES, voucher.number)
    if guarantee is None or not amount:
        return Change()
    days = settlement_policy(state, voucher.settlement_policy).excess_business_days
    until_ms = end_of_business_day_after(days, call.now, state)
    row = Repayment(
        voucher=voucher.number,
        attestation=call.operation,
        bank=voucher.settlement_bank,
        guarantor=guarantee.guarantor,
        amount=amount,
        timeline=Timeline(TO_FORWARD, (Step(until_ms, FORWARD_LATE),)),
    )
    event = RepaymentFound(row.voucher, row.attestation, row.bank, row.guarantor, row.amount, row.timeline)
    return Change((REPAYMENTS.put(row),), (event,))


def late_event(row: Repayment, since_ms: int) -> RepaymentLate:
    """The bank has let the time pass."""
    return RepaymentLate(row.voucher, row.attestation, row.bank, row.guarantor, row.amount, since_ms)


def repayment_change(row: Repayment, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """It is late, and stays to be passed on."""
    late = replace(row, timeline=after_next_step(row.timeline))
    return Change((REPAYMENTS.put(late),), (late_event(row, since_ms),))


DUE_KIND: Final = DueKind(
    name="repayment",
    table=REPAYMENTS,
    budget=REPAYMENTS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=repayment_change,
)
