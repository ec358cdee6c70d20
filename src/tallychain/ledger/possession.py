"""Proof that whoever names a node's keys has them: each key signs one statement.

Without it a member could name another's key as its own, or one that nobody has, and a seat among the validators would never sign.
"""

from tallychain.crypto.digest import Tag, digest, sha256
from tallychain.crypto.schemes import key_bytes, verify
from tallychain.ledger.parameters import ChainFacts
from tallychain.ledger.state import Reader
from tallychain.ledger.validators import NODES, VALIDATORS


def statement(facts: ChainFacts, member: str, node_key: str, consensus_key: str = "") -> bytes:
    """
    The 32 bytes that the node key and, for a validator, the consensus key sign.

    They name the chain by its genesis and the member, so a proof for a trial chain or of another member proves nothing here.
    """
    parts = (facts.chain, facts.genesis, member, node_key, consensus_key)
    return digest(Tag.NODE, *(part.encode() for part in parts))


def is_proven(key: str, signature: str, said: bytes) -> bool:
    """Whether a key signed a statement; the signature is 128 hexadecimal digits."""
    return verify(key, said, bytes.fromhex(signature))


def serves_a_node(key: str, state: Reader) -> bool:
    """Whether an admissible key validates or is a node's; such a key signs for no person and no system."""
    return state.get(VALIDATORS, key) is not None or state.get(NODES, node_id(key)) is not None


def node_id(node_key: str) -> str:
    """The name of a node among nodes: the first 20 bytes of the SHA-256 of its public key, as the engine has it."""
    return sha256(key_bytes(node_key))[:20].hex()
