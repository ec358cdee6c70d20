"""The ledger process: opens the chain, serves it, and ends in order when asked to."""

import argparse
import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import read_key_file
from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.crypto.passphrases import PassphraseFileRefused, read_passphrase
from tallychain.crypto.pool import VerifierPool
from tallychain.crypto.schemes import scheme_of
from tallychain.engine import notify
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.embedded.opening import SequencerKeyWrong, open_chain
from tallychain.engine.embedded.sequencer import Sequencer
from tallychain.engine.embedded.service import ENGINE, EmbeddedService
from tallychain.engine.figures import Figures, FiguresServer
from tallychain.engine.lifecycle import EXIT_REFUSED, SOCKET, now_ms, run_to_end, stopped_by, tell_ready
from tallychain.engine.limits import Settings
from tallychain.engine.listening import SocketPathTooLong
from tallychain.engine.logs import Log, logger
from tallychain.engine.memory import settle_memory
from tallychain.engine.port import ChainDiffers
from tallychain.engine.server import Server
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.protocol import ProtocolUnknown
from tallychain.store.errors import StoreError

_DEMO_PASSPHRASE: Final = "demo"  # noqa: S105 - known to everybody


class DemoPassphrase(Exception):
    """The key that signs headers of a chain that is no demonstration opens with a passphrase that everybody knows."""

    def __init__(self, key_file: Path) -> None:
        super().__init__(
            f"The key file {key_file} opens with the demo passphrase, and this chain is no demonstration."
        )


_REFUSALS: Final = (
    ChainDiffers,
    CryptoRefusal,
    DemoPassphrase,
    GenesisRefused,
    OSError,
    ProtocolUnknown,
    SequencerKeyWrong,
    SocketPathTooLong,
    StoreError,
)


@dataclass(frozen=True, slots=True)
class LedgerConfig:
    """What a ledger process is started with."""

    directory: Path
    key_file: Path
    """The sequencer's key, encrypted."""
    passphrase: str = field(repr=False)
    genesis: Path | None = None
    """Needed to begin a chain; later it is compared with the one at hand."""
    socket: Path | None = None
    """`ledger.sock` in the directory unless given."""
    workers: int = 1
    """Processes that verify signatures beside this one."""
    ready_fd: int | None = None
    """Where a line `ready` is written once the socket is open."""
    metrics_port: int = 0
    """Where liveness, readiness and figures are asked for on this machine; 0 for nowhere."""
    settings: Settings = field(default_factory=Settings)


def run(config: LedgerConfig, catalogue: Catalogue) -> int:
    """Run a ledger process until SIGTERM or SIGINT; its exit status, as `run_to_end` says."""
    log = logger()

    def work() -> None:
        with VerifierPool(config.workers) as pool:
            key = _sequencer_key(config)
            genesis = None if config.genesis is None else config.genesis.read_bytes()
            chain = open_chain(config.directory, catalogue, key, pool, genesis)
            settle_memory()
            try:
                _refuse_demo_passphrase(config, chain)
                asyncio.run(_serve(config, chain, log))
            finally:
                chain.close()

    return run_to_end(work, _REFUSALS, log)


def main(arguments: Sequence[str], catalogue: Catalogue) -> int:
    """The command line of a ledger process."""
    parser = argparse.ArgumentParser(prog="python -m tallychain.engine.embedded", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="directory of the chain")
    parser.add_argument("--genesis", type=Path, help="genesis document; needed to begin a chain")
    parser.add_argument("--key-file", type=Path, required=True, help="key file of the sequencer")
    parser.add_argument(
        "--passphrase-file", type=Path, required=True, help="file with the key file's passphrase"
    )
    parser.add_argument("--socket", type=Path, help=f"socket path; default: {SOCKET} in the directory")
    parser.add_argument(
        "--workers", type=int, default=1, choices=range(65), metavar="N", help="verifying processes"
    )
    parser.add_argument("--ready-fd", type=int, help="descriptor on which `ready` is written")
    parser.add_argument(
        "--metrics-port", type=int, default=0, help="port on this machine for /healthz, /readyz and /metrics"
    )
    given = parser.parse_args(arguments)
    try:
        passphrase = read_passphrase(given.passphrase_file)
    except PassphraseFileRefused as refusal:
        logger().error("not started", reason=type(refusal).__name__, sentence=str(refusal))
        return EXIT_REFUSED
    config = LedgerConfig(
        directory=given.dir,
        key_file=given.key_file,
        passphrase=passphrase,
        genesis=given.genesis,
        socket=given.socket,
        workers=given.workers,
        ready_fd=given.ready_fd,
        metrics_port=given.metrics_port,
    )
    return run(config, catalogue)


async def _serve(config: LedgerConfig, chain: Chain, log: Log) -> None:
    sequencer = Sequencer(chain, config.settings, now_ms)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, sequencer.stop)
    socket = config.socket or config.directory / SOCKET
    server = await Server.start(EmbeddedService(sequencer, config.directory), config.settings, socket)
    figures = await _figures(config, sequencer)
    log.info("ready", engine=ENGINE, chain=chain.genesis.chain, height=chain.height, socket=str(socket))
    tell_ready(config.ready_fd)
    failure: Exception | None = None
    try:
        await sequencer.run()
    except Exception as error:  # noqa: BLE001 - raised again below, once nothing here handles it any more
        failure = error
    finally:
        notify.tell(notify.STOPPING)
        if figures is not None:
            await figures.stop()
        await server.stop()
    if failure is not None:
        stopped_by(failure, chain.store.height, log)
    log.info("ended", height=chain.height, app_hash=chain.app_hash.hex())


async def _figures(config: LedgerConfig, sequencer: Sequencer) -> FiguresServer | None:
    if not config.metrics_port:
        return None
    return await FiguresServer.start(Figures(sequencer, config.directory), config.metrics_port)


def _refuse_demo_passphrase(config: LedgerConfig, chain: Chain) -> None:
    if config.passphrase == _DEMO_PASSPHRASE and not chain.genesis.demo:
        raise DemoPassphrase(config.key_file)


def _sequencer_key(config: LedgerConfig) -> SigningKey:
    stored = read_key_file(config.key_file, config.passphrase)
    return signing_key_from_seed(scheme_of(stored.public), stored.secret)
