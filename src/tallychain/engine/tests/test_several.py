"""A gateway over several nodes: nothing is lost or doubled, and nothing is believed that was not signed, whichever of them fails or lies."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallychain.engine.nodes import AWAY, LAGGING, LYING, Patience
from tallychain.engine.port import CommittedBlock, EngineRefused, EngineUnavailable, SubmitAnswer
from tallychain.engine.several import SeveralNodes
from tallychain.engine.tests.alliance import FakeNode, envelope_of
from tallychain.engine.tests.overseveral import SHORT, Here, ended, follow, followed, forged, here, run
from tallychain.ledger import codec
from tallychain.ledger.receipt import Receipt


def outcome(answer: SubmitAnswer) -> str:
    return codec.decode(Receipt, answer.results[0]).outcome


def test_an_envelope_is_executed_and_answered_as_it_was_signed() -> None:
    async def act() -> None:
        async with here() as made, followed(made.port):
            answer = await made.port.submit(envelope_of("x"))
            assert outcome(answer) == "done"
            assert made.chain.blocks[answer.height - 1].envelopes == [envelope_of("x")]
            assert [node.asked for node in made.nodes] == [1, 0, 0]

    run(act())


def test_without_anybody_who_follows_the_block_is_fetched_to_confirm_the_answer() -> None:
    async def act() -> None:
        async with here() as made:
            assert outcome(await made.port.submit(envelope_of("x"))) == "done"

    run(act())


@pytest.mark.parametrize(
    "first", ["BUSY", "dies before", "dies after taking", "loses", "dies after the block", "silent"]
)
def test_the_next_node_is_asked_when_the_nearest_is_busy_silent_or_gone(first: str) -> None:
    async def act() -> None:
        async with here() as made, followed(made.port):
            made.nodes[0].script = [first]
            answer = await made.port.submit(envelope_of("x"))
            assert outcome(answer) == "done"
            assert made.nodes[1].asked == 1
            held = [block.height for block in made.chain.blocks if envelope_of("x") in block.envelopes]
            assert held == [answer.height]

    run(act())


def test_a_refusal_stands_only_when_every_node_refuses() -> None:
    async def act() -> None:
        async with here() as made:
            made.nodes[0].script = ["SIGNATURE_FALSE"]
            assert outcome(await made.port.submit(envelope_of("x"))) == "done"
            for node, what in zip(made.nodes, ("BUSY", "SIGNATURE_FALSE", "BUSY"), strict=True):
                node.script = [what]
            with pytest.raises(EngineRefused) as caught:
                await made.port.submit(envelope_of("y"))
            assert caught.value.code == "SIGNATURE_FALSE"

    run(act())


@pytest.mark.parametrize("lie", ["lies", "invents"])
def test_an_answer_that_was_not_signed_is_not_believed_and_its_node_is_left(lie: str) -> None:
    async def act() -> None:
        async with here() as made, followed(made.port):
            made.nodes[0].script = [lie]
            answer = await made.port.submit(envelope_of("x"))
            assert outcome(answer) == "done"
            assert answer.results == made.chain.blocks[answer.height - 1].results[0]
            assert made.faults()[0] == LYING
            assert made.port.alarms == 1
            await made.port.submit(envelope_of("y"))
            assert made.nodes[0].asked == 1

    run(act())


def test_with_no_node_that_answers_it_is_said_that_the_end_is_open() -> None:
    async def act() -> None:
        async with here(2, replace_patience(whole_s=0.5)) as made:
            for node in made.nodes:
                node.is_dead = True
            with pytest.raises(EngineUnavailable):
                await made.port.submit(envelope_of("x"))
            made.nodes[0].is_dead, made.nodes[0].is_silent = False, True
            with pytest.raises(EngineUnavailable):
                await made.port.submit(envelope_of("x"))

    run(act())


def replace_patience(**changes: float) -> Patience:
    return Patience(
        answer_s=SHORT.answer_s,
        block_s=SHORT.block_s,
        whole_s=changes.get("whole_s", SHORT.whole_s),
        again_s=SHORT.again_s,
    )


POINTS = [
    "ok",
    "BUSY",
    "dies before",
    "dies after taking",
    "loses",
    "dies after the block",
    "silent",
    "lies",
    "invents",
]


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    scripts=st.lists(st.lists(st.sampled_from(POINTS), max_size=3), min_size=3, max_size=3),
    count=st.integers(1, 4),
    away=st.sets(st.integers(0, 2), max_size=1),
)
def test_a_submission_is_never_lost_or_doubled_wherever_a_node_dies(
    scripts: list[list[str]], count: int, away: set[int]
) -> None:
    """One who sends again until there is an answer, as a gateway's outbox does, ends with each operation executed once, and knows it."""

    async def act() -> None:
        async with here() as made, followed(made.port):
            for node, script in zip(made.nodes, scripts, strict=True):
                node.script = list(script)
            for place in away:
                made.nodes[place].is_dead = True
            envelopes = [envelope_of(f"{number}") for number in range(count)]
            answers = await asyncio.gather(*(until_answered(made.port, item) for item in envelopes))
            for envelope, answer in zip(envelopes, answers, strict=True):
                held = [block.height for block in made.chain.blocks if envelope in block.envelopes]
                assert held == [answer.height]
                assert outcome(answer) == "done"
                assert made.chain.first[envelope.decode()] == (answer.height, answer.results[0])

    run(act())


async def until_answered(port: SeveralNodes, envelope: bytes) -> SubmitAnswer:
    while True:
        try:
            return await port.submit(envelope)
        except (EngineRefused, EngineUnavailable):
            for node in port.nodes:
                # Its operator has seen the alarm, mended it and started the gateway again.
                node.fault = ""


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(
    faults=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["dies", "hangs", "stands", "lies", "well"])), max_size=8
    )
)
def test_blocks_come_in_order_once_each_and_as_they_were_signed_whatever_nodes_do(
    faults: Sequence[tuple[int, str]],
) -> None:
    """The last of the nodes stays well, so following always goes on."""

    async def act() -> None:
        async with here(4) as made:
            seen: list[CommittedBlock] = []
            stream = made.port.follow(1)
            for place, what in [*faults, (0, "well")]:
                spoil(made.nodes[place], what)
                seen += [await anext(stream) for _ in range(3)]
            await ended(stream)
            assert seen == made.chain.blocks[: len(seen)]
            told = {place for place, what in faults if what == "lies"}
            assert {place for place, fault in enumerate(made.faults()) if fault == LYING} <= told

    run(act())


def spoil(node: FakeNode, what: str) -> None:
    node.is_dead, node.is_silent = what == "dies", what == "hangs"
    node.stands_at = node.chain.height if what == "stands" else None
    node.tells = forged if what == "lies" else (lambda block: block)


def test_one_lying_node_cannot_feed_a_gateway() -> None:
    async def act() -> None:
        async with here() as made:
            made.nodes[0].tells = forged
            found = await follow(made.port, 1, 5)
            assert found == made.chain.blocks[:5]
            assert made.faults() == [LYING, "", ""]
            assert made.port.followed == "node-1"

    run(act())


def test_a_node_that_gives_no_blocks_while_others_do_is_left_and_taken_up_again() -> None:
    async def act() -> None:
        async with here() as made:
            stream = made.port.follow(1)
            await anext(stream)
            made.nodes[0].stands_at = made.chain.height
            for _ in range(10):
                await anext(stream)
            assert made.faults()[0] == LAGGING
            made.nodes[0].stands_at = None
            for node in made.nodes[1:]:
                node.is_dead = True
            # First may come what was fetched of the others before.
            while made.faults() != ["", AWAY, AWAY]:
                await anext(stream)
            await ended(stream)

    run(act())


def test_a_silent_node_is_left_for_one_that_speaks() -> None:
    async def act() -> None:
        async with here() as made:
            made.nodes[0].is_silent = True
            assert await follow(made.port, 1, 3) == made.chain.blocks[:3]
            assert made.faults()[0] == AWAY

    run(act())


def test_a_chain_at_rest_is_waited_for_without_blaming_anybody() -> None:
    async def act() -> None:
        made = Here()
        for _ in range(3):
            made.chain.make_block()
        stream = made.port.follow(1)
        assert [(await anext(stream)).height for _ in range(2)] == [1, 2]
        coming = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(3 * SHORT.block_s)
        assert not coming.done()
        assert made.faults() == ["", "", ""]
        made.chain.make_block()
        assert (await coming).height == 3
        await ended(stream)

    run(act())
