"""A proof of possession fits one chain, one member, one pair of keys, and no other."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from tallychain.ledger.parameters import ChainFacts
from tallychain.ledger.possession import is_proven, node_id, statement
from tallychain.ledger.tests.chain import key_of

FACTS = ChainFacts("toy-1", "TOY1", "ab" * 32, True, "driven", 4, 0, False, ())
NODE = key_of("node")
CONSENSUS = key_of("consensus")
SAID = statement(FACTS, "bank-a", NODE.public, CONSENSUS.public)


def test_who_has_the_key_can_prove_it_and_nobody_else() -> None:
    assert is_proven(NODE.public, NODE.sign(SAID).hex(), SAID)
    assert is_proven(CONSENSUS.public, CONSENSUS.sign(SAID).hex(), SAID)
    assert not is_proven(NODE.public, CONSENSUS.sign(SAID).hex(), SAID)


@pytest.mark.parametrize(
    "other",
    [
        statement(FACTS, "bank-b", NODE.public, CONSENSUS.public),
        statement(FACTS, "bank-a", NODE.public),
        statement(FACTS, "bank-a", CONSENSUS.public, NODE.public),
        statement(replace(FACTS, chain="toy-2"), "bank-a", NODE.public, CONSENSUS.public),
        statement(replace(FACTS, genesis="cd" * 32), "bank-a", NODE.public, CONSENSUS.public),
    ],
)
def test_a_proof_for_another_chain_member_or_pair_of_keys_proves_nothing_here(other: bytes) -> None:
    assert other != SAID
    assert not is_proven(NODE.public, NODE.sign(other).hex(), SAID)


def test_a_node_is_named_as_the_engine_names_it() -> None:
    raw = bytes.fromhex(NODE.public.removeprefix("ed25519:"))

    assert node_id(NODE.public) == sha256(raw).digest()[:20].hex()
