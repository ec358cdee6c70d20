"""The validators and nodes with which a chain of several validators begins, as its genesis document names them."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from tallychain.crypto.schemes import KeyNotAdmissible, admit_key
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import KEYS, MEMBERS
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MemberName
from tallychain.ledger.validators import (
    NODES_OF_ONE_MEMBER,
    VALIDATOR,
    ConsensusKey,
    Node,
    NodeId,
    NodeKind,
    Power,
    Validator,
    concentrates,
    founding_rows,
)

EMBEDDED: Final = "embedded"
COMETBFT: Final = "cometbft"
EngineName = Literal["embedded", "cometbft"]

MOST_FOUNDING_NODES: Final = 1_000


class GenesisValidator(Struct, frozen=True, forbid_unknown_fields=True):
    """A founder's validator."""

    member: MemberName
    key: ConsensusKey
    power: Power


class GenesisNode(Struct, frozen=True, forbid_unknown_fields=True):
    """A founder's node; `validator` where it signs with its member's validator key."""

    node: NodeId
    member: MemberName
    kind: NodeKind


def founding_nodes(validators: Sequence[GenesisValidator], nodes: Sequence[GenesisNode]) -> Change:
    """The rows of height 0; what is wrong with them, `founders_fault` says."""
    signing = {node.member: node.node for node in nodes if node.kind == VALIDATOR}
    return founding_rows(
        tuple(
            Validator(row.key, row.member, row.power, signing.get(row.member, ""), 0, leaving=False)
            for row in {row.key: row for row in validators}.values()
        ),
        tuple(Node(row.node, row.member, row.kind, 0) for row in {row.node: row for row in nodes}.values()),
    )


def founders_fault(
    validators: Sequence[GenesisValidator], nodes: Sequence[GenesisNode], state: Reader
) -> str:
    """What is wrong, as a sentence, with the validators and nodes of a genesis document; empty if nothing is."""
    return next(_faults(validators, nodes, state), "")


def _faults(
    validators: Sequence[GenesisValidator], nodes: Sequence[GenesisNode], state: Reader
) -> Iterator[str]:
    if not validators:
        yield "A chain on CometBFT needs at least one validator."
    for what, named in (
        ("validator key", [row.key for row in validators]),
        ("member with a validator", [row.member for row in validators]),
        ("node", [row.node for row in nodes]),
    ):
        twice = [name for name in named if named.count(name) > 1]
        if twice:
            yield f"The {what} {twice[0]} stands twice in the genesis document."
    for validator in validators:
        yield from _validator_faults(validator, nodes, state)
    for node in nodes:
        yield from _node_faults(node, validators, nodes, state)
    powers = [row.power for row in validators]
    if concentrates([1] * len(powers), powers):
        yield "One validator has a third of the power or more: alone it could stop the chain."


def _validator_faults(
    validator: GenesisValidator, nodes: Sequence[GenesisNode], state: Reader
) -> Iterator[str]:
    if state.get(MEMBERS, validator.member) is None:
        yield f"The validator of {validator.member} belongs to no member."
    try:
        admit_key(validator.key)
    except KeyNotAdmissible as odd:
        yield f"The validator key of {validator.member} may not stand: {odd}"
    if state.get(KEYS, validator.key) is not None:
        yield f"The validator key of {validator.member} signs for a person or system already."
    signing = sum(node.member == validator.member and node.kind == VALIDATOR for node in nodes)
    if signing != 1:
        yield f"The member {validator.member} has a validator and {signing} nodes that validate; it needs one."


def _node_faults(
    node: GenesisNode, validators: Sequence[GenesisValidator], nodes: Sequence[GenesisNode], state: Reader
) -> Iterator[str]:
    if state.get(MEMBERS, node.member) is None:
        yield f"The node {node.node} belongs to no member."
    if node.kind == VALIDATOR and all(node.member != row.member for row in validators):
        yield f"The node {node.node} validates, and its member has no validator."
    if sum(node.member == other.member for other in nodes) > NODES_OF_ONE_MEMBER:
        yield f"The member {node.member} has more than {NODES_OF_ONE_MEMBER} nodes."
