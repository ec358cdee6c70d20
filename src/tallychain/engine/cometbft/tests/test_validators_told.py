"""What is decided about validators reaches the engine, once and by steps that it survives."""

from pathlib import Path

import pytest

from tallychain.engine.cometbft.calls import ValidatorPower
from tallychain.engine.cometbft.tests.driving import alliance
from tallychain.engine.tests import toy
from tallychain.ledger.validators import SENT, WINDOW_BLOCKS


def powers(key: str, *steps: int, now_ms: int) -> bytes:
    samples = [
        toy.signed_operation("toy.set_power", toy.SetPower(key, power), number, now_ms=now_ms)
        for number, power in enumerate(steps, start=now_ms % 1_000_000)
    ]
    return toy.sealed_envelope(*samples, now_ms=now_ms)


@pytest.mark.attack(26)
def test_several_decisions_on_one_validator_in_one_block_are_told_as_one(tmp_path: Path) -> None:
    key = toy.key_of("bank-a validator").public
    with alliance(tmp_path) as nodes:
        nodes.block()
        told = nodes.block(powers(key, 11, 19, 13, now_ms=nodes.time_ms))
        assert told.validators == (ValidatorPower(key, 13),)
        application = nodes.nodes[0].application
        events = application.reading.block(2).due_events
        assert [key.encode() in event for event in events] == [True]
        sent = application.state.committed.get(SENT, key)
        assert sent is not None
        assert sent.power == 13
        quiet = [nodes.block() for _ in range(3)]
        assert {answer.validators for answer in quiet} == {()}
        assert {answer.app_hash for answer in quiet} == {told.app_hash}


@pytest.mark.attack(26)
def test_too_much_power_at_once_waits_for_later_blocks_and_the_chain_rests_afterwards(tmp_path: Path) -> None:
    key = toy.key_of("bank-b validator").public
    with alliance(tmp_path, 1) as nodes:
        nodes.block()
        first = nodes.block(powers(key, 30, now_ms=nodes.time_ms))
        assert first.validators == (ValidatorPower(key, 23),)
        told = [nodes.block(after_ms=5_000).validators for _ in range(WINDOW_BLOCKS + 2)]
        assert [step for step in told if step] == [(ValidatorPower(key, 30),)]
        assert nodes.answers[-1].app_hash == nodes.answers[-2].app_hash
