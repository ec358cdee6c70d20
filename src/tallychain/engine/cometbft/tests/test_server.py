"""The application's socket, asked as the engine asks."""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallychain.engine.cometbft.calls import ValidatorPower
from tallychain.engine.cometbft.framing import framed, length
from tallychain.engine.cometbft.server import CONNECTIONS, AbciServer
from tallychain.engine.cometbft.stubs import abci_pb2 as abci
from tallychain.engine.cometbft.tests.fakes import (
    CountingApplication,
    EngineSide,
    check,
    commit,
    finalize,
    flush,
    query,
    served,
)
from tallychain.engine.listening import SocketPathTooLong
from tallychain.engine.logs import logger


def in_loop(work: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(6_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def info() -> abci.Request:
    return abci.Request(info=abci.RequestInfo(version="0.38.25"))


def kinds(answers: list[abci.Response]) -> list[str | None]:
    return [answer.WhichOneof("value") for answer in answers]


def test_a_block_goes_through_every_call_of_the_engine(tmp_path: Path) -> None:
    async def story() -> None:
        key = "ed25519:" + "ab" * 32
        application = CountingApplication(updates=(ValidatorPower(key, 5),))
        async with served(tmp_path, application) as here:
            engine = await here.connect()
            assert (await engine.ask(info())).info.last_block_height == 0
            begin = abci.RequestInitChain(chain_id="c", initial_height=1, app_state_bytes=b'{"genesis":"d"}')
            begin.time.FromMilliseconds(1_795_000_000_123)
            begin.validators.add(power=3).pub_key.ed25519 = b"\x01" * 32
            await engine.ask(abci.Request(init_chain=begin))
            assert application.begun.validators == (ValidatorPower("ed25519:" + "01" * 32, 3),)
            assert application.begun.time_ms == 1_795_000_000_123
            assert application.begun.app_state == b'{"genesis":"d"}'
            assert (await engine.ask(check(b"good 1"))).check_tx.code == 0
            assert (await engine.ask(check(b"bad"))).check_tx.log == "not good"
            prepared = abci.RequestPrepareProposal(txs=[b"good 1", b"bad"], max_tx_bytes=100, height=1)
            answer = await engine.ask(abci.Request(prepare_proposal=prepared))
            assert list(answer.prepare_proposal.txs) == [b"good 1"]
            processed = abci.RequestProcessProposal(txs=[b"good 1"], height=1, hash=b"h")
            status = (await engine.ask(abci.Request(process_proposal=processed))).process_proposal.status
            assert status == abci.ResponseProcessProposal.ACCEPT
            processed.txs.append(b"bad")
            status = (await engine.ask(abci.Request(process_proposal=processed))).process_proposal.status
            assert status == abci.ResponseProcessProposal.REJECT
            done = (await engine.ask(finalize(1, b"good 1"))).finalize_block
            assert [(one.code, one.data) for one in done.tx_results] == [(0, b"good")]
            assert done.app_hash == application.app_hash(1)
            assert done.validator_updates[0].pub_key.ed25519.hex() == "ab" * 32
            assert (await engine.ask(commit())).commit.retain_height == 0
            assert (await engine.ask(info())).info.last_block_app_hash == application.app_hash(1)

    in_loop(story())


def test_who_missed_the_block_before_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            engine = await here.connect()
            asked = finalize(1)
            for flag in (1, 2, 3):
                vote = asked.finalize_block.decided_last_commit.votes.add()
                vote.validator.address, vote.validator.power, vote.block_id_flag = b"a", flag, flag  # type: ignore[assignment]  # the engine's number of the flag
            await engine.ask(asked)
            assert here.application.pending is not None
            assert [vote.signed for vote in here.application.pending.votes] == [False, True, False]

    in_loop(story())


def test_snapshot_calls_and_queries_are_translated(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            engine = await here.connect()
            listed = await engine.ask(abci.Request(list_snapshots=abci.RequestListSnapshots()))
            assert listed.list_snapshots.snapshots[0].chunks == 2
            asked = abci.RequestLoadSnapshotChunk(height=5, format=1, chunk=1)
            chunk = await engine.ask(abci.Request(load_snapshot_chunk=asked))
            assert chunk.load_snapshot_chunk.chunk == b"5/1/1"
            offer = abci.RequestOfferSnapshot(snapshot=abci.Snapshot(height=5, format=9), app_hash=b"r")
            offered = await engine.ask(abci.Request(offer_snapshot=offer))
            assert offered.offer_snapshot.result == abci.ResponseOfferSnapshot.REJECT_FORMAT
            apply = abci.RequestApplySnapshotChunk(index=3, chunk=b"c", sender="s")
            verdict = (await engine.ask(abci.Request(apply_snapshot_chunk=apply))).apply_snapshot_chunk
            assert verdict.result == abci.ResponseApplySnapshotChunk.RETRY
            assert (list(verdict.refetch_chunks), list(verdict.reject_senders)) == ([3], ["s"])
            found = (await engine.ask(query("/store/7/key", data=b"k", prove=True))).query
            assert (found.key, found.value, found.height) == (b"k", b"/store/7/key", 4)
            assert found.proof_ops.ops[0].type == "simple:v"
            echoed = await engine.ask(abci.Request(echo=abci.RequestEcho(message="hello")))
            assert echoed.echo.message == "hello"

    in_loop(story())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["check", "info", "query", "flush"]), max_size=30), st.integers(0, 2**32))
def test_answers_come_in_the_order_of_the_questions_however_they_arrive(
    tmp_path: Path, asked: list[str], seed: int
) -> None:
    requests = {"check": check(b"good"), "info": info(), "query": query(), "flush": flush()}
    names = {"check": "check_tx"}
    cut = random.Random(seed)

    async def story() -> None:
        async with served(tmp_path) as here:
            engine = await here.connect()
            stream = b"".join(framed(requests[one].SerializeToString()) for one in asked)
            while stream:
                size = cut.randint(1, len(stream))
                engine.writer.write(stream[:size])
                await engine.writer.drain()
                stream = stream[size:]
                await asyncio.sleep(0)
            answers = [await engine.receive() for _ in asked]
            assert kinds(answers) == [names.get(one, one) for one in asked]

    in_loop(story())


def test_four_connections_are_served_side_by_side(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            connections = [await here.connect() for _ in range(4)]
            mixed = [info(), query(), check(b"good"), finalize(1)]
            for _ in range(50):
                answers = await asyncio.gather(
                    *(side.ask(one) for side, one in zip(connections, mixed, strict=True))
                )
                assert kinds(answers) == ["info", "query", "check_tx", "finalize_block"]
            assert here.server.connections == 4

    in_loop(story())


def test_a_block_does_not_wait_for_a_read_that_takes_long(tmp_path: Path) -> None:
    async def story() -> None:
        go_on, begun = threading.Event(), threading.Event()

        def slow() -> None:
            begun.set()
            assert go_on.wait(30)

        async with served(tmp_path, CountingApplication(before_reading=slow)) as here:
            reader, engine = await here.connect(), await here.connect()
            reader.send(query(), flush())
            assert await asyncio.to_thread(begun.wait, 10)
            # The read is in progress all the while.
            for height in range(1, 20):
                await engine.ask(finalize(height, b"good"))
                await engine.ask(commit())
            assert here.application.height == 19
            go_on.set()
            assert kinds([await reader.receive(), await reader.receive()]) == ["query", "flush"]

    in_loop(story())


def test_a_defect_ends_everything_with_an_exception_that_holds_no_detail(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path, CountingApplication(broken=frozenset({"finalize"}))) as here:
            engine, other = await here.connect(), await here.connect()
            await other.ask(info())
            answer = await engine.ask(finalize(1, b"good secret"))
            assert "unforeseen" in answer.exception.error
            assert "secret" not in answer.exception.error
            assert await engine.ended()
            assert [type(error).__name__ for error in here.failures] == ["Broken"]
            # Nothing more is answered, also to the other connections.
            other.send(info())
            assert await other.ended()

    in_loop(story())


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (query("/p2p/filter/id/x"), "query"),
        (abci.Request(list_snapshots=abci.RequestListSnapshots()), "list_snapshots"),
        (abci.Request(load_snapshot_chunk=abci.RequestLoadSnapshotChunk()), "load_snapshot_chunk"),
    ],
)
def test_a_read_that_fails_is_answered_with_nothing_and_blocks_go_on(
    tmp_path: Path, request_: abci.Request, expected: str
) -> None:
    async def story() -> None:
        broken = frozenset({"query", "list_snapshots", "load_chunk"})
        async with served(tmp_path, CountingApplication(broken=broken)) as here:
            engine = await here.connect()
            answer = await engine.ask(request_)
            assert answer.WhichOneof("value") == expected
            assert answer.query.code or expected != "query"
            await engine.ask(finalize(1))
            assert here.failures == []

    in_loop(story())


def test_a_call_that_does_not_exist_is_an_exception(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            for unknown in (abci.Request(), abci.Request(extend_vote=abci.RequestExtendVote())):
                engine = await here.connect()
                assert "is not known" in (await engine.ask(unknown)).exception.error
                assert await engine.ended()
            assert here.failures == []

    in_loop(story())


def test_only_one_engine_at_a_time_makes_blocks(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            first, second = await here.connect(), await here.connect()
            await first.ask(finalize(1))
            # Reading is for everybody; making blocks is for the one that began.
            assert (await second.ask(info())).info.version == "1"
            assert "another engine" in (await second.ask(finalize(1))).exception.error
            await first.ask(commit())
            first.writer.close()
            await until(lambda: here.server.engine is None)
            third = await here.connect()
            await third.ask(finalize(2))
            assert here.application.seen.count("finalize") == 2

    in_loop(story())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(min_size=1, max_size=200), st.just(length(1 << 30)), st.just(framed(b"\xff" * 9))))
def test_no_bytes_from_a_stranger_touch_the_application_or_the_others(tmp_path: Path, noise: bytes) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            engine, stranger = await here.connect(), await here.connect()
            stranger.writer.write(noise)
            stranger.writer.write_eof()
            try:
                while True:
                    await stranger.receive()
            except (EOFError, ConnectionError):
                pass
            assert (await engine.ask(finalize(1))).finalize_block.app_hash
            assert here.failures == []

    in_loop(story())


def test_when_the_process_stops_its_engine_loses_every_connection(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            connections = [await here.connect() for _ in range(4)]
            for side in connections:
                await side.ask(info())
            await here.server.stop()
            assert [await side.ended() for side in connections] == [True] * 4
            assert not here.path.exists()

    in_loop(story())


def test_connections_are_bounded(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            kept = [await here.connect() for _ in range(CONNECTIONS)]
            for side in kept:
                await side.ask(flush())
            late = await here.connect_only()
            assert await late.ended()
            await kept[0].ask(info())

    in_loop(story())


def test_only_the_owner_may_connect_and_a_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as here:
            assert here.path.stat().st_mode & 0o777 == 0o600
            assert isinstance(await here.connect(), EngineSide)
        with pytest.raises(SocketPathTooLong):
            await AbciServer.start(CountingApplication(), tmp_path / ("x" * 110), logger(), lambda _: None)

    in_loop(story())
