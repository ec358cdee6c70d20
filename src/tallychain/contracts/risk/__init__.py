"""Risk (风险与额度): ceilings that banks grant to issuers, and blocks after missed payments."""

from typing import Final

from tallychain.contracts.risk.declared import OPERATIONS
from tallychain.contracts.risk.events import EVENTS
from tallychain.contracts.risk.genesis import founded
from tallychain.contracts.risk.invariants import full, touched
from tallychain.contracts.risk.policies import parameter_faults
from tallychain.contracts.risk.rules import DUE_KINDS
from tallychain.contracts.risk.state import BLOCKED, CEILINGS, EXPECTED, MISSED, USAGES
from tallychain.contracts.risk.views import VIEWS, WORDS
from tallychain.ledger.contract import Contract, Words

CONTRACT: Final = Contract(
    name="risk",
    title=Words("Risk and ceilings", "风险与额度"),
    operations=OPERATIONS,
    events=EVENTS,
    tables=(CEILINGS, USAGES, EXPECTED, MISSED, BLOCKED),
    due=DUE_KINDS,
    touched=touched,
    full=full,
    genesis=founded,
    parameter_faults=parameter_faults,
    views=VIEWS,
    words=WORDS,
)
