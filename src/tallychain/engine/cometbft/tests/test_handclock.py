"""A trial chain's time, moved by hand in order with everything else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.engine.cometbft.handclock import clock_transaction, target_in
from tallychain.engine.cometbft.tests.driving import Alliance, alliance, block_of, decided, document, opened
from tallychain.engine.cometbft.tests.envelopes import envelope
from tallychain.engine.tests import toy
from tallychain.ledger import limits

DAY_MS = 86_400_000
TRIAL = document(clock="driven", outages=False)


def alarms(nodes: Alliance, *at_ms: int) -> bytes:
    now_ms = nodes.nodes[0].application.time_ms
    samples = [
        toy.signed_operation("toy.set_alarm", toy.SetAlarm(f"a{at}", at), nonce, now_ms=now_ms)
        for nonce, at in enumerate(at_ms, start=5_000)
    ]
    return toy.sealed_envelope(*samples, now_ms=now_ms)


def until_quiet(nodes: Alliance, *waiting: bytes) -> list[int]:
    """Blocks as the engine makes them: with what waits, then as long as the hash changes; the ledger's time after each."""
    times = []
    application = nodes.nodes[0].application
    while True:
        before = application.app_hash
        nodes.block(*waiting)
        waiting = tuple(tx for tx in waiting if tx not in nodes.blocks[-1].txs)
        times.append(application.time_ms)
        if application.app_hash == before and not waiting:
            return times


def test_time_stands_but_for_a_millisecond_a_block_whatever_the_engine_says(tmp_path: Path) -> None:
    with alliance(tmp_path, text=TRIAL) as nodes:
        for number in range(1, 6):
            nodes.block(envelope(number), after_ms=3_600_000)
            assert nodes.nodes[0].application.time_ms == toy.START_MS + number


def test_time_moves_over_every_due_instant_to_its_target_and_the_chain_rests(tmp_path: Path) -> None:
    first, second = toy.START_MS + 3 * DAY_MS, toy.START_MS + 90 * DAY_MS
    target = toy.START_MS + 180 * DAY_MS
    with alliance(tmp_path, text=TRIAL) as nodes:
        until_quiet(nodes, alarms(nodes, first, second))
        times = until_quiet(nodes, clock_transaction(toy.CHAIN, target))
        assert times[:3] == [first, second, target]
        assert times[3:] == [target + 1]
        application = nodes.nodes[0].application
        went_off = [application.reading.block(h).due_events for h in range(1, nodes.height + 1)]
        assert sum(map(len, went_off)) == 2
        assert nodes.block().app_hash == nodes.answers[-2].app_hash
        assert application.reading.block(nodes.height - 1).time_ms == target + 1


def test_envelopes_wait_while_time_is_moved_and_are_executed_when_it_stands(tmp_path: Path) -> None:
    target = toy.START_MS + 10 * DAY_MS
    with alliance(tmp_path, text=TRIAL) as nodes:
        until_quiet(nodes, alarms(nodes, toy.START_MS + DAY_MS, toy.START_MS + 2 * DAY_MS))
        good = envelope(1, now_ms=target)
        until_quiet(nodes, good, clock_transaction(toy.CHAIN, target))
        carrying = [height for height, block in enumerate(nodes.blocks, start=1) if good in block.txs]
        assert len(carrying) == 1
        assert nodes.nodes[0].application.reading.block(carrying[0]).time_ms > target


def test_a_request_is_no_envelope_to_those_who_follow_and_a_late_one_moves_nothing(tmp_path: Path) -> None:
    with alliance(tmp_path, text=TRIAL) as nodes:
        move = clock_transaction(toy.CHAIN, toy.START_MS + DAY_MS)
        application = nodes.nodes[0].application
        assert application.check(move).code == 0
        until_quiet(nodes, move)
        block = application.reading.block(1)
        assert (block.codes, block.results) == ([1], [[]])
        assert nodes.height == 2  # one more, whose header proves the first
        root = application.app_hash
        decided(application, block_of(nodes.height + 1, toy.START_MS, [move]))
        assert (application.app_hash, application.time_ms) == (root, block.time_ms + 2)
        for order in ([move, envelope(1)], [envelope(2), move]):
            made = block_of(application.height + 1, toy.START_MS, order)
            assert application.process(made) is (order[0] is not move)


def test_a_node_opened_again_half_way_goes_on_to_the_target(tmp_path: Path) -> None:
    target = toy.START_MS + 9 * DAY_MS
    application = opened(tmp_path, TRIAL)
    setting = toy.signed_operation("toy.set_alarm", toy.SetAlarm("a", toy.START_MS + DAY_MS), 1)
    decided(application, block_of(1, toy.START_MS, [toy.sealed_envelope(setting)]))
    decided(application, block_of(2, toy.START_MS, [clock_transaction(toy.CHAIN, target)]))
    assert application.time_ms == toy.START_MS + DAY_MS
    application.close()
    application = opened(tmp_path)
    assert application.time_ms == toy.START_MS + DAY_MS
    decided(application, block_of(3, toy.START_MS, []))
    assert application.time_ms == target
    application.close()


def test_a_chain_with_the_systems_clock_takes_no_such_request(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    move = clock_transaction(toy.CHAIN, toy.START_MS + DAY_MS)
    assert application.check(move).code == 1
    assert not application.process(block_of(1, toy.START_MS + 1, [move]))
    decided(application, block_of(1, toy.START_MS + 1, [move]))
    assert application.time_ms == toy.START_MS + 1
    application.close()


@pytest.mark.parametrize(
    "tx",
    [
        b"tallychain clock ",
        b"tallychain clock {}",
        b'tallychain clock {"chain":"toy-chain","to_ms":0}',
        b'tallychain clock {"chain":"other-chain","to_ms":5}',
        b'tallychain clock {"chain":"toy-chain","to_ms":5} ',
        b'tallychain clock {"to_ms":5,"chain":"toy-chain"}',
        clock_transaction("toy-chain", limits.TIME_MS) + b" " * 300,
        clock_transaction("toy-chain", 1).upper(),
    ],
)
def test_what_is_not_written_exactly_so_is_no_request(tx: bytes) -> None:
    assert target_in(tx, "toy-chain") is None


@given(st.integers(1, limits.TIME_MS), st.binary(max_size=40))
def test_a_request_is_read_as_it_was_written(to_ms: int, rubbish: bytes) -> None:
    assert target_in(clock_transaction("toy-chain", to_ms), "toy-chain") == to_ms
    assert target_in(rubbish, "toy-chain") is None
