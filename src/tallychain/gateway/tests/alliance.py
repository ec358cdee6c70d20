"""A whole alliance in one test: a real ledger in this process, real gateways, and letters handed from one to the other."""

import asyncio
import functools
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec

import httpx
import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.embedded.sequencer import Sequencer
from tallychain.engine.embedded.service import EmbeddedService
from tallychain.engine.limits import Settings as EngineSettings
from tallychain.engine.server import Server
from tallychain.gateway.accounts import wall_ms
from tallychain.gateway.certificates import Chain
from tallychain.gateway.config import Folder, Settings
from tallychain.gateway.enrolment import MemberSecrets, NewAccount, write_member_keys
from tallychain.gateway.main import with_read_model
from tallychain.gateway.opening import open_gateway
from tallychain.gateway.postbox import PATH, DeliveryFailed
from tallychain.gateway.problems import Problem
from tallychain.gateway.projected import Projected
from tallychain.gateway.seats import Seat
from tallychain.gateway.service import Choices, Gateway
from tallychain.gateway.unlocking import Unlock
from tallychain.gateway.web.app import create_app
from tallychain.testkit import back_ends
from tallychain.testkit.genesis import CLIENTS, MEMBERS, sequencer_key, trial_genesis
from tallychain.testkit.people import (
    TrialClient,
    TrialMember,
    derived,
    trial_authority,
    trial_client,
    trial_member,
)

P = ParamSpec("P")
SEED = 7
COST = 2**10
PATIENCE_S = 120.0
"""Until something happens that must; what happens is not waited for."""
PASSPHRASE = "demo"
LONG_PASSPHRASE = "four words and a comma,"
"""Of all keys where there is no demonstration."""
ROLES = {"maker": "maker", "checker": "checker", "admin-1": "admin", "admin-2": "admin"}


def in_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an asynchronous test in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(_as_coroutine(test(*args, **kwargs)))

    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]  # pytest reads fixtures from it
    return run


async def _as_coroutine(made: Awaitable[None]) -> None:
    await made


@dataclass
class Caller:
    """One signed-in account of one gateway."""

    http: httpx.AsyncClient
    token: str

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, headers=self._headers(more.pop("headers", {})), **more)

    async def post(self, path: str, body: Any = None, *, key: str = "", **more: Any) -> httpx.Response:
        headers = self._headers(more.pop("headers", {}))
        if key:
            headers["Idempotency-Key"] = key
        return await self.http.post(path, json=body, headers=headers, **more)

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.http.request(method, path, headers=self._headers(more.pop("headers", {})), **more)

    async def act(self, kind: str, args: Any, *, key: str, sealed: Any = None, **more: Any) -> httpx.Response:
        body = {"args": args, "sealed": sealed or {}, "unlock": {"passphrase": PASSPHRASE}, **more}
        return await self.post(f"/v1/acts/{kind}", body, key=key)

    async def done(self, operation: str) -> dict[str, Any]:
        """What became of an operation, once its end is certain, however long this machine takes."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = await self.get(f"/v1/operations/{operation}?wait=10")
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            if found["state"] not in ("queued", "submitted") or time.monotonic() > deadline:
                return found

    async def acts(self, kind: str, args: Any, *, key: str, **more: Any) -> dict[str, Any]:
        """Act alone and wait for the end."""
        answer = await self.act(kind, args, key=key, **more)
        assert answer.status_code == 202, answer.text
        return await self.done(answer.json()["operation"])

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **more}


@dataclass
class Running:
    """One gateway with its application."""

    gateway: Gateway
    http: httpx.AsyncClient
    read_model: Projected

    async def as_account(self, account: str) -> Caller:
        token, _ = await self.gateway.accounts.issue_token(account, 3_600_000)
        return Caller(self.http, token)

    async def caught_up(self) -> None:
        height = (await self.gateway.engine.status()).height
        deadline = time.monotonic() + PATIENCE_S
        while (await self.read_model.as_of()).height < height or self.gateway.clock.height < height:
            assert time.monotonic() < deadline, "the gateway does not catch up"
            await asyncio.sleep(0.01)


@dataclass
class Alliance:
    """The ledger and the gateways that were opened on it."""

    root: Path
    genesis: bytes
    socket: Path
    members: dict[str, TrialMember]
    clients: dict[str, TrialClient]
    sequencer: Sequencer
    gateways: dict[str, Running] = field(default_factory=dict)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Maker and checker of the seats that two persons act for."""
    lost: int = 0
    """Letters still to be lost on their way."""
    passphrase: str = PASSPHRASE
    demo: bool = True
    wall_ms: Callable[[], int] = wall_ms

    def now_ms(self) -> int:
        """The clock of sessions and codes, which a test may replace while a gateway runs."""
        return self.wall_ms()

    async def post(self, url: str, text: bytes) -> bytes:
        """Hand a letter to the gateway of the member that the address belongs to."""
        member = url.removeprefix("http://").removesuffix(f".invalid{PATH}")
        if self.lost:
            self.lost -= 1
            raise DeliveryFailed("lost on its way")
        if member not in self.gateways:
            raise DeliveryFailed("nobody is there")
        try:
            return await self.gateways[member].gateway.correspondence.take(text)
        except Problem as problem:
            refused = 400 <= problem.status < 500 and problem.status not in (404, 408, 429)
            raise DeliveryFailed(problem.code, final=refused) from None

    def settings(self, member: str, **more: Any) -> Settings:
        more.setdefault("database", back_ends.setting(self.root / member))
        more.setdefault("card_wait_ms", 30_000)  # the card comes, however long this machine takes
        return Settings(member=member, engine=str(self.socket), envelope_wait_ms=1, card_stock=5, **more)

    @asynccontextmanager
    async def gateway(self, member: str, **more: Any) -> AsyncIterator[Running]:
        """Open and start the gateway of a member; opened again, it goes on where it stopped."""
        folder = Folder(self.root / member)
        if not folder.keys.exists():
            self.furnish(member)
        async with AsyncExitStack() as stack:
            engine = LedgerClient(self.socket, patience_s=more.pop("patience_s", 5))
            stack.push_async_callback(engine.close)
            environment = {} if self.demo else {"TALLY_PASSPHRASE": self.passphrase}
            choices = Choices(post=self.post, key_cost=COST, environment=environment, wall_ms=self.now_ms)
            gateway = await open_gateway(self.settings(member, **more), folder, engine, CATALOGUE, choices)
            stack.push_async_callback(gateway.close)
            await self._enrol(gateway)
            read_model = await with_read_model(gateway)
            stack.push_async_callback(read_model.close)
            await gateway.start()
            app: Any = create_app(gateway)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            http = httpx.AsyncClient(transport=transport, base_url="http://gateway")
            await stack.enter_async_context(http)
            self.gateways[member] = Running(gateway, http, read_model)
            stack.callback(self.gateways.pop, member)
            yield self.gateways[member]

    def furnish(self, member: str) -> None:
        """Write a member's key files, trusted authority and genesis document."""
        folder = Folder(self.root / member)
        folder.make()
        secrets = MemberSecrets(
            derived(SEED, member, "system"),
            (derived(SEED, member, "sealing"),),
            derived(SEED, member, "secret"),
            derived(SEED, "fingerprint"),
        )
        write_member_keys(folder.keys, secrets, self.passphrase, cost=COST)
        (folder.root / "trusted").mkdir()
        (folder.root / "trusted" / "trial.der").write_bytes(trial_authority(SEED).root)
        (folder.root / "genesis.json").write_bytes(self.genesis)

    async def _enrol(self, gateway: Gateway) -> None:
        if await gateway.accounts.all():
            return
        member = self.members[gateway.member]
        for name, role in ROLES.items():
            new = NewAccount(name, f"{member.name} {name}", (role,), self.passphrase)
            seed = derived(SEED, member.id, name)
            await gateway.enrolment.add_staff(new, person=member.staff[name].person, seed=seed)
        robot = NewAccount("robot", "System", ("system",), self.passphrase)
        await gateway.enrolment.add_staff(robot)
        await gateway.enrolment.add_staff(NewAccount("looker", "Looker", ("look",), self.passphrase))
        for client in self.clients.values():
            if client.sponsor == member.id and self.demo:
                await self.enrol_client(gateway, client)

    async def enrol_client(self, gateway: Gateway, client: TrialClient) -> None:
        """A hosted seat with one owner, who has signed a stock of cards."""
        seat = Seat(
            client.id, client.name, client.uscc, two_persons=False, findable=True, active=True, hosted=True
        )
        owner = NewAccount(client.id, f"Owner of {client.name}", ("maker",), PASSPHRASE)
        await gateway.enrolment.add_seat(seat, owner, wallet=client.wallet)
        account = await gateway.accounts.get(client.id)
        assert account is not None
        await gateway.enrolment.add_certificate(account, Chain(client.certificate))
        await self.refill(gateway, client.id)

    async def refill(self, gateway: Gateway, name: str) -> None:
        """Sign the stock of cards of an account's seat."""
        account = await gateway.accounts.get(name)
        assert account is not None
        signer = await gateway.unlocking.signer(account, Unlock(PASSPHRASE), act="cards", subject=name)
        await gateway.cards.refill(account, signer)


@asynccontextmanager
async def alliance(
    root: Path,
    members: Sequence[str] = tuple(MEMBERS),
    *,
    demo: bool = True,
    joining: Mapping[str, tuple[str, ...]] | None = None,
) -> AsyncIterator[Alliance]:
    """A ledger of the trial members on a driven clock, on its socket; clients have trial certificates, so only demonstrations have them; `joining` are founders beside the usual ones."""
    kinds = {name: MEMBERS[name] for name in members} | dict(joining or {})
    people = {name: trial_member(SEED, n, name, kinds[name]) for n, name in enumerate(kinds)}
    clients = {name: trial_client(SEED, 1000 + n, name, by) for n, (name, by) in enumerate(CLIENTS.items())}
    genesis = trial_genesis(SEED, list(people.values()), tree_depth=4, demo=demo)
    settings = EngineSettings(block_interval_ms=2)
    ledger = root / "ledger"
    ledger.mkdir()
    with VerifierPool(0) as pool:
        chain = open_chain(ledger, CATALOGUE, sequencer_key(SEED), pool, genesis)
        sequencer = Sequencer(chain, settings, lambda: 0)
        socket = root / "s"
        server = await Server.start(EmbeddedService(sequencer, ledger), settings, socket)
        blocks = asyncio.create_task(sequencer.run())
        try:
            made = Alliance(root, genesis, socket, people, clients, sequencer, demo=demo)
            made.passphrase = PASSPHRASE if demo else LONG_PASSPHRASE
            yield made
        finally:
            sequencer.stop()
            await blocks
            await server.stop()
            chain.close()


def code(answer: httpx.Response) -> str:
    """The code of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = msgspec.json.decode(answer.content)
    assert document["detail"]
    assert document["detail_zh"]
    found: str = document["code"]
    return found
