"""Logical snapshots: the whole state and its journals as rows in key order, in chunks that anyone may hand over.

Whoever imports one trusts nothing but a height and the app hash that the chain agreed on: the state root is recomputed
over all rows, and each journal's digest, which is an ordinary state row, over the journal's rows.  Two nodes at one height
export the same bytes.
"""

import shutil
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

import msgspec

from tallychain.crypto.digest import Tag, digest, sha256
from tallychain.ledger.tree import BucketTree
from tallychain.store import layout
from tallychain.store.errors import (
    ChunkMalformed,
    ChunkPoisoned,
    JournalMissing,
    JournalUnknown,
    JournalWrong,
    ManifestRefused,
    RootWrong,
    RowCountWrong,
    StoreNotEmpty,
)
from tallychain.store.store import Row, StoreImport, StoreView

FORMAT: Final = 1
CHUNK_BYTES: Final = 8 * 1024 * 1024
RECEIVED_CHUNK_BYTES: Final = 16 * 1024 * 1024
MANIFEST_BYTES: Final = 4 * 1024 * 1024
MANIFEST_NAME: Final = "manifest.json"

_LENGTHS: Final = struct.Struct(">cII")
_JOURNAL_START: Final = bytes(32)
_INDEX_ROWS: Final = 10_000


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a snapshot consists of: position of the chain, number of rows, and the SHA-256 of each chunk in order."""

    format: int
    height: int
    app_hash: str
    depth: int
    rows: int
    chunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustedState:
    """What the importer knows from the chain itself: a height, the app hash after it, and the depth fixed at genesis."""

    height: int
    app_hash: bytes
    depth: int


@dataclass(frozen=True, slots=True)
class JournalRule:
    """How the state commits to journals; given by the ledger.

    ``state_key(bucket)`` is the key of the row that holds a journal's digest, ``state_value(bucket, digest, rows)`` that
    row's value.  ``kept(key, value)`` is, for a state row that stands for a journal whose rows every node must have, the
    journal's name, else None.  ``index(key, row)`` is, for a journal row that is an operation's receipt, the row of the receipt
    index that leads to it, else None: the blocks of a snapshot's past are not there, and a repeated operation still asks for its receipt.
    """

    state_key: Callable[[bytes], bytes]
    state_value: Callable[[bytes, bytes, int], bytes]
    kept: Callable[[bytes, bytes], bytes | None]
    index: Callable[[bytes, bytes], Row | None] = lambda _key, _row: None


def export_snapshot(view: StoreView, folder: Path, depth: int, *, chunk_bytes: int = CHUNK_BYTES) -> Manifest:
    """Write the state of a view into the new folder ``folder``; the store may go on committing blocks meanwhile.

    The folder appears only when it is complete.  StoreNotEmpty when it exists already.
    """
    if folder.exists():
        raise StoreNotEmpty(folder)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    hashes: list[str] = []
    count = 0
    rows = chain(_tagged(layout.STATE, view.state), _tagged(layout.JOURNAL, view.journals))
    for chunk, chunk_rows in _chunks(rows, chunk_bytes):
        (partial / chunk_name(len(hashes))).write_bytes(chunk)
        hashes.append(sha256(chunk).hex())
        count += chunk_rows
    manifest = Manifest(FORMAT, view.height, view.app_hash.hex(), depth, count, tuple(hashes))
    (partial / MANIFEST_NAME).write_bytes(msgspec.json.encode(manifest))
    partial.rename(folder)
    return manifest


def import_snapshot(folder: Path, path: Path, trusted: TrustedState, rule: JournalRule) -> None:
    """Make a store at ``path`` from the snapshot in ``folder``; nothing is left at ``path`` if it is refused."""
    if not (folder / MANIFEST_NAME).exists():
        raise ManifestRefused(f"There is no snapshot in {folder}.")
    raw = _bounded_bytes(folder / MANIFEST_NAME, MANIFEST_BYTES)
    receiver = SnapshotReceiver(path, raw, trusted)
    try:
        for index in range(len(receiver.manifest.chunks)):
            file = folder / chunk_name(index)
            if not file.exists():
                raise RowCountWrong("chunks", index, len(receiver.manifest.chunks))
            receiver.take(_bounded_bytes(file, RECEIVED_CHUNK_BYTES))
        receiver.finish(rule)
    except BaseException:
        receiver.discard()
        raise


def chunk_name(index: int) -> str:
    """File name of a chunk in a snapshot's folder."""
    return f"{index:05d}.chunk"


class SnapshotReceiver:
    """Builds a new store from chunks that come one after another, as in the engine's state sync."""

    def __init__(self, path: Path, manifest: bytes, trusted: TrustedState) -> None:
        """Check the manifest against what is trusted, then make the store; ManifestRefused or StoreNotEmpty."""
        self.manifest = _checked_manifest(manifest, trusted)
        self._path = path
        self._trusted = trusted
        self._import = StoreImport(path)
        self._taken = 0
        self._rows = 0
        self._last = (b"", b"")

    def take(self, chunk: bytes) -> None:
        """Take the next chunk; ChunkPoisoned, ChunkMalformed or RowCountWrong, after which it may be fetched again."""
        index = self._taken
        if index == len(self.manifest.chunks):
            raise RowCountWrong("chunks", index + 1, index)
        found, expected = sha256(chunk).hex(), self.manifest.chunks[index]
        if found != expected:
            raise ChunkPoisoned(index, found, expected)
        if len(chunk) > RECEIVED_CHUNK_BYTES:
            raise ChunkMalformed(index, f"it is longer than {RECEIVED_CHUNK_BYTES} bytes")
        rows = _rows_of(index, chunk)
        _check_order(index, self._last, rows)
        self._import.put(_untagged(layout.STATE, rows), _untagged(layout.JOURNAL, rows))
        self._taken += 1
        self._rows += len(rows)
        if rows:
            self._last = _position(rows[-1])

    def row(self, key: bytes) -> bytes | None:
        """A state row among those taken so far, not to be trusted yet, or None."""
        return self._import.get(key)

    def finish(self, rule: JournalRule) -> None:
        """Recompute everything over the rows and accept them, or raise one of the refusals of a snapshot."""
        if self._taken != len(self.manifest.chunks):
            raise RowCountWrong("chunks", self._taken, len(self.manifest.chunks))
        if self._rows != self.manifest.rows:
            raise RowCountWrong("rows", self._rows, self.manifest.rows)
        root = BucketTree(self._trusted.depth, self._import.state()).root
        if root != self._trusted.app_hash:
            raise RootWrong(root, self._trusted.app_hash)
        self._check_journals(rule)
        self._rebuild_index(rule)
        self._import.finish(self._trusted.height, self._trusted.app_hash)

    def _rebuild_index(self, rule: JournalRule) -> None:
        """Only from journals that were found to be the chain's own."""
        found = (rule.index(key, row) for key, row in self._import.journals())
        rows = (row for row in found if row is not None)
        while batch := list(islice(rows, _INDEX_ROWS)):
            self._import.put_index(batch)

    def discard(self) -> None:
        """Remove everything taken so far."""
        self._import.close()
        shutil.rmtree(self._path, ignore_errors=True)

    def _check_journals(self, rule: JournalRule) -> None:
        journals = _journal_digests(self._import.journals())
        for bucket, (value, count) in journals.items():
            held = self._import.get(rule.state_key(bucket))
            if held is None:
                raise JournalUnknown(bucket)
            if held != rule.state_value(bucket, value, count):
                raise JournalWrong(bucket)
        for key, value in self._import.state():
            kept = rule.kept(key, value)
            if kept is not None and kept not in journals:
                raise JournalMissing(kept)


def _journal_digests(rows: Iterable[Row]) -> dict[bytes, tuple[bytes, int]]:
    """Digest and number of rows of each journal; JournalWrong where rows are not numbered from 0 without gaps."""
    journals: dict[bytes, tuple[bytes, int]] = {}
    for key, row in rows:
        bucket, sequence = layout.split_journal_key(key)
        before, count = journals.get(bucket, (_JOURNAL_START, 0))
        if sequence != count:
            raise JournalWrong(bucket)
        journals[bucket] = (digest(Tag.JOURNAL, before, row), count + 1)
    return journals


TaggedRow = tuple[bytes, bytes, bytes]


def _tagged(space: bytes, rows: Iterable[Row]) -> Iterator[TaggedRow]:
    for key, value in rows:
        yield space, key, value


def _untagged(space: bytes, rows: Iterable[TaggedRow]) -> Iterator[Row]:
    for found, key, value in rows:
        if found == space:
            yield key, value


def _chunks(rows: Iterable[TaggedRow], chunk_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Pack rows one after another, whole, into chunks of at most ``chunk_bytes`` (a longer row has one of its own)."""
    chunk, count = bytearray(), 0
    for space, key, value in rows:
        length = _LENGTHS.size + len(key) + len(value)
        if chunk and len(chunk) + length > chunk_bytes:
            yield bytes(chunk), count
            chunk, count = bytearray(), 0
        chunk += _LENGTHS.pack(space, len(key), len(value)) + key + value
        count += 1
    if chunk:
        yield bytes(chunk), count


def _rows_of(index: int, chunk: bytes) -> list[TaggedRow]:
    rows: list[TaggedRow] = []
    start = 0
    while start < len(chunk):
        if start + _LENGTHS.size > len(chunk):
            raise ChunkMalformed(index, "it ends in the middle of a row")
        space, key_bytes, value_bytes = _LENGTHS.unpack_from(chunk, start)
        key_start = start + _LENGTHS.size
        value_start = key_start + key_bytes
        start = value_start + value_bytes
        if start > len(chunk):
            raise ChunkMalformed(index, "it ends in the middle of a row")
        if space not in (layout.STATE, layout.JOURNAL):
            raise ChunkMalformed(index, "it has a row that is neither state nor journal")
        rows.append((space, chunk[key_start:value_start], chunk[value_start:start]))
    return rows


def _check_order(index: int, last: tuple[bytes, bytes], rows: Iterable[TaggedRow]) -> None:
    before = last
    for row in rows:
        position = _position(row)
        if position <= before:
            raise ChunkMalformed(index, "its rows are not in order, or one comes twice")
        before = position


def _position(row: TaggedRow) -> tuple[bytes, bytes]:
    """Where a row stands in a snapshot: state before journals, then by key."""
    space, key, _ = row
    return (b"1" if space == layout.STATE else b"2", key)


def _checked_manifest(raw: bytes, trusted: TrustedState) -> Manifest:
    if len(raw) > MANIFEST_BYTES:
        raise ManifestRefused(f"The snapshot's manifest is longer than {MANIFEST_BYTES} bytes.")
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.DecodeError as error:
        raise ManifestRefused(f"The snapshot's manifest cannot be read ({error}).") from error
    if msgspec.json.encode(manifest) != raw:
        raise ManifestRefused("The snapshot's manifest is not in canonical form.")
    if manifest.format != FORMAT:
        raise ManifestRefused(
            f"The snapshot has format {manifest.format}; this program reads format {FORMAT}."
        )
    claimed = (manifest.height, manifest.app_hash, manifest.depth)
    if claimed != (trusted.height, trusted.app_hash.hex(), trusted.depth):
        raise ManifestRefused(
            f"The snapshot is not of the trusted state: height {trusted.height}, app hash {trusted.app_hash.hex()}"
            f" and depth {trusted.depth}."
        )
    return manifest


def _bounded_bytes(file: Path, limit: int) -> bytes:
    """The content of a file, cut off just beyond ``limit`` so that the check after it sees that it is too long."""
    with file.open("rb") as source:
        return source.read(limit + 1)
