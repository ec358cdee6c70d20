"""A gateway's engine in a simulation: the port that the real one has, onto one node."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

from tallychain.crypto.digest import sha256
from tallychain.engine.port import (
    CommittedBlock,
    EngineRefused,
    EngineUnavailable,
    QueryAnswer,
    ReceiptAnswer,
    ScanAnswer,
    Status,
    SubmitAnswer,
)
from tallychain.ledger.parameters import facts_of
from tests.simulation.node import Node
from tests.simulation.ordering import Ordering

PATIENCE_S = 20.0


class NodeEngine:
    """One gateway's connection to its node; every question takes a moment, in which either may stop."""

    def __init__(self, node: Node, ordering: Ordering, random: Random) -> None:
        self.node = node
        self._ordering = ordering
        self._random = random

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        """Hand an envelope to the node and wait for the block that holds it."""
        await self._moment()
        self.node.running().admit(envelope)
        digest = sha256(envelope)
        height = self.node.places.get(digest)
        if height is None:
            future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self.node.waiters.setdefault(digest, []).append(future)
            self._ordering.spread(self.node, envelope)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    height = await future
            except TimeoutError:
                raise EngineUnavailable("no block came that holds it") from None
        block = self._block(height)
        place = block.envelopes.index(envelope)
        return SubmitAnswer(height, block.codes[place], block.results[place])

    async def follow(self, from_height: int) -> AsyncIterator[CommittedBlock]:
        """Every block from a height on."""
        height = from_height
        while True:
            await self._moment()
            while self.node.running().store.height < height:
                await self.node.moved.wait()
            yield self._block(height)
            height += 1

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        """One row as of the last block."""
        await self._moment()
        return self.node.running().reading.query(key)

    async def scan(self, prefix: bytes) -> ScanAnswer:
        """All rows under a prefix."""
        await self._moment()
        return self.node.running().reading.scan(prefix)

    async def status(self) -> Status:
        """Where the node stands."""
        await self._moment()
        app = self.node.running()
        facts = facts_of(app.state.committed)
        return Status(
            engine="simulated",
            chain=facts.chain,
            genesis=facts.genesis,
            height=app.state.height,
            time_ms=app.time_ms,
            app_hash=app.store.app_hash.hex(),
            clock=facts.clock,
            demo=facts.demo,
            waiting=len(self.node.mempool),
        )

    async def block(self, height: int) -> CommittedBlock:
        """One block."""
        await self._moment()
        return self._block(height)

    async def validators(self, height: int) -> bytes:
        """Nothing here is signed by validators."""
        raise EngineRefused("NO_VALIDATORS", f"not of {height}")

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        """The receipt of an operation."""
        await self._moment()
        return self.node.running().reading.receipt(operation)

    async def advance(self, to_ms: int) -> int:
        """The clocks of an alliance are not moved by hand."""
        raise EngineRefused("CLOCK_NOT_DRIVEN", f"not to {to_ms}")

    def _block(self, height: int) -> CommittedBlock:
        return self.node.running().reading.block(height)

    async def _moment(self) -> None:
        await asyncio.sleep(self._random.uniform(0.0002, 0.002))
