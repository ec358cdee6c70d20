"""The empty block that takes a stale time upon itself: when it is proposed, and that it never holds up operations."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.engine.cometbft.calls import Proposal
from tallychain.engine.cometbft.pacing import Pacing
from tallychain.engine.cometbft.tests.driving import (
    BLOCK_BYTES,
    Clock,
    alliance,
    block_of,
    decided,
    document,
    opened,
)
from tallychain.engine.cometbft.tests.envelopes import envelope
from tallychain.engine.tests import toy


@pytest.mark.attack(4)
def test_after_a_pause_an_empty_block_takes_the_old_time_and_operations_the_new_one(tmp_path: Path) -> None:
    """Attack 4: a chain that stood still from 16:30 to 18:30 does not date at 16:30 what was signed at 18:29."""
    with alliance(tmp_path) as nodes:
        nodes.block(envelope(1))
        pause_ms = 2 * 3_600_000
        late = envelope(2, now_ms=nodes.time_ms + pause_ms)
        nodes.block(late, after_ms=1, decided_after_ms=pause_ms)
        nodes.block(late, after_ms=pause_ms, decided_after_ms=5)
        assert [block.txs for block in nodes.blocks[1:]] == [(), (late,)]
        assert nodes.nodes[0].application.state.outages


def test_an_idle_chain_answers_a_lone_operation_with_one_empty_block_before_it(tmp_path: Path) -> None:
    with alliance(tmp_path) as nodes:
        nodes.block(after_ms=5_000)
        lone = envelope(1)
        nodes.block(lone, after_ms=10, decided_after_ms=4_000)
        nodes.block(lone, after_ms=4_000, decided_after_ms=30)
        assert [len(block.txs) for block in nodes.blocks] == [0, 0, 1]


def test_nothing_is_renewed_where_nothing_waits_or_the_time_is_fresh(tmp_path: Path) -> None:
    clock = Clock()
    application = opened(tmp_path, document(), clock=clock)
    clock.now_ms = toy.START_MS + 3_600_000
    assert application.prepare(Proposal(1, toy.START_MS, (b"nonsense",), BLOCK_BYTES)) == []
    decided(application, block_of(1, toy.START_MS + 1, []))
    good = envelope(1)
    fresh = Proposal(2, clock.now_ms - 900, (good,), BLOCK_BYTES)
    assert list(application.prepare(fresh)) == [good]
    application.close()


def test_a_node_whose_clock_is_ahead_holds_its_operations_back_for_one_block_at_most() -> None:
    pacing = Pacing()
    skew_ms, held = 60_000, []
    for height in range(1, 40):
        renewed = pacing.renews_time(height, 1_000 * height, 1_000 * height + skew_ms)
        held.append(renewed)
        pacing.committed(empty=renewed, work_ms=10, now_ms=1_000 * height + skew_ms + 20)
    assert not any(first and second for first, second in pairwise(held))


def test_an_empty_block_that_was_not_decided_renewed_nothing() -> None:
    pacing, halt_ms = Pacing(), 26 * 3_600_000
    assert pacing.renews_time(7, 0, 5_000)

    pacing.committed(empty=False, work_ms=10, now_ms=5_100)  # another's block, with operations

    assert pacing.renews_time(8, 5_000, halt_ms)


def test_a_slow_node_takes_twice_its_own_pace_for_fresh() -> None:
    pacing = Pacing()
    pacing.committed(empty=False, work_ms=3_000, now_ms=0)
    assert not pacing.renews_time(2, 0, 5_900)
    assert pacing.renews_time(2, 0, 6_100)


def test_a_machine_that_slept_while_it_executed_a_block_does_not_take_its_sleep_for_its_pace() -> None:
    pacing = Pacing()
    pacing.committed(empty=False, work_ms=2 * 3_600_000, now_ms=0)

    assert pacing.renews_time(2, 0, 10_100)


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 5_000), st.integers(-2_000, 10_000), st.integers(0, 3_000)),
        max_size=40,
    )
)
def test_two_blocks_in_a_row_are_never_held_empty_by_one_node(
    steps: list[tuple[bool, int, int, int]],
) -> None:
    pacing, now_ms, before = Pacing(), 1_000_000, False
    for height, (empty, passed_ms, behind_ms, work_ms) in enumerate(steps, start=1):
        now_ms += passed_ms
        renewed = pacing.renews_time(height, now_ms - behind_ms, now_ms)
        assert not (renewed and before)
        assert not renewed or behind_ms > 1_000
        pacing.committed(empty=empty or renewed, work_ms=work_ms, now_ms=now_ms)
        before = renewed
