"""The links between the nodes of an alliance, each through a proxy on loopback that a test closes, slows or makes lossy, in one direction or both."""

import asyncio
import random
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from tallychain.network.layout import Layout

LOOK_S: Final = 0.02
PIECE: Final = 65_536
LONGEST_LOSS_S: Final = 1.0
"""A lost packet is sent again: who reads sees it later, and everything behind it."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What becomes of what one node sends to another."""

    closed: bool = False
    delay_s: float = 0.0
    loss: float = 0.0
    """Share of the pieces that come late, as if they had been lost and sent again."""


GOOD: Final = Quality()


@dataclass(slots=True)
class Links:
    """A proxy for each node and each other node that it dials; nothing that is held back is ever dropped."""

    qualities: dict[tuple[str, str], Quality] = field(default_factory=dict)
    """By sender and receiver."""
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    _servers: list[asyncio.Server] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    def start(self, layout: Layout) -> None:
        """Open the proxies, and have every node dial the others through them from its next start on."""
        self._thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)
        self._thread.start()
        nodes = {place.id: place.node for place in layout.read().nodes if place.node is not None}
        for dialling in nodes:
            addresses = []
            for dialled, node in nodes.items():
                if dialled != dialling:
                    opening = self._open(dialling, dialled, node.p2p)
                    port = asyncio.run_coroutine_threadsafe(opening, self._loop).result(120)
                    addresses.append(f'    "{node.id}@127.0.0.1:{port}",\n')
            file = layout.node_file(dialling)
            head, _, rest = file.read_text().partition("peers = [\n")
            file.write_text(f"{head}peers = [\n{''.join(addresses)}]{rest.partition(']')[2]}")

    def stop(self) -> None:
        """End all proxies."""
        if self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result(120)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(120)
            self._loop.close()

    @contextmanager
    def between(
        self, some: Sequence[str], others: Sequence[str], quality: Quality, *, back: Quality | None = None
    ) -> Iterator[None]:
        """While this lasts, what some nodes send to others has one quality, and what comes back the same or another."""
        changed = {(one, other): quality for one in some for other in others if one != other}
        returning = quality if back is None else back
        changed |= {(other, one): returning for one in some for other in others if one != other}
        self.qualities.update(changed)
        try:
            yield
        finally:
            for pair in changed:
                self.qualities.pop(pair, None)

    async def _end_all(self) -> None:
        for server in self._servers:
            server.close()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, dialling: str, dialled: str, port: int) -> int:
        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ends = [writer]
            # Whatever ends it, a closed proxy among them, both ends are closed.
            with suppress(OSError, asyncio.CancelledError):
                await self._passable((dialling, dialled))
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
                ends.append(far_writer)
                there = self._pump(reader, far_writer, (dialling, dialled))
                back = self._pump(far_reader, writer, (dialled, dialling))
                await _first_of([asyncio.ensure_future(there), asyncio.ensure_future(back)])
            for end in ends:
                end.close()

        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: tuple[str, str]
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._passable(way)
                quality = self.qualities.get(way, GOOD)
                late_s = quality.delay_s
                if quality.loss and self.dice.random() < quality.loss:
                    late_s += self.dice.uniform(0.2, LONGEST_LOSS_S)
                if late_s:
                    await asyncio.sleep(late_s)
                writer.write(piece)
                await writer.drain()

    async def _passable(self, way: tuple[str, str]) -> None:
        while self.qualities.get(way, GOOD).closed:  # noqa: ASYNC110 - another thread closes and opens
            await asyncio.sleep(LOOK_S)


async def _first_of(tasks: Iterable["asyncio.Future[None]"]) -> None:
    waiting = list(tasks)
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
