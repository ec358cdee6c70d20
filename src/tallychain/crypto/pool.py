"""Signatures checked on all cores: the verifying library keeps the interpreter's lock, so processes help.

Workers only ever speed things up.  A worker that is dead, slow or confused means "verify here",
never "false": a good signature must not be refused because a process was killed.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import msgspec

from tallychain.crypto.schemes import verify

# (public key as text, message, signature)
Check = tuple[str, bytes, bytes]

CHUNK_MAX: Final = 500
CHUNK_MIN: Final = 50
TIMEOUT_S: Final = 10.0
_LENGTH_BYTES: Final = 4
_COMMAND: Final = ("-P", "-c", "from tallychain.crypto.pool import serve; serve(0)")


class VerifierPool:
    """Worker processes that verify batches of signatures; with no workers everything is verified here.

    Workers are started at once and end with this process, however it ends: each holds one end of a
    socket and stops when the other end closes.  Safe to use from several threads, one batch at a time.
    """

    def __init__(self, workers: int, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._workers = [_Worker(timeout_s) for _ in range(workers)]

    def verify(self, checks: Sequence[Check]) -> list[bool]:
        """For each check whether its signature is good, in order."""
        with self._lock:
            workers = self._workers
            if not workers or len(checks) < CHUNK_MIN:
                return verify_all(checks)
            size = min(CHUNK_MAX, max(CHUNK_MIN, -(-len(checks) // len(workers))))
            chunks = [checks[i : i + size] for i in range(0, len(checks), size)]
            answers: list[bool] = []
            for i in range(0, len(chunks), len(workers)):
                answers += self._round(chunks[i : i + len(workers)])
            return answers

    def close(self) -> None:
        """Stop the workers and wait until they are gone; checks made later are verified here."""
        with self._lock:
            for worker in self._workers:
                worker.stop()
            self._workers = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _round(self, chunks: Sequence[Sequence[Check]]) -> list[bool]:
        """One chunk to each worker, then one answer from each."""
        sent = [self._workers[i].send(chunk) for i, chunk in enumerate(chunks)]
        answers: list[bool] = []
        for i, chunk in enumerate(chunks):
            answer = self._workers[i].receive(len(chunk)) if sent[i] else None
            if answer is None:
                self._replace(i)
                answer = verify_all(chunk)
            answers += answer
        return answers

    def _replace(self, i: int) -> None:
        """A new process in place of a useless one; where none can be started, the next batch tries again."""
        self._workers[i].stop()
        with contextlib.suppress(OSError):
            self._workers[i] = _Worker(self._timeout_s)


def verify_all(checks: Sequence[Check]) -> list[bool]:
    """The same as ``VerifierPool.verify``, in this process."""
    return [verify(key, message, signature) for key, message, signature in checks]


class _Worker:
    """One process and our end of the socket to it."""

    def __init__(self, timeout_s: float) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(timeout_s)
        try:
            self._process = subprocess.Popen(
                [sys.executable, *_COMMAND],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._socket = ours

    def send(self, chunk: Sequence[Check]) -> bool:
        try:
            _write_frame(self._socket, msgspec.msgpack.encode(chunk))
        except OSError:
            return False
        return True

    def receive(self, count: int) -> list[bool] | None:
        try:
            answer = _read_frame(self._socket)
        except OSError:
            return None
        if answer is None or len(answer) != count:
            return None
        return [byte == 1 for byte in answer]

    def stop(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()


def serve(descriptor: int) -> None:
    """What a worker does: answer chunks on a socket, one byte a check, until the other end closes."""
    decoder = msgspec.msgpack.Decoder(list[Check])
    with socket.socket(fileno=descriptor) as connection, contextlib.suppress(OSError):
        while (frame := _read_frame(connection)) is not None:
            _write_frame(connection, bytes(verify_all(decoder.decode(frame))))


def _write_frame(connection: socket.socket, data: bytes) -> None:
    connection.sendall(len(data).to_bytes(_LENGTH_BYTES, "big") + data)


def _read_frame(connection: socket.socket) -> bytes | None:
    """The next frame, or None at the end of the stream."""
    head = _read_exactly(connection, _LENGTH_BYTES)
    if head is None:
        return None
    return _read_exactly(connection, int.from_bytes(head, "big"))


def _read_exactly(connection: socket.socket, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(count - len(data), 1 << 20))
        if not piece:
            return None
        data += piece
    return bytes(data)
