"""Admission (准入): banks introduce core enterprises on the strength of a due diligence, and review them every year."""

from typing import Final

from tallychain.contracts.admission.declared import OPERATIONS, WORDS
from tallychain.contracts.admission.events import EVENTS
from tallychain.contracts.admission.genesis import founded, founding_events
from tallychain.contracts.admission.invariants import full, touched
from tallychain.contracts.admission.policies import parameter_faults
from tallychain.contracts.admission.rules import DUE_KINDS
from tallychain.contracts.admission.state import INTRODUCTIONS, REVIEWS
from tallychain.contracts.admission.views import VIEWS
from tallychain.ledger.contract import Contract, Words

CONTRACT: Final = Contract(
    name="admission",
    title=Words("Admission", "准入"),
    operations=OPERATIONS,
    events=EVENTS,
    tables=(INTRODUCTIONS, REVIEWS),
    due=DUE_KINDS,
    touched=touched,
    full=full,
    genesis=founded,
    founding_events=founding_events,
    parameter_faults=parameter_faults,
    views=VIEWS,
    words=WORDS,
)
