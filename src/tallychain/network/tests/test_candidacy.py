"""A node asks to be admitted with proofs that it has its keys, made from its own files."""

import pytest

from tallychain.contracts.governance.nodechanges import AdmitNode, AdmitValidator
from tallychain.contracts.governance.operations import Open
from tallychain.ledger import codec
from tallychain.ledger.genesis import chain_facts
from tallychain.ledger.possession import is_proven, statement
from tallychain.network.layout import Layout
from tallychain.network.making import make
from tallychain.network.tests.test_making import making
from tallychain.node.candidacy import NoEngine, admission_request
from tallychain.node.config import load_node


def test_the_request_carries_proofs_by_both_keys_of_the_node(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # Named after the test, the folder would be too deep for the nodes' sockets.
    root = tmp_path_factory.mktemp("s") / "n"
    make(root, making(engine="cometbft", clock="system"))
    node = load_node(Layout(root).node_file("bank-b"))
    facts = chain_facts(node.genesis.read_bytes())

    opened = codec.decode(Open, codec.encode(admission_request(node, 10)["args"]))
    change = opened.data
    assert isinstance(change, AdmitValidator)
    said = statement(facts, "bank-b", change.node_key, change.key)
    assert is_proven(change.key, change.key_proof, said)
    assert is_proven(change.node_key, change.node_proof, said)
    assert (opened.kind, change.member, change.power) == ("VALIDATOR_ADMIT", "bank-b", 10)

    observer = codec.decode(Open, codec.encode(admission_request(node, 0)["args"])).data
    assert isinstance(observer, AdmitNode)
    said = statement(facts, "bank-b", observer.node_key)
    assert is_proven(observer.node_key, observer.node_proof, said)


def test_a_chain_of_one_operator_admits_no_nodes() -> None:
    class Plain:
        engine = None

    with pytest.raises(NoEngine, match="one operator"):
        admission_request(Plain(), 10)  # type: ignore[arg-type]  # its engine is all that is asked for
