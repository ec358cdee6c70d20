"""The endpoint of a ledger process for gateways of other members: TCP with mutual TLS, and only what a gateway needs.

Who connects is known by its certificate, and may ask as long as the ledger says that the member is ACTIVE: looked at again after every block.
Connections, requests and their sizes are bounded member by member, so that one costs the others nothing.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec

from tallychain.engine.limits import REQUEST_BYTES, Settings
from tallychain.engine.port import EngineRefused
from tallychain.engine.rates import Rates
from tallychain.engine.server import Connection
from tallychain.engine.service import FOLLOW, Service
from tallychain.engine.tls import TlsFolder, TlsRefused

METHODS: Final = frozenset({"submit", "query", "scan", "status", "block", "validators", "receipt"})
"""And to follow.  What keeps, copies, checks or drives a ledger stays on its machine."""
COSTS: Final = {"scan": 50, "block": 5, FOLLOW: 50}
"""What is charged for a request, where it is more than one."""
CONNECTIONS_PER_MEMBER: Final = 16
REQUESTS_PER_S: Final = 1_000
_HANDSHAKE_S: Final = 10.0
_RETRY_MS: Final = 1_000


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

    def __init__(self, service: Service, settings: Settings, folder: TlsFolder) -> None:
        self._service = service
        self._settings = settings
        self._folder = folder
        self._rates = Rates(REQUESTS_PER_S)
        self._connections: set[Connection] = set()
        self._of_member: Counter[str] = Counter()
        self._server: asyncio.Server | None = None

    @classmethod
    async def start(cls, service: Service, settings: Settings, listen: str, tls: Path) -> Self:
        """Listen at `host:port` with the certificates of a folder.  Raises `TlsRefused` or `OSError`."""
        host, port = split_address(listen)
        folder = TlsFolder.load(tls, await service.genesis())
        server = cls(service, settings, folder)
        server._server = await asyncio.start_server(
            server._connected,
            host,
            port,
            ssl=folder.serving(),
            ssl_handshake_timeout=_HANDSHAKE_S,
            limit=REQUEST_BYTES,
        )
        return server

    @property
    def port(self) -> int:
        """Where it listens."""
        return 0 if self._server is None else int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more, give out the answers that are ready, end every connection."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            await connection.finish()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        member = self._folder.member_of(
            writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
        )
        door = _Door(self._service, member, self._rates)
        connection = Connection(door, reader, writer, self._settings.slow_reader_ms / 1_000)
        if self._of_member[member] >= CONNECTIONS_PER_MEMBER:
            await connection.refuse("CONNECTIONS", f"Too many connections of {member}.", _RETRY_MS)
            return
        self._of_member[member] += 1
        self._connections.add(connection)
        try:
            await connection.serve()
        except asyncio.CancelledError:
            # As in `Server`: the loop ends.
            pass
        finally:
            self._connections.discard(connection)
            self._of_member[member] -= 1


class _Door:
    """The methods of a ledger process, as one other member may ask them."""

    def __init__(
        self, service: Service, member: str, rates: Rates, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._member = member
        self._rates = rates
        self._clock = clock

    def fail(self, error: BaseException) -> None:
        """See `Service.fail`."""
        self._service.fail(error)

    async def answer(self, method: str, args: msgspec.Raw) -> msgspec.Raw:
        """See `Service.answer`."""
        if method not in METHODS:
            raise EngineRefused("METHOD_NOT_REMOTE", "That is asked on the ledger's own machine alone.")
        await self._let_in(method)
        return await self._service.answer(method, args)

    async def follow(self, args: msgspec.Raw) -> AsyncIterator[msgspec.Raw]:
        """See `Service.follow`; ends where the member is no longer ACTIVE."""
        await self._let_in(FOLLOW)
        async for block in self._service.follow(args):
            await self._check_standing()
            yield block

    async def _let_in(self, method: str) -> None:
        self._rates.charge(self._member, COSTS.get(method, 1), self._clock())
        await self._check_standing()

    async def _check_standing(self) -> None:
        if not await self._service.is_active(self._member):
            raise EngineRefused(
                "MEMBER_NOT_ACTIVE", f"{self._member or 'Nobody'} is no ACTIVE member of this chain."
            )


def split_address(text: str) -> tuple[str, int]:
    """Host and port of `host:port`; raises `TlsRefused`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise TlsRefused("TLS_ADDRESS", f"{text!r} is no host:port.")
    return host.strip("[]"), int(port)
