"""How a ledger process begins and ends, whichever engine it serves: its exit statuses, and what they are told from."""

import os
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

from tallychain.engine import notify
from tallychain.engine.logs import Log, place_of
from tallychain.ledger.protocol import ProtocolUnknown
from tallychain.store.errors import WriteFailed

SOCKET: Final = "ledger.sock"
"""Where a ledger process serves gateways, in its directory."""
EXIT_REFUSED: Final = 2
"""The process could not begin; a sentence on standard error says why, and to begin again helps only when that has changed."""
EXIT_DEFECT: Final = 3
"""A block, or what leads to one, failed unforeseen: the process ended without answering and begins again from the store."""
EXIT_DISK: Final = 4
"""A block could not be written: the disk is full, read-only or broken.  Nothing of it was answered; whoever gave it gives it again."""


class _Stopped(Exception):
    """What ended a process that was running."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__()
        self.reason = reason


def run_to_end(work: Callable[[], None], refusals: tuple[type[Exception], ...], log: Log) -> int:
    """Do the work of a ledger process; its exit status: 0, `EXIT_REFUSED` (after one of `refusals`), `EXIT_DEFECT` or `EXIT_DISK`."""
    try:
        work()
    except _Stopped as stopped:
        if isinstance(stopped.reason, WriteFailed):
            log.critical("stopped by the disk", sentence=str(stopped.reason))
            return EXIT_DISK
        if isinstance(stopped.reason, ProtocolUnknown):
            log.error("stopped", reason="ProtocolUnknown", sentence=str(stopped.reason))
            return EXIT_REFUSED
        # Where it came from and not its text, which may hold a payload.
        traceback.print_tb(stopped.reason.__traceback__)
        return EXIT_DEFECT
    except refusals as refusal:
        log.error("not started", reason=type(refusal).__name__, sentence=str(refusal))
        return EXIT_REFUSED
    return 0


def stopped_by(failure: BaseException, height: int, log: Log) -> NoReturn:
    """End a process that was running, by what failed in it; `height` is the last one on disk."""
    if not isinstance(failure, WriteFailed | ProtocolUnknown):
        kind, place = type(failure).__name__, place_of(failure)
        log.critical("stopped by a defect", kind=kind, place=place, height=height)
    raise _Stopped(failure)


def tell_ready(descriptor: int | None) -> None:
    """Say to whoever started the process, and to a service manager, that it serves."""
    if descriptor is not None:
        with suppress(OSError):
            os.write(descriptor, b"ready\n")
            os.close(descriptor)
    notify.tell(notify.READY)


def now_ms() -> int:
    """This machine's clock."""
    return time.time_ns() // 1_000_000
