"""Proposals on validators that act together, and what would break the engine, put to the vote on four real nodes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tallychain.demo.stage import Stage, StoryBroken
from tallychain.engine.cometbft.home import Home
from tests.nodes import VALIDATORS, engine_of, ledger_of, made, started, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
CHANGED = "bank-b"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Four validators with gateways, on a clock that is driven so that votes end soon."""
    with started(made(tmp_path_factory.mktemp("a") / "n", clock="driven")) as layout:
        here = Stage(layout, lambda _: None)
        yield here
        here.close()


def opened(stage: Stage, by: str, change: dict[str, Any]) -> str:
    """The id of a proposal."""
    args = {"kind": change["kind"], "words_zh": "节点", "words_en": "A node", "data": change}
    return str(stage.together(by, "proposal.open", args)["operation"])


def power(value: int) -> dict[str, Any]:
    """A change of one validator's power."""
    return {"kind": "VALIDATOR_POWER", "member": CHANGED, "power": value, "reason": "As decided"}


@pytest.mark.attack(26)
def test_three_proposals_on_one_validator_that_act_together_do_not_halt_the_engine(stage: Stage) -> None:
    layout = stage.layout
    proposals = [opened(stage, "bank-a", power(value)) for value in (12, 13, 9)]
    for proposal in proposals:
        digest = stage.reader("bank-a-maker").row("proposals", proposal)["digest"]
        for member in [place.id for place in layout.read().members]:
            stage.together(member, "ballot.cast", {"proposal": proposal, "digest": digest, "choice": "yes"})
    acts = [int(stage.reader("bank-a-maker").row("proposals", one)["acts_ms"]) for one in proposals]
    stage.advance(max(acts) + 1_000)

    rows = [stage.reader("bank-a-maker").row("proposals", one) for one in proposals]
    assert {row["status"] for row in rows} == {"ENACTED"}
    heights = [found.height for member in VALIDATORS if (found := ledger_of(layout, member)) is not None]
    until(lambda: all(at_least(stage, member, max(heights) + 2) for member in VALIDATORS))
    for member in VALIDATORS:
        until(lambda member=member: powers(stage, member) == (9 if member == CHANGED else 10))  # type: ignore[misc]  # bound at once


@pytest.mark.attack(26)
def test_a_key_that_validates_already_cannot_be_proposed_again(stage: Stage) -> None:
    change = {
        "kind": "VALIDATOR_ADMIT",
        "member": "core-a",
        "key": stolen(stage),
        "key_proof": "00" * 64,
        "node_key": stolen(stage),
        "node_proof": "00" * 64,
        "power": 10,
    }
    with pytest.raises(StoryBroken, match="KEY_IN_USE"):
        opened(stage, "core-a", change)


def stolen(stage: Stage) -> str:
    """The consensus key of another member."""
    return Home(stage.layout.node("bank-a") / "engine").consensus().public


def at_least(stage: Stage, member: str, height: int) -> bool:
    """Whether a member's ledger has a block of this height."""
    found = ledger_of(stage.layout, member)
    return found is not None and found.height >= height


def powers(stage: Stage, member: str) -> int:
    """The power of a member's validator, as its engine has it."""
    found = engine_of(stage.layout, member)
    return 0 if found is None else found.power
