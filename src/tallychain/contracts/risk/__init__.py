"""Risk (风险与额度): ceilings that banks grant to issuers, and blocks after missed payments, and on what terms funders would finance."""

from typing import Final

from tallychain.contracts.risk.declared import OPERATIONS
from tallychain.contracts.risk.events import EVENTS
from tallychain.contracts.risk.genesis import founded
from tallychain.contracts.risk.invariants import full, touched
from tallychain.contracts.risk.policies import parameter_faults
from tallychain.contracts.risk.rules import DUE_KINDS
from tallychain.contracts.risk.standards import declared as standards
from tallychain.contracts.risk.standards.events import EVENTS as STANDARD_EVENTS
from tallychain.contracts.risk.standards.rules import DUE_KINDS as STANDARD_DUE_KINDS
from tallychain.contracts.risk.standards.state import PUBLISHED, STANDARDS
from tallychain.contracts.risk.standards.views import VIEWS as STANDARD_VIEWS
from tallychain.contracts.risk.standards.views import WORDS as STANDARD_WORDS
from tallychain.contracts.risk.state import BLOCKED, CEILINGS, EXPECTED, MISSED, USAGES
from tallychain.contracts.risk.views import VIEWS, WORDS
from tallychain.ledger.contract import Contract, Words

CONTRACT: Final = Contract(
    name="risk",
    title=Words("Risk and ceilings", "风险与额度"),
    operations=(*OPERATIONS, *standards.OPERATIONS),
    events=(*EVENTS, *STANDARD_EVENTS),
    tables=(CEILINGS, USAGES, EXPECTED, MISSED, BLOCKED, STANDARDS, PUBLISHED),
    due=(*DUE_KINDS, *STANDARD_DUE_KINDS),
    touched=touched,
    full=full,
    genesis=founded,
    parameter_faults=parameter_faults,
    views=(*VIEWS, *STANDARD_VIEWS),
    words=WORDS | STANDARD_WORDS,
)
