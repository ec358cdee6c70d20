"""A chain in memory with some nodes, and a gateway's port over them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from msgspec.structs import replace

from tallychain.engine.nodes import Patience
from tallychain.engine.port import CommittedBlock
from tallychain.engine.several import SeveralNodes
from tallychain.engine.tests.alliance import FakeNode, SharedChain, living
from tallychain.engine.trail import Trail
from tests.simulation import loop

T = TypeVar("T")
SHORT = Patience(answer_s=0.2, block_s=0.3, whole_s=20, again_s=0.02, blocks_behind=20)


class Here:
    """A chain with some nodes, and a gateway's port over them."""

    def __init__(self, count: int = 3, patience: Patience = SHORT) -> None:
        self.chain = SharedChain()
        self.nodes = [FakeNode(self.chain) for _ in range(count)]
        named = [(f"node-{place}", node) for place, node in enumerate(self.nodes)]
        clock = asyncio.get_running_loop().time
        self.port = SeveralNodes(named, Trail(self.chain.genesis), patience=patience, clock=clock)

    def faults(self) -> list[str]:
        return [node.fault for node in self.port.nodes]


@asynccontextmanager
async def here(count: int = 3, patience: Patience = SHORT) -> Any:
    made = Here(count, patience)
    for _ in range(3):
        made.chain.make_block()
    async with living(made.chain):
        yield made


def run(act: Coroutine[Any, Any, T]) -> T:
    """Run a story in virtual time: who is patient for 0.2 seconds is so on a busy machine as well, and nobody waits for it."""
    return loop.run(lambda _: asyncio.wait_for(act, 600))


async def follow(port: SeveralNodes, start: int, count: int) -> list[CommittedBlock]:
    found: list[CommittedBlock] = []
    stream = port.follow(start)
    try:
        while len(found) < count:
            found.append(await anext(stream))
    finally:
        await ended(stream)
    return found


async def ended(stream: AsyncIterator[CommittedBlock]) -> None:
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


@asynccontextmanager
async def followed(port: SeveralNodes) -> Any:
    """The port while a gateway follows through it."""
    seen: list[CommittedBlock] = []

    async def loop() -> None:
        async for block in port.follow(1):
            seen.append(block)  # noqa: PERF401 - what was seen so far is wanted meanwhile

    task = asyncio.create_task(loop())
    try:
        yield seen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def forged(block: CommittedBlock) -> CommittedBlock:
    """A block with an envelope that nobody ordered."""
    return replace(
        block, envelopes=[*block.envelopes, b"x"], results=[*block.results, []], codes=[*block.codes, 0]
    )
