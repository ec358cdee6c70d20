"""Documents (确权与单据): rights confirmed by their debtors, and fingerprints of invoices, so that none is promised twice."""

from typing import Final

from tallychain.contracts.documents.declared import OPERATIONS
from tallychain.contracts.documents.events import EVENTS
from tallychain.contracts.documents.genesis import founded, founding_events
from tallychain.contracts.documents.invariants import full, touched
from tallychain.contracts.documents.policies import parameter_faults
from tallychain.contracts.documents.rules import DUE_KINDS
from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    FINGERPRINTS,
    INVOICE_NAMES,
    KEY_EPOCHS,
    LIKENESSES,
    PAYABLES,
    REFERENCES,
)
from tallychain.contracts.documents.views import VIEWS
from tallychain.contracts.documents.words import WORDS
from tallychain.ledger.contract import Contract, Words

CONTRACT: Final = Contract(
    name="documents",
    title=Words("Documents", "确权与单据"),
    operations=OPERATIONS,
    events=EVENTS,
    tables=(PAYABLES, FINGERPRINTS, ALLOCATIONS, LIKENESSES, REFERENCES, INVOICE_NAMES, KEY_EPOCHS),
    due=DUE_KINDS,
    touched=touched,
    full=full,
    genesis=founded,
    founding_events=founding_events,
    parameter_faults=parameter_faults,
    views=VIEWS,
    words=WORDS,
)
