"""What time does in settlement.  Vouchers themselves fall due in the other half of the contract."""

from tallychain.contracts.vouchers.settling.rules.agree import agreement_change
from tallychain.contracts.vouchers.settling.rules.debt import entitlement_change
from tallychain.contracts.vouchers.settling.rules.payout import excess_change, settlement_change
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, ENTITLEMENTS, EXCESSES, SETTLEMENTS
from tallychain.ledger.contract import DueKind

SETTLEMENTS_PER_BLOCK = 50
"""Each names all holdings that wait."""
OTHERS_PER_BLOCK = 100

DUE_KINDS = (
    DueKind(
        name="settlement",
        table=SETTLEMENTS,
        budget=SETTLEMENTS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=settlement_change,
    ),
    DueKind(
        name="entitlement",
        table=ENTITLEMENTS,
        budget=OTHERS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=entitlement_change,
    ),
    DueKind(
        name="excess",
        table=EXCESSES,
        budget=OTHERS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=excess_change,
    ),
    DueKind(
        name="agreement",
        table=AGREEMENTS,
        budget=OTHERS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=agreement_change,
    ),
)
