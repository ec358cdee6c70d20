"""A small chain whose every block follows from its height, so that any store can be compared with what it must hold.

Run as a program, it commits blocks to the store in the given folder until it is killed, saying each height once durable.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from tallychain.crypto.digest import digest
from tallychain.ledger.tree import BucketTree
from tallychain.store.layout import journal_key
from tallychain.store.snapshot import JournalRule, TrustedState
from tallychain.store.store import BlockRecord, Store

DEPTH = 4
_JOURNAL_STATE = b"meta/journal/"


def journal_state_key(bucket: bytes) -> bytes:
    return _JOURNAL_STATE + bucket


def journal_state_value(bucket: bytes, value: bytes, rows: int) -> bytes:
    return b"%s %d %s" % (bucket, rows, value.hex().encode())


def kept_journal(key: bytes, value: bytes) -> bytes | None:
    name = key.removeprefix(_JOURNAL_STATE)
    return name if name != key and not value.endswith(b"archived") else None


RULE = JournalRule(journal_state_key, journal_state_value, kept_journal)


class World:
    """What a store holds after the last block given to it; the model is plain dictionaries."""

    def __init__(self) -> None:
        self.height = -1
        self.state: dict[bytes, bytes] = {}
        self.journals: dict[bytes, bytes] = {}
        self.counts: dict[bytes, tuple[bytes, int]] = {}
        self.befores: dict[int, Mapping[bytes, bytes | None]] = {}
        self._tree = BucketTree(DEPTH)

    def advance(self) -> BlockRecord:
        """Make the next block and take it into the model."""
        self.height += 1
        height = self.height
        writes: dict[bytes, bytes | None] = {
            b"holding/%d" % (height * 7 % 50): b"units %d " % height * 20,
            b"offer/%d" % (height * 3 % 11): None if height % 4 == 3 else b"offer of %d" % height,
        }
        journal: list[tuple[bytes, bytes | None]] = []
        bucket = b"replay/%d" % (height // 5)
        for number in range(2):
            row = b"used %d in %d" % (number, height)
            before, count = self.counts.get(bucket, (bytes(32), 0))
            journal.append((journal_key(bucket, count), row))
            self.counts[bucket] = (digest("journal", before, row), count + 1)
        writes[journal_state_key(bucket)] = journal_state_value(bucket, *self.counts[bucket])
        over = b"replay/%d" % (height // 5 - 3)
        if height % 5 == 0 and over in self.counts:
            _, count = self.counts.pop(over)
            journal += [(journal_key(over, number), None) for number in range(count)]
            writes[journal_state_key(over)] = None
        self.befores[height] = {key: self.state.get(key) for key in writes}
        _apply(self.state, writes)
        _apply(self.journals, dict(journal))
        return BlockRecord(
            height=height,
            block=b"block %d " % height * 3000,
            header=b"header %d" % height,
            result=b"result %d" % height,
            writes=writes,
            journal=journal,
            app_hash=self._tree.update(writes),
            receipt_index={b"operation %d" % height: b"%d/0/0" % height},
        )

    @property
    def root(self) -> bytes:
        return BucketTree(DEPTH, self.state.items()).root

    def trusted(self) -> TrustedState:
        return TrustedState(self.height, self.root, DEPTH)


def _apply(rows: dict[bytes, bytes], changes: Mapping[bytes, bytes | None]) -> None:
    for key, value in changes.items():
        if value is None:
            rows.pop(key, None)
        else:
            rows[key] = value


def world_at(height: int) -> World:
    world = World()
    while world.height < height:
        world.advance()
    return world


def filled(path: Path, height: int) -> World:
    """Make a store at ``path`` that holds the blocks up to ``height``."""
    world = World()
    with Store.open(path, create=True) as store:
        while world.height < height:
            store.commit(world.advance())
    return world


def must_hold_exactly(store: Store, height: int) -> None:
    """Fail unless the store is at the end of block ``height`` in every respect."""
    world = world_at(height)
    assert store.height == height
    assert dict(store.items()) == world.state
    assert dict(store.journal_scan(b"")) == world.journals
    assert store.app_hash == (world.root if height >= 0 else b"")
    for present in range(max(0, height - 3), height + 1):
        assert store.block(present) == b"block %d " % present * 3000
        assert store.header(present) == b"header %d" % present
        assert store.result(present) == b"result %d" % present
        assert store.index_get(b"operation %d" % present) == b"%d/0/0" % present
    for absent in (height + 1, height + 2):
        assert store.block(absent) is None
        assert store.header(absent) is None
        assert store.result(absent) is None
        assert store.index_get(b"operation %d" % absent) is None
    for kept in range(max(1, height - 1), height + 1):
        assert store.undo(kept) == world.befores[kept]


def main() -> None:
    path = Path(sys.argv[1])
    with Store.open(path, create=True) as store:
        world = world_at(store.height)
        while True:
            store.commit(world.advance())
            sys.stdout.write(f"{store.height}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
