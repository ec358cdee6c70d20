"""A voucher of a million through its whole life: its parts are its face at every height, and a gateway's certificate of each stage holds without it."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS, Holding
from tallychain.engine.port import CommittedBlock, Engine
from tallychain.gateway.tests.alliance import SEED, Caller, alliance, in_loop
from tallychain.gateway.tests.test_certificates import Asking, in_the_end
from tallychain.sdk.evidence import (
    ACTS,
    ALLOCATIONS,
    GUARANTEES,
    OF_A_TAG,
    OF_AN_INVOICE,
    bundled,
    operations_of,
)
from tallychain.sdk.verify import verify_file
from tallychain.sdk.verify.pdf import read
from tallychain.testkit.world import Answer, World
from tests.scenarios.certified import stages
from tests.scenarios.reader import play
from tests.scenarios.story import Story

TEXT = Path(__file__).with_name("whole-life.txt")
EVERY = 50
SAID = {
    "payable": ("1,000,000.00",),
    "voucher": ("1,000,000.00",),
    "holding": (),
    "settlement": ("600,000.00",),
    "default": ("400,000.00",),
}
"""Figures that stand on the first page of each kind."""


class Counted(World):
    """A world that counts, after each block, the units of every voucher that is held."""

    heights = 0

    def block(self, envelopes: Sequence[bytes]) -> list[list[Answer]]:
        answers = super().block(envelopes)
        faces = {row.number: int(row.face) for row in self.reader.iterate(VOUCHERS)}
        held: dict[str, list[Holding]] = {}
        for row in self.reader.iterate(HOLDINGS):
            held.setdefault(row.voucher, []).append(row)
        for number, parts in held.items():
            parts.sort(key=lambda part: part.first)
            ends = (parts[0].first, parts[-1].last)
            together = all(low.last + 1 == high.first for low, high in pairwise(parts))
            if ends != (1, faces[number]) or not together:
                raise AssertionError(f"height {self.state.height}: {number} is not its parts")
            self.heights += 1
        if self.state.height % EVERY == 0 and self.check():
            raise AssertionError(f"height {self.state.height}: {self.check()}")
        return answers


def told() -> Story:
    """The story, counted at every height."""
    return play(TEXT, Counted(seed=SEED))


def test_the_parts_are_the_face_at_every_height_of_a_whole_life() -> None:
    story = told()

    assert isinstance(story.world, Counted)
    assert story.world.heights > 150
    assert [stage.kind for stage in stages(story)] == [
        "payable", "voucher", "holding", "holding", "settlement", "default", "settlement",
    ]  # fmt: skip


async def replayed(engine: Engine, blocks: Sequence[CommittedBlock]) -> None:
    """Do on a real ledger what was done in memory: the same envelopes, and time as it went."""
    for block in blocks:
        for envelope in block.envelopes:
            answer = await engine.submit(envelope)
            assert answer.results
        if not block.envelopes and block.time_ms > (await engine.status()).time_ms:
            await engine.advance(block.time_ms)


@pytest.mark.slow
@in_loop
async def test_the_certificate_of_each_stage_holds_without_any_ledger(tmp_path: Path) -> None:
    story = await asyncio.to_thread(told)
    history, done = story.world.history, 0
    shown: list[str] = []
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(alliance(tmp_path))
        bank = await stack.enter_async_context(there.gateway("bank-a"))
        s1 = await bank.as_account("s1")
        for stage in stages(story):
            await replayed(bank.gateway.engine, history[done : stage.blocks])
            done = stage.blocks
            await bank.caught_up()
            subject = stage.subject
            if stage.kind == "payable":
                (taken,) = (await s1.get("/v1/allocations", params={"voucher": subject})).json()["rows"]
                subject = taken["payable"]
            answer = await in_the_end(s1, f"/v1/certificates/{stage.kind}/{subject}")
            assert answer.status_code == 200, answer.text
            report = verify_file(answer.content, genesis_digest=bank.gateway.facts.genesis)
            assert report.failure is None, (stage, report.failure)
            page = read(answer.content).text
            for figure in SAID[stage.kind] if stage.kind not in shown else ():
                assert figure in page, (stage, page)
            shown.append(stage.kind)
            changed = answer.content.replace(b"tally-seal", b"tally-seel")
            assert verify_file(changed).failure is not None
        assert len(shown) == 7
        bought = next(row for row in story.world.reader.iterate(HOLDINGS) if story.owner(row.tag) == "bank-b")
        await bank.caught_up()
        await demand_whole_evidence(s1, bought.id, bank.gateway.facts.genesis)


IN_EVIDENCE = (
    "payable.present",
    "payable.confirm",
    "voucher.issue",
    "voucher.accept",
    "voucher.take",
    "financing.request",
    "financing.quote",
    "financing.reveal",
    "financing.award",
    "financing.register",
    "financing.disburse",
    "settlement.payee",
    "settlement.attest",
    "settlement.late",
    "settlement.payout",
)


async def demand_whole_evidence(caller: Caller, holding: str, genesis: str) -> None:
    """Everything that led to a bought holding and to its payment is in one file, which holds without any ledger."""
    number = holding.split(":", maxsplit=1)[0]
    found = {
        view: (await caller.get(f"/v1/{view}", params={"voucher": number, "limit": "200"})).json()["rows"]
        for view in ("holdings", "vouchers", ACTS, ALLOCATIONS, GUARANTEES)
    }
    found |= {view: (await caller.get(f"/v1/{view}")).json()["rows"] for view in ("payables", OF_A_TAG)}
    found |= {view: (await caller.get(f"/v1/{view}")).json()["rows"] for view in OF_AN_INVOICE}
    voucher, operations = operations_of(Asking(found), holding)
    answers = [await in_the_end(caller, f"/v1/proofs/{name}", cites=voucher) for name in operations]
    assert [answer.text for answer in answers if answer.status_code != 200] == []
    proofs = [answer.content for answer in answers]
    report = verify_file(bundled(voucher, holding, proofs, {}), genesis_digest=genesis)
    assert report.failure is None, report.failure
    said = " ".join(report.statements)
    assert [kind for kind in IN_EVIDENCE if f"({kind}, " not in said] == []
    assert "court.freeze, " not in said
