"""The parts of a ledger process beside the engine, put together: the application on its socket, headers, submissions, gateways, figures."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.driven import DrivenApplication
from tallychain.engine.cometbft.headers import Headers
from tallychain.engine.cometbft.outcasts import Connected, Outcasts
from tallychain.engine.cometbft.rpc import EngineRpc, NoAnswer, Unwilling
from tallychain.engine.cometbft.server import AbciServer
from tallychain.engine.cometbft.service import Beside, KeptLedger, ServedLedger
from tallychain.engine.cometbft.stranded import Place, Stranded
from tallychain.engine.cometbft.submissions import Patience, Submissions
from tallychain.engine.figures import Figures, FiguresServer
from tallychain.engine.limits import Settings
from tallychain.engine.logs import Log
from tallychain.engine.port import CommittedBlock
from tallychain.engine.remote import Endpoint, RemoteServer
from tallychain.engine.server import Server
from tallychain.engine.service import Service
from tallychain.engine.upkeep import Upkeep

CONNECTIONS: Final = 4
"""An engine that is there has so many."""
_NOWHERE: Final = Endpoint()
_HALTED: Final = "This is the last block before the halt that was asked for; compare it on all nodes before they are ended."


class LedgerProcess:
    """A ledger that an engine drives and gateways ask, in one event loop."""

    def __init__(
        self, application: Application, rpc: EngineRpc, log: Log, settings: Settings, patience: Patience
    ) -> None:
        self.application = application
        self.headers = Headers(application, rpc, log, self.fail)
        self.submissions = Submissions(application, rpc, settings, patience)
        self.beside = Beside(rpc)
        self.driven = DrivenApplication(application, lambda: self.headers.served, self.headers.block_made)
        self.when_made: Callable[[CommittedBlock, float], None] | None = None
        """Told each durable block, and the seconds that it took."""
        self._rpc = rpc
        self._log = log
        self._settings = settings
        self._end = asyncio.Event()
        self._failure: BaseException | None = None
        self._server: AbciServer | None = None
        self._gateways: Server | None = None
        self._remote: RemoteServer | None = None
        self._figures: FiguresServer | None = None
        self._outcasts = Outcasts(self._connected, application.may_connect, self._let_go, log)
        self._stranded = Stranded(self._place, self._connected, application.validates, self._let_go, log)
        self._watching = list[asyncio.Task[None]]()
        application.when_committed = self._committed

    @property
    def height(self) -> int:
        """Height of the last durable block."""
        return self.application.height

    @property
    def waiting(self) -> int:
        """Envelopes taken and not yet in a block."""
        return self.submissions.waiting

    @property
    def closing(self) -> bool:
        """Whether an envelope that is sent now has no good prospect: the process ends, or no engine is connected, or it catches up."""
        server, standing = self._server, self.beside.standing
        there = server is not None and server.connections >= CONNECTIONS
        return self._end.is_set() or not there or standing is None or standing.catching_up

    async def start(
        self,
        directory: Path,
        abci: Path,
        gateways: Path,
        metrics_port: int,
        halt_height: int = 0,
        endpoint: Endpoint = _NOWHERE,
    ) -> None:
        """Open both sockets, and the port for figures where there is one.  Raises `SocketPathTooLong`, `TlsRefused` or `OSError`."""
        self._server = server = await AbciServer.start(self.driven, abci, self._log, self.fail)
        server.halt_height = self.beside.halt_height = halt_height
        ledger = ServedLedger(
            self.application, self.submissions, self.headers, self.beside, self._rpc, server, self.fail
        )
        upkeep = Upkeep(KeptLedger(self.application, self.headers, server), directory)
        service = Service(ledger, upkeep)
        self._gateways = await Server.start(service, self._settings, gateways)
        self._remote = await endpoint.opened(service, self._settings)
        if metrics_port:
            figures = Figures(self, directory)
            figures.add(self)
            self._figures = await FiguresServer.start(figures, metrics_port)
        self.headers.start()
        self.submissions.start()
        self.beside.start()
        watches = (self._outcasts.watch(), self._stranded.watch())
        self._watching = [asyncio.create_task(watch) for watch in watches]

    def end(self) -> None:
        """Ask the process to end."""
        self._end.set()

    def fail(self, error: BaseException) -> None:
        """Something unforeseen happened, so memory cannot be trusted: the process ends."""
        self._failure = self._failure or error
        self._end.set()

    async def ended(self) -> BaseException | None:
        """Wait until the process is to end; what made it end, or None where it was asked to."""
        await self._end.wait()
        return self._failure

    async def stop(self) -> None:
        """End everything; the engine loses its connections and ends too."""
        if self._figures is not None:
            await self._figures.stop()
        for watching in self._watching:
            watching.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await self.submissions.stop()
        await self.beside.stop()
        if self._remote is not None:
            await self._remote.stop()
        if self._gateways is not None:
            await self._gateways.stop()
        await self.headers.stop()
        if self._server is not None:
            await self._server.stop()

    def collect(self) -> "list[GaugeMetricFamily | CounterMetricFamily]":
        """Figures that only this engine has."""
        connections = 0 if self._server is None else self._server.connections
        standing = self.beside.standing
        missed = CounterMetricFamily(
            "tally_ledger_votes_missed",
            "Commits without a validator's vote, by its address.",
            labels=["validator"],
        )
        for address, count in sorted(self.driven.missed.items()):
            missed.add_metric([address], count)
        return [
            GaugeMetricFamily(
                "tally_ledger_engine_connections", "The engine's; 4 when it is there.", connections
            ),
            GaugeMetricFamily(
                "tally_ledger_headers_behind",
                "Durable blocks whose headers are not here yet.",
                self.application.height - self.headers.served,
            ),
            GaugeMetricFamily(
                "tally_ledger_validators",
                "Validators of the last block; 0 while the engine does not answer.",
                0 if standing is None else len(standing.powers),
            ),
            GaugeMetricFamily(
                "tally_ledger_faults_tolerated",
                "How many validators may fail or lie at once.",
                0 if standing is None else standing.tolerates,
            ),
            missed,
        ]

    async def _connected(self) -> Connected | None:
        try:
            return await self._rpc.connected()
        except (NoAnswer, Unwilling):
            return None

    def _place(self) -> Place:
        standing, server = self.beside.standing, self._server
        return Place(
            self.application.height,
            0 if standing is None else len(standing.powers),
            standing is not None and standing.catching_up,
            server is not None and server.halted,
        )

    def _let_go(self) -> None:
        if self._server is not None:
            self._server.let_go()

    def _committed(self, block: CommittedBlock, seconds: float) -> None:
        self.submissions.committed(block)
        self.headers.block_made()
        if block.height == self.beside.halt_height:
            self._log.warning(
                "halted", height=block.height, app_hash=self.application.app_hash.hex(), sentence=_HALTED
            )
        if self.when_made is not None:
            self.when_made(block, seconds)
