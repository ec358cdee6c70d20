"""What time does to a proposal: the vote ends, and what passed acts.

Unlike other due work this is never late: no more proposals live than one block writes down, so before the first operation of a block every
proposal whose instant has come has acted.  What acts reads the state of exactly that moment on every node.
"""

from functools import partial
from typing import Final

from msgspec.structs import replace

from tallychain.contracts.governance.effects import NO_OTHERS, Others, effect
from tallychain.contracts.governance.events import (
    ProposalEnacted,
    ProposalFailed,
    ProposalPassed,
    ProposalRejected,
)
from tallychain.contracts.governance.rules import passed
from tallychain.contracts.governance.state import (
    ENACTED,
    FAILED,
    LIVING,
    LIVING_PROPOSALS,
    PASSED,
    PROPOSALS,
    REJECTED,
    Living,
    Proposal,
)
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step, settled

STEPS_OF_ONE: Final = 2
"""In one block a proposal may both end its vote and act."""


def step(proposal: Proposal, at_ms: int, now: Moment, state: Reader, others: Others = NO_OTHERS) -> Change:
    """Write down the end of a vote, or let a proposal that passed act."""
    status = after_next_step(proposal.timeline).status
    if status == PASSED:
        waiting = replace(proposal, timeline=passed(proposal, at_ms))
        event = ProposalPassed(proposal.id, waiting.timeline, at_ms)
        return Change((PROPOSALS.put(waiting),), (event,))
    if status == REJECTED:
        return _over(proposal, REJECTED) + Change(events=(ProposalRejected(proposal.id, at_ms),))
    return _acted(proposal, at_ms, now, state, others)


def _acted(proposal: Proposal, at_ms: int, now: Moment, state: Reader, others: Others) -> Change:
    text = proposal.text
    try:
        done = effect(text.change, state, now, others, text.rule.opened_ms(text.closes_ms))
    except Refused as refusal:
        failed = replace(proposal, failure=refusal.code, failure_fields=refusal.typed_fields())
        event = ProposalFailed(proposal.id, refusal.code, failed.failure_fields, at_ms)
        return _over(failed, FAILED) + Change(events=(event,))
    return _over(proposal, ENACTED) + Change(events=(ProposalEnacted(proposal.id, at_ms),)) + done


def _over(proposal: Proposal, status: str) -> Change:
    living = Living(proposal.id, proposal.text.proposer)
    return Change((PROPOSALS.put(replace(proposal, timeline=settled(status))), LIVING.delete(living)))


def due_kind(others: Others) -> DueKind:
    """The due work of proposals, with what the other contracts have to do with it."""
    return DueKind(
        name="proposal",
        table=PROPOSALS,
        budget=LIVING_PROPOSALS * STEPS_OF_ONE,
        timeline=lambda row: row.timeline,
        change=partial(step, others=others),
    )
