"""One of four whose clock is an hour ahead or behind: the others agree on the time without it, and nothing is dated by it."""

from collections.abc import Iterator

import pytest

from tallychain.sdk.verify.headers import decode_commit, decode_header
from tests.faults.alliance.four import GATEWAYS, make_four
from tests.faults.alliance.rounds import GAP_S, Rounds, now_ms
from tests.faults.alliance.signers import Signers
from tests.faults.alliance.table import Table

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(600)]
WRONG = "settle-a"
HOUR_MS = 3_600_000
NEAR_MS = 600_000
"""Far less than an hour, and far more than any machine is slow."""
WORDS = {HOUR_MS: "the clock of one node an hour ahead", -HOUR_MS: "the clock of one node an hour behind"}


@pytest.fixture(scope="module")
def signers() -> Iterator[Signers]:
    """Who dates the votes of the node whose clock is wrong."""
    signing = Signers()
    yield signing
    signing.stop()


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory, signers: Signers, results: Table) -> Iterator[Rounds]:
    """Four nodes; the votes of one are dated, and its ledger is run, by a clock that the test sets."""
    four = make_four(tmp_path_factory.mktemp("c") / "n")
    try:
        signers.start(four.layout, WRONG)
        four.clocked(f"{WRONG}-ledger", file=signers.clocks[WRONG].file)
        four.begin(*GATEWAYS)
        four.together()
        yield Rounds(four, results)
    finally:
        four.end()


@pytest.mark.parametrize("ahead_ms", sorted(WORDS))
def test_a_clock_that_is_an_hour_wrong_moves_the_time_of_no_block(
    rounds: Rounds, signers: Signers, ahead_ms: int
) -> None:
    four, stood, began_ms = rounds.four, rounds.seen.height, now_ms()
    with rounds.round(WORDS[ahead_ms], gap_s=GAP_S) as load:
        signers.clocks[WRONG].set(ahead_ms)
        load.acknowledges(20)
        # It takes its turn as any other: a proposer with a clock ahead asks for an empty block now and then, and no more.
        four.until(lambda: dated_wrongly(rounds, stood, ahead_ms), "no block counts a vote with that time")
        signers.clocks[WRONG].set(0)
    blocks = rounds.seen.blocks[stood:]
    times = [decode_header(block.header).time.ms for block in blocks]
    assert times == sorted(times)
    assert began_ms - NEAR_MS < times[0]
    assert times[-1] < now_ms() + NEAR_MS


def votes(commit: bytes) -> list[int]:
    """When those who decided a block say that they voted for it."""
    return [row.time.ms for row in decode_commit(commit).rows if row.signature]


def dated_wrongly(rounds: Rounds, stood: int, ahead_ms: int) -> bool:
    """Whether the wrong clock's votes are among those from which the time of blocks is computed."""
    rounds.seen.take_more(rounds.four)
    found = 0
    for block in rounds.seen.blocks[stood:]:
        at_ms = decode_header(block.header).time.ms
        found += any(abs(vote_ms - at_ms - ahead_ms) < NEAR_MS for vote_ms in votes(block.header_signature))
    return found > 1
