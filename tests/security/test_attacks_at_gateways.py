"""Attacks 3, 10 and 12 on real gateways: a hostile author writes straight to the ledger, an honest side is asked to sign on it."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.contracts.vouchers.operations import Accept
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.engine.client import LedgerClient
from tallychain.gateway.tests.alliance import SEED, Alliance, Caller, alliance, code, in_loop
from tallychain.gateway.tests.test_story import backed
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.receipt import Receipt
from tallychain.testkit.world import World
from tests.deals import PROMISE, TRADE, Deals, done
from tests.security.parts import wrongly_wrapped
from tests.security.wrong_requests import issue

Json = dict[str, Any]


class Mirror:
    """A world with the same people and the same acts as the real ledger: a hostile author's own tools."""

    def __init__(self, there: Alliance) -> None:
        self.deals = Deals(World(seed=SEED))
        self.engine = LedgerClient(there.socket)

    async def put(self, operation: SignedOperation, carrier: str) -> Receipt:
        """Put an operation on the real ledger and do the same here; its receipt."""
        envelope = self.deals.world.envelope([operation], carrier)
        answer = await self.engine.submit(envelope)
        assert b'"DONE"' in answer.results[0], answer.results
        return done(self.deals.world.block([envelope])[0][0])


async def issued_by_hand(mirror: Mirror, client: str, *, deceived: str = "") -> Receipt:
    """An issue to the first tag of a client, whose gateway has that tag's card in stock."""
    world = mirror.deals.world
    before = len(world.history)
    args = mirror.deals.promise(world.receiver(client))
    for block in world.history[before:]:
        for envelope in block.envelopes:
            assert b'"DONE"' in (await mirror.engine.submit(envelope)).results[0]
    act = world.act("voucher.issue", args, by="ce-a", content={"trade": PROMISE})
    return await mirror.put(wrongly_wrapped(world, act, "trade", deceived) if deceived else act, "ce-a")


@pytest.mark.attack(10)
@in_loop
async def test_a_gateway_does_not_accept_a_promise_that_its_sponsor_cannot_read(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        mirror = Mirror(there)
        false = mirror.deals.voucher(await issued_by_hand(mirror, "s1", deceived="member:bank-a#1"))
        honest = mirror.deals.voucher(await issued_by_hand(mirror, "s1"))
        s1 = await bank.as_account("s1")
        for voucher, wanted in ((false, "GATEWAY_WRAPS_DIFFER"), (honest, "")):
            args = msgspec.to_builtins(Accept(voucher.number, voucher.promise))
            answer = await s1.act("voucher.accept", args, key=f"accept-{voucher.number}")
            if wanted:
                assert code(answer) == wanted
                assert bank.gateway.outbox.open == 0
            else:
                assert (await s1.done(answer.json()["operation"]))["state"] == "done"
        await mirror.engine.close()


@pytest.mark.attack(10)
@pytest.mark.parametrize("deceived", ["member:ce-a#1", "member:supervisor#1"])
def test_a_gateway_does_not_take_an_offer_whose_giver_issuer_or_supervisor_cannot_know(
    tmp_path: Path, deceived: str
) -> None:
    @in_loop
    async def run() -> None:
        async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
            mirror = Mirror(there)
            world = mirror.deals.world
            voucher = mirror.deals.voucher(await issued_by_hand(mirror, "s4"))
            accept = world.act(
                "voucher.accept", Accept(voucher.number, voucher.promise), by=voucher.receiver.tag
            )
            await mirror.put(accept, "bank-b")
            s1 = await bank.as_account("s1")
            for wrong in (True, False):
                args = mirror.deals.offer_args(voucher, world.receiver("s1"), first=1 if wrong else 5_000)
                act = world.act("voucher.offer", args, by=voucher.receiver.tag, content={"trade": TRADE})
                put = wrongly_wrapped(world, act, "identity", deceived) if wrong else act
                offer = (await mirror.put(put, "bank-b")).operation
                answer = await s1.act(
                    "voucher.take",
                    {"voucher": voucher.number, "offer": f"{offer}:1"},
                    key=f"take-{offer}"[:40],
                )
                if wrong:
                    assert code(answer) == "GATEWAY_WRAPS_DIFFER"
                    assert bank.gateway.outbox.open == 0
                else:
                    assert (await s1.done(answer.json()["operation"]))["state"] == "done"
            await mirror.engine.close()

    run()


@pytest.mark.attack(3)
@in_loop
async def test_a_gateway_acts_for_no_seat_that_is_not_named(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        bank, other = [await stack.enter_async_context(there.gateway(name)) for name in ("bank-a", "bank-b")]
        mirror = Mirror(there)
        voucher = mirror.deals.voucher(await issued_by_hand(mirror, "s1"))
        args = msgspec.to_builtins(Accept(voucher.number, voucher.promise))
        thieves: list[Caller] = [
            await bank.as_account("s2"),
            await bank.as_account("maker"),
            await bank.as_account("robot"),
            await other.as_account("s4"),
        ]
        for number, thief in enumerate(thieves):
            answer = await thief.act("voucher.accept", args, key=f"theft-{number:04d}")
            if answer.status_code == 202:
                end = await thief.done(answer.json()["operation"])
                assert (end["state"], end["code"]) == ("refused", "NOT_THE_NAMED_RECEIVER")
            else:
                assert answer.status_code in (403, 404, 422)
        owner = await bank.as_account("s1")
        answer = await owner.act("voucher.accept", args, key="rightful-0001")
        assert (await owner.done(answer.json()["operation"]))["state"] == "done"
        await mirror.engine.close()


@pytest.mark.attack(12)
@in_loop
async def test_a_request_that_comes_many_times_at_once_makes_one_voucher(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        issuer = await stack.enter_async_context(there.gateway("ce-a"))
        await stack.enter_async_context(there.gateway("bank-a"))
        maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
        wish = {**issue(), "args": await backed(there, issuer, "s1")}
        answers = await asyncio.gather(
            *(
                maker.act("voucher.issue", wish["args"], key="many-0001", sealed=wish["sealed"])
                for _ in range(8)
            )
        )
        drafts = {answer.json()["draft"] for answer in answers}
        assert ({answer.status_code for answer in answers}, len(drafts)) == ({202}, 1)

        path = f"/v1/drafts/{drafts.pop()}/approve"
        unlock = {"unlock": {"passphrase": "demo"}}
        approved = await asyncio.gather(*(checker.post(path, unlock) for _ in range(8)))
        operations = {answer.json()["operation"] for answer in approved if answer.status_code == 202}

        assert len(operations) == 1
        assert {answer.status_code for answer in approved} <= {202, 409}
        assert (await maker.done(operations.pop()))["state"] == "done"
        assert len(there.sequencer.chain.state.committed.scan(VOUCHERS)) == 1
