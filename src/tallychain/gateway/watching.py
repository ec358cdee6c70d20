"""Tasks that must not end while a gateway runs: one that ends takes the process with it, so that it begins again from what is on the disk."""

import asyncio
from collections.abc import Mapping
from typing import Protocol


class Following(Protocol):
    """A part of the gateway that follows the ledger."""

    @property
    def failed(self) -> BaseException | None:
        """Why it has ended, if it has ended by a mistake of ours."""

    async def ended(self) -> None:
        """Wait until it ends."""


class FollowingEnded(Exception):
    """A part of this gateway follows the ledger no more; what it served would grow old unseen."""

    def __init__(self, part: str, error: BaseException) -> None:
        super().__init__(
            f"The part {part} of the gateway no longer follows the ledger: {type(error).__name__}."
        )
        self.part = part
        self.error = error


def failure(task: asyncio.Task[None] | None) -> BaseException | None:
    """The exception that a task ended with, or None while it runs and where it was stopped."""
    if task is None or not task.done() or task.cancelled():
        return None
    return task.exception()


async def until_ended(task: asyncio.Task[None] | None) -> None:
    """Wait for the end of a task, whatever it is; the task goes on when the wait is given up."""
    if task is not None:
        await asyncio.wait([task])


def ended_part(parts: Mapping[str, Following]) -> FollowingEnded | None:
    """The first part that has failed, or None."""
    for name, part in parts.items():
        if part.failed is not None:
            return FollowingEnded(name, part.failed)
    return None


async def first_end(parts: Mapping[str, Following]) -> None:
    """Wait until the first of these parts ends."""
    waits = [asyncio.ensure_future(part.ended()) for part in parts.values()]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
