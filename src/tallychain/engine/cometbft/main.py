"""The ledger process beside the consensus engine: opens the ledger, is driven by the engine, serves gateways, and ends in order when asked to."""

import argparse
import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tallychain.crypto.pool import VerifierPool
from tallychain.engine import notify
from tallychain.engine.admissions import Admissions
from tallychain.engine.cometbft.application import Application, ApplicationSettings
from tallychain.engine.cometbft.opening import open_application
from tallychain.engine.cometbft.process import LedgerProcess
from tallychain.engine.cometbft.rpc import EngineRpc, NotOnThisMachine
from tallychain.engine.cometbft.submissions import Patience
from tallychain.engine.lifecycle import SOCKET, now_ms, run_to_end, stopped_by, tell_ready
from tallychain.engine.limits import Settings
from tallychain.engine.listening import SocketPathTooLong
from tallychain.engine.logs import Log, logger
from tallychain.engine.memory import settle_memory
from tallychain.engine.port import ChainDiffers
from tallychain.engine.remote import Endpoint, add_arguments
from tallychain.engine.tls import TlsRefused
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.protocol import ProtocolUnknown
from tallychain.store.errors import StoreError

_USUAL: Final = ApplicationSettings()
_REFUSALS: Final = (
    ChainDiffers,
    GenesisRefused,
    NotOnThisMachine,
    OSError,
    ProtocolUnknown,
    SocketPathTooLong,
    StoreError,
    TlsRefused,
)


@dataclass(frozen=True, slots=True)
class LedgerConfig:
    """What a ledger process beside an engine is started with."""

    directory: Path
    abci: Path
    """The socket on which the engine asks."""
    rpc: str
    """Where the engine answers, `http://127.0.0.1:<port>`."""
    genesis: Path | None = None
    """Needed to begin; later it is compared with the one at hand."""
    socket: Path | None = None
    """For gateways: `ledger.sock` in the directory unless given."""
    workers: int = 0
    """Processes that verify signatures beside this one."""
    ready_fd: int | None = None
    """Where a line `ready` is written once both sockets are open."""
    metrics_port: int = 0
    """Where liveness, readiness and figures are asked for on this machine; 0 for nowhere."""
    halt_height: int = 0
    """After the block of this height no further one is made, so that all nodes can be given another release; 0 for never."""
    endpoint: Endpoint = field(default_factory=Endpoint)
    """For gateways of other members."""
    settings: Settings = field(default_factory=Settings)
    application: ApplicationSettings = field(default_factory=ApplicationSettings)
    patience: Patience = field(default_factory=Patience)

    @property
    def gateways(self) -> Path:
        """The socket for gateways."""
        return self.socket or self.directory / SOCKET


def run(config: LedgerConfig, catalogue: Catalogue) -> int:
    """Run a ledger process until SIGTERM or SIGINT; its exit status, as `run_to_end` says."""
    log = logger()

    def work() -> None:
        with VerifierPool(config.workers) as pool:
            genesis = None if config.genesis is None else config.genesis.read_bytes()
            application = open_application(
                config.directory,
                catalogue,
                Admissions(pool),
                now_ms,
                genesis=genesis,
                settings=config.application,
            )
            settle_memory()
            try:
                asyncio.run(_serve(config, application, log))
            finally:
                application.close()

    return run_to_end(work, _REFUSALS, log)


def main(arguments: Sequence[str], catalogue: Catalogue) -> int:
    """The command line of a ledger process beside the consensus engine."""
    given = _parser().parse_args(arguments)
    config = LedgerConfig(
        directory=given.dir,
        abci=given.abci,
        rpc=given.rpc,
        genesis=given.genesis,
        socket=given.socket,
        workers=given.workers,
        ready_fd=given.ready_fd,
        metrics_port=given.metrics_port,
        halt_height=given.halt_height,
        endpoint=Endpoint(given.remote, given.tls),
        application=ApplicationSettings(
            snapshot_interval=given.snapshot_interval, retain_blocks=given.retain_blocks
        ),
    )
    return run(config, catalogue)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tallychain.engine.cometbft", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="directory of the ledger")
    parser.add_argument("--genesis", type=Path, help="genesis document; needed to begin a chain")
    parser.add_argument(
        "--abci", type=Path, required=True, help="socket path on which the engine asks (its proxy_app)"
    )
    parser.add_argument(
        "--rpc", required=True, metavar="URL", help="the engine's RPC, http://127.0.0.1:<port>"
    )
    parser.add_argument(
        "--socket", type=Path, help=f"socket path for gateways; default: {SOCKET} in the directory"
    )
    parser.add_argument(
        "--workers", type=int, default=0, choices=range(65), metavar="N", help="verifying processes"
    )
    parser.add_argument(
        "--snapshot-interval",
        type=_count,
        default=_USUAL.snapshot_interval,
        metavar="BLOCKS",
        help="blocks from one snapshot for joining nodes to the next; 0 for none",
    )
    parser.add_argument(
        "--retain-blocks",
        type=_count,
        default=_USUAL.retain_blocks,
        metavar="BLOCKS",
        help="how many of the last blocks the engine keeps for other nodes; 0 for all",
    )
    parser.add_argument(
        "--halt-height",
        type=_count,
        default=0,
        metavar="BLOCK",
        help="make no block after this one, for an upgrade of all nodes together; 0 for none",
    )
    parser.add_argument("--ready-fd", type=int, help="descriptor on which `ready` is written")
    parser.add_argument(
        "--metrics-port",
        type=_count,
        default=0,
        help="port on this machine for /healthz, /readyz and /metrics",
    )
    add_arguments(parser)
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return int(text)


async def _serve(config: LedgerConfig, application: Application, log: Log) -> None:
    rpc = EngineRpc(config.rpc)
    process = LedgerProcess(application, rpc, log, config.settings, config.patience)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.end)
    try:
        await process.start(
            config.directory,
            config.abci,
            config.gateways,
            config.metrics_port,
            config.halt_height,
            config.endpoint,
        )
        log.info(
            "ready",
            engine="CometBFT",
            chain=application.genesis.chain,
            height=application.height,
            app_hash=application.app_hash.hex(),
            headers_to=process.headers.served,
            abci=str(config.abci),
            socket=str(config.gateways),
        )
        tell_ready(config.ready_fd)
        failure = await process.ended()
    finally:
        notify.tell(notify.STOPPING)
        await process.stop()
        await rpc.close()
    if failure is not None:
        stopped_by(failure, application.store.height, log)
    log.info("ended", height=application.height, app_hash=application.app_hash.hex())
