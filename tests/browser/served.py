"""Gateways of one process behind real sockets: the same pages as of real processes, on a clock that the test drives."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from tallychain.console.app import with_console
from tallychain.console.tests.browsing import Scene, projected, scene
from tallychain.gateway.main import server_config
from tallychain.gateway.rates import Rates
from tallychain.gateway.tests.alliance import Running


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_started = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_started.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the tests."""
        yield


@asynccontextmanager
async def served(running: Running) -> AsyncIterator[str]:
    """A gateway on a free port of the loopback; its address."""
    config = server_config(with_console(running.gateway), running.gateway.settings)
    config.port = 0
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await server.is_started.wait()
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@dataclass
class Stage:
    """An alliance in one process whose members' pages a browser can open."""

    scene: Scene
    stack: AsyncExitStack
    urls: dict[str, str] = field(default_factory=dict)

    async def url(self, member: str) -> str:
        """Where a member's pages are; its gateway is opened when it is first needed."""
        if member not in self.urls:
            await self.scene.visitor(member)
            running = self.scene.there.gateways[member]
            # How often a browser asks while it waits must not decide.
            running.gateway.account_rates = running.gateway.seat_rates = Rates(1, 100_000)
            self.urls[member] = await self.stack.enter_async_context(served(running))
        return self.urls[member]

    async def everybody(self) -> None:
        """Until every gateway has the newest block."""
        for running in self.scene.there.gateways.values():
            await projected(running)

    async def at(self, time_ms: int) -> None:
        """The ledger's clock at an instant, seen by every gateway."""
        await next(iter(self.scene.there.gateways.values())).gateway.engine.advance(time_ms)
        await self.everybody()

    def now_ms(self) -> int:
        """What the ledger's clock shows."""
        return next(iter(self.scene.there.gateways.values())).gateway.clock.now_ms()


@asynccontextmanager
async def stage(root: Path) -> AsyncIterator[Stage]:
    """An alliance whose gateways are opened, and served, as they are needed."""
    async with scene(root) as it, AsyncExitStack() as stack:
        yield Stage(it, stack)
