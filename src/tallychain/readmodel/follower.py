"""Keeps a read model at the head of the chain, and tells whoever listens that it has moved."""

import asyncio
from typing import Final

import structlog

from tallychain.engine.port import Engine, EngineUnavailable
from tallychain.readmodel.projector import Projector
from tallychain.sql.port import DatabaseLost

_LOG = structlog.get_logger()
_RETRY_S: Final = 0.5


class Follower:
    """Follows the engine's feed from the last projected block on, for as long as it runs."""

    def __init__(self, engine: Engine, projector: Projector) -> None:
        self._engine = engine
        self._projector = projector
        self._moved = asyncio.Condition()

    async def run(self) -> None:
        """Project blocks as they come; after a lost connection, to the ledger or to the database, begin again where it stopped."""
        is_certain = True
        while True:
            try:
                if not is_certain:
                    await asyncio.to_thread(self._projector.look_again)
                    is_certain = True
                async for block in self._engine.follow(self._projector.height + 1):
                    if await asyncio.to_thread(self._projector.project, block):
                        async with self._moved:
                            self._moved.notify_all()
            except EngineUnavailable:
                _LOG.info("engine_unavailable", height=self._projector.height)
            except DatabaseLost as lost:
                is_certain = False
                _LOG.warning("rows_unavailable", height=self._projector.height, why=str(lost))
            await asyncio.sleep(_RETRY_S)

    async def wait_for(self, height: int) -> None:
        """Return once the read model has this height."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._projector.height >= height)
