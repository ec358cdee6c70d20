"""A gateway whose own node is stopped or killed goes on through the nodes of others, and what was sent happens once."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tallychain.demo.stage import Stage
from tallychain.network.joining import Joining, add_node
from tests.nodes import gateway_of, hit, made, started, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Four validators with gateways, each of which knows all nodes, its own first."""
    with started(made(tmp_path_factory.mktemp("a") / "n", clock="driven")) as layout:
        here = Stage(layout, lambda _: None)
        yield here
        here.close()


def ready(stage: Stage, member: str) -> dict[str, Any]:
    """What a member's gateway says of itself and of the nodes."""
    return gateway_of(stage.layout, member)


def first_node(stage: Stage, member: str) -> str:
    """What a gateway thinks of its own node."""
    return str(ready(stage, member)["nodes"][0]["fault"])


def test_acts_go_on_while_the_own_node_is_stopped_or_killed_and_each_happens_once(stage: Stage) -> None:
    added = add_node(stage.layout.root, Joining(member="supervisor"))
    # A gateway answers before it has begun to follow.
    own = {"node": "node-1", "fault": "", "followed": True}
    until(lambda: ready(stage, "supervisor")["nodes"][0] == own)

    hit(stage.layout, "settle-a-ledger", signal.SIGSTOP)
    args = {
        "kind": added.proposal["kind"],
        "words_zh": "节点",
        "words_en": "A node",
        "data": dict(added.proposal),
    }
    proposal = str(stage.together("supervisor", "proposal.open", args)["operation"])
    # Both had the node of settle-a as the nearest.
    until(lambda: first_node(stage, "settle-a") == first_node(stage, "supervisor") == "NODE_AWAY")
    found = ready(stage, "supervisor")
    assert found["ready"]
    assert "NODE_AWAY" in found["alarms"]
    assert any(node["followed"] for node in found["nodes"][1:])

    row = stage.reader("bank-a-maker").row("proposals", proposal)
    ballot = {"proposal": proposal, "digest": row["digest"], "choice": "yes"}
    hit(stage.layout, "bank-b-engine", signal.SIGKILL)
    stage.together("bank-b", "ballot.cast", ballot)
    hit(stage.layout, "settle-a-ledger", signal.SIGCONT)
    until(lambda: first_node(stage, "bank-b") == "")
    hit(stage.layout, "factor-a-ledger", signal.SIGKILL)
    stage.together("factor-a", "ballot.cast", ballot)
    until(lambda: first_node(stage, "factor-a") == "")

    seen = stage.reader("factor-a-maker").row("proposals", proposal)
    assert seen["digest"] == row["digest"]
    for member in ("supervisor", "settle-a", "bank-b", "factor-a"):
        assert "NODE_LIES" not in ready(stage, member)["alarms"]
