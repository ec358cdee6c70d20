"""Governance: the members decide by vote, by rules that they can read, and what they decide acts by itself."""

from collections.abc import Sequence
from typing import Final

from tallychain.contracts.governance.declared import VOTING_OPERATIONS, WORDS, opening
from tallychain.contracts.governance.due import due_kind
from tallychain.contracts.governance.effects import CalendarHook, Others
from tallychain.contracts.governance.events import EVENTS
from tallychain.contracts.governance.genesis import founded, founding_events
from tallychain.contracts.governance.invariants import full, touched
from tallychain.contracts.governance.state import BALLOTS, LIVING, PROPOSALS, RULES, WEIGHTS
from tallychain.contracts.governance.views import VIEWS
from tallychain.ledger.contract import Contract, Words
from tallychain.ledger.engineparameters import TOLD, parameter_faults
from tallychain.ledger.parameters import CALENDARS, POLICIES
from tallychain.ledger.protocol import ACTIVATIONS
from tallychain.ledger.validators import MOVED, NODES, SENT, VALIDATORS


def governing(contracts: Sequence[Contract], calendar_published: Sequence[CalendarHook] = ()) -> Contract:
    """
    Governance over a chain's other contracts.

    A vote never leaves a policy or calendar that one of them finds faulty; what follows from a published calendar (`CalendarHook`) is part
    of the Change that publishes it.
    """
    faults = tuple(c.parameter_faults for c in contracts if c.parameter_faults is not None)
    others = Others((*faults, parameter_faults), tuple(calendar_published))
    return Contract(
        name="governance",
        title=Words("Governance", "治理"),
        operations=(opening(others), *VOTING_OPERATIONS),
        events=EVENTS,
        tables=(
            *(PROPOSALS, BALLOTS, RULES, WEIGHTS, LIVING, POLICIES, CALENDARS),
            *(VALIDATORS, SENT, MOVED, NODES, ACTIVATIONS, TOLD),
        ),
        due=(due_kind(others),),
        touched=touched,
        full=full,
        genesis=founded,
        founding_events=founding_events,
        parameter_faults=parameter_faults,
        views=VIEWS,
        words=WORDS,
    )


CONTRACT: Final = governing(())
