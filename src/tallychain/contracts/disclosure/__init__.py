"""Disclosure (信息披露): what everybody may know of issuers, computed from what happened, month by month."""

from typing import Final

from tallychain.contracts.disclosure.declared import OPERATIONS
from tallychain.contracts.disclosure.events import EVENTS
from tallychain.contracts.disclosure.invariants import full, touched
from tallychain.contracts.disclosure.policies import parameter_faults
from tallychain.contracts.disclosure.rules import DUE_KINDS
from tallychain.contracts.disclosure.state import ACCOUNTS, ARREARS, CONTRIBUTORS, MONTHS, RECORDS
from tallychain.contracts.disclosure.views import VIEWS, WORDS
from tallychain.ledger.contract import Contract, Words

CONTRACT: Final = Contract(
    name="disclosure",
    title=Words("Disclosure", "信息披露"),
    operations=OPERATIONS,
    events=EVENTS,
    tables=(ACCOUNTS, MONTHS, ARREARS, CONTRIBUTORS, RECORDS),
    due=DUE_KINDS,
    touched=touched,
    full=full,
    parameter_faults=parameter_faults,
    views=VIEWS,
    words=WORDS,
)
