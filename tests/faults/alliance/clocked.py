"""
A program of a node whose clock is ahead or behind, by so many milliseconds as a file says: `python -m tests.faults.alliance.clocked FILE MODULE ARGUMENT...`.

What our programs ask of a clock is `time.time_ns` and `time.time`; how long something takes they measure by another one, which stays as it is.
"""

import runpy
import sys
import time
from pathlib import Path

from tests.faults.alliance.signers import Clock

_true_ns, _true = time.time_ns, time.time


def main(file: Path, module: str, arguments: list[str]) -> None:
    """Run the module with that clock."""
    clock = Clock(file)
    setattr(time, "time_ns", lambda: _true_ns() + clock.ahead_ms * 1_000_000)  # noqa: B010 - another clock is the point
    setattr(time, "time", lambda: _true() + clock.ahead_ms / 1_000)  # noqa: B010 - the same
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
