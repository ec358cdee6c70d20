"""From a height on another protocol: nodes that can run it go on, one that cannot stops with a sentence."""

import pytest

from tallychain.ledger.protocol import (
    ACTIVATIONS,
    KNOWN_PROTOCOLS,
    Activation,
    next_protocol,
    protocol_at,
    stop_sentence,
)
from tallychain.ledger.state import Committed, MemoryBacking, Overlay

SOURCE, BUILD = "ab" * 32, "cd" * 32


def state_with(*activations: Activation) -> Overlay:
    state = Overlay(Committed(MemoryBacking()))
    state.write([ACTIVATIONS.put(row) for row in activations])
    return state


SECOND = Activation(2, 1_000, "0.6.0", SOURCE, BUILD)
THIRD = Activation(3, 2_000, "0.7.0", SOURCE, BUILD)


@pytest.mark.parametrize(("height", "protocol"), [(1, 1), (999, 1), (1_000, 2), (1_999, 2), (2_000, 3)])
def test_a_protocol_holds_from_its_height_on(height: int, protocol: int) -> None:
    assert protocol_at(state_with(SECOND, THIRD), height) == protocol


def test_the_next_protocol_follows_the_last_that_was_decided() -> None:
    assert next_protocol(state_with()) == 2
    assert next_protocol(state_with(SECOND, THIRD)) == 4


def test_a_build_runs_to_the_last_block_that_it_knows_and_then_says_what_to_install() -> None:
    state = state_with(SECOND, THIRD)

    assert stop_sentence(state, 999) == ""
    sentence = stop_sentence(state, 1_000, KNOWN_PROTOCOLS)
    assert "From height 1000 on this chain runs protocol 2" in sentence
    assert "knows only up to 1: install release 0.6.0" in sentence
    assert SOURCE in sentence
    assert BUILD in sentence


def test_a_newer_build_runs_before_and_after_the_height() -> None:
    state = state_with(SECOND, THIRD)

    assert [stop_sentence(state, height, frozenset({1, 2})) for height in (1, 1_000, 1_999)] == ["", "", ""]
    assert "protocol 3" in stop_sentence(state, 2_000, frozenset({1, 2}))
