"""Small durable work beside the ledger: done as soon as there is some, at every start, and again while something keeps it from being done."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from tallychain.gateway.database import DatabaseLost
from tallychain.gateway.problems import Problem
from tallychain.gateway.watching import failure, until_ended

_LOOK_EVERY_S: Final = 15.0

Chore = Callable[[], Awaitable[None]]
"""Does what is written down as due; does no harm when it is called once more."""


class Chores:
    """One loop over all of them."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = tuple(chores)
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("chores")

    def add(self, chore: Chore) -> None:
        """One more, before the start."""
        self._chores = (*self._chores, chore)

    async def start(self) -> None:
        """Begin with what was left when the last process ended."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop; what is due stays written down."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def poke(self) -> None:
        """There is something new to do."""
        self._due.set()

    @property
    def failed(self) -> BaseException | None:
        """Why it has ended, if it has ended by a mistake of ours."""
        return failure(self._task)

    async def ended(self) -> None:
        """Wait until it ends."""
        await until_ended(self._task)

    async def _run(self) -> None:
        while True:
            self._due.clear()
            for chore in self._chores:
                await self._do(chore)
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._due.wait()
            except TimeoutError:
                continue

    async def _do(self, chore: Chore) -> None:
        try:
            await chore()
        except DatabaseLost:
            self._log.warning("the database is lost")
        except Problem as problem:
            self._log.warning("left for later", why=problem.code)
