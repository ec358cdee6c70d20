"""Electronic receivable vouchers (应收账款电子凭证): promises to pay, who holds which units of them, and how title moves."""

from typing import Final

from tallychain.contracts.vouchers.columns import WORDS
from tallychain.contracts.vouchers.declared import OPERATIONS
from tallychain.contracts.vouchers.events import EVENTS
from tallychain.contracts.vouchers.invariants import full, touched
from tallychain.contracts.vouchers.policies import parameter_faults
from tallychain.contracts.vouchers.rules import DUE_KINDS
from tallychain.contracts.vouchers.state import HOLDINGS, OFFERS, REFERENCES, SERIAL, VOUCHERS
from tallychain.contracts.vouchers.views import VIEWS
from tallychain.ledger.contract import Contract, Words

CONTRACT: Final = Contract(
    name="vouchers",
    title=Words("Vouchers", "应收账款电子凭证"),
    operations=OPERATIONS,
    events=EVENTS,
    tables=(VOUCHERS, HOLDINGS, OFFERS, REFERENCES, SERIAL),
    due=DUE_KINDS,
    touched=touched,
    full=full,
    parameter_faults=parameter_faults,
    views=VIEWS,
    words=WORDS,
)
