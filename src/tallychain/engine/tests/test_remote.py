"""The endpoint for gateways of other members, on real sockets: who is let in, what may be asked, what is said to whom is not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tallychain.crypto.tlspins import new_tls_identity
from tallychain.engine import remote
from tallychain.engine.client import LedgerClient, Remote
from tallychain.engine.embedded.service import EmbeddedService
from tallychain.engine.port import EngineRefused, EngineUnavailable
from tallychain.engine.remote import RemoteServer, split_address
from tallychain.engine.tests.running import FAST, Running, addition, envelope, running
from tallychain.engine.tls import OWN, OWN_KEY, PEERS, TlsFolder, TlsRefused, make_folder
from tallychain.ledger.types import Digest


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def befriend(one: Path, member: str, other: Path) -> None:
    """Give the certificate of one folder to another."""
    (other / PEERS / f"{member}.pem").write_bytes((one / OWN).read_bytes())


@asynccontextmanager
async def served(tmp_path: Path, caller: str = "bank-a") -> AsyncIterator[tuple[Running, RemoteServer, Path]]:
    """A ledger of bank-b with an endpoint, and the folder of a caller that both know."""
    (tmp_path / "chain").mkdir()
    async with running(tmp_path / "chain") as here:
        genesis: Digest = here.chain.genesis_digest
        node, gateway = tmp_path / "node", tmp_path / "gateway"
        make_folder(node, "bank-b", genesis)
        make_folder(gateway, caller, genesis)
        befriend(gateway, caller, node)
        befriend(node, "bank-b", gateway)
        service = EmbeddedService(here.sequencer, tmp_path / "chain")
        server = await RemoteServer.start(service, FAST, "127.0.0.1:0", node)
        try:
            yield here, server, gateway
        finally:
            await server.stop()


def client_of(folder: Path, here: Running, server: RemoteServer, patience_s: float = 5) -> LedgerClient:
    genesis = here.chain.genesis_digest
    context = TlsFolder.load(folder, genesis).asking("bank-b")
    place = Remote("bank-b", "127.0.0.1", server.port, context)
    return LedgerClient(place, genesis=genesis, patience_s=patience_s)


def test_a_member_hands_in_an_envelope_and_follows_through_the_node_of_another(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (here, server, folder):
            client = client_of(folder, here, server)
            answer = await client.submit(envelope(addition("hits", 1)))
            blocks = client.follow(answer.height)
            assert (await anext(blocks)).height == answer.height
            await client.close()

    in_loop(story())


@pytest.mark.parametrize("method", ["backup", "snapshot", "check", "advance"])
def test_what_keeps_or_drives_a_ledger_is_not_asked_from_afar(tmp_path: Path, method: str) -> None:
    async def story() -> None:
        async with served(tmp_path) as (here, server, folder):
            client = client_of(folder, here, server)
            acts: dict[str, Callable[[], Coroutine[None, None, object]]] = {
                "backup": lambda: client.backup("x"),
                "snapshot": lambda: client.snapshot("x"),
                "check": client.check,
                "advance": lambda: client.advance(1),
            }
            with pytest.raises(EngineRefused) as refused:
                await acts[method]()
            assert refused.value.code == "METHOD_NOT_REMOTE"
            await client.close()

    in_loop(story())


def test_whoever_is_no_active_member_is_refused_whatever_certificate_it_has(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path, "bank-x") as (here, server, folder):
            client = client_of(folder, here, server)
            with pytest.raises(EngineRefused) as refused:
                await client.status()
            assert refused.value.code == "MEMBER_NOT_ACTIVE"
            await client.close()

    in_loop(story())


def test_a_certificate_that_the_node_does_not_hold_gets_no_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (here, server, folder):
            (folder / OWN_KEY).unlink()
            make_folder(folder, "bank-a", here.chain.genesis_digest)
            client = client_of(folder, here, server, patience_s=0)
            with pytest.raises(EngineUnavailable):
                await client.status()
            await client.close()

    in_loop(story())


def test_an_expired_certificate_gets_no_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (here, server, folder):
            await server.stop()
            secret, certificate = new_tls_identity("bank-a", here.chain.genesis_digest, 0, 1_000)
            (folder / OWN_KEY).write_bytes(secret)
            (folder / OWN).write_bytes(certificate)
            befriend(folder, "bank-a", tmp_path / "node")
            service = EmbeddedService(here.sequencer, tmp_path / "chain")
            again = await RemoteServer.start(service, FAST, "127.0.0.1:0", tmp_path / "node")
            client = client_of(folder, here, again, patience_s=0)
            with pytest.raises(EngineUnavailable):
                await client.status()
            await client.close()
            await again.stop()

    in_loop(story())


def test_a_gateway_refuses_a_node_with_another_certificate_than_it_holds(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (here, server, folder):
            make_folder(tmp_path / "false", "bank-b", here.chain.genesis_digest)
            befriend(tmp_path / "false", "bank-b", folder)
            client = client_of(folder, here, server, patience_s=0)
            with pytest.raises(EngineUnavailable, match="TLS_PEER_REFUSED"):
                await client.status()
            await client.close()

    in_loop(story())


def test_one_member_has_a_bounded_number_of_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "CONNECTIONS_PER_MEMBER", 1)

    async def story() -> None:
        async with served(tmp_path) as (here, server, folder):
            first, second = client_of(folder, here, server), client_of(folder, here, server)
            await first.status()
            with pytest.raises(EngineRefused) as refused:
                await second.status()
            assert refused.value.code == "CONNECTIONS"
            await first.close()
            await second.close()

    in_loop(story())


def test_a_certificate_for_another_chain_or_under_another_name_is_refused_at_the_start(
    tmp_path: Path,
) -> None:
    make_folder(tmp_path / "a", "bank-a", "1" * 64)
    make_folder(tmp_path / "b", "bank-b", "1" * 64)
    with pytest.raises(TlsRefused, match="TLS_OTHER_CHAIN"):
        TlsFolder.load(tmp_path / "a", "2" * 64)
    with pytest.raises(TlsRefused, match="TLS_NO_PEERS"):
        TlsFolder.load(tmp_path / "a", "1" * 64).serving()
    with pytest.raises(TlsRefused, match="TLS_PEER_UNKNOWN"):
        TlsFolder.load(tmp_path / "a", "1" * 64).asking("bank-b")
    befriend(tmp_path / "b", "bank-c", tmp_path / "a")
    with pytest.raises(TlsRefused, match="TLS_WRONG_MEMBER"):
        TlsFolder.load(tmp_path / "a", "1" * 64)


def test_a_key_that_others_may_read_or_that_would_be_overwritten_is_refused(tmp_path: Path) -> None:
    make_folder(tmp_path, "bank-a", "1" * 64)
    with pytest.raises(TlsRefused, match="TLS_KEY_THERE"):
        make_folder(tmp_path, "bank-a", "1" * 64)
    (tmp_path / OWN_KEY).chmod(0o640)
    with pytest.raises(TlsRefused, match="TLS_KEY_OPEN"):
        TlsFolder.load(tmp_path, "1" * 64)


@pytest.mark.parametrize("text", ["", "host", ":1", "host:x", "host:70000"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(TlsRefused, match="TLS_ADDRESS"):
        split_address(text)


def test_the_rate_of_a_member_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "COSTS", {"scan": 10**9})

    async def story() -> None:
        async with served(tmp_path) as (here, server, folder):
            client = client_of(folder, here, server)
            with pytest.raises(EngineRefused) as refused:
                await client.scan(b"\x00")
            assert refused.value.code == "RATE_EXCEEDED"
            await client.close()

    in_loop(story())
