"""Several processes of one kind, forked from one that has loaded their code: loading it is most of what their start costs.

`python -m tallychain.node.herd PRELOADED MODULE FILE --ready-fd N`: FILE holds the herd as JSON, and on the descriptor a line is written when one of them
is born (`born NAME PID`) and when it has ended (`ended NAME STATUS`).  Only the first start is made so; one that has to be started again later is
started alone.
"""

import argparse
import ctypes
import importlib
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path
from typing import Final, NoReturn

import msgspec
from msgspec import Struct

from tallychain.node.child import end_with

_PR_SET_NAME: Final = 15
_HELD_BACK: Final = (signal.SIGTERM,)


class Calf(Struct, frozen=True, forbid_unknown_fields=True):
    """One process of the herd."""

    name: str
    arguments: tuple[str, ...]
    log: str


def main(arguments: list[str]) -> int:
    """Load the code once, fork everybody, and stay until the last has ended."""
    parser = argparse.ArgumentParser(prog="tallychain.node.herd", description=__doc__)
    parser.add_argument("preloaded")
    parser.add_argument("module")
    parser.add_argument("file", type=Path)
    parser.add_argument("--ready-fd", type=int, required=True)
    given = parser.parse_args(arguments)
    herd = msgspec.json.decode(given.file.read_bytes(), type=list[Calf])
    importlib.import_module(given.preloaded)
    own, names = os.getpid(), dict[int, str]()
    # Whoever is asked to end passes it on: the herd has no other purpose.
    signal.signal(signal.SIGTERM, lambda *_: _pass_on(names))
    for calf in herd:
        # Held back until the child is known here and has its own way to end, so that nobody misses being asked.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
        pid = os.fork()
        if pid == 0:
            os.close(given.ready_fd)
            _live(own, given.module, calf)
        names[pid] = calf.name
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
        _tell(given.ready_fd, f"born {calf.name} {pid}")
    while names:
        pid, status = os.waitpid(-1, 0)
        _tell(given.ready_fd, f"ended {names.pop(pid)} {os.waitstatus_to_exitcode(status)}")
    return 0


def _pass_on(names: dict[int, str]) -> None:
    for pid in names:
        os.kill(pid, signal.SIGTERM)


def _tell(descriptor: int, line: str) -> None:
    try:
        os.write(descriptor, f"{line}\n".encode())
    except BrokenPipeError:
        # The supervisor is gone; the kernel has asked everybody to end already.
        return


def _live(parent: int, module: str, calf: Calf) -> NoReturn:
    """Run the module as a process that was started itself, and never return."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
        os.setpgid(0, 0)
        end_with(parent)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_NAME, calf.name.encode()[:15], 0, 0, 0)
        log = os.open(calf.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        sys.argv = [module, *calf.arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - what a process of its own would print before it ends
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Past everything that the parent registered for its own end.
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
