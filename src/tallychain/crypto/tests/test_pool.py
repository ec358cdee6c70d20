import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tallychain.crypto import pool as pool_module
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.pool import CHUNK_MAX, Check, VerifierPool, serve, verify_all


def batch(count: int) -> tuple[list[Check], list[bool]]:
    """Signatures of two schemes, every third of them false, with the right answers."""
    keys = [signing_key_from_seed(scheme, bytes(32)) for scheme in ("ed25519", "p256")]
    checks, answers = [], []
    for i in range(count):
        key, message = keys[i % 2], b"%d" % i
        good = i % 3 != 0
        checks.append((key.public, message, key.sign(message if good else b"other")))
        answers.append(good)
    return checks, answers


CHECKS, ANSWERS = batch(300)


@pytest.fixture
def pool() -> Iterator[VerifierPool]:
    with VerifierPool(2) as started:
        yield started


def pids(pool: VerifierPool) -> list[int]:
    return [worker._process.pid for worker in pool._workers]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def ended(pid: int) -> bool:
    """Whether a process is gone or only waits to be collected, within five seconds."""
    for _ in range(250):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("count", [0, 1, 49, 50, 99, 300])
def test_answers_stand_in_the_order_of_the_checks(pool: VerifierPool, count: int) -> None:
    assert pool.verify(CHECKS[:count]) == ANSWERS[:count]


def test_a_batch_longer_than_one_round_is_answered_whole(pool: VerifierPool) -> None:
    times = -(-(2 * CHUNK_MAX + 1) // len(CHECKS))
    assert pool.verify(CHECKS * times) == ANSWERS * times


def test_without_workers_everything_is_verified_here() -> None:
    with VerifierPool(0) as none:
        assert none.verify(CHECKS) == ANSWERS


def test_a_dead_worker_means_verify_here_and_is_replaced(pool: VerifierPool) -> None:
    pool.verify(CHECKS)
    before = pids(pool)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert all(ended(pid) for pid in before)
    assert pool.verify(CHECKS) == ANSWERS
    assert not set(pids(pool)) & set(before)
    assert pool.verify(CHECKS) == ANSWERS


def test_a_hanging_worker_means_verify_here() -> None:
    with VerifierPool(1, timeout_s=0.2) as slow:
        os.kill(pids(slow)[0], signal.SIGSTOP)
        assert slow.verify(CHECKS) == ANSWERS


def test_a_worker_that_answers_nonsense_means_verify_here(pool: VerifierPool) -> None:
    liar, our_end = socket.socketpair()
    our_end.settimeout(5)
    pool._workers[0]._socket.close()
    pool._workers[0]._socket = our_end
    pool_module._write_frame(liar, b"\x01")
    with liar:
        assert pool.verify(CHECKS) == ANSWERS


def test_where_no_process_can_be_started_the_answers_are_still_right(
    pool: VerifierPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.kill(pids(pool)[0], signal.SIGKILL)
    ended(pids(pool)[0])
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/nonexistent")
        assert pool.verify(CHECKS) == ANSWERS
        assert pool.verify(CHECKS) == ANSWERS
    assert pool.verify(CHECKS) == ANSWERS
    assert all(alive(pid) for pid in pids(pool))


def test_closing_leaves_no_process_and_a_pool_that_still_answers() -> None:
    closing = VerifierPool(2)
    started = pids(closing)
    assert closing.verify(CHECKS) == ANSWERS
    closing.close()
    assert not any(alive(pid) for pid in started)
    assert closing.verify(CHECKS) == ANSWERS
    closing.close()


def test_workers_end_with_a_process_that_is_killed() -> None:
    program = (
        "from tallychain.crypto.pool import VerifierPool\n"
        "pool = VerifierPool(2)\n"
        "print(*[w._process.pid for w in pool._workers], flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        parent.kill()
    assert all(ended(pid) for pid in workers)


def test_several_threads_may_share_a_pool(pool: VerifierPool) -> None:
    found: list[list[bool]] = []
    threads = [threading.Thread(target=lambda: found.append(pool.verify(CHECKS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [ANSWERS] * 4


def test_a_worker_ends_when_its_connection_closes() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    serve(theirs.detach())


def test_a_worker_answers_until_a_frame_is_cut_off() -> None:
    ours, theirs = socket.socketpair()
    worker = threading.Thread(target=serve, args=(theirs.detach(),))
    worker.start()
    pool_module._write_frame(ours, msgspec.msgpack.encode(CHECKS))
    answer = pool_module._read_frame(ours)
    assert answer is not None
    assert [byte == 1 for byte in answer] == ANSWERS == verify_all(CHECKS)
    ours.sendall(b"\0\0\0\x05ab")
    ours.close()
    worker.join(5)
    assert not worker.is_alive()
