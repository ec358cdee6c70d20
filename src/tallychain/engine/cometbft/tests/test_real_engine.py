"""One validator on the real engine, end to end."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec
import pytest

from tallychain.engine.client import LedgerClient
from tallychain.engine.cometbft.binary import NAME, NEXT_NAME
from tallychain.engine.cometbft.grammar import faults_of
from tallychain.engine.cometbft.tests.onenode import STORY_S, OneNode, one_node, submitted
from tallychain.engine.cometbft.tests.toy_ledger import sessions
from tallychain.engine.port import CommittedBlock, EngineRefused, EngineUnavailable
from tallychain.ledger import machine
from tallychain.ledger.engineparameters import engine_policy
from tallychain.sdk.verify.headers import decode_commit, decode_header, header_hash

pytestmark = pytest.mark.slow
LINES = pytest.mark.parametrize("line", [NAME, NEXT_NAME])
"""The engine that is shipped, and its next line."""


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, STORY_S))


async def total(node: OneNode, counter: str = "c") -> int:
    from tallychain.engine.tests.toy import COUNTERS, Counter
    from tallychain.ledger import codec

    client = node.client()
    try:
        answer = await client.query(COUNTERS.key(counter))
        return 0 if answer.value is None else codec.trusted(Counter, answer.value).total
    finally:
        await client.close()


@LINES
def test_an_envelope_is_ordered_executed_followed_and_proven(tmp_path: Path, line: str) -> None:
    async def story() -> None:
        async with one_node(tmp_path, name=line) as node:
            client = node.client()
            answer, operation = await submitted(client, node, 7)
            assert await total(node) == 7
            receipt = await client.receipt(operation)
            assert receipt is not None
            assert (receipt.height, receipt.receipt) == (answer.height, answer.results[0])
            seen = []
            async for block in client.follow(1):
                header, commit = decode_header(block.header), decode_commit(block.header_signature)
                assert header.height == block.height == commit.height
                assert commit.block.hash == header_hash(header)
                seen.append(block)
                if block.height == answer.height + 1:
                    break
            assert [block.height for block in seen] == list(range(1, answer.height + 2))
            held = seen[answer.height - 1]
            assert held.codes == [machine.EXECUTED]
            after = decode_header(seen[-1].header)
            assert after.last_results_hash == machine.block_results_root(held.results, held.codes)
            words = (await client.status()).engine
            while "does not answer" in words:
                await asyncio.sleep(0.2)
                words = (await client.status()).engine
            assert words.startswith("CometBFT 0.")
            assert words.endswith("1 validator, tolerates 0 faulty")
            assert (await client.check()).failures == []
            figures = await asyncio.to_thread(_got, f"http://127.0.0.1:{node.metrics_port}/metrics")
            assert "tally_ledger_engine_connections 4.0" in figures
            await client.close()
            assert node.stop() == 0

    in_loop(story())


@LINES
def test_the_same_bytes_again_are_answered_by_the_block_that_holds_them(tmp_path: Path, line: str) -> None:
    async def story() -> None:
        async with one_node(tmp_path, name=line) as node:
            client = node.client()
            data, _ = node.envelope()
            first, second = await asyncio.gather(client.submit(data), client.submit(data))
            assert first == second == await client.submit(data)
            node.kill_ledger()
            await node.engine_ended()
            node.start()
            assert await client.submit(data) == first
            assert await total(node) == 1
            await client.close()

    in_loop(story())


def _got(address: str) -> str:
    return httpx.get(address, timeout=120, trust_env=False).text


@LINES
@pytest.mark.parametrize("killed", ["ledger", "engine", "both"])
def test_whichever_process_is_killed_what_was_answered_stays_and_the_chain_goes_on(
    tmp_path: Path, killed: str, line: str
) -> None:
    async def story() -> None:
        async with one_node(tmp_path, name=line) as node:
            client = node.client()
            for _ in range(3):
                await submitted(client, node)
            for _ in range(2):
                # One that nobody has answered yet when the process dies.
                data, _ = node.envelope()
                waiting = asyncio.create_task(client.submit(data))
                await asyncio.sleep(0)
                if killed in {"ledger", "both"}:
                    node.kill_ledger()
                if killed in {"engine", "both"}:
                    node.kill_engine()
                else:
                    await node.engine_ended()
                if node.ledger is None:
                    node.start_ledger()
                node.start_engine()
                try:
                    await waiting
                except EngineUnavailable:
                    # Open whether it happened: the same bytes again decide it.
                    await client.submit(data)
                await submitted(client, node)
            assert await total(node) == 7
            heights = [block.height async for block in _up_to(node, (await client.status()).height - 1)]
            assert heights == list(range(1, len(heights) + 1))
            assert (await client.check()).failures == []
            await client.close()

    in_loop(story())


@LINES
@pytest.mark.parametrize("half", [range(5), range(5, 10)], ids=["0-4", "5-9"])
def test_the_engine_may_end_at_every_step_between_agreeing_and_durability(
    tmp_path: Path, half: range, line: str
) -> None:
    async def story() -> None:
        async with one_node(tmp_path, name=line, started=False) as node:
            node.start_ledger()
            client = node.client()
            for point in half:
                node.start_engine(fail_at=point)
                data, _ = node.envelope()
                waiting = asyncio.create_task(client.submit(data))
                # The engine ends by itself at that step, in a block of now or in one that it plays again.
                await node.engine_ended()
                node.start_engine()
                try:
                    answer = await waiting
                except EngineUnavailable:
                    answer = await client.submit(data)
                assert answer.code == machine.EXECUTED
                node.kill_engine()
            node.start_engine()
            await submitted(client, node)
            assert await total(node) == len(half) + 1
            assert (await client.check()).failures == []
            await client.close()
        assert node.log_of("engine").count("fail-test") == len(half)
        assert faults_of(sessions(node.calls)) == []
        assert sum(len(session) for session in sessions(node.calls)) > 10 * len(half)

    in_loop(story())


def test_reads_of_everybody_do_not_hold_up_blocks(tmp_path: Path) -> None:
    async def story() -> None:
        async with one_node(tmp_path) as node:
            client = node.client()
            await submitted(client, node)
            quiet = await _seconds_of(10, client, node)
            readers = [asyncio.create_task(_reads_without_end(node)) for _ in range(8)]
            await asyncio.sleep(0.5)
            loud = await _seconds_of(10, client, node)
            assert not any(reader.done() for reader in readers)
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
            # A read takes its share of the processor and nothing more: no block waits for the end of one.
            assert loud < 20 * quiet + 60, f"{loud:.1f} s beside readers, {quiet:.1f} s without"
            await client.close()

    in_loop(story())


async def _seconds_of(blocks: int, client: LedgerClient, node: OneNode) -> float:
    begun_s = time.monotonic()
    for _ in range(blocks):
        await submitted(client, node)
    return time.monotonic() - begun_s


async def _reads_without_end(node: OneNode) -> None:
    from tallychain.engine.tests.toy import COUNTERS

    client = node.client()
    try:
        while True:
            await client.query(COUNTERS.key("c"), prove=True)
            with suppress(EngineRefused):
                await client.check()
    finally:
        await client.close()


async def _up_to(node: OneNode, height: int) -> AsyncIterator[CommittedBlock]:
    client = node.client()
    async for block in client.follow(1):
        yield block
        if block.height >= height:
            break
    await client.close()


@LINES
def test_parameters_that_the_alliance_decided_reach_the_engine(tmp_path: Path, line: str) -> None:
    async def story() -> None:
        first = engine_policy("2026-01-01")
        values = {**first.values, "block_bytes_max": 6 * 1024 * 1024, "evidence_hours": 400}
        decided = msgspec.structs.replace(first, version=2, values=values)
        async with one_node(tmp_path, name=line, policies=(first, decided)) as node:
            client = node.client()
            answer, _ = await submitted(client, node, 1)
            _, _ = await submitted(client, node, 2)
            async with httpx.AsyncClient(trust_env=False) as http:
                begun, now = [
                    (await http.get(f"{node.rpc}/consensus_params", params={"height": height})).json()[
                        "result"
                    ]
                    for height in (1, answer.height + 1)
                ]
            assert begun["consensus_params"]["block"]["max_bytes"] == "4194304"
            assert now["consensus_params"]["block"] == {"max_bytes": "6291456", "max_gas": "-1"}
            age = str(400 * 3_600 * 1_000_000_000)
            assert now["consensus_params"]["evidence"]["max_age_duration"] == age
            assert now["consensus_params"]["validator"] == {"pub_key_types": ["ed25519"]}
            await client.close()

    in_loop(story())
