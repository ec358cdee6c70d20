"""`python -m tallychain.node.child PARENT MODULE ARGUMENT...`: a module that ends when its supervisor is gone.

A supervisor that is killed outright can end nobody.  The kernel then asks its children to end, so that no process is left with a lock.
"""

import ctypes
import os
import runpy
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def end_with(parent: int) -> None:
    """Have this process asked to end (SIGTERM) as soon as its parent is gone; where the system cannot, nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    # The parent may have gone before the kernel was told.
    if os.getppid() != parent:
        sys.exit(f"The supervisor {parent} is gone.")


def main(arguments: list[str]) -> None:
    """Run a module as if it had been started itself."""
    parent, module, *rest = arguments
    end_with(int(parent))
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
