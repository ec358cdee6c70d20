"""Copies of the store laid beside a chain that goes on, and the check that finds what was changed in one."""

import asyncio
from pathlib import Path

import pytest

from tallychain.engine import records
from tallychain.engine.embedded.checks import check_store
from tallychain.engine.port import EngineRefused
from tallychain.engine.records import SignedHeader
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import addition, envelope, running
from tallychain.ledger import codec
from tallychain.store import layout
from tallychain.store.store import Store


def backed_up(folder: Path, operations: int = 3) -> Path:
    """A copy of a chain with some blocks; the chain has gone on since."""

    async def story() -> None:
        async with running(folder) as here:
            for nonce in range(operations):
                await here.client.submit(envelope(addition("c", nonce)))
            answer = await here.client.backup("evening")
            after = await here.client.submit(envelope(addition("c", 100)))
            assert answer.height < after.height
            with pytest.raises(EngineRefused, match="BACKUP_EXISTS"):
                await here.client.backup("evening")

    asyncio.run(asyncio.wait_for(story(), 60))
    return folder / "backups" / "evening"


def found_in(copy: Path) -> list[str]:
    with Store.open(copy) as store:
        return check_store(store, toy.CATALOGUE, toy.genesis_document()).failures


def test_a_copy_of_a_running_chain_holds_in_every_respect(tmp_path: Path) -> None:
    assert found_in(backed_up(tmp_path)) == []


def test_a_copy_has_the_blocks_of_another_chain_where_the_genesis_document_differs(tmp_path: Path) -> None:
    with Store.open(backed_up(tmp_path)) as store:
        found = check_store(store, toy.CATALOGUE, toy.genesis_document(chain="other-chain")).failures

    assert "The rows belong to another genesis document." in found
    assert "Block 1 does not follow the block before it." in found


def test_a_block_with_a_false_signature_or_other_envelopes_or_none_is_found(tmp_path: Path) -> None:
    copy = backed_up(tmp_path)
    with Store.open(copy) as store:
        signed = records.stored_header(store, 2)
        assert signed is not None
        forged = codec.encode_frame(SignedHeader(signed.header, bytes(64)))
        store._database.put(layout.height_key(layout.HEADER, 2), forged)
        store._database.put(layout.height_key(layout.BLOCK, 1), codec.encode_frame([b"another envelope"]))
        store._database.delete(layout.height_key(layout.RESULT, 3))

    found = found_in(copy)

    assert "The signature of block 2 is not the sequencer's." in found
    assert "The envelopes of block 1 are not those that its header commits to." in found
    assert "Block 3 is missing." in found


def test_a_copy_for_which_there_is_no_room_is_refused_and_the_ledger_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            (tmp_path / "backups").write_bytes(b"in the way")
            with pytest.raises(EngineRefused, match="BACKUP_FAILED"):
                await here.client.backup("evening")
            assert (await here.client.submit(envelope(addition("c", 1)))).height > 0

    asyncio.run(asyncio.wait_for(story(), 60))
