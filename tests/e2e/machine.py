"""Real processes: run `tally`, find what runs in a folder, and see that nothing is left."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def until(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it never held"
        time.sleep(0.1)
