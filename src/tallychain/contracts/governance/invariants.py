"""What must hold after every block.

151: a proposal is listed as living as long as it is VOTING or PASSED, and no longer.  152: its count is the sum of its ballots, each with the
weight as of the opening, and never more than the total.  153: the constitution is nowhere below its floors, and itself the
highest.  154: the versions of a policy follow each other, none holding from an earlier day.  155: only members have weight.
156 to 159, of validators, nodes and protocols, stand in `nodeinvariants`.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import add

from tallychain.contracts.governance.constitution import KINDS, check_rules
from tallychain.contracts.governance.nodeinvariants import full_nodes, touched_nodes
from tallychain.contracts.governance.state import (
    ABSTAIN,
    BALLOTS,
    LIVING,
    NO,
    PASSED,
    PROPOSALS,
    VOTING,
    WEIGHTS,
    YES,
    Ballot,
    Proposal,
    rule_of,
    weight_at,
)
from tallychain.contracts.members import api as members
from tallychain.ledger.contract import Change
from tallychain.ledger.parameters import POLICIES
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader

Finding = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterable[Finding]:
    """The findings on the proposals and ballots that a Change writes, each in the time of a few rows."""
    ballots = change.written(Ballot)
    for proposal in change.written(Proposal):
        yield from _listed(proposal, after)
        earlier = before.get(PROPOSALS, proposal.id)
        added = _sums([ballot for ballot in ballots if ballot.proposal == proposal.id])
        counted = (0, 0, 0) if earlier is None else (earlier.yes, earlier.no, earlier.abstain)
        yield from _counted(proposal, tuple(map(add, counted, added)))
    for ballot in ballots:
        yield from _weighed(ballot, after)
    yield from touched_nodes(change, after)


def full(state: Reader) -> Iterable[Finding]:
    """The findings on every proposal, the constitution, the policies and the weights."""
    for proposal in state.iterate(PROPOSALS):
        yield from _listed(proposal, state)
        yield from _counted(proposal, _sums(state.iterate(BALLOTS, proposal.id)))
    for ballot in state.iterate(BALLOTS):
        yield from _weighed(ballot, state)
    try:
        check_rules(rule_of(state, kind) for kind in KINDS)
    except Refused as refusal:
        yield 153, str(refusal)
    for before, after in pairwise(state.iterate(POLICIES)):
        if before.kind == after.kind and (
            after.version != before.version + 1 or after.effective_from < before.effective_from
        ):
            yield 154, f"{after.kind} version {after.version} holds from {after.effective_from}"
    for row in state.iterate(WEIGHTS):
        if members.member(state, row.member) is None:
            yield 155, f"{row.member} has weight and is no member"
    yield from full_nodes(state)


def _listed(proposal: Proposal, state: Reader) -> Iterator[Finding]:
    is_listed = state.get(LIVING, proposal.id) is not None
    if is_listed != (proposal.timeline.status in (VOTING, PASSED)):
        yield 151, f"{proposal.id} is {proposal.timeline.status}, listed as living: {is_listed}"


def _counted(proposal: Proposal, sums: tuple[int, ...]) -> Iterator[Finding]:
    counts = (proposal.yes, proposal.no, proposal.abstain)
    if counts != sums or sum(counts) > proposal.text.total:
        yield 152, f"{proposal.id} counts {counts} of {proposal.text.total}, and its ballots {sums}"


def _weighed(ballot: Ballot, state: Reader) -> Iterator[Finding]:
    proposal = state.get(PROPOSALS, ballot.proposal)
    if proposal is None or ballot.weight != weight_at(state, ballot.member, proposal.text.opened_height):
        yield 152, f"{ballot.member} voted on {ballot.proposal} with the weight {ballot.weight}"


def _sums(ballots: Iterable[Ballot]) -> tuple[int, int, int]:
    sums = {YES: 0, NO: 0, ABSTAIN: 0}
    for ballot in ballots:
        sums[ballot.choice] += ballot.weight
    return (sums[YES], sums[NO], sums[ABSTAIN])
