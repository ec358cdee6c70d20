"""The checker of the engine's calls: it accepts what may come, and names what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.engine.cometbft.grammar import (
    APPLY,
    COMMIT,
    FINALIZE,
    INFO,
    INIT_CHAIN,
    OFFER,
    PREPARE,
    PROCESS,
    Called,
    fault_of,
    faults_of,
)

ROUNDS = st.lists(st.sampled_from([(), (PREPARE,), (PROCESS,), (PREPARE, PROCESS)]), max_size=3)


def heights(first: int, rounds: list[list[tuple[str, ...]]]) -> list[Called]:
    calls: list[Called] = []
    for height, tried in enumerate(rounds, start=first):
        calls += [Called(name, height) for names in tried for name in names]
        calls += [Called(FINALIZE, height), Called(COMMIT, height)]
    return calls


@given(st.lists(ROUNDS, max_size=5), st.integers(1, 9), st.integers(0, 40))
def test_every_beginning_of_a_right_sentence_is_right(
    rounds: list[list[tuple[str, ...]]], restored: int, cut: int
) -> None:
    new = [Called(INFO), Called(INIT_CHAIN), *heights(1, rounds)]
    offers = [Called(OFFER, 3), Called(APPLY), Called(OFFER, 4), Called(APPLY), Called(APPLY, 1)]
    joined = [*offers, Called(INFO, restored), *heights(restored + 1, rounds)]
    again = [Called(INFO, restored), *heights(restored + 1, rounds)]
    for calls in (new, joined, again, [Called(INFO), *joined]):
        assert fault_of(calls[:cut]) == ""
    assert faults_of([new, again]) == []


@pytest.mark.parametrize(
    ("calls", "sentence"),
    [
        ([Called(FINALIZE, 1)], "Call 0 is finalize, which does not come when start."),
        ([Called(INFO), Called(FINALIZE, 1)], "asked, nothing begun"),
        ([Called(INFO, 3), Called(INIT_CHAIN)], "Call 1 is init_chain"),
        ([Called(INFO, 3), Called(FINALIZE, 5)], "of height 5 after block 3"),
        ([Called(INFO, 3), Called(PROCESS, 3)], "of height 3 after block 3"),
        ([Called(INFO, 3), Called(COMMIT, 4)], "Call 1 is commit"),
        ([Called(INFO, 3), Called(FINALIZE, 4), Called(PROCESS, 4)], "does not come when decided"),
        ([Called(INFO, 3), Called(FINALIZE, 4), Called(COMMIT, 3)], "left the application at height 3"),
        ([Called(OFFER, 3), Called(INFO, 3)], "offered a snapshot"),
        ([Called(OFFER, 3), Called(APPLY), Called(FINALIZE, 4)], "restoring"),
    ],
)
def test_a_call_that_may_not_come_is_named(calls: list[Called], sentence: str) -> None:
    assert sentence in fault_of(calls)
    assert faults_of([calls])[0].startswith("Process 0: Call")
