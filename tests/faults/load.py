"""Work for a whole alliance while its processes are killed: what was acknowledged, and what its followers saw."""

import asyncio
import base64
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.documents.api import AllocatedPart
from tallychain.contracts.vouchers.contents import PromiseContent
from tallychain.contracts.vouchers.operations import Issue, Withdraw
from tallychain.crypto.keys import SigningKey
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.holder import Receiver
from tallychain.network.genesis import START_MS
from tallychain.sdk.build import Act, Part, Recipient, prepare, sign
from tests.running import PATIENCE_S, Caller, Processes, calling, confirmed, granted

Json = dict[str, Any]
LIFETIME_MS = 9 * 60 * 1000
PROMISE = PromiseContent("We pay.", "HT-1", ("26312000000000000018",), "brackets", "1,120,000.00")
TRADE: Json = {"contract": "CG-1", "invoices": [], "purpose": "sheet", "amount": "300,000.00"}
FACE = 1_000_000
USES = 50
"""Vouchers that one payable may back at a time."""
SUBMITTERS = 3
PAYABLES_EACH = 2
STORY_PAYABLES = 4
WAITING = 30
"""Promises of one submitter that wait before it takes the oldest back: its payables always have room for the next."""
BAD = 10
"""Each tenth issue of a writer is one that the ledger has to refuse."""
DONE_LEAST = 0.8
"""Share of what was acknowledged that has to end `done`: a load of refusals would show little."""
STEP_S = 0.03
"""Pause between two acts of one writer, so that a shared machine has room for the ledger too."""


@dataclass(slots=True)
class Told:
    """What writers were told, and what readers of streams saw."""

    operations: dict[str, str] = field(default_factory=dict)
    """Operation that was answered with 202, to the gateway that answered."""
    facts: dict[str, list[str]] = field(default_factory=dict)
    """Per gateway, the positions of the facts that its stream sent."""
    resumed: dict[str, int] = field(default_factory=dict)
    stories: int = 0
    name: str = "story"
    """What the idempotency keys of its vouchers begin with."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def grows(self, more: int) -> None:
        """Wait until so many more operations were acknowledged, however long this machine takes for them."""
        wanted = len(self.operations) + more
        deadline = time.monotonic() + PATIENCE_S
        while len(self.operations) < wanted:
            assert time.monotonic() < deadline, f"{len(self.operations)} acknowledged, {wanted} wanted"
            await asyncio.sleep(0.05)


@dataclass(slots=True)
class Maker:
    """Signs issues with the keys of ce-a outside of any gateway."""

    processes: Processes
    dice: random.Random
    payables: Sequence[Json]
    """Confirmed payables, taken in turn."""
    made: int = 0
    waiting: deque[str] = field(default_factory=deque)
    """Operations of issues that nobody has taken back yet."""

    def issue(self, *, good: bool = True, now_ms: int = START_MS) -> str:
        """One signed issue in base64; a bad one has a face beyond the policy and will be refused."""
        backing = self.payables[self.made % len(self.payables)]
        self.made += 1
        receiver = msgspec.convert(backing["receiver"], Receiver)
        invoice = backing["invoices"][0]["fingerprint"]
        args = Issue(
            self.dice.randbytes(16).hex(),
            receiver,
            "CNY",
            Units(FACE if good else 5 * 10**11),
            "2026-09-14",
            "settle-a",
            backing["payable"],
            (AllocatedPart(invoice, FACE),),
        )
        return self._signed(
            "voucher.issue", args, now_ms, (Part("trade", PROMISE, self._audience(receiver)),)
        )

    def withdrawal(self, voucher: str) -> str:
        """That a promise is taken back, signed, in base64."""
        return self._signed("voucher.withdraw", Withdraw(voucher), START_MS)

    def _signed(self, name: str, args: msgspec.Struct, now_ms: int, parts: tuple[Part, ...] = ()) -> str:
        kind = CATALOGUE.operation_type(name, 1)
        assert kind is not None
        staff = {key.name: key.key for key in self._keys("ce-a").staff}
        act = Act(
            chain=self.processes.network.chain,
            kind=kind,
            args=args,
            author="member:ce-a",
            via="ce-a",
            nonce=self.dice.randbytes(16),
            expires_ms=now_ms + LIFETIME_MS,
            parts=parts,
        )
        signed = sign(prepare(act, lambda: self.dice.randbytes(32)), self._signers(staff))
        return base64.b64encode(codec.encode_frame(signed)).decode()

    def _audience(self, receiver: Receiver) -> tuple[Recipient, ...]:
        members = [
            Recipient(f"member:{name}#1", self._keys(name).sealing.public) for name in ("ce-a", "bank-a")
        ]
        return (*members, Recipient(receiver.sealing, receiver.sealing))

    def _signers(self, staff: dict[str, SigningKey]) -> list[SigningKey]:
        return [staff["maker"], staff["checker"]]

    def _keys(self, member: str) -> Any:
        found = next(one for one in self.processes.alliance.members if one.id == member)
        return self.processes.keys.member(found)


async def backing_for(processes: Processes, name: str, count: int) -> list[Json]:
    """A ceiling, and payables of s1, each of which backs `USES` vouchers."""
    await granted(processes, "ce-a", 10**13)
    return [
        await confirmed(processes, "ce-a", "bank-a", "s1", amount=FACE * USES, number=f"{name}-{number:04d}")
        for number in range(count)
    ]


async def submit_signed(system: Caller, maker: Maker, told: Told) -> None:
    """Issue and take back, signed outside; some issues are refused.  A lost answer is asked for again."""
    while not told.stop.is_set():
        good = maker.made % BAD != BAD - 1
        operation = await _submitted(system, maker.issue(good=good), told)
        if good:
            maker.waiting.append(operation)
        if len(maker.waiting) > WAITING:
            end = await system.end_of(maker.waiting.popleft())
            assert end["state"] == "done", end
            voucher = end["receipt"]["events"][0]["voucher"]
            await _submitted(system, maker.withdrawal(voucher), told)


async def _submitted(system: Caller, frame: str, told: Told) -> str:
    answer = await system.insist("POST", "/v1/operations", json={"operation": frame})
    assert answer.status_code == 202, answer.text
    operation: str = answer.json()["operation"]
    told.operations[operation] = "ce-a"
    await asyncio.sleep(STEP_S)
    return operation


async def pass_on(
    people: dict[str, Caller], codes: dict[str, str], payables: Sequence[Json], told: Told
) -> None:
    """Vouchers through three gateways, again and again: issue, accept, offer to a client of another bank, take."""
    number = 0
    while not told.stop.is_set():
        number += 1
        await _story(people, codes, payables, told, number)
        told.stories += 1


async def _story(
    people: dict[str, Caller], codes: dict[str, str], payables: Sequence[Json], told: Told, number: int
) -> None:
    key = f"{told.name}-{number:06d}"
    payable = payables[number // USES % len(payables)]
    issue = {
        "reference": {"keyed": key},
        "receiver": payable["receiver"],
        "currency": "CNY",
        "face": FACE,
        "nominal_maturity": "2026-09-14",
        "settlement_bank": "settle-a",
        "payable": payable["payable"],
        "invoices": [{**payable["invoices"][0], "amount": FACE}],
    }
    promise = msgspec.to_builtins(PROMISE)
    begun = await _act(people["maker"], "voucher.issue", issue, key, {"trade": promise})
    operation = await _approved(people["maker"], people["checker"], begun["draft"])
    voucher, consent = await _issued(people["maker"], operation, told, "ce-a")
    accept = {"voucher": voucher, "consent": consent}
    await _carried(people["s1"], "voucher.accept", accept, f"{key}-a", {}, told, "bank-a")
    row = {
        "first": 1,
        "last": 400_000,
        "receiver": {"sponsor": "bank-b", "uscc": codes["s4"]},
        "trade_reference": {"keyed": key},
        "value_date": "",
    }
    offer = {"voucher": voucher, "holding": 1, "rows": [row]}
    offered = await _carried(
        people["s1"], "voucher.offer", offer, f"{key}-o", {"trade": TRADE}, told, "bank-a"
    )
    take = {"voucher": voucher, "offer": f"{offered}:1"}
    await _carried(people["s4"], "voucher.take", take, f"{key}-t", {}, told, "bank-b")


async def _act(who: Caller, kind: str, args: Json, key: str, sealed: Json) -> Json:
    """Begin an act; while a card is awaited it is asked for again under the same key."""
    while True:
        answer = await who.act(kind, args, key=key, sealed=sealed, insist=True)
        if answer.status_code == 409 and answer.json()["code"] == "GATEWAY_CARD_PENDING":
            await asyncio.sleep(0.1)
            continue
        assert answer.status_code == 202, answer.text
        found: Json = answer.json()
        return found


async def _approved(maker: Caller, checker: Caller, draft: str) -> str:
    """Approve a draft; if the answer was lost the draft itself says which operation it became."""
    answer = await checker.approve(draft, insist=True)
    if answer.status_code == 409:
        answer = await maker.insist("GET", f"/v1/drafts/{draft}")
    assert answer.status_code in (200, 202), answer.text
    operation: str = answer.json()["operation"]
    assert operation, answer.text
    return operation


async def _issued(maker: Caller, operation: str, told: Told, member: str) -> tuple[str, str]:
    told.operations[operation] = member
    end = await maker.end_of(operation)
    assert end["state"] == "done", end
    event = end["receipt"]["events"][0]
    return event["voucher"], event["promise"]


async def _carried(
    who: Caller, kind: str, args: Json, key: str, sealed: Json, told: Told, member: str
) -> str:
    operation: str = (await _act(who, kind, args, key, sealed))["operation"]
    told.operations[operation] = member
    end = await who.end_of(operation)
    assert end["state"] == "done", end
    return operation


async def read_stream(who: Caller, member: str, told: Told) -> None:
    """Read a gateway's facts from the first on, resuming behind the last position whenever the stream is cut."""
    positions = told.facts.setdefault(member, [])
    told.resumed[member] = -1
    while True:
        last = positions[-1] if positions else "0-0"
        headers = {"Authorization": f"Bearer {who.token}", "Last-Event-ID": last}
        try:
            async with who.http.stream("GET", "/v1/events", headers=headers, timeout=None) as stream:
                assert stream.status_code in (200, 503), stream.status_code
                told.resumed[member] += stream.status_code == 200
                async for position in _positions(stream):
                    positions.append(position)
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)


async def _positions(stream: httpx.Response) -> AsyncIterator[str]:
    """Positions of whole facts; one that was cut before its empty line was not sent."""
    here, is_fact = "", False
    async for line in stream.aiter_lines():
        if line.startswith("id: "):
            here = line.removeprefix("id: ")
        elif line == "event: fact":
            is_fact = True
        elif not line:
            if is_fact:
                yield here
            here, is_fact = "", False


@asynccontextmanager
async def under_load(processes: Processes, seed: int, name: str = "story") -> AsyncIterator[Told]:
    """Writers and readers at work; when the block ends the writers stop, and what they were told is complete."""
    told = Told(name=name)
    codes = {client.id: client.uscc for client in processes.alliance.clients}
    async with (
        calling(processes, "ce-a", "maker", "checker", "system") as (maker, checker, system),
        calling(processes, "bank-a", "s1") as (s1,),
        calling(processes, "bank-b", "s4") as (s4,),
    ):
        for owner in (s1, s4):
            answer = await owner.ask("POST", "/v1/cards", json={"unlock": {"passphrase": "demo"}})
            assert answer.status_code == 200, answer.text
        payables = await backing_for(processes, told.name, SUBMITTERS * PAYABLES_EACH + STORY_PAYABLES)
        people = {"maker": maker, "checker": checker, "s1": s1, "s4": s4}
        readers = [
            asyncio.create_task(read_stream(who, member, told))
            for who, member in ((maker, "ce-a"), (s1, "bank-a"), (s4, "bank-b"))
        ]
        async with asyncio.TaskGroup() as writers:
            for number in range(SUBMITTERS):
                dice = random.Random(f"{seed} {name} {number}")  # no nonce of one run is drawn in another
                own = payables[number * PAYABLES_EACH : (number + 1) * PAYABLES_EACH]
                writers.create_task(submit_signed(system, Maker(processes, dice, own), told))
            writers.create_task(pass_on(people, codes, payables[-STORY_PAYABLES:], told))
            try:
                yield told
            finally:
                told.stop.set()
        await _ends(told, {"ce-a": system, "bank-a": s1, "bank-b": s4})
        await _drained(told, processes)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def _ends(told: Told, by_member: dict[str, Caller]) -> None:
    """Every acknowledged operation comes to an end that is certain."""
    for operation, member in told.operations.items():
        end = await by_member[member].end_of(operation)
        assert end["state"] in ("done", "refused"), end


async def _drained(told: Told, processes: Processes) -> None:
    """Give the streams time to send the last facts: all have the same number, and it does not grow."""
    before: list[int] = []
    while True:
        await asyncio.sleep(1.0)
        counts = [len(positions) for positions in told.facts.values()]
        if counts == before and len(set(counts)) == 1:
            return
        before = counts
