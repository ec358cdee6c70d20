"""The endpoint of a ledger process for gateways of other members: TCP with mutual TLS, and only what a gateway needs.

Who connects is known by its certificate, and may ask as long as this is held and the ledger says that the member takes part: looked at again with every request
and every block.  Connections, requests and their sizes are bounded member by member, so that one costs the others nothing; of strangers only so
many are listened to at once, and not for long.
"""

import argparse
import asyncio
import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec

from tallychain.crypto.tlspins import Pin
from tallychain.engine.lanes import claimed_carrier
from tallychain.engine.limits import REQUEST_BYTES, Settings
from tallychain.engine.logs import Log, logger
from tallychain.engine.port import EngineRefused
from tallychain.engine.rates import Rates
from tallychain.engine.server import Connection
from tallychain.engine.service import FOLLOW, Service, SubmitArgs
from tallychain.engine.tls import Certificates, TlsRefused, keep_alive, split_address
from tallychain.engine.wire import UNREADABLE

METHODS: Final = frozenset({"submit", "query", "scan", "status", "block", "validators", "receipt"})
"""And to follow.  What keeps, copies, checks or drives a ledger stays on its machine."""
COSTS: Final = {"scan": 50, "block": 5, FOLLOW: 50}
"""What is charged for a request, where it is more than one."""
REQUESTS_PER_S: Final = 1_000
BLOCKS_PER_S: Final = 1_000
"""To one member, over all its streams: more than a chain makes, and no more than a disk bears while one catches up."""
_RETRY_MS: Final = 1_000
_BACKLOG: Final = 128


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much the endpoint takes at once."""

    connections: int = 16
    """Of one member."""
    in_flight: int = 64
    """Requests of one member that may be unanswered at once, streams of blocks among them, over all its connections; further ones wait unread."""
    strangers: int = 64
    """Connections that have not shown a certificate yet; more are closed at once."""
    strangers_of_address: int = 8
    """The same, from one address."""
    handshake_s: float = 10.0
    """How long a connection may take to show its certificate."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a ledger process serves gateways of other members; nowhere with an empty `listen`."""

    listen: str = ""
    """`host:port`."""
    tls: Path = Path("tls")
    """The folder of certificates."""

    async def opened(self, service: Service, settings: Settings) -> "RemoteServer | None":
        """The open endpoint, where there shall be one.  Raises `TlsRefused` or `OSError`."""
        return await RemoteServer.start(service, settings, self.listen, self.tls) if self.listen else None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The part of a ledger process's command line that says where its endpoint is."""
    parser.add_argument(
        "--remote", default="", metavar="HOST:PORT", help="where gateways of other members connect"
    )
    parser.add_argument("--tls", type=Path, default=Path("tls"), help="folder of certificates, for --remote")


class RemoteServer:
    """The open port and its connections."""

    def __init__(
        self, service: Service, settings: Settings, certificates: Certificates, bounds: Bounds, log: Log
    ) -> None:
        self._service = service
        self._slow_s = settings.slow_reader_ms / 1_000
        self._certificates = certificates
        self._bounds = bounds
        self._log = log
        self._rates, self._blocks = Rates(REQUESTS_PER_S), Rates(BLOCKS_PER_S)
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._of_member: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None

    @classmethod
    async def start(
        cls, service: Service, settings: Settings, listen: str, tls: Path, bounds: Bounds | None = None
    ) -> Self:
        """Listen at `host:port` with the certificates of a folder.  Raises `TlsRefused` or `OSError`."""
        host, port = split_address(listen)
        log = logger()
        certificates = Certificates(tls, await service.chain(), log)
        # Refused now where it could not serve anybody.
        certificates.folder.serving()
        server = cls(service, settings, certificates, bounds or Bounds(), log)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server._listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        server._listener.setblocking(False)
        server._begin(server._accept(server._listener))
        return server

    @property
    def port(self) -> int:
        """Where it listens."""
        return 0 if self._listener is None else int(self._listener.getsockname()[1])

    @property
    def strangers(self) -> int:
        """Connections that have not shown a certificate yet."""
        return self._strangers.total()

    async def stop(self) -> None:
        """Take no more, give out the answers that are ready, end every connection."""
        for connection in list(self._connections):
            await connection.finish()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                opened, address = await loop.sock_accept(listener)
            except OSError as error:
                # Too many open files, or a peer that is gone before it was taken: neither ends the listening.
                self._log.warning("a connection could not be taken", reason=error.strerror)
                await asyncio.sleep(self._bounds.handshake_s / 10)
                continue
            host = str(address[0])
            bounds = self._bounds
            if (
                self._strangers.total() >= bounds.strangers
                or self._strangers[host] >= bounds.strangers_of_address
            ):
                opened.close()
                continue
            self._strangers[host] += 1
            self._begin(self._welcome(opened, host))

    async def _welcome(self, opened: socket.socket, host: str) -> None:
        """One connection, from the certificate that it shows to its end."""
        try:
            streams = await self._shaken(opened)
        finally:
            self._strangers[host] -= 1
            if not self._strangers[host]:
                del self._strangers[host]
        if streams is not None:
            await self._serve(*streams)

    async def _shaken(
        self, opened: socket.socket
    ) -> "tuple[asyncio.StreamReader, asyncio.StreamWriter] | None":
        """The streams of a connection that has shown a certificate that is held; None for one that has not."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(REQUEST_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            keep_alive(opened)
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol,
                opened,
                ssl=self._certificates.folder.serving(),
                ssl_handshake_timeout=self._bounds.handshake_s,
            )
        except (OSError, ssl.SSLError, TlsRefused):
            # Of strangers nothing is written: whoever scans ports would fill the disk.
            opened.close()
            return None
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
        pin = self._certificates.folder.pin_of(shown)
        member = "" if pin is None else pin.member
        door = _Door(self._service, member, shown, self._certificates, self._rates, self._blocks)
        room = self._rooms.setdefault(member, asyncio.Semaphore(self._bounds.in_flight))
        connection = Connection(door, reader, writer, self._slow_s, room)
        if self._of_member[member] >= self._bounds.connections:
            await connection.refuse("CONNECTIONS", f"Too many connections of {member}.", _RETRY_MS)
            return
        self._of_member[member] += 1
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)
            self._of_member[member] -= 1

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("a connection of another member ended", kind=type(error).__name__)


class _Door:
    """The methods of a ledger process, as one other member may ask them."""

    def __init__(
        self,
        service: Service,
        member: str,
        shown: bytes,
        certificates: Certificates,
        rates: Rates,
        blocks: Rates,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._member = member
        self._shown = shown
        self._certificates = certificates
        self._rates = rates
        self._blocks = blocks
        self._clock = clock

    def fail(self, error: BaseException) -> None:
        """See `Service.fail`."""
        self._service.fail(error)

    async def answer(self, method: str, args: msgspec.Raw) -> msgspec.Raw:
        """See `Service.answer`."""
        await self._let_in(method)
        if method not in METHODS:
            raise EngineRefused("METHOD_NOT_REMOTE", "That is asked on the ledger's own machine alone.")
        if method == "submit":
            self._check_carrier(args)
        return await self._service.answer(method, args)

    async def follow(self, args: msgspec.Raw) -> AsyncIterator[msgspec.Raw]:
        """See `Service.follow`; ends where the member takes part no more, or its certificate is no longer held."""
        await self._let_in(FOLLOW)
        async for block in self._service.follow(args):
            await self._check_standing()
            await self._in_its_turn()
            yield block

    async def _let_in(self, method: str) -> None:
        self._rates.charge(self._member, COSTS.get(method, 1), self._clock())
        await self._check_standing()

    async def _in_its_turn(self) -> None:
        """Wait until this member may have a further block."""
        while True:
            try:
                return self._blocks.charge(self._member, 1, self._clock())
            except EngineRefused as full:
                await asyncio.sleep(full.retry_after_ms / 1_000)

    async def _check_standing(self) -> None:
        pin = self._certificates.folder.pin_of(self._shown)
        if pin is None or not _in_time(pin):
            raise EngineRefused(
                "TLS_CERTIFICATE_ENDED",
                "The certificate of this connection is no longer held here, or out of its time.",
            )
        if not await self._service.takes_part(self._member):
            raise EngineRefused(
                "NOT_A_MEMBER", f"{self._member} is no member of this chain, was revoked, or has left."
            )

    def _check_carrier(self, args: msgspec.Raw) -> None:
        """
        Refuse an envelope of another member: whoever has a key for it has a certificate too.

        So nobody uses up the room and the rate that a node keeps for another; and what cannot be read is refused where everything is read.
        """
        try:
            carrier = claimed_carrier(msgspec.msgpack.decode(args, type=SubmitArgs).envelope)
        except UNREADABLE:
            carrier = ""
        if not carrier:
            raise EngineRefused("ENVELOPE_UNREADABLE", "The envelope does not say who carries it.")
        if carrier != self._member:
            raise EngineRefused(
                "ENVELOPE_OF_ANOTHER",
                f"The envelope is carried by {carrier}, and {self._member} is connected.",
            )


def _in_time(pin: Pin) -> bool:
    return pin.not_before_ms <= time.time_ns() // 1_000_000 < pin.not_after_ms
