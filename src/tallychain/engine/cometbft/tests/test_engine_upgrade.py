"""The engine is exchanged for its next line: halt at a height, compare, exchange the program, go on."""

import asyncio
from pathlib import Path

import pytest

from tallychain.engine.cometbft.binary import NEXT_NAME
from tallychain.engine.cometbft.tests.onenode import STORY_S, one_node, submitted
from tallychain.engine.port import EngineUnavailable
from tallychain.sdk.verify.headers import decode_header, header_hash

pytestmark = pytest.mark.slow


def test_a_chain_goes_on_under_the_next_line_from_the_height_at_which_it_halted(tmp_path: Path) -> None:
    async def story() -> None:
        async with one_node(tmp_path) as node:
            client = node.client()
            answer, operation = await submitted(client, node)
            node.stop()

            # Every node is started again with the height that all agreed on, and makes no block after it.
            halt = answer.height + 4
            node.start_ledger("--halt-height", str(halt))
            node.start_engine()
            async for block in client.follow(answer.height):
                if block.height == halt:
                    break
            before = await client.status()
            await asyncio.sleep(3)
            after = await client.status()
            assert (after.height, after.app_hash) == (halt, before.app_hash)
            assert f"halts after block {halt}" in after.engine
            data, late = node.envelope()
            waiting = asyncio.create_task(client.submit(data))
            await asyncio.sleep(1)
            assert not waiting.done()
            # The engine waits for its ledger, so it ends when that does.
            assert node.stop_ledger() == 0
            await node.engine_ended()

            node.name = NEXT_NAME
            node.start()
            try:
                await waiting
            except EngineUnavailable:
                await client.submit(data)
            await submitted(client, node)
            # What was before is there and proven as before; the first block under the new line follows the last under the old.
            receipt = await client.receipt(operation)
            assert receipt is not None
            assert receipt.receipt == answer.results[0]
            found = await client.receipt(late)
            assert found is not None
            assert found.height > halt
            last, first = await client.block(halt), await client.block(halt + 1)
            assert decode_header(first.header).last_block.hash == header_hash(decode_header(last.header))
            assert (await client.check()).failures == []
            await client.close()

    asyncio.run(asyncio.wait_for(story(), STORY_S))
