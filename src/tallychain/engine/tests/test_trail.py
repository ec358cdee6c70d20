"""A node cannot tell its followers what the validators did not sign."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tallychain.engine import trail as module
from tallychain.engine.port import CommittedBlock, ReceiptAnswer
from tallychain.engine.tests.alliance import FOUR, FakeNode, SharedChain, Told, envelope_of
from tallychain.engine.trail import BlockDiffers, Trail
from tallychain.sdk.verify.headers import decode_header, encode_header
from tallychain.sdk.verify.light import Vote

MOVING = [
    FOUR,
    {**FOUR, "e": 2},
    {"c": 1, "d": 1, "e": 2, "f": 2},
    {"e": 2, "f": 2, "g": 1},
]


def chain_of(count: int, sets: list[dict[str, int]] | None = None) -> SharedChain:
    """So many blocks, with an envelope in every second one."""
    chain = SharedChain((sets or [FOUR])[0])
    for height in range(count):
        if height % 2 == 0:
            chain.take(envelope_of(f"{height}"))
        then = None if sets is None else sets[min(height + 1, len(sets) - 1)]
        chain.make_block(then=then)
    return chain


async def taken(chain: SharedChain, node: FakeNode, count: int, start: int = 1) -> list[CommittedBlock]:
    found: list[CommittedBlock] = []
    stream = Trail(chain.genesis).follow(node, start)
    async for block in stream:
        found.append(block)
        if len(found) == count:
            break
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return found


@pytest.mark.parametrize("start", [1, 2, 30, 59])
def test_an_honest_node_is_followed_from_any_height(start: int) -> None:
    chain = chain_of(60)
    found = asyncio.run(taken(chain, FakeNode(chain), 60 - start, start))
    assert found == chain.blocks[start - 1 : 59]


@pytest.mark.parametrize("start", [1, 4, 20])
def test_a_chain_whose_validators_change_is_followed_through_the_changes(start: int) -> None:
    chain = chain_of(40, MOVING)
    found = asyncio.run(taken(chain, FakeNode(chain), 40 - start, start))
    assert found == chain.blocks[start - 1 : 39]


def test_a_block_is_given_out_only_when_the_next_header_proves_its_results() -> None:
    async def run() -> None:
        chain = chain_of(3)
        stream = Trail(chain.genesis).follow(FakeNode(chain), 3)
        coming = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        assert not coming.done()
        chain.make_block()
        assert (await coming).height == 3
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator

    asyncio.run(run())


def test_while_catching_up_one_commit_answers_for_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Vote] = []
    before = module.fast

    def counted(votes: Sequence[Vote]) -> Sequence[bool]:
        checked.extend(votes)
        return before(votes)

    monkeypatch.setattr(module, "fast", counted)
    chain = chain_of(200)
    asyncio.run(taken(chain, FakeNode(chain), 199))
    assert len(checked) < 4 * 100


def changing(height: int, change: Callable[[CommittedBlock], CommittedBlock]) -> Told:
    return lambda block: change(block) if block.height == height else block


def other_results(block: CommittedBlock) -> CommittedBlock:
    return replace(block, results=[[b"{}"] for _ in block.results])


def other_time(block: CommittedBlock) -> CommittedBlock:
    return replace(block, time_ms=block.time_ms + 1)


def other_envelopes(block: CommittedBlock) -> CommittedBlock:
    return replace(block, envelopes=[envelope_of("never")])


def without_envelopes(block: CommittedBlock) -> CommittedBlock:
    return replace(block, envelopes=[], results=[], codes=[])


def without_a_result(block: CommittedBlock) -> CommittedBlock:
    return replace(block, results=[])


def other_code(block: CommittedBlock) -> CommittedBlock:
    return replace(block, codes=[1])


def other_root(block: CommittedBlock) -> CommittedBlock:
    header = decode_header(block.header)
    return replace(block, header=encode_header(header._replace(app_hash=b"\1" * 32)))


def no_votes(block: CommittedBlock) -> CommittedBlock:
    return replace(block, header_signature=b"")


def false_votes(block: CommittedBlock) -> CommittedBlock:
    made = bytearray(block.header_signature)
    made[-1] ^= 1
    return replace(block, header_signature=bytes(made))


def another_height(block: CommittedBlock) -> CommittedBlock:
    return replace(block, height=block.height + 1)


LIES = [
    other_results,
    other_time,
    other_envelopes,
    without_envelopes,
    without_a_result,
    other_code,
    other_root,
    no_votes,
    false_votes,
    another_height,
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: str(lie.__name__))
@pytest.mark.parametrize("start", [1, 5])
def test_a_lie_about_a_block_is_seen_before_the_block_is_given_out(
    lie: Callable[[CommittedBlock], CommittedBlock], start: int
) -> None:
    chain = chain_of(9)
    node = FakeNode(chain)
    node.tells = changing(5, lie)
    # A commit in the middle of a batch is not needed; alone at the head of the chain each is looked at.
    chain.blocks = chain.blocks if lie not in (no_votes, false_votes) else chain.blocks[:5]
    found: list[CommittedBlock] = []

    async def run() -> None:
        async for block in Trail(chain.genesis).follow(node, start):
            found.append(block)  # noqa: PERF401 - what came before the refusal is wanted

    with pytest.raises(BlockDiffers) as caught:
        asyncio.run(run())
    assert str(caught.value).endswith(".")
    assert found == chain.blocks[start - 1 : start - 1 + len(found)]
    assert len(found) < 5


def test_a_node_of_another_chain_is_not_followed() -> None:
    chain, other = chain_of(3), chain_of(3, [{"x": 1, "y": 1}])
    with pytest.raises(BlockDiffers):
        asyncio.run(taken(chain, FakeNode(other), 1))
    with pytest.raises(BlockDiffers):
        asyncio.run(Trail(chain.genesis).status(FakeNode(other)))


@pytest.mark.parametrize("lie", [other_results, other_time, other_envelopes, other_root])
def test_a_single_block_is_checked_as_well(lie: Callable[[CommittedBlock], CommittedBlock]) -> None:
    chain = chain_of(9)
    node = FakeNode(chain)
    trail = Trail(chain.genesis)
    assert asyncio.run(trail.block(node, 5)) == chain.blocks[4]
    node.tells = changing(5, lie)
    with pytest.raises(BlockDiffers):
        asyncio.run(trail.block(node, 5))


def test_a_status_must_be_borne_out_by_a_header() -> None:
    chain = chain_of(9)
    node = FakeNode(chain)
    trail = Trail(chain.genesis)
    assert asyncio.run(trail.status(node)).height == 9
    node.tells = changing(9, other_time)
    with pytest.raises(BlockDiffers):
        asyncio.run(trail.status(node))
    assert asyncio.run(Trail(chain.genesis, on_driven_clock=True).status(node)).height == 9


def test_a_receipt_is_proven_by_the_next_header_or_not_yet() -> None:
    chain = chain_of(9)
    node, trail = FakeNode(chain), Trail(chain.genesis)
    for height, proven in ((5, True), (9, False)):
        answer = asyncio.run(node.receipt(envelope_of(f"{height - 1}").decode()))
        assert answer is not None
        assert asyncio.run(trail.receipt(node, answer)) is proven


def change_of(name: str) -> Callable[[ReceiptAnswer], ReceiptAnswer]:
    other = {
        "receipt": lambda answer: replace(answer, receipt=b"{}"),
        "envelope": lambda answer: replace(answer, envelope=b"another"),
        "height": lambda answer: replace(answer, height=answer.height - 1),
        "header": lambda answer: replace(answer, header=answer.next_header),
        "next header": lambda answer: replace(answer, next_header=answer.header),
        "no header": lambda answer: replace(answer, next_header=b"x"),
        "path": lambda answer: replace(answer, result_path=replace(answer.result_path, total=2)),
    }
    return other[name]


@pytest.mark.parametrize(
    "name", ["receipt", "envelope", "height", "header", "next header", "no header", "path"]
)
def test_a_changed_receipt_is_a_lie(name: str) -> None:
    chain = chain_of(9)
    node = FakeNode(chain)
    answer = asyncio.run(node.receipt(envelope_of("4").decode()))
    assert answer is not None
    with pytest.raises(BlockDiffers):
        asyncio.run(Trail(chain.genesis).receipt(node, change_of(name)(answer)))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_changed_byte_in_a_header_is_never_followed(data: st.DataObject) -> None:
    chain = chain_of(4)
    height = data.draw(st.integers(1, 4))
    place = data.draw(st.integers(0, len(chain.blocks[height - 1].header) - 1))
    other = data.draw(st.integers(1, 255))

    def changed(block: CommittedBlock) -> CommittedBlock:
        header = bytearray(block.header)
        header[place] ^= other
        return replace(block, header=bytes(header))

    node = FakeNode(chain)
    node.tells = changing(height, changed)
    with pytest.raises(BlockDiffers):
        asyncio.run(taken(chain, node, 4))
