"""RFC 6962 Merkle trees as the consensus engine builds them, with paths, and the engine's two roots.

One tree serves everything that is proved in this ledger: operations in an envelope, receipts in a result, envelopes in
a block, pairs of the state.  It is the tree of RFC 6962, section 2.1, in the form of CometBFT's ``merkle`` package, so
that a root computed here equals the one in an engine header.
"""

from collections.abc import Sequence

import msgspec

from tallychain.crypto.digest import sha256

DIGEST_BYTES = 32
EMPTY_ROOT = sha256(b"")
LEAF_PREFIX = b"\x00"
INNER_PREFIX = b"\x01"
MAX_TOTAL = 2**62

_CODE_FIELD = b"\x08"
_DATA_FIELD = b"\x12"
_UINT32_MAX = 2**32 - 1


class Path(msgspec.Struct, frozen=True):
    """The way from one leaf up to the root: what a holder of the root needs to check that leaf.

    ``index`` counts leaves from 0 below ``total``; ``aunts`` are the neighbours' digests from the leaf upwards, each in
    lower-case hex, so that the path encodes as canonical JSON without conversion.
    """

    index: int
    total: int
    aunts: tuple[str, ...]


def root(items: Sequence[bytes]) -> bytes:
    """Return the 32-byte root over the items in their order; SHA-256 of nothing for no items."""
    return root_of_leaves([leaf_hash(item) for item in items])


def prove(items: Sequence[bytes], index: int) -> Path:
    """Return the path of item ``index``; ValueError when there is no such item."""
    return prove_leaf([leaf_hash(item) for item in items], index)


def verify(root: bytes, item: bytes, path: Path) -> bool:
    """Say whether ``item`` stands at ``path.index`` among ``path.total`` items under ``root``.

    Never raises: an index out of bounds, an aunt too many or too few, or a malformed digest is a false answer.
    """
    return climb(leaf_hash(item), path) == root


def leaf_hash(item: bytes) -> bytes:
    """Return the digest of a leaf; the zero byte keeps leaves and inner nodes apart (RFC 6962, 2.1)."""
    return sha256(LEAF_PREFIX + item)


def inner_hash(left: bytes, right: bytes) -> bytes:
    """Return the digest of an inner node over its two children's digests."""
    return sha256(INNER_PREFIX + left + right)


def root_of_leaves(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf digests already computed.

    Joining neighbours level by level, a last one without partner going up as it is, gives the same tree as splitting at
    the largest power of two below the count.
    """
    if not leaves:
        return EMPTY_ROOT
    level = leaves
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def prove_leaf(leaves: Sequence[bytes], index: int) -> Path:
    """Return the path of leaf ``index`` over leaf digests already computed; ValueError when there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} among {len(leaves)}")
    aunts = []
    level, position = leaves, index
    while len(level) > 1:
        sibling = position ^ 1
        if sibling < len(level):
            aunts.append(level[sibling].hex())
        level, position = _level_above(level), position // 2
    return Path(index, len(leaves), tuple(aunts))


def climb(leaf: bytes, path: Path) -> bytes | None:
    """Return the root that a leaf digest and its path lead to, or None when the path cannot be one of such a tree."""
    if not 0 <= path.index < path.total <= MAX_TOTAL:
        return None
    sides = _aunts_on_the_left(path.index, path.total)
    if len(sides) != len(path.aunts):
        return None
    node = leaf
    for text, on_the_left in zip(path.aunts, sides, strict=True):
        aunt = digest_from_hex(text)
        if aunt is None:
            return None
        node = inner_hash(aunt, node) if on_the_left else inner_hash(node, aunt)
    return node


def digest_from_hex(text: str) -> bytes | None:
    """Return the 32 bytes written as 64 lower-case hex digits, or None for any other text."""
    digest = bytes_from_hex(text)
    return digest if digest is not None and len(digest) == DIGEST_BYTES else None


def bytes_from_hex(text: str) -> bytes | None:
    """Return the bytes that a text of lower-case hex digits stands for, or None for any other text."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return data if data.hex() == text else None


def data_hash(transactions: Sequence[bytes]) -> bytes:
    """Return the engine header's ``DataHash``: the root over the SHA-256 of each transaction (CometBFT 0.38)."""
    return root([sha256(transaction) for transaction in transactions])


def results_root(results: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the engine header's ``LastResultsHash`` over the (code, data) of each transaction in order."""
    return root([execution_result(code, data) for code, data in results])


def execution_result(code: int, data: bytes) -> bytes:
    """Return the bytes of one transaction's result as the engine hashes them.

    They are the protobuf message ``ExecTxResult`` reduced to what must agree on every node: code (field 1) and data
    (field 2); gas is always 0 here and protobuf leaves out what is 0 or empty.  ValueError when the code is not 32 bits.
    """
    if not 0 <= code <= _UINT32_MAX:
        raise ValueError(f"the result code {code} is not an unsigned 32-bit number")
    code_part = _CODE_FIELD + uvarint(code) if code else b""
    data_part = _DATA_FIELD + uvarint(len(data)) + data if data else b""
    return code_part + data_part


def uvarint(number: int) -> bytes:
    """Return a non-negative number as protobuf and Go write it: seven bits a byte, lowest first; ValueError below 0."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def read_uvarint(data: bytes, start: int) -> tuple[int, int]:
    """Return the number that ``uvarint`` wrote at ``start`` and the position after it; IndexError when it is cut off."""
    number, shift, position = 0, 0, start
    while True:
        byte = data[position]
        number |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return number, position
        shift += 7


def _level_above(level: Sequence[bytes]) -> list[bytes]:
    paired = len(level) - len(level) % 2
    above = [inner_hash(level[i], level[i + 1]) for i in range(0, paired, 2)]
    above.extend(level[paired:])
    return above


def _aunts_on_the_left(index: int, total: int) -> list[bool]:
    """Return for each aunt, from the leaf upwards, whether it is the left one of its pair."""
    sides = []
    last = total - 1
    while last:
        has_sibling = index % 2 == 1 or index < last
        if has_sibling:
            sides.append(index % 2 == 1)
        index //= 2
        last //= 2
    return sides
