"""Ledger and gateways are killed at random moments while vouchers pass through them."""

import asyncio
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.crypto.pool import VerifierPool
from tallychain.crypto.schemes import ED25519
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.checks import check
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.port import CommittedBlock
from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.operation import Body, operation_id
from tallychain.ledger.receipt import Receipt
from tallychain.network.genesis import START_MS
from tests.faults.load import DONE_LEAST, Maker, Told, under_load
from tests.running import PATIENCE_S, Caller, Processes, calling, caught_up, described, running

SEED = 20_261_125
MEMBERS = ("ce-a", "bank-a", "bank-b", "settle-a", "supervisor")
GATEWAYS = ("ce-a", "bank-a", "bank-b")
"""Those that carry the load; the others follow."""
TRIES = 10


async def kill_ledger(processes: Processes, _dice: random.Random) -> None:
    processes.kill("ledger")
    await processes.start("ledger")


async def kill_gateway(processes: Processes, dice: random.Random) -> None:
    name = dice.choice(GATEWAYS)
    processes.kill(name)
    await processes.start(name)


async def kill_both(processes: Processes, dice: random.Random) -> None:
    name = dice.choice(GATEWAYS)
    processes.kill("ledger", name)
    await processes.start("ledger", name)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("kill", "usual"),
    [(kill_ledger, 15), (kill_gateway, 15), (kill_both, 5)],
    ids=["ledger", "gateway", "both"],
)
def test_what_was_acknowledged_ends_exactly_once_whatever_is_killed(
    tmp_path: Path,
    kill: Callable[[Processes, random.Random], "asyncio.Future[None]"],
    usual: int,
    fault_rounds: Callable[[int], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    rounds = fault_rounds(usual)
    dice = random.Random(SEED)

    async def story() -> tuple[Told, Counter[str]]:
        async with running(tmp_path / "net", described(MEMBERS)) as processes:
            async with under_load(processes, SEED) as told:
                await asyncio.sleep(1.0)
                for _ in range(rounds):
                    await asyncio.sleep(dice.uniform(0.05, 1.0))
                    await kill(processes, dice)
                await asyncio.sleep(1.0)
            live = await rows_of_all(processes)
            await processes.stop()
            rebuilt = await rebuilt_rows(processes)
            assert rebuilt == live
            await processes.stop()
            counts = verify_chain(processes, told, tmp_path / "replay")
            return told, counts

    told, counts = asyncio.run(story())
    with capsys.disabled():
        sys.stdout.write(
            f"\n{rounds} kills: {len(told.operations)} acknowledged, {dict(counts)}, {told.stories} vouchers through three"
            f" gateways, streams resumed {told.resumed}\n"
        )


def verify_chain(processes: Processes, told: Told, directory: Path) -> Counter[str]:
    """Each acknowledged operation has one receipt, nothing has two, and a replay gives the same blocks and root."""
    genesis = processes.layout.genesis.read_bytes()
    key = processes.keys.sequencer
    with VerifierPool(0) as pool:
        chain = open_chain(processes.layout.ledger, CATALOGUE, key, pool)
        replay = open_chain(directory, CATALOGUE, key, pool, genesis)
        try:
            blocks = [chain.block(height) for height in range(1, chain.height + 1)]
            for block in blocks:
                assert replay.make_block(block.time_ms, block.envelopes) == block
            assert replay.app_hash == chain.app_hash
            assert check(chain).failures == []
        finally:
            chain.close()
            replay.close()
    receipts = [receipt for block in blocks for receipt in receipts_in(block)]
    by_operation = Counter(receipt.operation for receipt in receipts)
    assert set(by_operation.values()) == {1}, "an operation was applied twice"
    assert set(told.operations) <= set(by_operation), "an acknowledged operation is lost"
    nonces = used_nonces(blocks, set(by_operation))
    assert len(nonces) == len(set(nonces)) == len(by_operation), "one request became two operations"
    assert told.stories > 0
    verify_streams(told, blocks)
    counts: Counter[str] = Counter(
        receipt.outcome for receipt in receipts if receipt.operation in told.operations
    )
    assert counts["done"] >= DONE_LEAST * len(told.operations), f"too little was done: {counts}"
    return counts


def receipts_in(block: CommittedBlock) -> list[Receipt]:
    return [codec.decode(Receipt, row) for rows in block.results for row in rows if b'"outcome"' in row]


def used_nonces(blocks: list[CommittedBlock], operations: set[str]) -> list[tuple[str, str]]:
    """Author and nonce of each operation that got a receipt."""
    found = {}
    for data in (data for block in blocks for data in block.envelopes):
        for item in codec.decode_frame(Envelope, data).operations:
            body = codec.decode(Body, item.body)
            found[operation_id(item.body)] = (body.author, body.nonce)
    return [found[operation] for operation in operations]  # type: ignore[index]  # ids are texts


def verify_streams(told: Told, blocks: list[CommittedBlock]) -> None:
    """Every stream sent every fact of every block once and in order, over all cuts."""
    published = []
    for block in blocks:
        events = [*block.due_events, *(event for receipt in receipts_in(block) for event in receipt.events)]
        published += [f"{block.height}-{number}" for number in range(len(events))]
    for member, seen in told.facts.items():
        # Facts of height 0 stand in genesis and come first.
        later = [position for position in seen if not position.startswith("0-")]
        assert len(later) == len(set(later)), f"{member} repeated a fact"
        assert len(later) == len(published), f"{member} left a gap: {len(later)} of {len(published)}"
        order = [tuple(int(part) for part in position.split("-")) for position in later]
        assert order == sorted(order), f"{member} changed the order"


async def rows_of_all(processes: Processes) -> dict[str, dict[str, list[tuple[object, ...]]]]:
    """All rows of all read models, once they have caught up."""
    for member in MEMBERS:
        async with calling(processes, member, "maker") as (maker,):
            await caught_up(processes, maker)
    return {member: tables(processes.layout.member(member) / "readmodel.sqlite") for member in MEMBERS}


async def rebuilt_rows(processes: Processes) -> dict[str, dict[str, list[tuple[object, ...]]]]:
    """The same after every read model was thrown away and made again from the ledger."""
    for member in MEMBERS:
        for file in processes.layout.member(member).glob("readmodel.sqlite*"):
            file.unlink()
    await processes.start()
    return await rows_of_all(processes)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table of a SQLite file, rows in order."""
    with sqlite3.connect(path) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)  # noqa: S608 - names of our own tables
            for name in names
        }


@pytest.mark.faults
def test_what_expired_while_its_gateway_lay_dead_is_proven_expired_and_never_done(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path / "net", described(MEMBERS), start=False) as processes:
            settings = processes.layout.member("ce-a") / "gateway.toml"
            settings.write_text(settings.read_text() + "envelope_wait_ms = 1000\n")
            await processes.start("ledger", "ce-a")
            # It never stands in a block, so nothing has to back it.
            tag = signing_key_from_seed(ED25519, bytes(32)).public
            sealing = SealingKey.from_seed(bytes(32)).public
            receiver = {"tag": tag, "sealing": sealing, "sponsor": "bank-a"}
            unbacked = {"receiver": receiver, "payable": "0" * 64, "invoices": [{"fingerprint": "0" * 64}]}
            maker = Maker(processes, random.Random(SEED), [unbacked])
            engine = LedgerClient(processes.layout.socket, patience_s=PATIENCE_S)
            try:
                async with calling(processes, "ce-a", "system") as (system,):
                    end = await end_of_one_that_was_not_sent(processes, system, maker, engine)
                assert (end["state"], end["receipt"]) == ("expired", None)
                assert await engine.receipt(end["operation"]) is None
                status = await engine.status()
                block = await engine.block(end["height"])
                assert block.time_ms >= end["expires_ms"], "the block that proves it is not late enough"
                assert end["height"] <= status.height
            finally:
                await engine.close()
            await processes.stop()

    asyncio.run(story())


async def end_of_one_that_was_not_sent(
    processes: Processes, system: Caller, maker: Maker, engine: LedgerClient
) -> dict[str, Any]:
    """
    What became of an operation with which its gateway died before it sent it.

    It collects operations for a second; where the machine needs longer than that to kill it, the operation is sent after all, and another has its turn.
    """
    for _ in range(TRIES):
        now_ms = max(START_MS, (await engine.status()).time_ms)
        frame = maker.issue(now_ms=now_ms)
        answer = await system.ask("POST", "/v1/operations", json={"operation": frame})
        processes.kill("ce-a")
        assert answer.status_code == 202, answer.text
        await engine.advance(now_ms + 3_600_000)
        await processes.start("ce-a")
        # Only a committed block proves it, and one is made whenever time moves.
        await engine.advance(now_ms + 3_601_000)
        end = await system.end_of(answer.json()["operation"])
        if end["receipt"] is None:
            return end
    raise AssertionError("each one was sent before its gateway could be killed")


def test_rows_of_a_table_are_compared_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        database.execute("INSERT INTO t VALUES (2, 'x'), (1, 'y')")

    assert tables(path) == {"t": [(1, "y"), (2, "x")]}
    assert msgspec.json.decode(b"{}") == {}
