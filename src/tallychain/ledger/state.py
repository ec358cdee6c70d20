"""The state as rules see it: typed tables, read through layers of pending writes.

A block writes into an overlay over what is committed; one operation is tried in an overlay over the block's.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

import msgspec

from tallychain.ledger import codec, limits
from tallychain.ledger.tables import Part, Table, Write

V = TypeVar("V", bound=msgspec.Struct)

_CACHED_ROWS = 100_000


class ScanTooLong(Exception):
    """Our own mistake: a rule asked for more rows than any rule may."""


class Backing(Protocol):
    """Where committed rows are kept; in memory for tests, RocksDB in a node."""

    def get(self, key: bytes) -> bytes | None:
        """The encoded row under a key, or None."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All rows whose key begins with a prefix, in key order."""


class Reader(Protocol):
    """Read access to the state, by table and key parts."""

    def get(self, table: Table[V], *parts: Part) -> V | None:
        """One row, or None."""

    def scan(self, table: Table[V], *prefix: Part) -> list[V]:
        """All rows whose key begins with these parts, in key order; bounded by `limits.SCAN_ROWS`."""

    def iterate(self, table: Table[V], *prefix: Part) -> Iterator[V]:
        """The same without a bound: for whole-state checks and rebuilding indexes, never for rules."""


class Layer(Protocol):
    """What an overlay needs from the layer beneath."""

    def row(self, key: bytes, kind: type[V]) -> V | None:
        """One decoded row."""

    def rows(self, prefix: bytes, kind: type[V]) -> Iterator[tuple[bytes, V]]:
        """Decoded rows in key order."""


class MemoryBacking:
    """Committed rows in a dictionary: for tests and tools."""

    def __init__(self) -> None:
        self.content: dict[bytes, bytes] = {}
        self._order: list[bytes] = []

    def get(self, key: bytes) -> bytes | None:
        """The encoded row under a key, or None."""
        return self.content.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All rows whose key begins with a prefix, in key order."""
        end = start = bisect_left(self._order, prefix)
        while end < len(self._order) and self._order[end].startswith(prefix):
            end += 1
        # A list of its own: whoever reads may write before the next row is asked for.
        yield from [(key, self.content[key]) for key in self._order[start:end]]

    def write(self, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Write or delete rows."""
        for key, value in rows:
            known = key in self.content
            if value is not None:
                self.content[key] = value
                if not known:
                    insort(self._order, key)
            elif known:
                del self.content[key]
                del self._order[bisect_left(self._order, key)]


class _TypedReads(ABC):
    """Typed access on top of a layer."""

    @abstractmethod
    def row(self, key: bytes, kind: type[V]) -> V | None:
        """One decoded row."""

    @abstractmethod
    def rows(self, prefix: bytes, kind: type[V]) -> Iterator[tuple[bytes, V]]:
        """Decoded rows in key order."""

    def get(self, table: Table[V], *parts: Part) -> V | None:
        """One row, or None."""
        return self.row(table.key(*parts), table.value)

    def scan(self, table: Table[V], *prefix: Part) -> list[V]:
        """All rows whose key begins with these parts, in key order; `ScanTooLong` beyond the bound."""
        found: list[V] = []
        for _, row in self.rows(table.key(*prefix), table.value):
            if len(found) == limits.SCAN_ROWS:
                raise ScanTooLong
            found.append(row)
        return found

    def iterate(self, table: Table[V], *prefix: Part) -> Iterator[V]:
        """All rows whose key begins with these parts, in key order, without a bound."""
        for _, row in self.rows(table.key(*prefix), table.value):
            yield row


class Committed(_TypedReads):
    """The committed state, with its most recently used rows kept decoded."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing
        self._cache: OrderedDict[bytes, msgspec.Struct] = OrderedDict()
        self._absent: set[bytes] = set()
        """Keys found to have no row since the last block: what is new is looked for by the rule and by every invariant."""

    def row(self, key: bytes, kind: type[V]) -> V | None:
        """One decoded row."""
        cached = self._cache.get(key)
        if cached is not None:
            return cached  # type: ignore[return-value]  # one key always holds one type
        if key in self._absent:
            return None
        raw = self._backing.get(key)
        if raw is None:
            if len(self._absent) < _CACHED_ROWS:
                self._absent.add(key)
            return None
        value = codec.trusted(kind, raw)
        self._keep(key, value)
        return value

    def rows(self, prefix: bytes, kind: type[V]) -> Iterator[tuple[bytes, V]]:
        """Decoded rows in key order."""
        for key, raw in self._backing.scan(prefix):
            yield key, codec.trusted(kind, raw)

    def adopt(self, writes: Iterable[tuple[bytes, msgspec.Struct | None]]) -> None:
        """Keep what a committed block wrote, so that it need not be decoded again."""
        self._absent.clear()
        for key, value in writes:
            if value is None:
                self._cache.pop(key, None)
            else:
                self._keep(key, value)

    def _keep(self, key: bytes, value: msgspec.Struct) -> None:
        self._cache[key] = value
        if len(self._cache) > _CACHED_ROWS:
            self._cache.popitem(last=False)


class Overlay(_TypedReads):
    """Pending writes over another layer."""

    def __init__(self, below: Layer) -> None:
        self._below = below
        self.written: dict[bytes, msgspec.Struct | None] = {}
        self._keys: dict[int, list[bytes]] = {}
        """Pending keys in order, by table number, so that a scan looks at its own table only."""

    def row(self, key: bytes, kind: type[V]) -> V | None:
        """One row: the pending one if there is one."""
        if key in self.written:
            return self.written[key]  # type: ignore[return-value]  # one key always holds one type
        return self._below.row(key, kind)

    def get(self, table: Table[V], *parts: Part) -> V | None:
        """One row, or None; the same as through `row`, without the call, because a rule asks some forty times."""
        key = table.key(*parts)
        if key in self.written:
            return self.written[key]  # type: ignore[return-value]  # one key always holds one type
        return self._below.row(key, table.value)

    def rows(self, prefix: bytes, kind: type[V]) -> Iterator[tuple[bytes, V]]:
        """Rows in key order, pending ones in their place."""
        pending = self._pending(prefix)
        if not pending:
            yield from self._below.rows(prefix, kind)
            return
        merged: dict[bytes, msgspec.Struct | None] = dict(self._below.rows(prefix, kind))
        merged.update((key, self.written[key]) for key in pending)
        for key in sorted(merged):
            value = merged[key]
            if value is not None:
                yield key, value  # type: ignore[misc]  # one key always holds one type

    def write(self, writes: Iterable[Write]) -> None:
        """Take pending writes."""
        for write in writes:
            if write.key not in self.written:
                insort(self._keys.setdefault(write.key[0], []), write.key)
            self.written[write.key] = write.value

    def _pending(self, prefix: bytes) -> list[bytes]:
        keys = self._keys.get(prefix[0], [])
        found = []
        position = bisect_left(keys, prefix)
        while position < len(keys) and keys[position].startswith(prefix):
            found.append(keys[position])
            position += 1
        return found
