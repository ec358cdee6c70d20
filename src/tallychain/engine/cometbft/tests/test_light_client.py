"""The engine's own light client judges what we prove: rows of the state over a running chain, and the same with one thing changed."""

import asyncio
import subprocess
from collections.abc import Coroutine
from pathlib import Path

import pytest

from tallychain.engine.cometbft.binary import engine_binary
from tallychain.engine.cometbft.proofs import path_of
from tallychain.engine.cometbft.tests.onenode import STORY_S, OneNode, one_node, submitted
from tallychain.engine.tests.toy import COUNTERS
from tallychain.engine.trail import Trail
from tallychain.ledger.genesis import read_genesis
from tallychain.sdk.verify.headers import decode_header, header_hash

pytestmark = pytest.mark.slow
PROGRAM = "tally-light"


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, STORY_S))


def judged(node: OneNode, trusted: str, key: bytes, spoiled: str = "") -> "subprocess.CompletedProcess[str]":
    """What the engine's light client says of a row, from a trusted second header on."""
    genesis = read_genesis(node.text)
    command = [str(engine_binary(name=PROGRAM)), "check", genesis.chain, node.rpc, "2", trusted]
    command += [path_of(key, genesis.tree_depth), key.hex(), *([spoiled] if spoiled else [])]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_the_engines_light_client_accepts_our_proofs_and_refuses_changed_ones(tmp_path: Path) -> None:
    async def story() -> None:
        async with one_node(tmp_path) as node:
            client = node.client()
            await submitted(client, node, 7)
            answer, _ = await submitted(client, node, 5)
            async for block in client.follow(1):
                if block.height > answer.height:
                    break
            # The first header bears the time of the genesis document, which is too long ago for the engine's client to trust it.
            first = await client.block(2)
            trusted = header_hash(decode_header(first.header)).hex()
            key = COUNTERS.key("c")
            value = (await client.query(key)).value
            assert value is not None
            good = await asyncio.to_thread(judged, node, trusted, key)
            assert (good.stderr, good.returncode, good.stdout.strip()) == ("", 0, value.hex())
            for spoiled in ("value", "key", "proof", "operator", "bucket", "height"):
                lie = await asyncio.to_thread(judged, node, trusted, key, spoiled)
                assert (spoiled, lie.returncode, lie.stdout) == (spoiled, 1, "")
            other = await asyncio.to_thread(judged, node, "00" * 32, key)
            assert other.returncode == 1
            await client.close()

    in_loop(story())


def test_our_own_light_client_follows_the_real_engine(tmp_path: Path) -> None:
    async def story() -> None:
        async with one_node(tmp_path) as node:
            client = node.client()
            answer, operation = await submitted(client, node, 7)
            trail = Trail(node.text)
            seen = []
            async for block in trail.follow(client, 1):
                seen.append(block)
                if block.height >= answer.height:
                    break
            assert seen[-1].results[0] == answer.results
            assert (await trail.status(client)).height >= answer.height
            found = await client.receipt(operation)
            assert found is not None
            while not found.next_header:
                await asyncio.sleep(0.1)
                found = await client.receipt(operation)
                assert found is not None
            assert await trail.receipt(client, found)
            await client.close()

    in_loop(story())
