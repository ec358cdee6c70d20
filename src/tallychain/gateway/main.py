"""The process of a gateway: started with one settings file, stopped by SIGINT or SIGTERM without losing anything."""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from litestar.types import ASGIApp

from tallychain.catalogue import CATALOGUE
from tallychain.engine import notify
from tallychain.engine.logs import standard_error
from tallychain.engine.port import EngineError, Status
from tallychain.gateway import config
from tallychain.gateway.certifying import Certifier
from tallychain.gateway.config import ConfigRefused, Folder, Settings
from tallychain.gateway.ledgers import check_trust, connected, until_begun
from tallychain.gateway.lineage import check_lineage
from tallychain.gateway.opening import open_gateway
from tallychain.gateway.problems import Problem
from tallychain.gateway.projected import OpenKeys, Projected
from tallychain.gateway.proving import EngineProver
from tallychain.gateway.service import Gateway
from tallychain.gateway.tagrecovery import TagRecovery
from tallychain.gateway.watching import Following, FollowingEnded, ended_part, first_end
from tallychain.gateway.web.app import create_app, place
from tallychain.gateway.web.patience import bounded
from tallychain.ledger.genesis import genesis_digest
from tallychain.sql.port import DatabaseLost, DatabaseRefused

REFUSED_TO_START: Final = 2
FOLLOWING_ENDED: Final = 3
"""Exit status after a mistake of ours: whoever supervises the process starts it again."""
_STOP_S: Final = 10
_IDLE_S: Final = 30

Serving = Callable[[Gateway], ASGIApp]
"""Makes the application of an open gateway: the API alone, or what stands above it with the API inside."""


def main(arguments: Sequence[str], serving: Serving = create_app) -> int:
    """Run until told to stop; with one sentence 2 if it cannot start, and 3 if the ledger went away at the start or is no longer followed."""
    parser = argparse.ArgumentParser(prog="tallychain.gateway", description=__doc__)
    parser.add_argument(
        "--config", type=Path, required=True, help="settings file of the member, gateway.toml"
    )
    given = parser.parse_args(arguments)
    _log_as_json()
    try:
        settings, folder = config.load(given.config)
        asyncio.run(serve(settings, folder, serving))
    except (ConfigRefused, EngineError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED_TO_START
    except Problem as problem:
        sys.stderr.write(f"{problem.code}: {problem.sentence()}\n")
        return FOLLOWING_ENDED
    except FollowingEnded as ended:
        sys.stderr.write(f"{ended}\n")
        return FOLLOWING_ENDED
    return 0


async def serve(settings: Settings, folder: Folder, serving: Serving = create_app) -> None:
    """Serve one member, once there is a chain to follow, until told to stop.  Raises `ConfigRefused` where it cannot start."""
    engine = connected(settings, folder)
    try:
        await until_begun(engine)
        gateway = await open_gateway(settings, folder, engine, CATALOGUE)
        try:
            await serve_gateway(gateway, serving)
        finally:
            await gateway.close()
    finally:
        await engine.close()


async def serve_gateway(gateway: Gateway, serving: Serving = create_app) -> None:
    """Serve an open gateway with its read model until told to stop.  Raises `FollowingEnded`."""
    read_model = await with_read_model(gateway)
    try:
        await gateway.start()
        server = _Server(server_config(serving(gateway), gateway.settings))
        structlog.get_logger("gateway").info(
            "serving", member=gateway.member, chain=gateway.facts.chain, port=gateway.settings.listen_port
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.handle_exit, number, None)
        parts: dict[str, Following] = {
            "follower": gateway.follower,
            "read_model": read_model,
            "courier": gateway.telling.courier,
            "chores": gateway.chores,
        }
        if gateway.telling.feed is not None:
            parts["webhooks"] = gateway.telling.feed
        watch = loop.create_task(_stop_when_one_ends(server, parts))
        try:
            await server.serve()
        finally:
            watch.cancel()
        if (ended := ended_part(parts)) is not None:
            raise ended
    finally:
        await read_model.close()


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How requests are taken: bounded in what a client may send and in how long it may take for it."""
    return uvicorn.Config(
        app,
        host=settings.listen_host,
        port=settings.listen_port,
        http=bounded(settings.header_bytes, settings.header_wait_s, settings.connections),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_STOP_S,
    )


async def with_read_model(gateway: Gateway) -> Projected:
    """Put the read model of a gateway beside it and let it follow the ledger.  Raises `LedgerWentBack` where that has lost blocks."""
    status = await gateway.engine.status()
    genesis = _genesis_document(gateway.settings, gateway.folder, status)
    loop = asyncio.get_running_loop()
    keys = OpenKeys(gateway.sealing, gateway.seats, gateway.certificates, loop)
    where = config.row_tables(gateway.settings, gateway.folder)
    try:
        read_model = Projected(where, gateway.catalogue, genesis, gateway.engine, keys)
    except (DatabaseRefused, DatabaseLost) as error:
        raise ConfigRefused(f"The rows for queries cannot be kept: {error}") from None
    try:
        seen = await gateway.follower.height()
        if gateway.settings.trusting_days:
            await check_trust(gateway.engine, next(iter(await read_model.blocks(0, 1)), None))
        await check_lineage(gateway.engine, read_model, seen)
        # Before anybody acts: a counter that another tag has used must not be used again.
        recovery = TagRecovery(gateway.member, gateway.engine, gateway.seats, gateway.database)
        if found := await recovery.run(max(0, seen), status.height):
            structlog.get_logger("gateway").warning("tags were found again on the ledger", count=found)
    except BaseException:
        await read_model.close()
        raise
    await read_model.start()
    gateway.use_read_model(read_model)
    gateway.clock.recorded = read_model.outages
    gateway.certificates.when_kept = read_model.introduced
    prover = EngineProver(gateway.engine, genesis, gateway.concerns, gateway.sealing, gateway.certificates)
    gateway.prover = prover
    gateway.certifier = Certifier(gateway.member, gateway.keys.system, gateway.state, read_model, prover)
    return read_model


async def _stop_when_one_ends(server: uvicorn.Server, parts: Mapping[str, Following]) -> None:
    await first_end(parts)
    if (ended := ended_part(parts)) is not None:
        structlog.get_logger("gateway").error(
            "following ended", part=ended.part, error=type(ended.error).__name__, place=place(ended.error)
        )
        server.should_exit = True


class _Server(uvicorn.Server):
    """A server that only stops at a signal, because the process has more to put away, and says when it takes requests and when no more."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port, then tell the service manager."""
        await super().startup(sockets=sockets)
        if self.started:
            notify.tell(notify.READY)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell the service manager, then finish the requests under way."""
        notify.tell(notify.STOPPING)
        await super().shutdown(sockets=sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the loop: the usual way raises them again and ends the process on the spot."""
        yield


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(standard_error()),
    )


def _genesis_document(settings: Settings, folder: Folder, status: Status) -> bytes:
    """The genesis document of the very chain that the engine runs; raises `ConfigRefused`."""
    path: Path = folder.root / settings.genesis
    try:
        document = path.read_bytes()
    except OSError as error:
        raise ConfigRefused(f"The genesis document {path} cannot be read: {error.strerror}.") from None
    if genesis_digest(document).hex() != status.genesis:
        raise ConfigRefused(f"The genesis document {path} is not that of the chain {status.chain}.")
    return document
