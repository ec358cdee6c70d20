"""What a ledger process says about itself over HTTP on this machine: alive, ready, and figures for Prometheus.

`/healthz` answers while the process lives, `/readyz` while it makes blocks and its disk has room, `/metrics` in the text format of Prometheus.  No figure
names a member, an operation or an amount.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol, Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from tallychain.engine.port import CommittedBlock
from tallychain.ledger.machine import EXECUTED

HOST: Final = "127.0.0.1"
LEAST_FREE_BYTES: Final = 256 * 1024 * 1024
"""Below this a process is not ready: a block that cannot be written ends it."""
_REQUEST_BYTES: Final = 4096
_PATIENCE_S: Final = 5.0
_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


class Working(Protocol):
    """What makes or takes over blocks in a ledger process, as far as figures are asked of it."""

    when_made: Callable[[CommittedBlock, float], None] | None
    """Told each durable block, and the seconds that it took."""

    @property
    def height(self) -> int:
        """Height of the last durable block."""
        ...

    @property
    def waiting(self) -> int:
        """Envelopes taken and not yet in a block."""
        ...

    @property
    def closing(self) -> bool:
        """Whether no more envelopes are taken."""
        ...


class Figures:
    """The figures of one ledger process, in a registry of its own."""

    def __init__(self, work: Working, directory: Path) -> None:
        self._work = work
        self._directory = directory
        self._registry = CollectorRegistry()
        self._height = self._gauge("height", "Last durable block.")
        self._age = self._gauge("block_age_seconds", "Time since the last block was made by this process.")
        self._waiting = self._gauge("envelopes_waiting", "Envelopes taken and not yet in a block.")
        self._free = self._gauge("disk_free_bytes", "Room on the disk of the chain.")
        self._blocks = self._counter("blocks", "Blocks made.")
        self._envelopes = self._counter("envelopes", "Envelopes in blocks.", "end")
        self._operations = self._counter("operations", "Operations in blocks.")
        self._seconds = Histogram(
            "tally_ledger_block_seconds",
            "From taking up a block to its being durable.",
            registry=self._registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self._made_s = time.monotonic()
        work.when_made = self._made

    def add(self, more: Collector) -> None:
        """Figures that only one engine has."""
        self._registry.register(more)

    def is_ready(self) -> bool:
        """Whether an envelope that is sent now has a good prospect."""
        return not self._work.closing and self._free_bytes() >= LEAST_FREE_BYTES

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        self._height.set(self._work.height)
        self._age.set(time.monotonic() - self._made_s)
        self._waiting.set(self._work.waiting)
        self._free.set(self._free_bytes())
        return generate_latest(self._registry)

    def _made(self, block: CommittedBlock, seconds: float) -> None:
        self._made_s = time.monotonic()
        self._blocks.inc()
        self._seconds.observe(seconds)
        for code, results in zip(block.codes, block.results, strict=True):
            self._envelopes.labels("executed" if code == EXECUTED else "inadmissible").inc()
            self._operations.inc(len(results))

    def _free_bytes(self) -> int:
        with suppress(OSError):
            return shutil.disk_usage(self._directory).free
        return 0

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"tally_ledger_{name}", text, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"tally_ledger_{name}", text, labels, registry=self._registry)


class FiguresServer:
    """Answers the three addresses; anything else is not found, and nobody may take long to ask."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._server: asyncio.Server | None = None

    @classmethod
    async def start(cls, figures: Figures, port: int) -> Self:
        """Listen on this machine only.  Raises `OSError` where the port is taken."""
        server = cls(figures)
        server._server = await asyncio.start_server(server._answer, HOST, port, limit=_REQUEST_BYTES)
        return server

    @property
    def port(self) -> int:
        """Where it listens."""
        return 0 if self._server is None else int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more questions."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, body = self._found(head.split(b" ", 2)[:2])
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                    % (status, _TEXT.encode(), len(body))
                    + body
                )
                await writer.drain()
        writer.close()

    def _found(self, asked: list[bytes]) -> tuple[bytes, bytes]:
        if asked == [b"GET", b"/healthz"]:
            return b"200 OK", b"ok\n"
        if asked == [b"GET", b"/readyz"]:
            ready = self._figures.is_ready()
            return (b"200 OK", b"ready\n") if ready else (b"503 Service Unavailable", b"not ready\n")
        if asked == [b"GET", b"/metrics"]:
            return b"200 OK", self._figures.text()
        return b"404 Not Found", b"not found\n"
