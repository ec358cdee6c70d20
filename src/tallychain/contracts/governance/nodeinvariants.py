"""What must hold of validators, nodes and protocols after every block.

156: a validator belongs to a member, signs with a node that is admitted as its member's validator, and no member has two that stay.  157: the
engine knows no validator but those of record, and one that leaves is one that it knows.  158: a node belongs to a member, has a
validator exactly where it is one, and no member has too many.  159: protocols follow each other, in number and in height.  260: what the
engine was told of its own parameters is a version of the policy.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from tallychain.contracts.members import api as members
from tallychain.ledger.contract import Change
from tallychain.ledger.engineparameters import ENGINE, TOLD, EngineParameters, parameters_of
from tallychain.ledger.parameters import POLICIES
from tallychain.ledger.protocol import ACTIVATIONS
from tallychain.ledger.state import Reader
from tallychain.ledger.validators import (
    NODES,
    NODES_OF_ONE_MEMBER,
    SENT,
    VALIDATOR,
    VALIDATORS,
    Node,
    Validator,
    staying,
    told_power,
)

Finding = tuple[int, str]


def touched_nodes(change: Change, after: Reader) -> Iterable[Finding]:
    """The findings on the validators and nodes that a Change writes; an alliance has few of both."""
    for validator in change.written(Validator):
        yield from _of_validator(validator, after)
    for node in change.written(Node):
        yield from _of_node(node, after)
    if any(change.written(EngineParameters)):
        yield from _of_parameters(after)


def full_nodes(state: Reader) -> Iterable[Finding]:
    """The findings on every validator, node and protocol."""
    for validator in state.iterate(VALIDATORS):
        yield from _of_validator(validator, state)
    for sent in state.iterate(SENT):
        if state.get(VALIDATORS, sent.key) is None:
            yield 157, f"the engine knows {sent.key}, which is no validator of record"
    for node in state.iterate(NODES):
        yield from _of_node(node, state)
    for before, after in pairwise(state.iterate(ACTIVATIONS)):
        if after.protocol != before.protocol + 1 or after.from_height <= before.from_height:
            yield 159, f"protocol {after.protocol} holds from height {after.from_height}"
    yield from _of_parameters(state)


def _of_parameters(state: Reader) -> Iterator[Finding]:
    told = state.get(TOLD)
    if told is not None and told not in map(parameters_of, state.iterate(POLICIES, ENGINE)):
        yield 260, "the engine was told parameters that no version of the policy has"


def _of_validator(row: Validator, state: Reader) -> Iterator[Finding]:
    node = state.get(NODES, row.node)
    if members.member(state, row.member) is None:
        yield 156, f"{row.member} validates and is no member"
    if node is None or (node.member, node.kind) != (row.member, VALIDATOR):
        yield 156, f"{row.member} validates with the node {row.node}, which is not its own"
    if sum(other.member == row.member for other in staying(state)) > 1:
        yield 156, f"{row.member} has two validators"
    if row.leaving and not told_power(state, row.key):
        yield 157, f"{row.key} leaves and was never there"


def _of_node(row: Node, state: Reader) -> Iterator[Finding]:
    if members.member(state, row.member) is None:
        yield 158, f"{row.member} has a node and is no member"
    validates = any(one.node == row.node for one in state.scan(VALIDATORS))
    if validates != (row.kind == VALIDATOR):
        yield 158, f"{row.node} is {row.kind}, and validates: {validates}"
    if sum(other.member == row.member for other in state.scan(NODES)) > NODES_OF_ONE_MEMBER:
        yield 158, f"{row.member} has too many nodes"
