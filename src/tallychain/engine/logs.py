"""Structured lines on standard error; never a payload or a secret in them."""

import io
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import structlog

Log = structlog.typing.FilteringBoundLogger


class _Unbroken(io.TextIOBase):
    """Standard error as it stands when a line is written; what cannot be written is lost."""

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def standard_error() -> TextIO:
    """Where lines go.  A log on a full disk must not stop what could go on without it, or end a request that was decided."""
    return cast("TextIO", _Unbroken())


def logger() -> Log:
    """The log of this process."""
    made: Log = structlog.wrap_logger(
        structlog.PrintLogger(standard_error()),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
    )
    return made


def place_of(error: BaseException) -> str:
    """Where an exception was raised, as file and line; its text may hold a payload and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
