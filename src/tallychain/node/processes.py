"""Processes by number and time of birth, so that a number given to somebody else is never taken for ours."""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

_PROC: Final = Path("/proc")
_STATE, _BIRTH = 0, 19
"""Fields of /proc/<pid>/stat, counted after the name in parentheses."""
_LOOK_S: Final = 0.05


class Process(Struct, frozen=True, forbid_unknown_fields=True):
    """One process of this machine."""

    pid: int
    born: int
    """Clock ticks from the start of the machine to the start of the process."""


def process(pid: int) -> Process | None:
    """The living process with this number, or None."""
    fields = _stat(pid)
    return None if fields is None else Process(pid, int(fields[_BIRTH]))


def is_alive(one: Process) -> bool:
    """Whether the process is still there; one that has ended and waits to be noticed is not."""
    return process(one.pid) == one


def send(one: Process, number: signal.Signals) -> None:
    """Send a signal to exactly this process; one that is gone is left in peace."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(one.pid)
        try:
            # Looked at after it was opened: from here on the descriptor means this process and no other.
            if is_alive(one):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def wait_for_end(processes: Sequence[Process], patience_s: float) -> list[Process]:
    """Wait until processes have ended; those that have not when patience is over."""
    deadline = time.monotonic() + patience_s
    while left := [one for one in processes if is_alive(one)]:
        if time.monotonic() >= deadline:
            return left
        time.sleep(_LOOK_S)
    return []


def end(processes: Sequence[Process], patience_s: float) -> list[Process]:
    """Ask processes to end, and kill those that have not done so in time; returns the killed."""
    for one in processes:
        send(one, signal.SIGTERM)
    left = wait_for_end(processes, patience_s)
    for one in left:
        send(one, signal.SIGKILL)
    wait_for_end(left, patience_s)
    return left


def memory_bytes(one: Process) -> int:
    """Memory that the process holds now; 0 if it is gone."""
    try:
        text = (_PROC / str(one.pid) / "status").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _stat(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name may hold blanks and parentheses; the fields stand after the last one.
    fields = text.rpartition(")")[2].split()
    return None if fields[_STATE] in ("Z", "X") else fields
