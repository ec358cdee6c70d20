"""A ledger process's endpoint for other members inside a test, with the folders of certificates of both sides."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tallychain.engine.client import LedgerClient, Remote
from tallychain.engine.embedded.service import EmbeddedService
from tallychain.engine.logs import logger
from tallychain.engine.remote import Bounds, RemoteServer
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import FAST, Running, running
from tallychain.engine.tls import OWN, PEERS, Certificates, make_folder

CHAIN = toy.CHAIN


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def befriend(one: Path, member: str, other: Path) -> None:
    """Give the certificate of one folder to another."""
    (other / PEERS / f"{member}.pem").write_bytes((one / OWN).read_bytes())


@dataclass(frozen=True, slots=True)
class Served:
    """A ledger of bank-b with an endpoint, and the folders of both sides."""

    here: Running
    server: RemoteServer
    node: Path
    """Certificates of bank-b's node."""
    gateway: Path
    """Those of who calls."""

    def client(self, folder: Path | None = None, patience_s: float = 5) -> LedgerClient:
        """Who calls, with this folder of certificates."""
        certificates = Certificates(folder or self.gateway, CHAIN, logger(), look_s=0)
        place = Remote("bank-b", "127.0.0.1", self.server.port, certificates)
        return LedgerClient(place, genesis=self.here.chain.genesis_digest, patience_s=patience_s)


@asynccontextmanager
async def served(
    tmp_path: Path, caller: str = "bank-a", *, bounds: Bounds | None = None, genesis: bytes | None = None
) -> AsyncIterator[Served]:
    """An endpoint at which this member calls; each side holds the other's certificate, and looks at its files always."""
    (tmp_path / "chain").mkdir()
    async with running(tmp_path / "chain", genesis=genesis) as here:
        node, gateway = tmp_path / "node", tmp_path / "gateway"
        make_folder(node, "bank-b", CHAIN)
        make_folder(gateway, caller, CHAIN)
        befriend(gateway, caller, node)
        befriend(node, "bank-b", gateway)
        service = EmbeddedService(here.sequencer, tmp_path / "chain")
        server = await RemoteServer.start(service, FAST, "127.0.0.1:0", node, bounds)
        server._certificates._look_s = 0
        try:
            yield Served(here, server, node, gateway)
        finally:
            await server.stop()
