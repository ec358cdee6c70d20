"""A node joins by vote while acts go on: an observer, then a fifth validator; one leaves again."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tallychain.demo.stage import Stage
from tallychain.network import looking
from tallychain.network.joining import Joining, NodeAdded, add_node
from tallychain.network.layout import Layout
from tests.nodes import PATIENCE_S, VALIDATORS, engine_of, ledger_of, made, said, start, started, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Four validators with gateways, on a clock that is driven so that votes end soon."""
    with started(made(tmp_path_factory.mktemp("a") / "n", clock="driven")) as layout:
        here = Stage(layout, lambda _: None)
        yield here
        here.close()


def decide(stage: Stage, change: dict[str, Any], by: str) -> None:
    """Put a change to the vote, have every member say yes, and go on until it has acted."""
    args = {"kind": change["kind"], "words_zh": "节点", "words_en": "A node", "data": change}
    found = stage.together(by, "proposal.open", args)
    proposal = str(found["operation"])
    for member in [place.id for place in stage.layout.read().members]:
        row = stage.reader(f"{member}-maker").row("proposals", proposal)
        ballot = {"proposal": proposal, "digest": row["digest"], "choice": "yes"}
        stage.together(member, "ballot.cast", ballot)
    row = stage.reader(f"{by}-maker").row("proposals", proposal)
    stage.advance(int(row["acts_ms"]) + 1_000)
    assert stage.reader(f"{by}-maker").row("proposals", proposal)["status"] == "ENACTED"


def joined(stage: Stage, member: str, *, validator: bool = False) -> NodeAdded:
    """A node that was made, voted on and started, and stands where the others do."""
    layout = stage.layout
    added = add_node(layout.root, Joining(member=member, validator=validator))
    decide(stage, dict(added.proposal), member)
    start(layout, "--node", member)
    until(lambda: same(layout, member))
    return added


def same(layout: Layout, member: str) -> bool:
    """Whether a member's node has the root of another at the same height."""
    one, other = ledger_of(layout, member), ledger_of(layout, "bank-a")
    return (
        one is not None and other is not None and (one.height, one.app_hash) == (other.height, other.app_hash)
    )


def test_an_observer_that_was_voted_in_has_every_block_and_does_not_vote(stage: Stage) -> None:
    joined(stage, "supervisor")
    until(lambda: follows_all(stage.layout, "supervisor"))
    engine = engine_of(stage.layout, "supervisor")
    assert engine is not None
    assert engine.kind == "observer"


def follows_all(layout: Layout, member: str) -> bool:
    """Whether a node has what the others have, and is connected to each validator."""
    engine = engine_of(layout, member)
    return engine is not None and not engine.catching_up and set(engine.peers) == set(VALIDATORS)


def test_a_fifth_validator_joins_and_leaves_again(stage: Stage) -> None:
    layout = stage.layout
    joined(stage, "core-a", validator=True)
    until(lambda: votes(layout, "core-a"))
    assert status(layout).roots_equal
    reason = {"kind": "VALIDATOR_REMOVE", "member": "core-a", "reason": "It ends its service"}
    decide(stage, reason, "bank-a")
    until(lambda: not votes(layout, "core-a"))
    until(lambda: same(layout, "core-a"))


def votes(layout: Layout, member: str) -> bool:
    """Whether a member's node is a validator of the engine now."""
    engine = engine_of(layout, member)
    return engine is not None and engine.kind == "validator"


def status(layout: Layout) -> looking.NetworkStatus:
    """Of the whole alliance, a moment later if a block is on its way."""
    found = asyncio.run(looking.status(layout.root))
    deadline = time.monotonic() + PATIENCE_S
    while not found.roots_equal and time.monotonic() < deadline:
        time.sleep(0.5)
        found = asyncio.run(looking.status(layout.root))
    return found


def test_a_node_that_was_voted_out_is_cut_off_and_the_others_go_on(stage: Stage) -> None:
    layout = stage.layout
    observer = next(place.node for place in layout.read().members if place.id == "supervisor")
    assert observer is not None
    decide(
        stage,
        {"kind": "NODE_REMOVE", "node": observer.id, "reason": "Its member runs none any longer"},
        "bank-a",
    )
    until(lambda: connections(layout, "supervisor") == [])
    # No more than what there was when it was cut off, and the block that was being decided.
    stood = max(one.height for member in VALIDATORS if (one := ledger_of(layout, member)) is not None) + 1
    until(lambda: all(len(connections(layout, member)) >= 3 for member in VALIDATORS))
    stage.advance(int(stage.reader("bank-a-maker").get("/v1/today")["time_ms"]) + DAY_MS)
    until(lambda: status_of_validators(layout, stood + 2))
    now = ledger_of(layout, "supervisor")
    assert now is not None
    assert now.height <= stood


@pytest.mark.matrix
def test_the_node_of_a_member_whose_admission_was_revoked_is_cut_off(stage: Stage) -> None:
    layout, gone = stage.layout, "core-a"
    node = next(place.node for place in layout.read().members if place.id == gone)
    assert node is not None
    assert set(connections(layout, gone)) >= set(VALIDATORS)
    decide(stage, {"kind": "REVOKE", "member": gone, "reason": "It broke the rules"}, "bank-a")
    until(lambda: connections(layout, gone) == [])
    until(lambda: all(set(connections(layout, member)) == others(member) for member in VALIDATORS))
    # It goes on asking, and each of them says why it gets no answer.
    for member in VALIDATORS:
        until(lambda member=member: said(layout, (member,), "filtered ID", node.id))  # type: ignore[misc]  # bound at once
    until(lambda: status_of_validators(layout))


def others(member: str) -> set[str]:
    """The validators but one."""
    return set(VALIDATORS) - {member}


def connections(layout: Layout, member: str) -> list[str]:
    """To whom a member's engine is connected."""
    found = engine_of(layout, member)
    return [] if found is None else found.peers


def status_of_validators(layout: Layout, least: int = 0) -> bool:
    """Whether all four stand at the same height, not below `least`, with the same root."""
    found = [ledger_of(layout, member) for member in VALIDATORS]
    if any(one is None or one.height < least for one in found):
        return False
    return len({(one.height, one.app_hash) for one in found if one is not None}) == 1
