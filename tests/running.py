"""A whole alliance of processes on loopback, started by the same commands as a trial network, that a test may kill one by one."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tallychain.engine.client import LedgerClient
from tallychain.instruments.numbers import uscc_check_digit
from tallychain.ledger import identity
from tallychain.network.alliance import Alliance, DescribedClient, DescribedMember
from tallychain.network.keys import KeySource
from tallychain.network.layout import Layout, Network
from tallychain.network.making import Making, make
from tallychain.network.running import programs
from tallychain.node.supervisor import Program
from tallychain.sdk.payables import Paper, presenting
from tallychain.testkit.genesis import CALENDAR_2026

PASSPHRASE = "demo"
PATIENCE_S = 300.0
"""A machine with much else to do starts a gateway in a minute; nothing that is asserted depends on it."""
LOOK_S = 0.02
A_BLOCK_S = 0.05
"""What making the rows of one block again may take on a busy machine."""

KINDS = {
    "ce-a": (identity.CORE_ENTERPRISE,),
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK,),
    "settle-a": (identity.SETTLEMENT_BANK, identity.BANK),
    "supervisor": (identity.SUPERVISOR,),
}
SPONSORS = {"s1": "bank-a", "s2": "bank-a", "s4": "bank-b"}


def code_of(number: int) -> str:
    """A credit code with a good check digit that belongs to nobody."""
    body = f"91440300MA{number:07d}"
    return body + uscc_check_digit(body)


def described(members: Sequence[str] = tuple(KINDS), *, names: dict[str, str] | None = None) -> Alliance:
    """The description of a small alliance; `names` gives some of its clients other names."""
    given = names or {}
    clients = [(client, sponsor) for client, sponsor in SPONSORS.items() if sponsor in members]
    return Alliance(
        code="TEST",
        members=tuple(
            DescribedMember(member, f"成员{member}", f"Member {member}", code_of(100 + n), KINDS[member])
            for n, member in enumerate(members)
        ),
        clients=tuple(
            DescribedClient(
                id=client,
                name_zh=given.get(client, f"客户{client}"),
                name_en=f"Client {client}",
                uscc=code_of(4_812_000 + n),
                sponsor=sponsor,
                tier=1,
                size_class="small",
            )
            for n, (client, sponsor) in enumerate(clients)
        ),
    )


@dataclass(slots=True)
class Kept:
    """One program that is running, or was."""

    program: Program
    process: subprocess.Popen[bytes] | None = None


@dataclass(slots=True)
class Processes:
    """The processes of an alliance; killing and starting them is the test's business."""

    layout: Layout
    network: Network
    alliance: Alliance
    keys: KeySource
    kept: dict[str, Kept] = field(default_factory=dict)
    starts: int = 0

    def url(self, member: str) -> str:
        """Address of a member's gateway."""
        return next(place.url for place in self.network.members if place.id == member)

    async def start(self, *names: str) -> None:
        """Start programs (all, if none is named) and wait until they serve."""
        wanted = names or tuple(self.kept)
        if "ledger" in wanted:
            await self._start_ledger()
        for name in wanted:
            if name != "ledger":
                self._spawn(name)
        await asyncio.gather(*(self._serves(name) for name in wanted if name != "ledger"))

    def kill(self, *names: str) -> None:
        """Kill programs hard, at this very moment."""
        for name in names:
            process = self.kept[name].process
            assert process is not None
            process.send_signal(signal.SIGKILL)
        for name in names:
            process = self.kept[name].process
            assert process is not None
            assert process.wait(PATIENCE_S) == -signal.SIGKILL

    async def stop(self) -> None:
        """End everything in order, gateways first; each must go by itself."""
        gateways = [name for name in self.kept if name != "ledger"]
        for stage in (gateways, ["ledger"]):
            alive = {
                name: process
                for name in stage
                if (process := self.kept[name].process) is not None and process.poll() is None
            }
            for process in alive.values():
                process.terminate()
            for name, process in alive.items():
                status = await asyncio.to_thread(process.wait, PATIENCE_S)
                assert status == 0, f"{name} ended with {status}: {self.log(name)[-800:]}"

    def log(self, name: str) -> str:
        """What a program has written so far."""
        return self.kept[name].program.log.read_text(errors="replace")

    def end_hard(self) -> None:
        """Leave nothing behind, whatever happened."""
        for kept in self.kept.values():
            if kept.process is not None and kept.process.poll() is None:
                kept.process.kill()
                kept.process.wait(PATIENCE_S)

    async def _start_ledger(self) -> None:
        reading, writing = os.pipe()
        self._spawn("ledger", writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as ready:
            line = await asyncio.wait_for(asyncio.to_thread(ready.readline), PATIENCE_S)
        assert line == b"ready\n", self.log("ledger")

    def _spawn(self, name: str, ready: int | None = None) -> None:
        kept = self.kept[name]
        program = kept.program
        command = [sys.executable, "-m", program.module, *program.arguments]
        if ready is not None:
            command += ["--ready-fd", str(ready)]
        self.starts += 1
        with program.log.open("ab") as log:
            kept.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=() if ready is None else (ready,),
            )

    async def _serves(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        async with httpx.AsyncClient(base_url=self.url(name), trust_env=False) as http:
            while time.monotonic() < deadline:
                process = self.kept[name].process
                assert process is not None
                assert process.poll() is None, f"{name} ended: {self.log(name)[-800:]}"
                try:
                    if (await http.get("/v1/health")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(LOOK_S)
        raise AssertionError(f"{name} is not ready: {self.log(name)[-800:]}")


@asynccontextmanager
async def running(
    root: Path, alliance: Alliance | None = None, *, seed: int = 7, start: bool = True, clock: str = "driven"
) -> AsyncIterator[Processes]:
    """Make an alliance in a folder and start all its processes; afterwards none of them is left."""
    chosen = alliance or described()
    making = Making(alliance=chosen, calendar=CALENDAR_2026, seed=seed, clock=clock)
    network = await asyncio.to_thread(make, root, making)
    layout = Layout(root)
    kept = {program.name: Kept(program) for program in programs(layout, network)}
    processes = Processes(layout, network, chosen, KeySource(seed), kept)
    try:
        if start:
            await processes.start()
        yield processes
    finally:
        processes.end_hard()


@dataclass(slots=True)
class Caller:
    """One account of one gateway, signed in; it goes on asking while the gateway is away."""

    http: httpx.AsyncClient
    account: str
    token: str = ""

    async def sign_in(self) -> "Caller":
        """Sign in as a demonstration's visitor does."""
        answer = await self.http.post("/v1/demo/sessions", json={"account": self.account})
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        return self

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """GET."""
        return await self.ask("GET", path, **more)

    async def insist(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, sent again until somebody answers it: only for what may be asked twice."""
        deadline = time.monotonic() + 3 * PATIENCE_S  # a program may be killed again before it serves
        while True:
            try:
                answer = await self.ask(method, path, **more)
            except httpx.TransportError:
                assert time.monotonic() < deadline, "nobody answers"
            else:
                if answer.status_code not in (429, 503):
                    return answer
                assert time.monotonic() < deadline, answer.text
            await asyncio.sleep(0.05)

    async def act(
        self, kind: str, args: Any, *, key: str, sealed: Any = None, insist: bool = False
    ) -> httpx.Response:
        """Begin an act under an idempotency key."""
        body = {"args": args, "sealed": sealed or {}, "unlock": {"passphrase": PASSPHRASE}}
        send = self.insist if insist else self.ask
        return await send("POST", f"/v1/acts/{kind}", json=body, headers={"Idempotency-Key": key})

    async def approve(self, draft: str, *, insist: bool = False) -> httpx.Response:
        """Sign a draft as the second person."""
        send = self.insist if insist else self.ask
        return await send("POST", f"/v1/drafts/{draft}/approve", json={"unlock": {"passphrase": PASSPHRASE}})

    async def end_of(self, operation: str) -> dict[str, Any]:
        """What became of an operation, once its end is certain."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = await self.insist("GET", f"/v1/operations/{operation}?wait=5", timeout=120)
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            if found["state"] not in ("queued", "submitted"):
                return found
            assert time.monotonic() < deadline, found

    async def done(self, kind: str, args: Any, *, key: str, sealed: Any = None) -> dict[str, Any]:
        """An act by one person, to its good end."""
        answer = await self.act(kind, args, key=key, sealed=sealed, insist=True)
        assert answer.status_code == 202, answer.text
        end = await self.end_of(answer.json()["operation"])
        assert end["state"] == "done", end
        return end

    async def together(
        self, checker: "Caller", kind: str, args: Any, *, key: str, sealed: Any = None
    ) -> dict[str, Any]:
        """An act of maker and checker, to its good end."""
        answer = await self.act(kind, args, key=key, sealed=sealed, insist=True)
        assert answer.status_code == 202, answer.text
        approved = await checker.approve(answer.json()["draft"], insist=True)
        assert approved.status_code == 202, approved.text
        end = await self.end_of(approved.json()["operation"])
        assert end["state"] == "done", end
        return end


async def granted(processes: Processes, issuer: str, amount: int, *, by: str = "bank-a") -> None:
    """A bank's ceiling for an issuer, over a year."""
    args = {
        "issuer": issuer,
        "amount": amount,
        "currency": "CNY",
        "valid_from": "2026-03-16",
        "valid_until": "2027-03-15",
    }
    async with calling(processes, by, "maker", "checker") as (maker, checker):
        await maker.together(checker, "ceiling.grant", args, key=f"ceiling-{by}-{issuer}")


async def confirmed(
    processes: Processes, issuer: str, sponsor: str, client: str, *, amount: int, number: str = "HT-1"
) -> dict[str, Any]:
    """A payable over one invoice that a client presents and the issuer confirms: what names it in an issue of `amount`."""
    uscc = next(one.uscc for one in processes.alliance.clients if one.id == client)
    args, sealed = presenting(
        reference=number,
        issuer=issuer,
        presenter={"sponsor": sponsor, "uscc": uscc},
        amount=amount,
        due_day="2026-12-31",
        papers=[Paper(f"INV-{number}", uscc, "2026-03-10", amount)],
        relation=number,
    )
    async with calling(processes, sponsor, client) as (owner,):
        found = await owner.done("payable.present", args, key=f"present-{number}", sealed=sealed)
    payable = found["operation"]
    async with calling(processes, issuer, "maker", "checker") as (maker, checker):
        answer = {"payable": payable, "amount": amount}
        await maker.together(checker, "payable.confirm", answer, key=f"confirm-{number}")
        await caught_up(processes, maker)
    event = found["receipt"]["events"][0]
    return {
        "receiver": event["presenter"],
        "payable": payable,
        "invoices": [{"fingerprint": event["invoices"][0]["fingerprint"], "amount": amount}],
    }


@asynccontextmanager
async def calling(processes: Processes, member: str, *accounts: str) -> AsyncIterator[list[Caller]]:
    """Signed-in accounts of one gateway."""
    async with httpx.AsyncClient(base_url=processes.url(member), trust_env=False, timeout=120) as http:
        yield [await Caller(http, account).sign_in() for account in accounts]


async def height(processes: Processes) -> int:
    """Height of the newest block, as the ledger says."""
    client = LedgerClient(processes.layout.socket, patience_s=PATIENCE_S)
    try:
        return (await client.status()).height
    finally:
        await client.close()


async def caught_up(processes: Processes, caller: Caller) -> None:
    """Wait until a gateway's rows speak of the newest block; made again from the first, they take their time."""
    newest = await height(processes)
    deadline = time.monotonic() + PATIENCE_S + newest * A_BLOCK_S
    while True:
        answer = (await caller.insist("GET", "/v1/members", params={"limit": "1"})).json()
        if answer["as_of"]["height"] >= newest:
            return
        assert time.monotonic() < deadline, answer
        await asyncio.sleep(LOOK_S)


def slowness() -> float:
    """How much slower this machine is now than one with nothing else to do."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
