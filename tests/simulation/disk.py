"""A disk that can lose power, and a database on it with the promises that RocksDB makes.

The real `Store` runs on it unchanged.  What RocksDB does is a log: a batch is one record with a checksum, a synced write puts the log on the
disk up to there, and opening reads records until the first torn one.
"""

import contextlib
import zlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec

from tallychain.store import store as store_module
from tallychain.store.errors import StoreMissing
from tallychain.store.layout import StoreSettings
from tests.simulation.patching import replacing

_HEAD = 8
_RECORD = msgspec.msgpack.Decoder(list[tuple[bytes, bytes | None]])
Pairs = list[tuple[bytes, bytes | None]]


class PowerLost(BaseException):
    """The machine stopped in the middle of a write; nobody catches this but the simulation."""


class DiskFull(Exception):
    """There is no room for the write; nothing of it is there."""


class Disk:
    """The file of one node's database: what was written, and how much of it is certain to be there tomorrow."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.log = bytearray()
        self.synced = 0
        self.is_full = False
        self.tear_next = False
        """The machine stops in the middle of the next synced write."""
        self.torn = 0
        self.lost = 0

    def append(self, record: bytes, *, sync: bool) -> None:
        """Write one record; raises `DiskFull`, and `PowerLost` where the write is torn."""
        if self.is_full:
            raise DiskFull("IO error: No space left on device")
        framed = len(record).to_bytes(4, "big") + zlib.crc32(record).to_bytes(4, "big") + record
        if sync and self.tear_next:
            self.tear_next = False
            self.torn += 1
            self.log += framed[: self.random.randrange(len(framed))]
            self.synced = len(self.log)
            raise PowerLost
        self.log += framed
        if sync:
            self.synced = len(self.log)

    def lose_power(self) -> None:
        """Of what was not synced a part is there, cut anywhere."""
        unsynced = len(self.log) - self.synced
        if unsynced:
            self.lost += 1
            del self.log[self.synced + self.random.randrange(unsynced) :]

    def records(self) -> Iterator[bytes]:
        """Every whole record; what is torn behind them is cut off."""
        place = 0
        while place + _HEAD <= len(self.log):
            size = int.from_bytes(self.log[place : place + 4], "big")
            record = bytes(self.log[place + _HEAD : place + _HEAD + size])
            check = int.from_bytes(self.log[place + 4 : place + _HEAD], "big")
            if len(record) != size or zlib.crc32(record) != check:
                break
            yield record
            place += _HEAD + size
        del self.log[place:]
        self.synced = place

    def go_back(self, count: int) -> None:
        """Be a copy that was made so many records ago; the first two, the form and genesis, are always there."""
        places, place = [], 0
        for record in self.records():
            place += _HEAD + len(record)
            places.append(place)
        if len(places) > 2:
            del self.log[places[max(1, len(places) - 1 - count)] :]
            self.synced = len(self.log)


class Batch:
    """Rows to be written together, as rocksdict collects them."""

    def __init__(self, raw_mode: bool = False) -> None:
        self.rows: Pairs = []

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        self.rows.append((key, value))

    def delete(self, key: bytes) -> None:
        """Remove a row."""
        self.rows.append((key, None))


class Database:
    """What the store uses of `Rdict`, over a simulated disk; every write leaves earlier iterators as they were."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._rows: dict[bytes, bytes] = {}
        self._keys: list[bytes] = []
        self._is_read = False
        """Whether an iterator goes over these rows, which keeps seeing them as they are now."""
        for record in disk.records():
            self._apply(_RECORD.decode(record))

    def write(self, batch: Batch, options: object = None) -> None:
        """Write a batch, all of it or nothing."""
        self._disk.append(msgspec.msgpack.encode(batch.rows), sync=bool(getattr(options, "sync", False)))
        self._apply(batch.rows)

    def put(self, key: bytes, value: bytes, options: object = None) -> None:
        """Write one row."""
        batch = Batch()
        batch.put(key, value)
        self.write(batch, options)

    def get(self, key: bytes | Sequence[bytes]) -> bytes | list[bytes | None] | None:
        """One row, or a list of them."""
        if isinstance(key, bytes):
            return self._rows.get(key)
        return [self._rows.get(one) for one in key]

    def items(self, from_key: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Rows from a key on, as they are now."""
        rows, keys = self._rows, self._keys
        self._is_read = True
        return ((keys[place], rows[keys[place]]) for place in range(bisect_left(keys, from_key), len(keys)))

    def keys(self) -> Iterator[bytes]:
        """Every key."""
        self._is_read = True
        return iter(self._keys)

    def close(self) -> None:
        """Nothing is open."""

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def _apply(self, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        if self._is_read:
            self._rows, self._keys, self._is_read = dict(self._rows), list(self._keys), False
        for key, value in rows:
            is_there = key in self._rows
            if value is None and is_there:
                del self._rows[key]
                del self._keys[bisect_left(self._keys, key)]
            elif value is not None:
                self._rows[key] = value
                if not is_there:
                    insort(self._keys, key)


class Disks:
    """The disks of all machines.  An empty folder with a number stands for each, so that it can be moved and removed as folders are."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._disks: list[Disk] = []

    def at(self, path: Path) -> Disk:
        """The disk that the folder at a path stands for; a new one where there is none."""
        number = path / "disk"
        if not number.exists():
            path.mkdir(parents=True, exist_ok=True)
            number.write_text(str(len(self._disks)))
            self._disks.append(Disk(self._random))
        return self._disks[int(number.read_text())]

    def opened(self, path: Path, _settings: StoreSettings, *, create: bool) -> Database:
        """What the store opens instead of a folder of RocksDB."""
        if not create and not self.at(path).log:
            raise StoreMissing(path)
        return Database(self.at(path))

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """While this lasts, stores are opened on these disks."""
        with replacing(store_module, "_opened", self.opened), replacing(store_module, "WriteBatch", Batch):
            yield
