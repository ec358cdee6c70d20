"""Proofs of rows in the form that the consensus engine's own light client checks: two operators of the type ``simple:v``.

The first shows the row in its bucket, the second the bucket in the state root; the path ``/store/<bucket>/key`` names both keys.
"""

import re
from typing import Final

from tallychain.crypto.digest import sha256
from tallychain.engine.cometbft.calls import ProofOp
from tallychain.ledger.merkle import Path, climb, leaf_hash, uvarint
from tallychain.ledger.tree import InclusionProof, bucket_name, bucket_of

VALUE_OPERATOR: Final = "simple:v"
_ROW: Final = re.compile("/store/([0-9a-f]{5,6})/key")


def bucket_in(path: str) -> str | None:
    """The bucket that a query's path names, or None where it is no such path."""
    found = _ROW.fullmatch(path)
    return None if found is None else found.group(1)


def path_of(key: bytes, depth: int) -> str:
    """The path under which a row is asked for with its proof."""
    return f"/store/{bucket_name(bucket_of(key, depth), depth).decode()}/key"


def operators(key: bytes, value: bytes, proof: InclusionProof, depth: int) -> tuple[ProofOp, ProofOp]:
    """The two operators that lead from a row to the state root."""
    leaf = _leaf(key, value)
    bucket = climb(leaf, proof.lower) or b""
    name = bucket_name(bucket_of(key, depth), depth)
    return (
        ProofOp(VALUE_OPERATOR, key, _operator(key, leaf, proof.lower)),
        ProofOp(VALUE_OPERATOR, name, _operator(name, _leaf(name, bucket), proof.upper)),
    )


def _leaf(key: bytes, value: bytes) -> bytes:
    digest = sha256(value)
    return leaf_hash(uvarint(len(key)) + key + uvarint(len(digest)) + digest)


def _operator(key: bytes, leaf: bytes, path: Path) -> bytes:
    """The protobuf message `ValueOp`: the key, and a `Proof` of total, index, leaf hash and aunts."""
    proof = _number(1, path.total) + _number(2, path.index) + _field(3, leaf)
    proof += b"".join(_field(4, bytes.fromhex(aunt)) for aunt in path.aunts)
    return _field(1, key) + _field(2, proof)


def _number(field: int, value: int) -> bytes:
    return uvarint(field << 3) + uvarint(value) if value else b""


def _field(field: int, value: bytes) -> bytes:
    return uvarint(field << 3 | 2) + uvarint(len(value)) + value
