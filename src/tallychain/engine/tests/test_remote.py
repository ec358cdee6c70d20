"""The endpoint for gateways of other members, on real sockets: who is let in, what may be asked, what is said to whom is not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path

import msgspec
import pytest

from tallychain.crypto.tlspins import new_tls_identity
from tallychain.engine import remote, wire
from tallychain.engine.client import LedgerClient, _opened
from tallychain.engine.logs import logger
from tallychain.engine.port import CommittedBlock, EngineRefused, EngineUnavailable
from tallychain.engine.rates import Rates
from tallychain.engine.remote import Bounds, _Door
from tallychain.engine.service import HeightArgs, SubmitArgs
from tallychain.engine.tests import toy
from tallychain.engine.tests.endpoint import CHAIN, Served, befriend, in_loop, served
from tallychain.engine.tests.running import addition, envelope
from tallychain.engine.tls import OWN, OWN_KEY, PEERS, Certificates, make_folder, make_next, take_next
from tallychain.engine.wire import Request
from tallychain.ledger.identity import EXITED, REVOKED, SUSPENDED


async def refusal(asked: Coroutine[None, None, object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(EngineRefused) as refused:
        await asked
    return refused.value.code


def test_a_member_hands_in_an_envelope_and_follows_through_the_node_of_another(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            client = at.client()
            answer = await client.submit(envelope(addition("hits", 1)))
            blocks = client.follow(answer.height)
            assert (await anext(blocks)).height == answer.height
            await client.close()

    in_loop(story())


def test_what_keeps_or_drives_a_ledger_is_not_asked_from_afar(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            client = at.client()
            for asked in (client.backup("x"), client.snapshot("x"), client.check(), client.advance(1)):
                assert await refusal(asked) == "METHOD_NOT_REMOTE"
            await client.close()

    in_loop(story())


@pytest.mark.attack(35)
def test_whoever_is_no_member_is_refused_whatever_certificate_it_has(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path, "bank-x") as at:
            client = at.client()
            assert await refusal(client.status()) == "NOT_A_MEMBER"
            await client.close()

    in_loop(story())


@pytest.mark.parametrize(
    ("standing", "code"), [(SUSPENDED, ""), (REVOKED, "NOT_A_MEMBER"), (EXITED, "NOT_A_MEMBER")]
)
def test_a_member_that_is_suspended_goes_on_asking_and_one_that_is_revoked_or_has_left_does_not(
    tmp_path: Path, standing: str, code: str
) -> None:
    async def story() -> None:
        genesis = toy.genesis_document(standings={"bank-a": standing})
        async with served(tmp_path, genesis=genesis) as at:
            client = at.client()
            if code:
                assert await refusal(client.status()) == code
            else:
                await client.status()
            await client.close()

    in_loop(story())


@pytest.mark.attack(35)
def test_a_member_hands_in_no_envelope_of_another_member(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            client = at.client()
            other = envelope(addition("hits", 1, member="bank-b"), member="bank-b")
            assert await refusal(client.submit(other)) == "ENVELOPE_OF_ANOTHER"
            for nothing in (b"", b"\xc1", msgspec.msgpack.encode([b"{}"]), msgspec.msgpack.encode([1])):
                assert await refusal(client.submit(nothing)) == "ENVELOPE_UNREADABLE"
            # It is bank-b's own to hand in, on its own machine.
            assert (await at.here.client.submit(other)).code == 0
            await client.close()

    in_loop(story())


@pytest.mark.attack(35)
def test_a_certificate_that_the_node_does_not_hold_gets_no_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            (at.gateway / OWN_KEY).unlink()
            make_folder(at.gateway, "bank-a", CHAIN)
            client = at.client(patience_s=0)
            with pytest.raises(EngineUnavailable):
                await client.status()
            await client.close()

    in_loop(story())


def test_an_expired_certificate_gets_no_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            secret, certificate = new_tls_identity("bank-a", CHAIN, 0, 1_000)
            (at.gateway / OWN_KEY).write_bytes(secret)
            (at.gateway / OWN).write_bytes(certificate)
            befriend(at.gateway, "bank-a", at.node)
            client = at.client(patience_s=0)
            with pytest.raises(EngineUnavailable):
                await client.status()
            await client.close()

    in_loop(story())


@pytest.mark.attack(35)
def test_a_gateway_refuses_a_node_with_another_certificate_than_it_holds(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            make_folder(tmp_path / "false", "bank-b", CHAIN)
            befriend(tmp_path / "false", "bank-b", at.gateway)
            client = at.client(patience_s=0)
            with pytest.raises(EngineUnavailable, match="TLS_PEER_REFUSED"):
                await client.status()
            (at.gateway / PEERS / "bank-b.pem").unlink()
            with pytest.raises(EngineUnavailable, match="TLS_PEER_UNKNOWN"):
                await client.status()
            await client.close()

    in_loop(story())


def test_a_certificate_that_is_taken_away_ends_what_stands_open(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            make_folder(tmp_path / "third", "bank-c", CHAIN)
            befriend(tmp_path / "third", "bank-c", at.node)
            client = at.client()
            blocks = client.follow(1)
            await client.status()
            await anext(blocks)
            (at.node / PEERS / "bank-a.pem").unlink()
            assert await refusal(client.status()) == "TLS_CERTIFICATE_ENDED"
            await at.here.client.submit(envelope(addition("hits", 1)))
            assert await refusal(_until_it_ends(blocks)) == "TLS_CERTIFICATE_ENDED"
            await client.close()

    in_loop(story())


async def _until_it_ends(blocks: AsyncIterator[CommittedBlock]) -> None:
    async for _ in blocks:
        pass


def test_certificates_are_replaced_while_everything_runs(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            client = at.client()
            # Each side makes its next one and gives it to the other, whose old one goes on to pass.
            for side, member, other in ((at.gateway, "bank-a", at.node), (at.node, "bank-b", at.gateway)):
                make_next(side, CHAIN)
                (other / PEERS / f"{member}.next.pem").write_bytes((side / "next.pem").read_bytes())
            await client.status()
            for side, member, other in ((at.gateway, "bank-a", at.node), (at.node, "bank-b", at.gateway)):
                take_next(side, CHAIN)
                fresh = at.client()
                await fresh.status()
                await fresh.close()
                (other / PEERS / f"{member}.pem").unlink()
                fresh = at.client()
                await fresh.status()
                await fresh.close()
            assert await refusal(client.status()) == "TLS_CERTIFICATE_ENDED"
            await client.close()

    in_loop(story())


def test_one_member_has_a_bounded_number_of_connections(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path, bounds=Bounds(connections=1)) as at:
            make_folder(tmp_path / "third", "bank-c", CHAIN)
            befriend(tmp_path / "third", "bank-c", at.node)
            befriend(at.node, "bank-b", tmp_path / "third")
            first, second, other = at.client(), at.client(), at.client(tmp_path / "third")
            await first.status()
            assert await refusal(second.status()) == "CONNECTIONS"
            await other.status()
            for client in (first, second, other):
                await client.close()

    in_loop(story())


def test_one_member_has_a_bounded_number_of_unanswered_requests_over_all_its_connections(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with served(tmp_path, bounds=Bounds(in_flight=2)) as at:
            client = at.client()
            streams = [client.follow(1), client.follow(1)]
            for blocks in streams:
                await anext(blocks)
            waiting = asyncio.ensure_future(client.status())
            # The other members' are answered, and so is this one when a stream has ended.
            await at.here.client.status()
            done, _ = await asyncio.wait({waiting}, timeout=0.1)
            assert not done
            await streams[0].aclose()  # type: ignore[attr-defined]  # it is a generator
            # The node notices with the next block that nobody takes this stream any more.
            await at.here.client.submit(envelope(addition("hits", 1)))
            await waiting
            await client.close()

    in_loop(story())


@pytest.mark.attack(35)
def test_strangers_that_show_no_certificate_are_bounded_and_the_members_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path, bounds=Bounds(strangers_of_address=2, handshake_s=60)) as at:
            silent = [await _stranger(at) for _ in range(2)]
            while at.server.strangers < 2:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.005)
            third, writer = await _stranger(at)
            assert await third.read() == b""
            for _, one in (*silent, (third, writer)):
                one.close()
            while at.server.strangers:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.005)
            client = at.client()
            await client.status()
            await client.close()

    in_loop(story())


@pytest.mark.attack(35)
def test_a_stranger_that_shows_no_certificate_in_time_is_let_go(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path, bounds=Bounds(handshake_s=0.01)) as at:
            silent, writer = await _stranger(at)
            assert await silent.read() == b""
            writer.close()

    in_loop(story())


async def _stranger(at: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", at.server.port)


def test_frames_that_are_too_large_or_no_requests_end_the_connection(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as at:
            client = at.client()
            for sent, code in (
                ((64 * 1024 * 1024).to_bytes(4, "big"), "FRAME_TOO_LARGE"),
                (b"\x00\x00\x00\x01\xc1", "FRAME_MALFORMED"),
            ):
                assert await _said(client, sent) == code
            assert await _said(client, _asked("advance", HeightArgs(1))) == "METHOD_NOT_REMOTE"
            assert await _said(client, _asked("submit", SubmitArgs(b"x"))) == "ENVELOPE_UNREADABLE"
            await client.close()

    in_loop(story())


def _asked(method: str, args: msgspec.Struct) -> bytes:
    return wire.framed(Request(1, method, wire.raw(args)))


async def _said(client: LedgerClient, sent: bytes) -> str:
    reader, writer = await _opened(client._path)
    try:
        writer.write(sent)
        frame = await wire.read_frame(reader, 1_000_000) or b""
        return msgspec.msgpack.decode(
            msgspec.msgpack.decode(frame, type=wire.Reply).body, type=wire.Refusal
        ).code
    finally:
        writer.close()


class Endless:
    """A ledger with blocks without end, of which everybody is a member."""

    async def takes_part(self, member: str) -> bool:
        return True

    async def follow(self, args: msgspec.Raw) -> AsyncIterator[msgspec.Raw]:
        while True:
            yield args


def test_a_member_that_catches_up_gets_so_many_blocks_a_second_and_then_waits(tmp_path: Path) -> None:
    for member in ("bank-a", "bank-b"):
        make_folder(tmp_path / member, member, CHAIN)
    befriend(tmp_path / "bank-a", "bank-a", tmp_path / "bank-b")
    held = Certificates(tmp_path / "bank-b", CHAIN, logger())
    shown = ssl.PEM_cert_to_DER_cert((tmp_path / "bank-a" / OWN).read_text())
    now_s = 0.0

    async def story() -> None:
        nonlocal now_s
        rates = Rates(100), Rates(5)
        door = _Door(Endless(), "bank-a", shown, held, *rates, clock=lambda: now_s)  # type: ignore[arg-type]  # as much of a service as is asked
        blocks = door.follow(wire.raw(1))
        # Twice a second's worth comes at once.
        for _ in range(10):
            await anext(blocks)
        following = asyncio.ensure_future(anext(blocks))
        done, _ = await asyncio.wait({following}, timeout=0.01)
        assert not done
        now_s = 1.0
        await following
        await blocks.aclose()  # type: ignore[attr-defined]  # it is a generator

    in_loop(story())


def test_the_rate_of_a_member_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "COSTS", {"scan": 10**9})

    async def story() -> None:
        async with served(tmp_path) as at:
            client = at.client()
            assert await refusal(client.scan(b"\x00")) == "RATE_EXCEEDED"
            await client.close()

    in_loop(story())
