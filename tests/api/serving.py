"""A gateway of the trial alliance behind a real port of this machine, for clients that know nothing of it but HTTP."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from tallychain.gateway.main import server_config
from tallychain.gateway.tests.alliance import Running, alliance
from tallychain.gateway.web.app import create_app

T = TypeVar("T")

PLENTY = 1_000_000
ACCOUNTS = {
    "staff:maker": "maker",
    "staff:checker": "checker",
    "staff:admin": "admin-1",
    "staff:system": "robot",
    "staff:look": "looker",
    "client:maker": "s1",
}
"""One account of each class, as the trial alliance enrols them."""


class Served:
    """The gateway in its own thread and loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, running: Running, port: int) -> None:
        self._loop = loop
        self.running = running
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the gateway's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(300)

    def token(self, account: str) -> str:
        """A fresh token of an account."""
        return self.do(self.running.as_account(account)).token


@contextmanager
def served(
    root: Path, member: str = "bank-a", app: Callable[[Any], Any] = create_app, **settings: Any
) -> Iterator[Served]:
    """A gateway that serves until the block ends; nobody is slowed by rates unless the settings say so."""
    rates = dict.fromkeys(
        (
            "account_burst",
            "account_rate_per_s",
            "seat_burst",
            "seat_rate_per_s",
            "member_burst",
            "member_rate_per_s",
        ),
        PLENTY,
    )
    begun: list[Served] = []
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        async with alliance(root) as there, there.gateway(member, **{**rates, **settings}) as running:
            config = server_config(app(running.gateway), running.gateway.settings)
            config.port = 0
            server = _Server(config)
            task = asyncio.create_task(server.serve())
            await server.is_started.wait()
            port = server.servers[0].sockets[0].getsockname()[1]
            begun.append(Served(asyncio.get_running_loop(), running, port))
            ready.set()
            await asyncio.to_thread(stop.wait)
            server.should_exit = True
            await task

    thread = threading.Thread(target=_run, args=(serve, ready), daemon=True)
    thread.start()
    ready.wait(300)
    try:
        yield begun[0]
    finally:
        stop.set()
        thread.join(300)


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


def _run(serve: Callable[[], Coroutine[Any, Any, None]], ready: threading.Event) -> None:
    try:
        asyncio.run(serve())
    finally:
        ready.set()
