"""A node asks to be admitted: the proposal that its member opens, with proofs that it has its keys.

Made on the node's own machine, because private keys never leave it; what comes out is public.
"""

from typing import Any, Final

import msgspec

from tallychain.contracts.governance.changes import kind_of
from tallychain.contracts.governance.nodechanges import AdmitNode, AdmitValidator
from tallychain.contracts.governance.operations import Open
from tallychain.ledger.genesis import chain_facts
from tallychain.ledger.possession import node_id, statement
from tallychain.node.config import Node

_WORDS: Final = {
    AdmitValidator: ("{member} 的节点 {node} 参与验证，权重 {power}", "The node {node} of {member} validates with the power {power}"),
    AdmitNode: ("{member} 的节点 {node} 作为观察节点接入", "The node {node} of {member} connects as an observer"),
}  # fmt: skip


class NoEngine(Exception):
    """The node's chain is ordered by one operator, so there is nothing to be admitted to."""

    code = "ENGINE_OF_ONE_OPERATOR"


def admission_request(node: Node, power: int) -> dict[str, Any]:
    """
    The request for `proposal.open` by which this node becomes a validator with a power or, with 0, an observer.

    Raises `NoEngine`, and `EngineKeyRefused` where a key of the node cannot be read.
    """
    if node.engine is None:
        raise NoEngine(
            "This chain is ordered by one operator: nodes of others follow it and need no admission."
        )
    facts, member = chain_facts(node.genesis.read_bytes()), node.gateway.member
    own = node.home.node().signing
    change: AdmitValidator | AdmitNode
    if power:
        consensus = node.home.consensus().signing
        said = statement(facts, member, own.public, consensus.public)
        proofs = [key.sign(said).hex() for key in (consensus, own)]
        change = AdmitValidator(member, consensus.public, proofs[0], own.public, proofs[1], power)
    else:
        said = statement(facts, member, own.public)
        change = AdmitNode(member, own.public, own.sign(said).hex())
    fields = {"member": member, "node": node_id(own.public), "power": power}
    zh, en = (text.format(**fields) for text in _WORDS[type(change)])
    return {"args": msgspec.to_builtins(Open(kind_of(change), zh, en, change)), "sealed": {}}
