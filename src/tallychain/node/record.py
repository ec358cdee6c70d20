"""What runs in a directory: a small file that the supervisor keeps up to date, and the lock that it holds meanwhile."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tallychain.node.processes import Process, end, is_alive

STARTING: Final = "starting"
READY: Final = "ready"
ENDING: Final = "ending"
_PATIENCE_S: Final = 15.0


class Running(Struct, frozen=True, forbid_unknown_fields=True):
    """One program and the process it runs as."""

    name: str
    process: Process
    restarts: int


class RunRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """Who supervises, and which programs run; in the order in which they were started."""

    state: str
    supervisor: Process
    programs: tuple[Running, ...]

    @property
    def alive(self) -> list[Process]:
        """The processes that are there now, the supervisor first."""
        return [one for one in (self.supervisor, *(item.process for item in self.programs)) if is_alive(one)]


class AlreadyRunning(Exception):
    """Another supervisor has this directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"{directory} is running already; end it first.")


class RunFolder:
    """Where the record and the lock of one directory lie."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._record = directory / "run.json"
        self._lock = directory / "run.lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory; raises `AlreadyRunning`.  The lock ends with the process, however it ends."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(self.directory) from None
            try:
                yield
            finally:
                # While the lock is held: whoever comes next makes files of its own.
                self._record.unlink(missing_ok=True)
                self._lock.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def read(self) -> RunRecord | None:
        """The record, or None where nothing runs and nothing was left behind."""
        try:
            return msgspec.json.decode(self._record.read_bytes(), type=RunRecord)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            return None

    def write(self, record: RunRecord) -> None:
        """Replace the record."""
        partial = self._record.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(record))
        partial.replace(self._record)

    def end(self, patience_s: float = _PATIENCE_S) -> RunRecord | None:
        """
        End what runs here, gracefully and then by force, and clear away what it left; the record of what was ended.

        The supervisor ends its programs in order.  Where it is gone or does not manage, they are ended here.
        """
        record = self.read()
        if record is None:
            return None
        end([one for one in [record.supervisor] if is_alive(one)], patience_s * 3)
        # Those started last depend on those started first.
        programs = [item.process for item in reversed(record.programs)]
        end([one for one in programs[:-1] if is_alive(one)], patience_s)
        end([one for one in programs[-1:] if is_alive(one)], patience_s)
        self._record.unlink(missing_ok=True)
        self._lock.unlink(missing_ok=True)
        return record
