"""What a gateway over several nodes believes of what they say: status, receipts, due work, and a chain that forks."""

import pytest
from msgspec.structs import replace

from tallychain.engine.nodes import AWAY, LAGGING, LYING, ChainForked, Patience, Proven
from tallychain.engine.port import EngineRefused, EngineUnavailable
from tallychain.engine.several import SeveralNodes
from tallychain.engine.tests.alliance import FOUR, FakeNode, SharedChain, envelope_of
from tallychain.engine.tests.overseveral import Here, ended, follow, followed, forged, here, run
from tallychain.engine.trail import Trail
from tallychain.sdk.tests.quorum import vote
from tallychain.sdk.verify.headers import decode_header, encode_commit, encode_header


def test_where_the_chain_stands_is_believed_of_the_furthest_node_that_can_show_it() -> None:
    async def act() -> None:
        made = Here()
        for _ in range(30):
            made.chain.make_block()
        made.nodes[0].stands_at, made.nodes[1].is_dead = 5, True
        assert (await made.port.status()).height == 30
        assert made.faults() == [LAGGING, AWAY, ""]
        made.nodes[2].tells = lambda block: replace(block, time_ms=block.time_ms + 5)
        assert (await made.port.status()).height == 5
        assert made.faults()[2] == LYING
        made.nodes[0].is_dead = True
        with pytest.raises(EngineUnavailable):
            await made.port.status()

    run(act())


def test_due_work_that_another_node_does_not_tell_of_is_not_taken() -> None:
    async def act() -> None:
        made = Here()
        made.chain.due = [b'{"event":"box.ended"}']
        for _ in range(3):
            made.chain.make_block()
        made.nodes[0].tells = lambda block: replace(block, due_events=[b'{"event":"box.stolen"}'])
        assert await follow(made.port, 1, 2) == made.chain.blocks[:2]
        assert made.port.uncompared == 0
        assert made.port.followed == "node-1"

    run(act())


def test_due_work_with_nobody_to_compare_is_taken_and_counted() -> None:
    async def act() -> None:
        made = Here()
        made.chain.due = [b'{"event":"box.ended"}']
        for _ in range(3):
            made.chain.make_block()
        made.nodes[1].is_dead = made.nodes[2].is_dead = True
        assert await follow(made.port, 1, 2) == made.chain.blocks[:2]
        assert made.port.uncompared == 1

    run(act())


def test_a_receipt_is_proven_whoever_has_it_and_one_node_alone_cannot_deny_it() -> None:
    async def act() -> None:
        async with here() as made:
            answer = await made.port.submit(envelope_of("x"))
            operation = envelope_of("x").decode()
            made.nodes[0].forgets = True
            found = await made.port.receipt(operation)
            assert found is not None
            assert found.receipt == answer.results[0]
            made.nodes[2].is_dead = made.nodes[1].is_dead = True
            assert await made.port.receipt(operation) is None
            made.nodes[0].is_dead = True
            with pytest.raises(EngineUnavailable):
                await made.port.receipt(operation)

    run(act())


def test_a_receipt_without_proof_is_believed_of_two_nodes_or_of_the_only_one() -> None:
    async def act() -> None:
        made = Here(2)
        made.chain.make_block()
        made.chain.take(envelope_of("x"))
        made.chain.make_block()
        operation = envelope_of("x").decode()
        found = await made.port.receipt(operation)
        assert found is not None
        assert found.next_header == b""
        made.nodes[0].forgets = True
        with pytest.raises(EngineUnavailable):
            await made.port.receipt(operation)
        made.nodes[0].is_dead = True
        assert await made.port.receipt(operation) is not None

    run(act())


def test_a_receipt_of_another_operation_is_a_lie() -> None:
    async def act() -> None:
        async with here(1) as made:
            await made.port.submit(envelope_of("x"))
            made.chain.first[envelope_of("y").decode()] = made.chain.first[envelope_of("x").decode()]
            made.nodes[0].receipt = lambda _: FakeNode.receipt(made.nodes[0], envelope_of("x").decode())
            with pytest.raises(EngineUnavailable):
                await made.port.receipt(envelope_of("y").decode())
            assert made.faults() == [LYING]

    run(act())


def test_reads_go_to_the_nearest_node_that_answers() -> None:
    async def act() -> None:
        made = Here()
        for _ in range(3):
            made.chain.make_block()
        made.nodes[0].is_dead = True
        assert (await made.port.query(b"7")).value == b"row 7"
        assert (await made.port.scan(b"k")).rows == [(b"k", b"")]
        assert await made.port.validators(1) == await made.nodes[1].validators(1)
        assert await made.port.advance(7) == 7
        assert await made.port.block(2) == made.chain.blocks[1]
        assert await made.port.block(3) == made.chain.blocks[2]
        with pytest.raises(EngineRefused):
            await made.port.block(9)
        made.nodes[1].tells = forged
        assert await made.port.block(2) == made.chain.blocks[1]
        assert made.faults() == [AWAY, LYING, ""]
        await made.port.close()

    run(act())


@pytest.mark.parametrize("prove", [False, True])
def test_a_row_is_believed_under_a_signed_root_only(prove: bool) -> None:
    async def act() -> None:
        async with here() as made, followed(made.port):
            known, unknown = (
                await made.port.query(b"7", prove=prove),
                await made.port.query(b"x", prove=prove),
            )
            assert (known.value, unknown.value) == (b"row 7", None)
            assert (known.proof is not None) is prove
            for place, lie in enumerate([{"value": b"other"}, {"value": None}]):
                made.nodes[place].answers = lambda answer, lie=lie: replace(answer, **lie)
            assert (await made.port.query(b"7")).value == b"row 7"
            assert made.faults() == [LYING, LYING, ""]
            made.nodes[2].answers = lambda answer: replace(answer, proof=None)
            with pytest.raises(EngineUnavailable):
                await made.port.query(b"7")

    run(act())


def test_a_row_is_never_older_than_the_blocks_that_were_seen() -> None:
    async def act() -> None:
        async with here() as made:
            await follow(made.port, 1, 6)
            made.nodes[0].stands_at = 4
            assert (await made.port.query(b"7")).height >= 6
            made.nodes[1].is_dead = made.nodes[2].is_dead = True
            made.port._patience = Patience(answer_s=0.1, whole_s=0.3, again_s=0.02)
            with pytest.raises(EngineUnavailable):
                await made.port.query(b"7")

    run(act())


def test_a_node_that_was_away_is_asked_again_while_others_are_followed() -> None:
    async def act() -> None:
        async with here(2, Patience(answer_s=0.2, block_s=0.3, again_s=0.02, look_s=0.1)) as made:
            made.nodes[0].is_dead = True
            stream = made.port.follow(1)
            while made.faults() != [AWAY, ""]:
                await anext(stream)
            made.nodes[0].is_dead = False
            while made.faults() != ["", ""]:
                await anext(stream)
            assert made.port.followed == "node-1"
            await ended(stream)
            await made.port.close()

    run(act())


def test_two_signed_blocks_of_one_height_stop_everything_with_an_alarm() -> None:
    async def act() -> None:
        made = Here(2)
        for _ in range(4):
            made.chain.make_block()
        assert len(await follow(made.port, 1, 3)) == 3
        made.nodes[0].is_dead = True
        fork = SharedChain()
        for _ in range(4):
            fork.make_block()
        header = decode_header(fork.blocks[1].header)._replace(app_hash=b"\1" * 32)
        fork.blocks[1] = replace(
            fork.blocks[1], header=encode_header(header), header_signature=encode_commit(vote(header, FOUR))
        )
        link = decode_header(fork.blocks[2].header)
        link = link._replace(last_block=vote(header, FOUR).block)
        fork.blocks[2] = replace(
            fork.blocks[2], header=encode_header(link), header_signature=encode_commit(vote(link, FOUR))
        )
        fork.blocks[3:] = []
        made.nodes[1].chain = fork
        with pytest.raises(ChainForked) as caught:
            await follow(made.port, 2, 1)
        assert caught.value.height == 2
        assert made.port.alarms == 1

    run(act())


def test_only_the_last_blocks_are_remembered() -> None:
    chain, proven = SharedChain(), Proven()
    for number in range(600):
        chain.take(envelope_of(f"{number}"))
        proven.add(chain.make_block())
    assert 88 not in proven
    assert 89 in proven
    assert 600 in proven


def test_a_port_over_no_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one node"):
        SeveralNodes([], Trail(SharedChain().genesis))
