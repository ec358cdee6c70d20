import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tallychain.ledger.tree import BucketTree
from tallychain.store import snapshot
from tallychain.store.errors import (
    ChunkMalformed,
    ChunkPoisoned,
    JournalMissing,
    JournalUnknown,
    JournalWrong,
    ManifestRefused,
    RootWrong,
    RowCountWrong,
    SnapshotRefused,
    StoreNotEmpty,
    printable,
)
from tallychain.store.layout import journal_key
from tallychain.store.snapshot import (
    Manifest,
    SnapshotReceiver,
    TrustedState,
    export_snapshot,
    import_snapshot,
)
from tallychain.store.store import BlockRecord, Store
from tallychain.store.tests.world import DEPTH, RULE, World, filled, journal_state_key, must_hold_exactly

HEIGHT = 23
Rows = list[tuple[bytes, bytes, bytes]]


@pytest.fixture
def source(tmp_path: Path) -> tuple[Path, World]:
    path = tmp_path / "source"
    return path, filled(path, HEIGHT)


def exported(source: tuple[Path, World], folder: Path, chunk_bytes: int = 1000) -> Manifest:
    with Store.open(source[0]) as store, store.view() as view:
        return export_snapshot(view, folder, DEPTH, chunk_bytes=chunk_bytes)


def rows_of(world: World) -> Rows:
    state: Rows = [(b"s", key, value) for key, value in sorted(world.state.items())]
    return state + [(b"j", key, value) for key, value in sorted(world.journals.items())]


def written(rows: Rows) -> bytes:
    return b"".join(
        struct.pack(">cII", space, len(key), len(value)) + key + value for space, key, value in rows
    )


def forged(folder: Path, world: World, chunks: list[bytes], count: int, **changes: object) -> None:
    """A snapshot whose manifest is consistent with whatever its chunks are, as a hostile node would offer it."""
    folder.mkdir()
    for index, chunk in enumerate(chunks):
        (folder / snapshot.chunk_name(index)).write_bytes(chunk)
    hashes = [hashlib.sha256(chunk).hexdigest() for chunk in chunks]
    fields: dict[str, object] = {
        "format": 1,
        "height": world.height,
        "app_hash": world.root.hex(),
        "depth": DEPTH,
        "rows": count,
        "chunks": hashes,
    }
    (folder / snapshot.MANIFEST_NAME).write_bytes(msgspec.json.encode(fields | changes))


def refusal_of(
    tmp_path: Path, world: World, folder: Path, trusted: TrustedState | None = None
) -> SnapshotRefused:
    """Import what must be refused, and return why; nothing may be left of it."""
    target = tmp_path / "target"
    with pytest.raises(SnapshotRefused) as refusal:
        import_snapshot(folder, target, trusted or world.trusted(), RULE)
    assert not target.exists()
    return refusal.value


def test_an_exported_state_is_imported_whole_and_the_chain_goes_on(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    world = source[1]
    manifest = exported(source, tmp_path / "snapshot")
    assert len(manifest.chunks) > 3
    assert manifest.rows == len(world.state) + len(world.journals)
    import_snapshot(tmp_path / "snapshot", tmp_path / "target", world.trusted(), RULE)
    with Store.open(tmp_path / "target") as store:
        assert (store.height, store.app_hash) == (HEIGHT, world.root)
        assert dict(store.items()) == world.state
        assert dict(store.journal_scan(b"")) == world.journals
        assert store.block(HEIGHT) is None
        for _ in range(4):
            store.commit(world.advance())
        must_hold_exactly(store, HEIGHT + 4)


def test_two_nodes_export_the_same_bytes_whatever_their_history(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    exported(source, tmp_path / "one")
    import_snapshot(tmp_path / "one", tmp_path / "target", source[1].trusted(), RULE)
    exported((tmp_path / "target", source[1]), tmp_path / "two")
    one, two = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two")
    )
    assert one == two


def test_chunks_hold_the_rows_in_key_order_and_keep_their_size(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    manifest = exported(source, tmp_path / "snapshot", chunk_bytes=1000)
    chunks = [
        (tmp_path / "snapshot" / snapshot.chunk_name(index)).read_bytes()
        for index in range(len(manifest.chunks))
    ]
    assert b"".join(chunks) == written(rows_of(source[1]))
    assert max(map(len, chunks)) <= 1000
    raw = (tmp_path / "snapshot" / snapshot.MANIFEST_NAME).read_bytes()
    assert msgspec.json.decode(raw, type=Manifest) == manifest
    assert raw.startswith(b'{"format":1,"height":%d,"app_hash":"' % HEIGHT)


def test_an_export_does_not_overwrite_and_takes_over_a_half_written_one(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    (tmp_path / "snapshot.partial").mkdir()
    (tmp_path / "snapshot.partial" / "00009.chunk").write_bytes(b"left over")
    exported(source, tmp_path / "snapshot")
    assert not (tmp_path / "snapshot" / "00009.chunk").exists()
    with pytest.raises(StoreNotEmpty):
        exported(source, tmp_path / "snapshot")


def test_a_snapshot_is_not_imported_over_something(tmp_path: Path, source: tuple[Path, World]) -> None:
    exported(source, tmp_path / "snapshot")
    with pytest.raises(StoreNotEmpty, match="a snapshot is imported into a new folder"):
        import_snapshot(tmp_path / "snapshot", source[0], source[1].trusted(), RULE)
    with Store.open(source[0]) as store:
        must_hold_exactly(store, HEIGHT)


def test_an_empty_state_can_be_exported_and_imported(tmp_path: Path) -> None:
    with Store.open(tmp_path / "source", create=True) as store:
        root = BucketTree(DEPTH).root
        store.commit(BlockRecord(0, b"", b"", b"", {}, [], root))
        with store.view() as view:
            manifest = export_snapshot(view, tmp_path / "snapshot", DEPTH)
    assert (manifest.rows, manifest.chunks) == (0, ())
    import_snapshot(tmp_path / "snapshot", tmp_path / "target", TrustedState(0, root, DEPTH), RULE)
    with Store.open(tmp_path / "target") as store:
        assert (store.height, list(store.items())) == (0, [])


def test_a_poisoned_chunk_is_refused_by_name(tmp_path: Path, source: tuple[Path, World]) -> None:
    exported(source, tmp_path / "snapshot")
    chunk = tmp_path / "snapshot" / snapshot.chunk_name(2)
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"!")
    refusal = refusal_of(tmp_path, source[1], tmp_path / "snapshot")
    assert isinstance(refusal, ChunkPoisoned)
    assert str(refusal).startswith("Chunk 2 of the snapshot has the hash ")


def test_a_poisoned_chunk_can_be_fetched_again_from_another_node(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    manifest = exported(source, tmp_path / "snapshot")
    raw = (tmp_path / "snapshot" / snapshot.MANIFEST_NAME).read_bytes()
    receiver = SnapshotReceiver(tmp_path / "target", raw, source[1].trusted())
    for index in range(len(manifest.chunks)):
        with pytest.raises(ChunkPoisoned):
            receiver.take(b"something else")
        receiver.take((tmp_path / "snapshot" / snapshot.chunk_name(index)).read_bytes())
    with pytest.raises(RowCountWrong, match="chunks"):
        receiver.take(b"one more")
    receiver.finish(RULE)
    with Store.open(tmp_path / "target") as store:
        assert store.height == HEIGHT


def test_a_missing_chunk_is_refused(tmp_path: Path, source: tuple[Path, World]) -> None:
    manifest = exported(source, tmp_path / "snapshot")
    (tmp_path / "snapshot" / snapshot.chunk_name(1)).unlink()
    refusal = refusal_of(tmp_path, source[1], tmp_path / "snapshot")
    assert str(refusal) == f"The snapshot has 1 chunks; its manifest says {len(manifest.chunks)}."
    raw = (tmp_path / "snapshot" / snapshot.MANIFEST_NAME).read_bytes()
    receiver = SnapshotReceiver(tmp_path / "target", raw, source[1].trusted())
    with pytest.raises(RowCountWrong, match="has 0 chunks"):
        receiver.finish(RULE)
    receiver.discard()


def without(space: bytes, which: int) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        victim = [row for row in rows if row[0] == space][which]
        return [row for row in rows if row != victim]

    return change


def with_value(space: bytes, which: int) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        victim = [row for row in rows if row[0] == space][which]
        return [(*row[:2], row[2] + b"!") if row == victim else row for row in rows]

    return change


@pytest.mark.attack(6)
@pytest.mark.parametrize("change", [without(b"s", 0), without(b"s", -1), with_value(b"s", 3)])
def test_a_state_row_missing_or_changed_is_found_by_the_root(
    tmp_path: Path, source: tuple[Path, World], change: Callable[[Rows], Rows]
) -> None:
    rows = change(rows_of(source[1]))
    forged(tmp_path / "forged", source[1], [written(rows)], len(rows))
    refusal = refusal_of(tmp_path, source[1], tmp_path / "forged")
    assert isinstance(refusal, RootWrong)
    assert str(refusal).endswith("a row is missing, added or changed.")


def test_a_state_row_added_is_found_by_the_root(tmp_path: Path, source: tuple[Path, World]) -> None:
    rows = sorted([*rows_of(source[1]), (b"s", b"zzz", b"extra")], key=lambda row: (row[0] != b"s", row[1]))
    forged(tmp_path / "forged", source[1], [written(rows)], len(rows))
    assert isinstance(refusal_of(tmp_path, source[1], tmp_path / "forged"), RootWrong)


@pytest.mark.attack(6)
@pytest.mark.parametrize("change", [without(b"j", 0), without(b"j", -1), with_value(b"j", 2)])
def test_a_journal_row_missing_or_changed_is_found_by_the_digest(
    tmp_path: Path, source: tuple[Path, World], change: Callable[[Rows], Rows]
) -> None:
    rows = change(rows_of(source[1]))
    forged(tmp_path / "forged", source[1], [written(rows)], len(rows))
    refusal = refusal_of(tmp_path, source[1], tmp_path / "forged")
    assert isinstance(refusal, JournalWrong)
    assert "a row is missing, added, changed or moved" in str(refusal)


@pytest.mark.parametrize("sequence", [8, 9])
def test_an_extra_journal_row_is_found_by_the_digest(
    tmp_path: Path, source: tuple[Path, World], sequence: int
) -> None:
    world = source[1]
    assert world.counts[b"replay/4"][1] == 8
    rows = [*rows_of(world), (b"j", journal_key(b"replay/4", sequence), b"extra")]
    forged(tmp_path / "forged", world, [written(rows)], len(rows))
    refusal = refusal_of(tmp_path, world, tmp_path / "forged")
    assert isinstance(refusal, JournalWrong)
    assert str(refusal).startswith("The rows of journal replay/4 do not give the digest")


def test_a_journal_of_which_the_state_knows_nothing_is_refused(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    rows = [*rows_of(source[1]), (b"j", journal_key(b"replay/9", 0), b"extra")]
    forged(tmp_path / "forged", source[1], [written(rows)], len(rows))
    refusal = refusal_of(tmp_path, source[1], tmp_path / "forged")
    assert isinstance(refusal, JournalUnknown)
    assert str(refusal) == "The snapshot has rows of journal replay/9, of which the state knows nothing."


@pytest.mark.attack(6)
def test_a_journal_left_out_whole_is_refused_unless_it_is_one_for_the_archive(
    tmp_path: Path, source: tuple[Path, World]
) -> None:
    world = source[1]
    rows = [row for row in rows_of(world) if not (row[0] == b"j" and row[1].startswith(b"replay/3"))]
    forged(tmp_path / "forged", world, [written(rows)], len(rows))
    refusal = refusal_of(tmp_path, world, tmp_path / "forged")
    assert isinstance(refusal, JournalMissing)
    assert str(refusal) == "The snapshot has no rows of journal replay/3, which the state says are kept."
    world.state[journal_state_key(b"replay/3")] = b"archived"
    rows = [row for row in rows_of(world) if not (row[0] == b"j" and row[1].startswith(b"replay/3"))]
    forged(tmp_path / "archived", world, [written(rows)], len(rows))
    import_snapshot(tmp_path / "archived", tmp_path / "target", world.trusted(), RULE)


@pytest.mark.attack(6)
def test_fewer_rows_than_the_manifest_says_are_refused(tmp_path: Path, source: tuple[Path, World]) -> None:
    rows = rows_of(source[1])
    forged(tmp_path / "forged", source[1], [written(rows)], len(rows) + 1)
    refusal = refusal_of(tmp_path, source[1], tmp_path / "forged")
    assert str(refusal) == f"The snapshot has {len(rows)} rows; its manifest says {len(rows) + 1}."


@pytest.mark.parametrize(
    ("chunks", "sentence"),
    [
        ([b"s\x00\x00"], "it ends in the middle of a row"),
        ([struct.pack(">cII", b"s", 4, 2**32 - 1) + b"keys"], "it ends in the middle of a row"),
        ([written([(b"m", b"height", b"")])], "it has a row that is neither state nor journal"),
        ([written([(b"s", b"b", b""), (b"s", b"a", b"")])], "its rows are not in order, or one comes twice"),
        (
            [written([(b"s", b"a", b"")]), written([(b"s", b"a", b"")])],
            "its rows are not in order, or one comes twice",
        ),
        ([written([(b"j", b"a", b"")]), b"", written([(b"s", b"b", b"")])], "its rows are not in order"),
        ([b"x" * (snapshot.RECEIVED_CHUNK_BYTES + 1)], "it is longer than 16777216 bytes"),
    ],
)
def test_a_chunk_that_is_no_list_of_rows_is_refused(
    tmp_path: Path, source: tuple[Path, World], chunks: list[bytes], sentence: str
) -> None:
    forged(tmp_path / "forged", source[1], chunks, 1)
    refusal = refusal_of(tmp_path, source[1], tmp_path / "forged")
    assert isinstance(refusal, ChunkMalformed)
    assert sentence in str(refusal)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 2}, "has format 2; this program reads format 1"),
        ({"height": 24}, "is not of the trusted state: height 23"),
        ({"app_hash": "00" * 32}, "is not of the trusted state"),
        ({"depth": 5}, "is not of the trusted state"),
        ({"extra": 1}, "cannot be read"),
        ({"rows": "many"}, "cannot be read"),
        ({"rows": 1.0}, "cannot be read"),
    ],
)
def test_a_manifest_of_something_else_is_refused(
    tmp_path: Path, source: tuple[Path, World], changes: dict[str, object], sentence: str
) -> None:
    rows = rows_of(source[1])
    forged(tmp_path / "forged", source[1], [written(rows)], len(rows), **changes)
    refusal = refusal_of(tmp_path, source[1], tmp_path / "forged")
    assert isinstance(refusal, ManifestRefused)
    assert sentence in str(refusal)


def test_a_manifest_missing_spaced_or_too_long_is_refused(tmp_path: Path, source: tuple[Path, World]) -> None:
    exported(source, tmp_path / "snapshot")
    file = tmp_path / "snapshot" / snapshot.MANIFEST_NAME
    canonical = file.read_bytes()
    for content, sentence in (
        (canonical.replace(b",", b", "), "not in canonical form"),
        (canonical + b"\n", "not in canonical form"),
        (b" " * (snapshot.MANIFEST_BYTES + 1), "longer than 4194304 bytes"),
    ):
        file.write_bytes(content)
        assert sentence in str(refusal_of(tmp_path, source[1], tmp_path / "snapshot"))
    file.unlink()
    assert "There is no snapshot in" in str(refusal_of(tmp_path, source[1], tmp_path / "snapshot"))


def test_a_hostile_journal_name_is_shown_in_hex_and_short() -> None:
    assert printable(b"replay/1") == "replay/1"
    assert printable(b"\x1b[2J") == "1b5b324a"
    assert len(printable(b"x" * 5000)) == 80
