"""A fifth validator joins four by vote and from a snapshot of theirs, and leaves again, while acts go on through the gateways of the others."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import msgspec
import pytest

from tallychain.demo.stage import Stage
from tallychain.engine.client import LedgerClient
from tallychain.engine.cometbft.snapshots import newest_offered
from tallychain.engine.port import CommittedBlock, EngineRefused
from tests.e2e.machine import answer
from tests.faults.alliance.four import MEMBERS, PATIENCE_S, Four, make_four
from tests.faults.alliance.load import Load
from tests.faults.alliance.rounds import Rounds
from tests.faults.alliance.table import Table
from tests.faults.alliance.verify import Seen, blocks_of, failures_of
from tests.nodes import beside, said
from tests.running import described

pytestmark = [pytest.mark.faults, pytest.mark.matrix, pytest.mark.timeout(900)]
FIFTH = "supervisor"
SHORTLY_MS = 20_000
"""Less than an envelope is good for: so long before a vote acts the load goes on again, and what it has on its way does not expire."""


@pytest.fixture
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Four]:
    """Four validators, a member without a node, and the gateways of all five, on a clock that is driven so that votes end soon."""
    alliance = described((*MEMBERS, FIFTH))
    *validating, last = alliance.members
    following = msgspec.structs.replace(last, follows=MEMBERS[:2])
    alliance = msgspec.structs.replace(alliance, members=(*validating, following))
    made = make_four(tmp_path_factory.mktemp("j") / "n", clock="driven", alliance=alliance)
    try:
        made.begin(*MEMBERS, FIFTH)
        yield made
    finally:
        made.end()


def decided(rounds: Rounds, load: Load, stage: Stage, by: str, change: dict[str, Any]) -> None:
    """Have all members say yes to a change, and go on until it has acted; when it acts the load is there."""
    words = {"kind": change["kind"], "words_zh": "节点", "words_en": "A node", "data": change}
    proposal = str(stage.together(by, "proposal.open", words)["operation"])
    digest = stage.reader(f"{by}-maker").row("proposals", proposal)["digest"]
    for member in (*MEMBERS, FIFTH):
        stage.together(member, "ballot.cast", {"proposal": proposal, "digest": digest, "choice": "yes"})
    acts_ms = int(stage.reader(f"{by}-maker").row("proposals", proposal)["acts_ms"])
    with load.held():
        rounds.seen.verify(rounds.four, load)
        stage.advance(acts_ms - SHORTLY_MS)
    load.acknowledges(4)
    stage.advance(acts_ms + 1_000)
    assert stage.reader(f"{by}-maker").row("proposals", proposal)["status"] == "ENACTED"
    load.acknowledges(4)


def power(four: Four) -> int:
    """Of the fifth member's vote, as its own engine has it; -1 where it does not answer, or has not caught up."""
    view = four.engine(FIFTH)
    return -1 if view is None or view.catching_up else view.power


async def base(four: Four) -> str:
    """What the fifth node says of the first block."""
    client = LedgerClient(four.layout.node_socket(FIFTH), patience_s=PATIENCE_S)
    try:
        await client.block(1)
    except EngineRefused as refused:
        return refused.code
    finally:
        await client.close()
    return "KEPT"


def same_from_there_on(four: Four, seen: Seen) -> list[CommittedBlock]:
    """The blocks that the fifth node has; they are those of the others."""
    snapshot = newest_taken(four)
    four.reaches(FIFTH, seen.height)
    found = asyncio.run(blocks_of(four, FIFTH, snapshot + 1, seen.height))
    assert [Seen.essence(block) for block in found] == [
        Seen.essence(block) for block in seen.blocks[snapshot:]
    ]
    assert asyncio.run(failures_of(four, FIFTH)) == []
    return found


def newest_taken(four: Four) -> int:
    """The height of the snapshot with which the fifth node began, as its engine's log has it."""
    line = said(four.layout, (FIFTH,), "Snapshot restored")
    assert line is not None
    return int(line["height"])


def test_a_fifth_validator_joins_by_vote_and_by_snapshot_under_load_and_leaves_again(
    four: Four, results: Table
) -> None:
    rounds, layout = Rounds(four, results), four.layout
    with closing(Stage(layout, lambda _: None)) as stage, ExitStack() as running:
        with rounds.round("a fifth validator joins by vote and snapshot, and leaves") as load:
            ledger = layout.node(MEMBERS[0]) / "ledger"
            four.until(lambda: newest_offered(ledger), "no snapshot is made")
            added = answer("network", "add-node", FIFTH, str(layout.root), "--validator", "--snapshot")
            assert added["synced_from"] > 0
            decided(rounds, load, stage, FIFTH, added["proposal"])

            began = time.monotonic()
            running.enter_context(beside(layout, FIFTH))
            four.until(lambda: power(four) > 0, "the fifth node does not vote")
            rounds.went_on_s = time.monotonic() - began
            load.acknowledges(4)
            assert asyncio.run(base(four)) == "BLOCK_NOT_KEPT"
            # Three of five are too few: without the vote of the fifth nothing would go on now.
            with four.dead("ce-a"):
                four.goes_on(*MEMBERS[:3])
                load.acknowledges(4)
            four.together()

            leaving = {"kind": "VALIDATOR_REMOVE", "member": FIFTH, "reason": "It ends its service"}
            decided(rounds, load, stage, "bank-a", leaving)
            four.until(lambda: power(four) == 0, "the fifth node votes on")
        assert same_from_there_on(four, rounds.seen)
