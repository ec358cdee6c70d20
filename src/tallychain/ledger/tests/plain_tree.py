"""The trees once more, written plainly from their definitions, so that the real ones can be compared with something.

Nothing here is shared with the modules under test: recursion instead of levels, dictionaries instead of packed bytes,
and the engine's way of checking a ``simple:v`` operator followed step by step.
"""

import hashlib


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def plain_root(items: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word: split at the largest power of two smaller than the number of items."""
    if len(items) == 0:
        return sha(b"")
    if len(items) == 1:
        return sha(b"\x00" + items[0])
    split = 1
    while split * 2 < len(items):
        split *= 2
    return sha(b"\x01" + plain_root(items[:split]) + plain_root(items[split:]))


def plain_path(items: list[bytes], index: int) -> list[bytes]:
    """RFC 6962, section 2.1.1: the audit path of an item, from the leaf upwards."""
    if len(items) == 1:
        return []
    split = 1
    while split * 2 < len(items):
        split *= 2
    if index < split:
        return [*plain_path(items[:split], index), plain_root(items[split:])]
    return [*plain_path(items[split:], index - split), plain_root(items[:split])]


def length_prefix(number: int) -> bytes:
    """Go's binary.PutUvarint."""
    if number < 128:
        return bytes([number])
    return bytes([number % 128 + 128]) + length_prefix(number // 128)


def simple_map_leaf(key: bytes, value: bytes) -> bytes:
    return length_prefix(len(key)) + key + length_prefix(32) + sha(value)


def simple_map_root(pairs: dict[bytes, bytes]) -> bytes:
    return plain_root([simple_map_leaf(key, pairs[key]) for key in sorted(pairs)])


def plain_bucket_number(depth: int, key: bytes) -> int:
    bits = "".join(f"{byte:08b}" for byte in sha(key))
    return int(bits[:depth], 2)


def plain_bucket_root(depth: int, state: dict[bytes, bytes]) -> bytes:
    """The state root from its definition, everything computed anew."""
    buckets: dict[bytes, dict[bytes, bytes]] = {f"{number:05x}".encode(): {} for number in range(2**depth)}
    for key, value in state.items():
        buckets[f"{plain_bucket_number(depth, key):05x}".encode()][key] = value
    return simple_map_root({name: simple_map_root(pairs) for name, pairs in buckets.items()})


def hash_from_aunts(index: int, total: int, leaf: bytes, aunts: list[bytes]) -> bytes | None:
    """The engine's recursion from a leaf digest to a root; None where the engine reports an error."""
    if index < 0 or total <= 0 or index >= total:
        return None
    if total == 1:
        return leaf if not aunts else None
    if not aunts:
        return None
    split = 1
    while split * 2 < total:
        split *= 2
    if index < split:
        left = hash_from_aunts(index, split, leaf, aunts[:-1])
        return None if left is None else sha(b"\x01" + left + aunts[-1])
    right = hash_from_aunts(index - split, total - split, leaf, aunts[:-1])
    return None if right is None else sha(b"\x01" + aunts[-1] + right)


def run_value_operator(key: bytes, value: bytes, index: int, total: int, aunts: list[bytes]) -> bytes | None:
    """One ``simple:v`` operator: from a key and a value to the root of the simple map that holds them."""
    return hash_from_aunts(index, total, sha(b"\x00" + simple_map_leaf(key, value)), aunts)
