"""What an engine of several validators is told of its own parameters: once, on the day, and never what it could not take."""

from datetime import datetime

import pytest
from msgspec.structs import asdict, replace

from tallychain.ledger import limits
from tallychain.ledger.engineparameters import (
    BOUNDS,
    TOLD,
    USUAL,
    EngineParameters,
    EngineTold,
    engine_policy,
    first_parameters,
    parameter_faults,
    parameter_step,
)
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import Height, TimeMs

FIRST = engine_policy("2026-01-01", "Rulebook 9")
LARGER = replace(
    FIRST, version=2, effective_from="2026-03-02", values={**FIRST.values, "block_bytes_max": 8 * 1024 * 1024}
)


def state_with(*policies: Policy) -> Overlay:
    state = Overlay(Committed(MemoryBacking()))
    state.write(POLICIES.put(policy) for policy in policies)
    return state


def on(day: str) -> Moment:
    """The first instant of a local day."""
    return Moment(Height(5), TimeMs(int(datetime.fromisoformat(f"{day}T00:00:00+08:00").timestamp()) * 1_000))


def test_a_chain_without_the_policy_tells_nothing() -> None:
    step = parameter_step(state_with(), on("2026-05-01"))
    assert (step.parameters, step.change.writes, step.change.events) == (None, (), ())
    assert first_parameters(()) == USUAL


def test_what_the_engine_began_with_is_not_told_again() -> None:
    state = state_with(FIRST)
    assert parameter_step(state, on("2025-12-31")).parameters is None
    assert parameter_step(state, on("2026-05-01")).parameters is None
    assert first_parameters((replace(FIRST, kind="TERM"), FIRST, LARGER)) == USUAL


def test_a_version_is_told_in_the_first_block_of_its_day_and_then_no_more() -> None:
    state = state_with(FIRST, LARGER)
    before = Moment(Height(4), TimeMs(on("2026-03-02").time_ms - 1))
    assert parameter_step(state, before).parameters is None

    step = parameter_step(state, on("2026-03-02"))

    assert step.parameters == EngineParameters(8 * 1024 * 1024, 100_000, 336, 1024 * 1024)
    assert step.change.events == (EngineTold(2, **asdict(step.parameters)),)
    state.write(step.change.writes)
    assert state.get(TOLD) == step.parameters
    assert parameter_step(state, on("2026-03-03")).change.writes == ()


def test_a_version_that_goes_back_is_told_too() -> None:
    state = state_with(FIRST, LARGER, replace(FIRST, version=3, effective_from="2026-04-01"))
    state.write(parameter_step(state, on("2026-03-02")).change.writes)
    assert parameter_step(state, on("2026-04-01")).parameters == USUAL


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_a_value_outside_its_bounds_is_faulty(name: str) -> None:
    least, most = BOUNDS[name]
    for value in (least, most):
        assert list(parameter_faults(state_with(replace(FIRST, values={**FIRST.values, name: value})))) == []
    for wrong in (least - 1, most + 1, "many"):
        faulty = replace(FIRST, values={**FIRST.values, name: wrong})
        assert list(parameter_faults(state_with(faulty))) == [
            f"The figure {name} of the policy ENGINE, version 1, is not from {least} to {most}."
        ]


def test_a_policy_with_other_names_is_faulty() -> None:
    for values in ({}, {**FIRST.values, "max_gas": 1}):
        assert len(list(parameter_faults(state_with(replace(FIRST, values=values))))) == 1


def test_the_smallest_block_holds_the_largest_envelope_beside_the_largest_evidence() -> None:
    signatures_of_a_commit = 100 * 120
    assert BOUNDS["block_bytes_max"][0] >= (
        limits.ENVELOPE_BYTES + BOUNDS["evidence_bytes_max"][1] + signatures_of_a_commit
    )
