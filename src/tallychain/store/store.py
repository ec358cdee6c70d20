"""The store of a node: what is on disk is always the end of exactly one block.

Everything a block changes goes into one RocksDB batch that is on disk before ``commit`` returns, so that after any crash
state, journals, receipts, header, height and app hash belong together.
"""

import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, cast

import msgspec
from rocksdict import Checkpoint, Rdict, WriteBatch

from tallychain.store import layout
from tallychain.store.errors import (
    CopyFailed,
    HeightOutOfOrder,
    StoreDamaged,
    StoreError,
    StoreFormatUnknown,
    StoreLocked,
    StoreMissing,
    StoreNotEmpty,
    StoreUnfinished,
    StoreUnreadable,
    UndoNotKept,
    ViewFromElsewhere,
    WriteFailed,
)
from tallychain.store.layout import StoreSettings

NO_HEIGHT: Final = -1
_HELD_LOCK: Final = ("lock hold by current process", "LOCK: Resource temporarily unavailable")

Row = tuple[bytes, bytes]
Rows = Generator[Row, None, None]


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """Everything that one block leaves behind.

    ``block``, ``header`` and ``result`` are kept as they are, by height.  ``writes`` are state rows and ``journal`` journal
    rows under keys made by ``layout.journal_key``; None removes a row.  ``receipt_index`` says where the receipt of an
    operation stands, for blocks that carry any.  ``values_before`` may name state values that the writes replace, where the
    caller has them at hand; the others are read from the store, at about 8 µs a row when a million rows are random.
    """

    height: int
    block: bytes
    header: bytes
    result: bytes
    writes: Mapping[bytes, bytes | None]
    journal: Sequence[tuple[bytes, bytes | None]]
    app_hash: bytes
    receipt_index: Mapping[bytes, bytes] = field(default_factory=dict)
    values_before: Mapping[bytes, bytes | None] = field(default_factory=dict)


class _Undo(msgspec.Struct, frozen=True, array_like=True):
    """The reverse of one block's changes, as it is kept."""

    height: int
    values_before: dict[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class StoreView:
    """All rows of a store at one height, in key order, to be read once while blocks go on being committed, and then closed."""

    height: int
    app_hash: bytes
    state: Rows
    journals: Rows

    def close(self) -> None:
        """Let go of the rows, where they were read."""
        self.state.close()
        self.journals.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Store:
    """An open store; one process at a time has it."""

    def __init__(self, database: Rdict, path: Path) -> None:
        """Take an open database; use ``open``, which checks it first."""
        self._database = database
        self._path = path
        self._durable = layout.durable()
        self._owner = threading.get_ident()
        self._height = _height_from(database.get(layout.HEIGHT_KEY))
        self._app_hash: bytes = database.get(layout.APP_HASH_KEY) or b""

    @classmethod
    def open(cls, path: Path, *, create: bool = False, settings: StoreSettings | None = None) -> Self:
        """Open the store in the folder ``path``, or make an empty one there if ``create`` is given and none exists.

        Raises StoreMissing, StoreLocked, StoreFormatUnknown, StoreUnfinished, StoreDamaged or StoreUnreadable.
        """
        database = _opened(path, settings or StoreSettings(), create=create)
        try:
            _check(database, path, create=create)
        except StoreError:
            database.close()
            raise
        return cls(database, path)

    def close(self) -> None:
        """Release the store; a second call does nothing."""
        # Closing writes out what the log holds already: whatever keeps it from that, no acknowledged block is lost.
        with suppress(Exception):
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def height(self) -> int:
        """Height of the last committed block; -1 before genesis."""
        return self._height

    @property
    def app_hash(self) -> bytes:
        """Root of the state after the last committed block; empty before genesis."""
        return self._app_hash

    def commit(self, record: BlockRecord) -> None:
        """Make a block durable as a whole; genesis is the block of height 0.

        Raises HeightOutOfOrder, with nothing written, or WriteFailed, after which the process must stop.
        """
        if record.height != self._height + 1:
            raise HeightOutOfOrder(record.height, self._height)
        try:
            self._database.write(self._batch_of(record), self._durable)
        except Exception as error:  # the binding raises nothing narrower
            raise WriteFailed(record.height, str(error)) from error
        self._height, self._app_hash = record.height, record.app_hash

    def put_header(self, height: int, header: bytes) -> None:
        """
        Keep the header of a committed block that became known after it.

        Nothing rests on its being durable at once: whoever lost it asks again for what an engine keeps.  Raises WriteFailed.
        """
        if not 0 < height <= self._height:
            raise HeightOutOfOrder(height, self._height)
        try:
            self._database.put(layout.height_key(layout.HEADER, height), header)
        except Exception as error:  # the binding raises nothing narrower
            raise WriteFailed(height, str(error)) from error

    def get(self, key: bytes) -> bytes | None:
        """The state row under a key, or None."""
        return self._row(layout.STATE + key)

    def scan(self, prefix: bytes) -> Rows:
        """State rows whose key begins with ``prefix``, in key order, as they are at this call."""
        return _rows(self._database, layout.STATE, prefix)

    def items(self) -> Rows:
        """All state rows in key order."""
        return self.scan(b"")

    def journal_get(self, key: bytes) -> bytes | None:
        """The journal row under a key, or None."""
        return self._row(layout.JOURNAL + key)

    def journal_scan(self, prefix: bytes) -> Rows:
        """Journal rows whose key begins with ``prefix``, in key order: within one journal, in order of execution."""
        return _rows(self._database, layout.JOURNAL, prefix)

    def block(self, height: int) -> bytes | None:
        """The block of a height, or None where there is none (or it came before an imported snapshot)."""
        return self._row(layout.height_key(layout.BLOCK, height)) if height >= 0 else None

    def header(self, height: int) -> bytes | None:
        """The header of a height, or None."""
        return self._row(layout.height_key(layout.HEADER, height)) if height >= 0 else None

    def result(self, height: int) -> bytes | None:
        """The result of a height, or None."""
        return self._row(layout.height_key(layout.RESULT, height)) if height >= 0 else None

    def index_get(self, operation: bytes) -> bytes | None:
        """Where the receipt of an operation stands, as the committing block's ``receipt_index`` said, or None."""
        return self._row(layout.RECEIPT_INDEX + operation)

    def undo(self, height: int) -> Mapping[bytes, bytes | None]:
        """The state values that block ``height`` replaced, None for rows it created.

        With them the state before that block can be read, which is the newest one whose root stands in a committed header.
        Kept for the last two blocks, else UndoNotKept.
        """
        raw = self._row(layout.undo_key(height))
        undo = None if raw is None else msgspec.msgpack.decode(raw, type=_Undo)
        if undo is None or undo.height != height:
            raise UndoNotKept(height)
        return undo.values_before

    def view(self) -> StoreView:
        """The rows as they are now, unmoved by later blocks; for exports.  While it is open, so is the database.

        ViewFromElsewhere unless the thread that opened the store, and commits, asks: so no block comes in between.  The rows may
        then be read, and the view closed, in any one thread.
        """
        if threading.get_ident() != self._owner:
            raise ViewFromElsewhere
        # Each iterator stays at the state in which it was made. (Iterators of the binding's snapshots do not.)
        return StoreView(self._height, self._app_hash, self.scan(b""), self.journal_scan(b""))

    def copy(self, path: Path) -> None:
        """Make a store of its own at `path`, which must not exist, of everything as it is now; no block may be committed meanwhile.

        What is on disk already is shared by links and not written again.  Raises CopyFailed.
        """
        try:
            Checkpoint(self._database).create_checkpoint(str(path))
        except Exception as error:  # the binding raises nothing narrower
            raise CopyFailed(path, str(error)) from error

    def _row(self, key: bytes) -> bytes | None:
        row: bytes | None = self._database.get(key)
        return row

    def _batch_of(self, record: BlockRecord) -> WriteBatch:
        height = record.height
        batch = WriteBatch(raw_mode=True)
        _put_or_delete(batch, layout.STATE, record.writes.items())
        _put_or_delete(batch, layout.JOURNAL, record.journal)
        _put_or_delete(batch, layout.RECEIPT_INDEX, record.receipt_index.items())
        batch.put(layout.height_key(layout.BLOCK, height), record.block)
        batch.put(layout.height_key(layout.HEADER, height), record.header)
        batch.put(layout.height_key(layout.RESULT, height), record.result)
        if height > 0:
            values_before = _Undo(height, self._values_before(record))
            batch.put(layout.undo_key(height), msgspec.msgpack.encode(values_before))
        batch.put(layout.HEIGHT_KEY, _height_bytes(height))
        batch.put(layout.APP_HASH_KEY, record.app_hash)
        return batch

    def _values_before(self, record: BlockRecord) -> dict[bytes, bytes | None]:
        keys = [key for key in record.writes if key not in record.values_before]
        rows: list[bytes | None] = self._database.get([layout.STATE + key for key in keys]) or []
        read = dict(zip(keys, rows, strict=True))
        return {key: read[key] if key in read else record.values_before[key] for key in record.writes}


class StoreImport:
    """A new store being filled from a snapshot; it can be opened only once ``finish`` has marked it as checked."""

    def __init__(self, path: Path, settings: StoreSettings | None = None) -> None:
        """Make the store; StoreNotEmpty when something is at ``path`` already."""
        if path.exists():
            raise StoreNotEmpty(path)
        self._database = _opened(path, settings or StoreSettings(), create=True)
        self._durable = layout.durable()
        self._database.put(layout.IMPORT_KEY, b"", self._durable)

    def put(self, state: Iterable[Row], journals: Iterable[Row]) -> None:
        """Add rows that are not yet trusted."""
        batch = WriteBatch(raw_mode=True)
        _put_or_delete(batch, layout.STATE, state)
        _put_or_delete(batch, layout.JOURNAL, journals)
        self._database.write(batch)

    def put_index(self, rows: Iterable[Row]) -> None:
        """Add where the receipts of operations stand, as a committing block's ``receipt_index`` would."""
        batch = WriteBatch(raw_mode=True)
        _put_or_delete(batch, layout.RECEIPT_INDEX, rows)
        self._database.write(batch)

    def get(self, key: bytes) -> bytes | None:
        """The state row put under a key, or None."""
        row: bytes | None = self._database.get(layout.STATE + key)
        return row

    def state(self) -> Rows:
        """The state rows put so far, in key order."""
        return _rows(self._database, layout.STATE, b"")

    def journals(self) -> Rows:
        """The journal rows put so far, in key order."""
        return _rows(self._database, layout.JOURNAL, b"")

    def finish(self, height: int, app_hash: bytes) -> None:
        """Declare the rows to be the checked state after block ``height``, and release the store."""
        batch = WriteBatch(raw_mode=True)
        batch.put(layout.FORMAT_KEY, str(layout.FORMAT).encode())
        batch.put(layout.HEIGHT_KEY, _height_bytes(height))
        batch.put(layout.APP_HASH_KEY, app_hash)
        batch.delete(layout.IMPORT_KEY)
        self._database.write(batch, self._durable)
        self.close()

    def close(self) -> None:
        """Release the store, finished or not; a second call does nothing."""
        # Closing writes out what the log holds already: whatever keeps it from that, no acknowledged block is lost.
        with suppress(Exception):
            self._database.close()


def _rows(database: Rdict, space: bytes, prefix: bytes) -> Rows:
    start = space + prefix
    # In raw mode every key and value is bytes, which the binding's types cannot say.  No upper bound is given to it: the
    # bound would live in an object that it does not keep alive, and a scan could silently end too early.
    return _while_prefixed(cast("Iterator[Row]", database.items(from_key=start)), start)


def _while_prefixed(rows: Iterator[Row], start: bytes) -> Rows:
    for key, value in rows:
        if not key.startswith(start):
            return
        yield key[1:], value


def _put_or_delete(batch: WriteBatch, space: bytes, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
    for key, value in rows:
        if value is None:
            batch.delete(space + key)
        else:
            batch.put(space + key, value)


def _height_bytes(height: int) -> bytes:
    return height.to_bytes(8, "big")


def _height_from(raw: bytes | None) -> int:
    return NO_HEIGHT if raw is None else int.from_bytes(raw, "big")


def _opened(path: Path, settings: StoreSettings, *, create: bool) -> Rdict:
    if not create and not (path / "CURRENT").exists():
        raise StoreMissing(path)
    try:
        return Rdict(str(path), options=layout.database_options(settings, create=create))
    except Exception as error:  # the binding raises nothing narrower
        detail = str(error)
        if any(phrase in detail for phrase in _HELD_LOCK):
            raise StoreLocked(path) from error
        if detail.startswith("Corruption"):
            raise StoreDamaged(path, detail) from error
        raise StoreUnreadable(path, detail) from error


def _check(database: Rdict, path: Path, *, create: bool) -> None:
    """Refuse what is not a finished store of this format; mark an empty one as new if one is to be created."""
    if layout.IMPORT_KEY in database:
        raise StoreUnfinished(path)
    found: bytes | None = database.get(layout.FORMAT_KEY)
    if found is not None:
        text = found.decode("ascii", "replace")
        if text != str(layout.FORMAT):
            raise StoreFormatUnknown(path, text, str(layout.FORMAT))
        return
    if next(iter(database.keys()), None) is not None:
        raise StoreFormatUnknown(path, "unknown", str(layout.FORMAT))
    if not create:
        raise StoreMissing(path)
    database.put(layout.FORMAT_KEY, str(layout.FORMAT).encode(), layout.durable())
