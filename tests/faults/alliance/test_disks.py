"""What one node's disk does to it: it is full, or its last write is torn; and an end at every step between agreeing and durability."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tallychain.engine.lifecycle import EXIT_DISK
from tests.faults.alliance.four import MEMBERS, PATIENCE_S, Four
from tests.faults.alliance.rounds import GAP_S, Rounds

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(900)]
TORN = "settle-a"
OTHERS = tuple(member for member in MEMBERS if member != TORN)
ROOM = "96m"
BALLAST = "ballast"


def is_connected(four: Four) -> bool:
    """Whether the node has all the others for peers."""
    view = four.engine(TORN)
    return view is not None and len(view.peers) == len(OTHERS)


@pytest.mark.parametrize("half", [range(5), range(5, 10)], ids=["0-4", "5-9"])
def test_the_engine_of_one_ends_at_every_step_between_agreeing_and_durability(
    rounds: Rounds, half: range
) -> None:
    four, engine = rounds.four, f"{TORN}-engine"
    with rounds.round(
        f"engine of one ends at its failure points {half[0]} to {half[-1]}", gap_s=GAP_S
    ) as load:
        for point in half:
            four.kill_node(TORN)
            said = len(four.log(engine))
            four.start(f"{TORN}-ledger")
            four.start(engine, environment={"FAIL_TEST_INDEX": str(point)})
            four.processes[engine].wait(PATIENCE_S)
            assert "fail-test" in four.log(engine)[said:]
            four.revive(TORN)
            load.acknowledges(1)


@pytest.mark.parametrize("lost", [1, 40, 700])
def test_the_last_bytes_of_the_log_of_votes_are_torn(rounds: Rounds, lost: int) -> None:
    four = rounds.four
    log = four.layout.node(TORN) / "engine" / "data" / "cs.wal" / "wal"
    with rounds.round("last bytes of an engine's log of votes torn", gap_s=GAP_S) as load:
        time.sleep(random.Random(lost).uniform(0, 1))
        four.kill_node(TORN)
        tear(log, lost)
        four.revive(TORN)
        load.acknowledges(2)
    four.until(lambda: is_connected(four), "it has lost its peers")


@pytest.mark.parametrize("lost", [1, 300])
def test_the_last_write_of_the_ledgers_store_is_torn(rounds: Rounds, lost: int) -> None:
    four = rounds.four
    with rounds.round("last write of a ledger's store torn", gap_s=GAP_S) as load:
        four.kill_node(TORN)
        logs = (four.layout.node(TORN) / "ledger" / "store").rglob("*.log")
        tear(max(logs, key=lambda path: path.stat().st_mtime_ns), lost)
        four.revive(TORN)
        load.acknowledges(2)


def tear(file: Path, lost: int) -> None:
    """Take its last bytes from a file, as a write does that was under way when the power failed."""
    data = file.read_bytes().rstrip(b"\0")
    file.write_bytes(data[: max(0, len(data) - lost)])


def test_a_full_disk_stops_the_ledger_of_one_in_one_sentence_and_room_brings_it_back(rounds: Rounds) -> None:
    four, ledger = rounds.four, f"{TORN}-ledger"
    folder = four.layout.node(TORN) / "ledger"
    with own_disk(four, folder), rounds.round("disk of a ledger full, then room again", gap_s=GAP_S) as load:
        said = len(four.log(ledger))
        fill(folder)
        four.until(lambda: four.processes[ledger].poll() is not None, "it goes on without room")
        assert four.processes[ledger].returncode == EXIT_DISK
        assert "stopped by the disk" in four.log(ledger)[said:]
        four.goes_on(*OTHERS)
        load.acknowledges(2)
        (folder / BALLAST).unlink()
        four.revive(TORN)


def test_a_full_disk_stops_the_engine_of_one_and_room_brings_it_back(rounds: Rounds) -> None:
    four, engine = rounds.four, f"{TORN}-engine"
    folder = four.layout.node(TORN) / "engine" / "data"
    with own_disk(four, folder), rounds.round("disk of an engine full, then room again", gap_s=GAP_S) as load:
        said = len(four.log(engine))
        fill(folder)
        four.until(lambda: "no space left on device" in four.log(engine)[said:], "it says nothing")
        four.goes_on(*OTHERS)
        load.acknowledges(2)
        (folder / BALLAST).unlink()
        four.revive(TORN)


@contextmanager
def own_disk(four: Four, folder: Path) -> Iterator[None]:
    """While this lasts, a folder of the node lies on a small disk of its own."""
    kept = folder.with_name(folder.name + "-kept")
    four.kill_node(TORN)
    folder.rename(kept)
    folder.mkdir(mode=0o700)
    run("mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "tmpfs", str(folder))
    try:
        copy(kept, folder)
        four.revive(TORN)
        yield
        four.kill_node(TORN)
        shutil.rmtree(kept)
        copy(folder, kept)
    finally:
        run("umount", "--lazy", str(folder))
    folder.rmdir()
    kept.rename(folder)
    four.revive(TORN)


def copy(source: Path, target: Path) -> None:
    """All that lies in a folder but the sockets of processes."""
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))


def fill(folder: Path) -> None:
    """Leave no byte of room on the disk of a folder."""
    with (folder / BALLAST).open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
