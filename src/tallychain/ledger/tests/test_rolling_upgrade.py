"""Nodes are replaced one by one: with the newer build and the older one a chain goes the same way up to the height, and no further with the older."""

from dataclasses import replace

import pytest

from tallychain.ledger import codec
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.protocol import ACTIVATIONS, Activation, ProtocolUnknown
from tallychain.ledger.tests.chain import START_MS, Chain, pack, signed
from tallychain.ledger.tests.toy import CATALOGUE, CONTRACT, PLAIN, FillBox, OpenBox

FROM = 4
ACTIVATION = Activation(2, FROM, "0.6.0", "ab" * 32, "cd" * 32)
FILL = next(kind for kind in CONTRACT.operations if kind.name == "box.fill")
POUR = replace(FILL, name="box.pour", since_protocol=2)
NEWER = Catalogue(
    [replace(CONTRACT, operations=(*CONTRACT.operations, POUR)), PLAIN], protocols=frozenset({1, 2})
)


def node(catalogue: Catalogue) -> Chain:
    chain = Chain()
    write = ACTIVATIONS.put(ACTIVATION)
    chain.backing.write([(write.key, codec.encode(ACTIVATION))])
    chain.ledger.catalogue = catalogue
    return chain


def pour(chain: Chain) -> SignedOperation:
    return signed(chain.body("box.pour", FillBox("A", 1)), ("system",), ("bank-a/system",))


def test_before_its_height_an_operation_of_the_next_protocol_is_unknown_to_both_builds_alike() -> None:
    nodes = (node(CATALOGUE), node(NEWER))
    opened = nodes[0].ask("box.open", OpenBox("A", 1, START_MS + 90_000, "why"))
    wanted = pour(nodes[0])

    for chain in nodes:
        chain.block(opened)
        block = chain.raw_block([pack([wanted], "bank-a", chain.ledger.time_ms)])
        assert block.inadmissible == ["TYPE_UNKNOWN"]
        chain.block()

    assert nodes[0].root == nodes[1].root
    assert [chain.ledger.height for chain in nodes] == [FROM - 1, FROM - 1]


def test_at_its_height_the_newer_build_goes_on_and_the_older_one_stops_without_executing_anything() -> None:
    older, newer = node(CATALOGUE), node(NEWER)
    for chain in (older, newer):
        chain.block(chain.ask("box.open", OpenBox("A", 1, START_MS + 90_000, "why")))
        chain.block()
        chain.block()
    root = older.root

    assert newer.block(pour(newer)).codes == ["DONE"]
    with pytest.raises(ProtocolUnknown, match=r"install release 0\.6\.0"):
        older.block()

    assert (older.ledger.height, older.root) == (FROM - 1, root)
    with pytest.raises(ProtocolUnknown, match="From height 4 on this chain runs protocol 2"):
        older.ledger.check_protocol()
    newer.ledger.check_protocol()
