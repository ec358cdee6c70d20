"""Four validators and six gateways as real processes: members act through nodes of other members, over their endpoints."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tallychain.demo.stage import Stage
from tallychain.network import looking
from tests.nodes import gateway_of, hit, made, started, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DEAD = "bank-b"
LEAVING = "core-a"
"""It has no node of its own."""
VOTERS = (DEAD, "bank-a", "factor-a", "settle-a")


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A running alliance, seen from its users; the ledger process of one of its nodes has just stopped."""
    with started(made(tmp_path_factory.mktemp("r") / "n", clock="driven")) as layout:
        hit(layout, f"{DEAD}-ledger", signal.SIGSTOP)
        here = Stage(layout, lambda _: None)
        try:
            yield here
        finally:
            here.close()
            # Where the test went wrong it is still stopped, and would not end by itself.
            hit(layout, f"{DEAD}-ledger", signal.SIGCONT)


def proposal_of(kind: str, member: str) -> dict[str, object]:
    """A proposal on a member; only the member itself proposes that it leaves."""
    data = {"kind": kind, "member": member, "reason": "Decided by its board"}
    return {"kind": kind, "words_zh": "成员变更", "words_en": "A member changes", "data": data}


def is_shut_out(found: dict[str, Any]) -> bool:
    """Whether no node tells a gateway anything."""
    return not found["ledger"] and {node["fault"] for node in found["nodes"]} == {"NODE_AWAY"}


def test_a_member_whose_node_is_dead_acts_through_others_and_one_that_has_left_is_served_no_more(
    stage: Stage,
) -> None:
    proposal = str(stage.together(LEAVING, "proposal.open", proposal_of("EXIT", LEAVING))["operation"])
    row = stage.reader("bank-a-maker").row("proposals", proposal)
    for voter in VOTERS:
        stage.together(voter, "ballot.cast", {"proposal": proposal, "digest": row["digest"], "choice": "yes"})
    until(lambda: gateway_of(stage.layout, DEAD)["nodes"][0]["fault"] == "NODE_AWAY")
    ballots = stage.reader("bank-a-maker").page("ballots", {"proposal": proposal}, limit=100).rows
    assert sorted(ballot["member"] for ballot in ballots) == sorted(VOTERS)

    asyncio.run(looking.advance(stage.layout.root, int(row["acts_ms"]) + 1))
    until(lambda: is_shut_out(gateway_of(stage.layout, LEAVING)))

    # The others go on, the one with the dead node too.
    stage.together(DEAD, "proposal.open", proposal_of("RESTORE", LEAVING))
    until(lambda: gateway_of(stage.layout, "supervisor")["ready"])
