"""A chain continued elsewhere from a snapshot."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tallychain.engine.embedded import takeover
from tallychain.engine.embedded.checks import check
from tallychain.engine.embedded.takeover import HeadersWrong, import_chain
from tallychain.engine.port import EngineRefused
from tallychain.engine.records import TakenOver, encode_taken_over, read_taken_over
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import addition, envelope, opened, running
from tallychain.engine.tests.test_chain import lived_in
from tallychain.ledger import codec
from tallychain.ledger.receipt import NotTaken
from tallychain.store.errors import ChunkPoisoned, StoreDamaged, StoreNotEmpty

DOCUMENT = toy.genesis_document()


def exported(directory: Path, folder: Path) -> int:
    """A chain of thirty blocks, and its snapshot with one more block above it."""
    with opened(directory, DOCUMENT) as chain:
        lived_in(chain)
        height = takeover.export_rows(chain, folder)
        chain.make_block(0, [])
        takeover.export_headers(chain, folder, height)
    return height


def test_an_imported_chain_continues_with_the_same_blocks(tmp_path: Path) -> None:
    assert exported(tmp_path / "one", tmp_path / "snapshot") == 30
    assert import_chain(tmp_path / "snapshot", tmp_path / "two", DOCUMENT) == 30
    later_ms = toy.START_MS + 3_600_000
    sample = toy.add("c1", 7, 77, now_ms=later_ms)
    repeat = toy.add("c1", 1, 290, now_ms=toy.START_MS + 29 * 20_000)
    with opened(tmp_path / "one") as chain, opened(tmp_path / "two", DOCUMENT) as taken:
        assert (taken.height, taken.unproven) == (30, True)
        with pytest.raises(EngineRefused, match="NO_HEADER_YET"):
            taken.query(b"k", prove=True)
        assert taken.make_block(0, []) == chain.block(31)
        for envelopes in (
            [toy.sealed_envelope(repeat, now_ms=later_ms)],
            [toy.sealed_envelope(sample, now_ms=later_ms)],
            [],
        ):
            assert taken.make_block(later_ms, envelopes) == chain.make_block(later_ms, envelopes)
        assert taken.app_hash == chain.app_hash
        assert check(taken).failures == []
    with opened(tmp_path / "two") as taken:
        assert taken.height == 34


def test_an_operation_repeated_on_an_imported_chain_finds_its_first_receipt(tmp_path: Path) -> None:
    first_ms = toy.START_MS + 1_000
    sample = toy.add("c", 1, 1, now_ms=first_ms)
    with opened(tmp_path / "one", DOCUMENT) as chain:
        done = chain.make_block(first_ms, [toy.sealed_envelope(sample, now_ms=first_ms)])
        height = takeover.export_rows(chain, tmp_path / "snapshot")
        chain.make_block(0, [])
        takeover.export_headers(chain, tmp_path / "snapshot", height)
    import_chain(tmp_path / "snapshot", tmp_path / "two", DOCUMENT)
    with opened(tmp_path / "two") as taken:
        again = taken.make_block(first_ms + 1, [toy.sealed_envelope(sample, now_ms=first_ms)])
        answer = codec.decode(NotTaken, again.results[0][0])
        assert (answer.code, answer.first) == ("REPEAT", sample.id)
        found = taken.receipt(sample.id)
        assert found is not None
        assert (found.height, found.receipt) == (done.height, done.results[0][0])
        assert (found.envelope, found.header, found.next_header) == (b"", b"", b"")
        assert taken.receipt("00" * 32) is None
        new = toy.add("c", 1, 2, now_ms=first_ms)
        taken.make_block(first_ms + 2, [toy.sealed_envelope(new, now_ms=first_ms)])
        later = taken.receipt(new.id)
        assert later is not None
        assert later.envelope


def test_an_imported_chain_may_be_opened_again_before_its_first_block(tmp_path: Path) -> None:
    exported(tmp_path / "one", tmp_path / "snapshot")
    import_chain(tmp_path / "snapshot", tmp_path / "two", DOCUMENT)
    for _ in range(2):
        with opened(tmp_path / "two") as taken:
            assert taken.height == 30
    (tmp_path / "two" / "taken-over").unlink()
    with pytest.raises(StoreDamaged), opened(tmp_path / "two"):
        pass


@pytest.mark.attack(6)
def test_a_changed_chunk_is_refused_and_leaves_nothing_to_open(tmp_path: Path) -> None:
    exported(tmp_path / "one", tmp_path / "snapshot")
    chunk = tmp_path / "snapshot" / "00000.chunk"
    chunk.write_bytes(chunk.read_bytes()[:-1])
    with pytest.raises(ChunkPoisoned):
        import_chain(tmp_path / "snapshot", tmp_path / "two", DOCUMENT)
    assert not (tmp_path / "two" / "store").exists()


def test_headers_must_be_two_of_this_chain_signed_and_in_order(tmp_path: Path) -> None:
    exported(tmp_path / "one", tmp_path / "snapshot")
    file = tmp_path / "snapshot" / "headers"
    good = read_taken_over(file)
    assert good is not None
    unsigned = type(good.last)(good.last.header, good.following.signature)
    for bad, words in (
        (encode_taken_over(TakenOver(unsigned, good.following)), "signature"),
        (encode_taken_over(TakenOver(good.last, good.last)), "follow"),
        (encode_taken_over(TakenOver(good.following, good.last)), "follow"),
        (b"nonsense", "missing"),
    ):
        file.write_bytes(bad)
        with pytest.raises(HeadersWrong, match=words):
            import_chain(tmp_path / "snapshot", tmp_path / "two", DOCUMENT)
    file.write_bytes(encode_taken_over(good))
    with pytest.raises(HeadersWrong, match="chain"):
        import_chain(tmp_path / "snapshot", tmp_path / "two", toy.genesis_document(chain="other-chain"))


def test_a_chain_is_not_taken_over_into_one_that_lives(tmp_path: Path) -> None:
    exported(tmp_path / "one", tmp_path / "snapshot")
    with pytest.raises(StoreNotEmpty):
        import_chain(tmp_path / "snapshot", tmp_path / "one", DOCUMENT)


def test_a_snapshot_needs_the_block_above_it(tmp_path: Path) -> None:
    with opened(tmp_path / "one", DOCUMENT) as chain:
        lived_in(chain)
        height = takeover.export_rows(chain, tmp_path / "snapshot")
        with pytest.raises(HeadersWrong, match="needed"):
            takeover.export_headers(chain, tmp_path / "snapshot", height)


def test_a_running_chain_is_exported_on_demand(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path / "one") as here:
            await here.client.submit(envelope(addition("c", 1)))
            height = await here.client.snapshot("evening")
            with pytest.raises(EngineRefused, match="SNAPSHOT_EXISTS"):
                await here.client.snapshot("evening")
            with pytest.raises(EngineRefused, match="ARGUMENTS_MALFORMED"):
                await here.client.snapshot("../evening")
            assert (
                import_chain(tmp_path / "one" / "snapshots" / "evening", tmp_path / "two", DOCUMENT) == height
            )
            with opened(tmp_path / "two") as taken:
                stored = here.chain.block(height + 1)
                assert taken.make_block(stored.time_ms, stored.envelopes) == stored

    (tmp_path / "one").mkdir()
    asyncio.run(story())
    shutil.rmtree(tmp_path / "two")
