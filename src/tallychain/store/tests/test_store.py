import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rocksdict import Options, Rdict

from tallychain.store import layout
from tallychain.store.backing import StoreBacking
from tallychain.store.errors import (
    HeightOutOfOrder,
    StoreDamaged,
    StoreFormatUnknown,
    StoreLocked,
    StoreMissing,
    StoreUnfinished,
    StoreUnreadable,
    UndoNotKept,
    WriteFailed,
)
from tallychain.store.layout import StoreSettings
from tallychain.store.store import BlockRecord, Store, StoreImport
from tallychain.store.tests.world import World, filled, must_hold_exactly, world_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "store"


def record(height: int, writes: dict[bytes, bytes | None]) -> BlockRecord:
    return BlockRecord(height, b"block", b"header", b"result", writes, [], b"root %d" % height)


def test_a_new_store_is_empty_and_before_genesis(path: Path) -> None:
    with Store.open(path, create=True) as store:
        must_hold_exactly(store, -1)
        assert store.block(-1) is None
        assert store.header(-1) is None
        assert store.result(-1) is None


def test_after_every_block_the_store_holds_exactly_that_blocks_end(path: Path) -> None:
    world = World()
    with Store.open(path, create=True) as store:
        for height in range(40):
            store.commit(world.advance())
            must_hold_exactly(store, height)


def test_a_store_opened_again_goes_on_where_it_was(path: Path) -> None:
    world = World()
    for height in range(8):
        with Store.open(path, create=height == 0) as store:
            store.commit(world.advance())
        with Store.open(path, create=True) as store:
            must_hold_exactly(store, height)


def test_scans_are_in_key_order_and_keep_to_their_prefix(path: Path) -> None:
    keys = [b"a", b"a\x00", b"a\xff", b"a\xff\xff", b"b", b"\xff", b"\xff\xff", b"", b"c/2", b"c/10"]
    with Store.open(path, create=True) as store:
        store.commit(record(0, {key: b"of " + key for key in reversed(keys)}))
        assert list(store.items()) == [(key, b"of " + key) for key in sorted(keys)]
        for prefix in keys:
            expected = [key for key in sorted(keys) if key.startswith(prefix)]
            assert [key for key, _ in store.scan(prefix)] == expected
        assert list(store.scan(b"nothing")) == []


def test_a_scan_shows_the_rows_as_they_were_when_it_began(path: Path) -> None:
    with Store.open(path, create=True) as store:
        store.commit(record(0, {b"a": b"1", b"b": b"1"}))
        scan = store.scan(b"")
        first = next(scan)
        store.commit(record(1, {b"a": b"2", b"b": None, b"c": b"2"}))
        assert [first, *scan] == [(b"a", b"1"), (b"b", b"1")]


def test_the_backing_reads_the_state_rows_and_nothing_else(path: Path) -> None:
    with Store.open(path, create=True) as store:
        store.commit(
            BlockRecord(
                0,
                b"block",
                b"header",
                b"result",
                {b"a": b"1"},
                [(b"a", b"journal row")],
                b"root",
                {b"a": b"x"},
            )
        )
        backing = StoreBacking(store)
        assert backing.get(b"a") == b"1"
        assert backing.get(b"format") is None
        assert list(backing.scan(b"")) == [(b"a", b"1")]
        assert store.journal_get(b"a") == b"journal row"
        assert store.journal_get(b"b") is None


def test_the_state_before_the_last_block_can_be_read_from_what_it_replaced(path: Path) -> None:
    filled(path, 25)
    with Store.open(path) as store:
        earlier: dict[bytes, bytes | None] = dict(store.items())
        earlier.update(store.undo(25))
        assert {key: value for key, value in earlier.items() if value is not None} == world_at(24).state
        earlier.update(store.undo(24))
        assert {key: value for key, value in earlier.items() if value is not None} == world_at(23).state


def test_replaced_values_that_the_caller_knows_are_kept_like_those_the_store_reads(path: Path) -> None:
    with Store.open(path, create=True) as store:
        store.commit(record(0, {b"a": b"1", b"b": b"1"}))
        writes: dict[bytes, bytes | None] = {b"a": b"2", b"b": None, b"c": b"2"}
        known: dict[bytes, bytes | None] = {b"a": b"1", b"c": None, b"not written": b"ignored"}
        store.commit(BlockRecord(1, b"", b"", b"", writes, [], b"root", values_before=known))
        assert store.undo(1) == {b"a": b"1", b"b": b"1", b"c": None}
        store.commit(BlockRecord(2, b"", b"", b"", {}, [], b"root"))
        assert store.undo(2) == {}


@pytest.mark.parametrize("height", [-1, 0, 23, 26])
def test_values_before_other_blocks_than_the_last_two_are_not_kept(path: Path, height: int) -> None:
    filled(path, 25)
    with Store.open(path) as store, pytest.raises(UndoNotKept, match=f"before block {height} are not kept"):
        store.undo(height)


@pytest.mark.parametrize("height", [-1, 0, 2, 3, 5])
def test_a_block_out_of_order_is_refused_and_changes_nothing(path: Path, height: int) -> None:
    world = filled(path, 3)
    with Store.open(path) as store:
        with pytest.raises(
            HeightOutOfOrder, match=f"Block {height} does not follow the last committed block, which is 3"
        ):
            store.commit(record(height, {b"a": b"1"}))
        must_hold_exactly(store, 3)
        store.commit(world.advance())
        must_hold_exactly(store, 4)


def test_a_block_for_which_there_is_no_room_on_disk_is_an_error_and_leaves_the_block_before(
    path: Path,
) -> None:
    world = filled(path, 3)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.open(path) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            with pytest.raises(
                WriteFailed, match=r"Block 4 could not be written to disk \(IO error: .*File too large"
            ):
                store.commit(world.advance())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert store.height == 3
    with Store.open(path) as store:
        must_hold_exactly(store, 3)


def test_a_missing_store_is_not_created_unless_asked_for(path: Path) -> None:
    with pytest.raises(StoreMissing, match=f"There is no store at {path}"):
        Store.open(path)
    assert not path.exists()


def test_a_store_open_elsewhere_is_reported_as_locked(path: Path) -> None:
    with Store.open(path, create=True):
        code = f"from pathlib import Path; from tallychain.store.store import Store; Store.open(Path({str(path)!r}))"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (
            f"StoreLocked: The store {path} is in use by another process: stop that one first."
            in other.stderr
        )
        with pytest.raises(StoreLocked) as refusal:
            Store.open(path)
        assert refusal.value.code == "STORE_LOCKED"
    Store.open(path).close()


def test_a_store_of_another_format_is_refused_and_left_alone(path: Path) -> None:
    filled(path, 2)
    with Rdict(str(path), options=Options(raw_mode=True)) as database:
        database.put(layout.FORMAT_KEY, b"7")
    for _ in range(2):
        with pytest.raises(StoreFormatUnknown, match="has format 7; this program reads and writes format 1"):
            Store.open(path, create=True)


def test_a_database_that_is_not_ours_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with Rdict(str(path), options=Options(raw_mode=True)) as database:
        database.put(b"somebody's", b"data")
    with pytest.raises(StoreFormatUnknown, match="has format unknown"):
        Store.open(path, create=True)


def test_a_store_whose_making_was_cut_off_counts_as_missing_and_can_be_made(path: Path) -> None:
    path.mkdir(parents=True)
    Rdict(str(path), options=Options(raw_mode=True)).close()
    with pytest.raises(StoreMissing):
        Store.open(path)
    with Store.open(path, create=True) as store:
        must_hold_exactly(store, -1)


def test_an_import_that_was_cut_off_is_not_opened(path: Path) -> None:
    unfinished = StoreImport(path)
    unfinished.put([(b"a", b"1")], [])
    unfinished.close()
    with pytest.raises(StoreUnfinished, match="did not finish: remove the folder and import again"):
        Store.open(path)


def test_a_file_in_the_stores_place_is_reported(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not a folder")
    with pytest.raises(StoreUnreadable, match="cannot be opened"):
        Store.open(path, create=True)


def test_the_settings_bound_cache_and_buffers_without_changing_what_is_stored(path: Path) -> None:
    world = World()
    small = StoreSettings(cache_mib=1, write_buffer_mib=1, open_files=32)
    with Store.open(path, create=True, settings=small) as store:
        for _ in range(120):
            store.commit(world.advance())
        must_hold_exactly(store, 119)
    with Store.open(path) as store:
        must_hold_exactly(store, 119)


def killed_copy(path: Path, height: int) -> Path:
    """A store as a killed process leaves it: everything still in the log, nothing closed."""
    world = World()
    copy = path.with_name("killed")
    with Store.open(path, create=True) as store:
        while world.height < height:
            store.commit(world.advance())
        shutil.copytree(path, copy)
    return copy


def log_file(path: Path) -> Path:
    return max(path.glob("*.log"), key=lambda file: file.stat().st_size)


@pytest.mark.parametrize("torn_bytes", [1, 7, 500, 30_000, 200_000])
def test_a_torn_end_of_the_log_leaves_the_end_of_an_earlier_block(path: Path, torn_bytes: int) -> None:
    copy = killed_copy(path, 20)
    log = log_file(copy)
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - torn_bytes)
    with Store.open(copy) as store:
        assert 10 <= store.height < 20
        must_hold_exactly(store, store.height)
        world = world_at(store.height)
        store.commit(world.advance())
        must_hold_exactly(store, world.height)


def test_a_damaged_middle_of_the_log_is_refused_and_never_a_silent_step_back(path: Path) -> None:
    copy = killed_copy(path, 20)
    log = log_file(copy)
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    with pytest.raises(StoreDamaged, match="is damaged: restore a backup or import a snapshot") as refusal:
        Store.open(copy)
    assert refusal.value.code == "STORE_DAMAGED"


def kill_rounds(path: Path, rounds: int, seed: int) -> None:
    draw = random.Random(seed)
    acknowledged = -1
    for _ in range(rounds):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tallychain.store.tests.world", str(path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline()
        time.sleep(draw.uniform(0, 0.15))
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        acknowledged = max(acknowledged, int(rest[-1]) if rest else acknowledged)
        with Store.open(path) as store:
            assert store.height >= acknowledged
            must_hold_exactly(store, store.height)
            acknowledged = store.height


def test_a_process_killed_while_it_commits_leaves_exactly_one_blocks_end(path: Path) -> None:
    kill_rounds(path, rounds=5, seed=1)


@pytest.mark.faults
def test_a_process_killed_again_and_again_while_it_commits_loses_nothing(
    path: Path, request: pytest.FixtureRequest
) -> None:
    asked: int | None = request.config.getoption("--fault-rounds")
    kill_rounds(path, rounds=15 if asked is None else asked, seed=2)
