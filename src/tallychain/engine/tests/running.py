"""An engine running inside a test, on its socket, with its client."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallychain.crypto.pool import VerifierPool
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.embedded.sequencer import Sequencer
from tallychain.engine.embedded.service import EmbeddedService
from tallychain.engine.limits import Settings
from tallychain.engine.server import Server
from tallychain.engine.tests import toy

FAST = Settings(block_interval_ms=5, idle_interval_ms=60_000)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def opened(directory: Path, genesis: bytes | None = None) -> Iterator[Chain]:
    """A chain in this process, signatures verified inline."""
    with VerifierPool(0) as pool:
        chain = open_chain(directory, toy.CATALOGUE, toy.SEQUENCER, pool, genesis)
        try:
            yield chain
        finally:
            chain.close()


@dataclass(frozen=True, slots=True)
class Running:
    chain: Chain
    sequencer: Sequencer
    client: LedgerClient
    socket: Path
    blocks: "asyncio.Task[None]"
    """The sequencer at work."""


@asynccontextmanager
async def running(
    directory: Path,
    *,
    settings: Settings = FAST,
    clock: Callable[[], int] = now_ms,
    genesis: bytes | None = None,
) -> AsyncIterator[Running]:
    """The whole ledger process in this one: chain, sequencer, socket, and a client of it."""
    with opened(directory, genesis or toy.genesis_document()) as chain:
        sequencer = Sequencer(chain, settings, clock)
        socket = directory / "s"
        server = await Server.start(EmbeddedService(sequencer, directory), settings, socket)
        blocks = asyncio.create_task(sequencer.run())
        client = LedgerClient(socket, genesis=chain.genesis_digest, patience_s=5)
        try:
            yield Running(chain, sequencer, client, socket, blocks)
        finally:
            await client.close()
            sequencer.stop()
            try:
                await blocks
            finally:
                await server.stop()


async def until_waiting(here: Running, count: int) -> None:
    """Until so many envelopes wait for a block; blocks are held by whoever asks."""
    while here.sequencer.waiting < count:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.001)


def envelope(*samples: toy.Sample, member: str = "bank-a", at_ms: int | None = None) -> bytes:
    """An envelope of now."""
    return toy.sealed_envelope(*samples, now_ms=now_ms() if at_ms is None else at_ms, member=member)


def addition(counter: str, nonce: int, *, amount: int = 1, member: str = "bank-a") -> toy.Sample:
    """An operation of now."""
    return toy.add(counter, amount, nonce, now_ms=now_ms(), member=member)
