"""The bucket tree: one root over the whole state that depends on its contents only, with proofs of both kinds.

A key belongs to the bucket numbered by the first D bits of its SHA-256.  The lower tree is CometBFT's simple map over the
pairs of a bucket in key order; the upper tree is the simple map over the names of all 2^D buckets with the lower roots as
values.  A pair is thus proved by two ``simple:v`` operators under ``/store/<bucket>/<key>``, which the engine's stock
light client checks; that a key is absent is proved by showing its whole bucket.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from tallychain.crypto.digest import Sha256, sha256
from tallychain.ledger.merkle import (
    DIGEST_BYTES,
    INNER_PREFIX,
    Path,
    bytes_from_hex,
    climb,
    digest_from_hex,
    leaf_hash,
    prove_leaf,
    read_uvarint,
    root_of_leaves,
    uvarint,
)

MAX_DEPTH = 24

_NAME_PREFIX_BYTES = 4
_HASH_LENGTH = uvarint(DIGEST_BYTES)


class BucketRow(msgspec.Struct, frozen=True):
    """One pair of a bucket as it stands in an absence proof: the key and the SHA-256 of its value, both in hex."""

    key: str
    value_hash: str


class InclusionProof(msgspec.Struct, frozen=True, tag_field="kind", tag="inclusion"):
    """That a pair stands in the state: its path in its bucket, and the bucket's path in the upper tree."""

    lower: Path
    upper: Path


class AbsenceProof(msgspec.Struct, frozen=True, tag_field="kind", tag="absence"):
    """That a key is not in the state: every pair of its bucket in key order, and the bucket's path in the upper tree."""

    rows: tuple[BucketRow, ...]
    upper: Path


StateProof = InclusionProof | AbsenceProof


@dataclass(frozen=True, slots=True)
class PendingTree:
    """What changes would make of a tree: its root, and every bucket and node that would differ.  The tree itself is as it was."""

    root: bytes
    buckets: Mapping[int, bytes]
    """Pairs of each touched bucket, as written."""
    levels: tuple[Mapping[int, bytes], ...]
    """Digests of the touched nodes by position, level by level from the leaves up to the root."""


class BucketTree:
    """The tree over a state of ``items``, built whole once and then brought up to date block by block.

    ``depth`` is D, from 1 to 24, fixed at genesis.  In memory stand keys and value hashes (never values) and 2^D + 2^D
    digests of the upper tree: 17 MB at D = 18.
    """

    def __init__(self, depth: int, items: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Build the tree; ValueError for a depth out of range or a key that comes twice."""
        if not 1 <= depth <= MAX_DEPTH:
            raise ValueError(f"a tree has a depth from 1 to {MAX_DEPTH}, not {depth}")
        self._depth = depth
        self._buckets = [b""] * (1 << depth)
        for key, value in items:
            self._buckets[bucket_of(key, depth)] += _pair(key, sha256(value))
        leaves = bytearray()
        nothing = _lower_root(())
        for bucket, pairs in enumerate(self._buckets):
            if not pairs:  # most of them in a young state
                leaves += _bucket_leaf(bucket, depth, nothing)
                continue
            rows = _in_key_order(_split(pairs))
            self._buckets[bucket] = b"".join(rows)
            leaves += _bucket_leaf(bucket, depth, _lower_root(rows))
        self._levels = [leaves]
        while len(self._levels[-1]) > DIGEST_BYTES:
            self._levels.append(_level_above(self._levels[-1]))

    @property
    def depth(self) -> int:
        """D, the number of bits of a key's digest that choose its bucket."""
        return self._depth

    @property
    def root(self) -> bytes:
        """The 32-byte root over the present contents."""
        return bytes(self._levels[-1])

    def update(self, changes: Mapping[bytes, bytes | None]) -> bytes:
        """Put or, where the value is None, remove keys in one step, and return the new root."""
        self.adopt(self.pending(changes))
        return self.root

    def pending(self, changes: Mapping[bytes, bytes | None]) -> PendingTree:
        """What the tree would be after these changes (None removes a key); nothing is changed.

        Each touched bucket and each node above one is computed once, however many changes meet there.  Removing a key that
        is not there changes nothing.
        """
        by_bucket: dict[int, dict[bytes, bytes | None]] = {}
        for key, value in changes.items():
            bucket = bucket_of(key, self._depth)
            value_hash = None if value is None else sha256(value)
            by_bucket.setdefault(bucket, {})[key] = value_hash
        buckets: dict[int, bytes] = {}
        leaves: dict[int, bytes] = {}
        for bucket in sorted(by_bucket):
            rows = _merged(_split(self._buckets[bucket]), by_bucket[bucket])
            buckets[bucket] = b"".join(rows)
            leaves[bucket] = _bucket_leaf(bucket, self._depth, _lower_root(rows))
        levels = self._above(leaves)
        return PendingTree(levels[-1].get(0, self.root), buckets, levels)

    def adopt(self, pending: PendingTree) -> None:
        """Make pending changes the tree's own; they must have been computed over the tree as it is now."""
        for bucket, pairs in pending.buckets.items():
            self._buckets[bucket] = pairs
        for level, digests in zip(self._levels, pending.levels, strict=True):
            for position, digest in digests.items():
                level[position * DIGEST_BYTES : (position + 1) * DIGEST_BYTES] = digest

    def standing(self, pending: PendingTree) -> PendingTree:
        """What stands where pending changes would stand: the way back from them, to be asked for before they are adopted."""
        levels = tuple(
            {position: _digest_at(level, position) for position in digests}
            for level, digests in zip(self._levels, pending.levels, strict=True)
        )
        return PendingTree(self.root, {bucket: self._buckets[bucket] for bucket in pending.buckets}, levels)

    def prove(self, key: bytes, *over: PendingTree) -> StateProof:
        """Return the proof that ``key`` is in the state or, where it is not, the proof that it is absent.

        With ``over``, in the tree as it would be with these in place of what stands there, the first counting most: such as the ways
        back from the last blocks, the earliest first.
        """
        bucket = bucket_of(key, self._depth)
        layers = [pending.buckets for pending in over]
        pairs = _split(_topmost(layers, bucket, self._buckets[bucket]))
        upper = self._upper_path(bucket, over)
        for position, (present, _) in enumerate(pairs):
            if present == key:
                return InclusionProof(prove_leaf([leaf_hash(row) for _, row in pairs], position), upper)
        rows = [BucketRow(other.hex(), row[-DIGEST_BYTES:].hex()) for other, row in pairs]
        return AbsenceProof(tuple(rows), upper)

    def _above(self, leaves: Mapping[int, bytes]) -> tuple[Mapping[int, bytes], ...]:
        """Every level over touched leaves, up to the root."""
        below = leaves
        levels = [below]
        for standing in self._levels[:-1]:
            above: dict[int, bytes] = {}
            for position, digest in below.items():
                if position & 1:
                    # Positions ascend, so a touched left neighbour has been here before and has seen to both.
                    if position >> 1 not in above:
                        start = (position - 1) * DIGEST_BYTES
                        left = standing[start : start + DIGEST_BYTES]
                        above[position >> 1] = Sha256(INNER_PREFIX + left + digest).digest()
                    continue
                right = below.get(position + 1)
                if right is None:
                    right = _digest_at(standing, position + 1)
                above[position >> 1] = Sha256(INNER_PREFIX + digest + right).digest()
            below = above
            levels.append(below)
        return tuple(levels)

    def _upper_path(self, bucket: int, over: Sequence[PendingTree]) -> Path:
        aunts = []
        for level, digests in enumerate(self._levels[:-1]):
            sibling = (bucket >> level) ^ 1
            layers = [pending.levels[level] for pending in over]
            aunts.append(_topmost(layers, sibling, _digest_at(digests, sibling)).hex())
        return Path(bucket, 1 << self._depth, tuple(aunts))


def verify_inclusion(root: bytes, depth: int, key: bytes, value: bytes, proof: StateProof) -> bool:
    """Say whether ``proof`` shows that the state under ``root`` holds ``value`` at ``key``; never raises."""
    if not isinstance(proof, InclusionProof):
        return False
    lower_root = climb(leaf_hash(_pair(key, sha256(value))), proof.lower)
    return lower_root is not None and _leads_to(root, depth, key, lower_root, proof.upper)


def verify_absence(root: bytes, depth: int, key: bytes, proof: StateProof) -> bool:
    """Say whether ``proof`` shows that the state under ``root`` holds nothing at ``key``; never raises."""
    if not isinstance(proof, AbsenceProof):
        return False
    rows: list[bytes] = []
    previous: bytes | None = None
    for shown in proof.rows:
        other, value_hash = bytes_from_hex(shown.key), digest_from_hex(shown.value_hash)
        if other is None or value_hash is None or other == key:
            return False
        if previous is not None and other <= previous:
            return False
        previous = other
        rows.append(_pair(other, value_hash))
    return _leads_to(root, depth, key, _lower_root(rows), proof.upper)


def bucket_of(key: bytes, depth: int) -> int:
    """Return the number of the bucket a key belongs to: the first ``depth`` bits of its SHA-256."""
    return int.from_bytes(sha256(key)[:_NAME_PREFIX_BYTES], "big") >> (8 * _NAME_PREFIX_BYTES - depth)


def bucket_name(bucket: int, depth: int) -> bytes:
    """Return the key of a bucket in the upper map: its number in lower-case hex.

    Five digits hold every bucket up to D = 20.  Deeper trees take six, so that names keep the order of numbers.
    """
    return b"%05x" % bucket if depth <= 20 else b"%06x" % bucket


def _leads_to(root: bytes, depth: int, key: bytes, lower_root: bytes, upper: Path) -> bool:
    """Say whether a lower root stands, at the one place where the key's bucket belongs, under the root."""
    if not 1 <= depth <= MAX_DEPTH:
        return False
    bucket = bucket_of(key, depth)
    if (upper.index, upper.total) != (bucket, 1 << depth):
        return False
    return climb(_bucket_leaf(bucket, depth, lower_root), upper) == root


def _bucket_leaf(bucket: int, depth: int, lower_root: bytes) -> bytes:
    return leaf_hash(_pair(bucket_name(bucket, depth), sha256(lower_root)))


def _lower_root(rows: Sequence[bytes]) -> bytes:
    return root_of_leaves([leaf_hash(row) for row in rows])


def _pair(key: bytes, value_hash: bytes) -> bytes:
    """Return a pair as the simple map writes it: both parts with their lengths before them."""
    return uvarint(len(key)) + key + _HASH_LENGTH + value_hash


def _split(pairs: bytes) -> list[tuple[bytes, bytes]]:
    """Return (key, pair as written) for each of the pairs that stand one after another in ``pairs``."""
    rows = []
    start = 0
    while start < len(pairs):
        length, key_start = pairs[start], start + 1
        if length & 0x80:
            length, key_start = read_uvarint(pairs, start)
        key_end = key_start + length
        end = key_end + 1 + DIGEST_BYTES
        rows.append((pairs[key_start:key_end], pairs[start:end]))
        start = end
    return rows


def _in_key_order(pairs: list[tuple[bytes, bytes]]) -> list[bytes]:
    ordered = sorted(pairs)
    for (key, _), (following, _) in pairwise(ordered):
        if key == following:
            raise ValueError(f"the key {key.hex()} comes twice")
    return [row for _, row in ordered]


def _merged(pairs: list[tuple[bytes, bytes]], changes: Mapping[bytes, bytes | None]) -> list[bytes]:
    """Return the pairs of a bucket in key order after changes, given as the new value hash or None for removal."""
    rows = dict(pairs)
    in_order = True
    for key, value_hash in changes.items():
        if value_hash is None:
            rows.pop(key, None)
        else:
            in_order = in_order and key in rows
            rows[key] = _pair(key, value_hash)
    return list(rows.values()) if in_order else [rows[key] for key in sorted(rows)]


def _topmost(layers: Sequence[Mapping[int, bytes]], position: int, standing: bytes) -> bytes:
    return next((layer[position] for layer in layers if position in layer), standing)


def _digest_at(level: bytearray, position: int) -> bytes:
    return bytes(level[position * DIGEST_BYTES : (position + 1) * DIGEST_BYTES])


def _level_above(level: bytearray) -> bytearray:
    return bytearray().join([_joined(level, start) for start in range(0, len(level), 2 * DIGEST_BYTES)])


def _joined(level: bytearray, start: int) -> bytes:
    """Return the inner node over the two neighbouring digests that begin at byte ``start`` of a level."""
    return sha256(INNER_PREFIX + level[start : start + 2 * DIGEST_BYTES])
