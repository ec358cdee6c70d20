"""Real processes: run `tally`, find what runs in a folder, and see that nothing is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

TALLY = (sys.executable, "-m", "tallychain.cli")
PATIENCE_S = 300.0
"""On a busy machine a command that takes a second takes a minute; what succeeds does not wait."""


def tally(
    *arguments: str, env: dict[str, str] | None = None, patience_s: float = PATIENCE_S
) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end."""
    return subprocess.run(
        [*TALLY, *arguments],
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
    )


def answer(*arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = tally(*arguments, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def processes_in(folder: Path) -> list[int]:
    """The living processes whose command line names a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(folder) in command:
                found.append(int(entry.name))
    return found


def until(holds: Callable[[], object], patience_s: float = PATIENCE_S, *, pause_s: float = 0.1) -> None:
    """Wait until something holds; where it cannot even be asked yet, because a program is not so far, it does not hold."""
    deadline = time.monotonic() + patience_s
    while True:
        said = "it never held"
        try:
            if holds():
                return
        except (AssertionError, httpx.TransportError) as error:
            said = f"{type(error).__name__}: {error}"
        assert time.monotonic() < deadline, said
        time.sleep(pause_s)


def end_all_in(folder: Path) -> None:
    """Leave no process of a folder behind, whatever happened; where all have ended by themselves there is none."""
    for pid in processes_in(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
