"""Structured lines on standard error; never a payload or a secret in them."""

import sys
import traceback
from pathlib import Path

import structlog

Log = structlog.typing.FilteringBoundLogger


def logger() -> Log:
    """The log of this process."""
    made: Log = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
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
