"""What an engine of several validators is told of its own parameters: how large a block may be, and how long a proof of a lie counts.

The alliance decides on them as on any policy (kind `ENGINE`); the engine is told once, at the end of the first block of the day on which a
version begins to hold, and they count from the next block on.  An engine that is told something it cannot take stops for ever, so the bounds
here lie well within its own.

A chain without this policy, as on the embedded engine, tells nothing.  Source: design page "alliance" (engine parameters by vote, with the
guards of the page "ledger"); the engine's `types/params.go`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from tallychain.ledger.contract import Change, Event
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, local_day_number
from tallychain.ledger.types import Count

ENGINE: Final = "ENGINE"
"""The kind of the policy."""

_EPOCH: Final = date(1970, 1, 1)
_MEBIBYTE: Final = 1024 * 1024
_EVIDENCE_HOURS: Final = 14 * 24
"""Longer than the time for which a header may be trusted, so that who lies to a light client can still be shown to have lied."""

BOUNDS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "block_bytes_max": (2 * _MEBIBYTE, 16 * _MEBIBYTE),
        "evidence_blocks": (10_000, 10_000_000),
        "evidence_bytes_max": (64 * 1024, _MEBIBYTE),
        "evidence_hours": (_EVIDENCE_HOURS, 90 * 24),
    }
)
"""
The least and the most of each value.

The smallest block holds an envelope of the largest size beside the largest evidence and the signatures of 100 validators; the largest is what
four nodes were seen to pass on within their time-outs.  Proofs of a lie always count for at least as long as headers are trusted.
"""


class EngineParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """The engine's parameters, as it was last told of them."""

    block_bytes_max: Count
    """A whole block with its evidence and the commit of the one before, in bytes."""
    evidence_blocks: Count
    """A proof of a lie counts until it is older than this number of blocks and than the hours."""
    evidence_hours: Count
    evidence_bytes_max: Count
    """Evidence in one block, in bytes."""


USUAL: Final = EngineParameters(4 * _MEBIBYTE, 100_000, _EVIDENCE_HOURS, _MEBIBYTE)
"""With what a chain of several validators begins; also where it has no such policy."""

TOLD: Final = Table("meta", EngineParameters, lambda _: (), prefix=("engine-parameters",))
"""Nothing where the engine knows only the first version, from its own genesis."""


class EngineTold(Event, frozen=True, tag="engine.parameters_told"):
    """What the engine was told in this block; it counts from the next block on."""

    version: Count
    """Of the policy."""
    block_bytes_max: Count
    evidence_blocks: Count
    evidence_hours: Count
    evidence_bytes_max: Count


@dataclass(frozen=True, slots=True)
class ParameterStep:
    """What one block tells the engine, if anything, and the Change that remembers it."""

    parameters: EngineParameters | None = None
    change: Change = field(default_factory=Change)


def engine_policy(effective_from: str, article: str = "") -> Policy:
    """The policy with which an alliance begins."""
    return Policy(ENGINE, 1, effective_from, {name: getattr(USUAL, name) for name in BOUNDS}, article)


def first_parameters(policies: tuple[Policy, ...]) -> EngineParameters:
    """With what the engine's own genesis begins: the first version of the policy, or the usual ones where there is none."""
    for policy in policies:
        if policy.kind == ENGINE and policy.version == 1:
            return parameters_of(policy)
    return USUAL


def parameter_step(state: Reader, now: Moment) -> ParameterStep:
    """
    What the engine is told at the end of this block; called once, after everything else in it.

    Nothing is written where nothing is told, so an idle chain stays at rest.
    """
    first = state.get(POLICIES, ENGINE, 1)
    if first is None:
        return ParameterStep()
    day = (_EPOCH + timedelta(days=local_day_number(now.time_ms))).isoformat()
    policy = first
    for version in state.iterate(POLICIES, ENGINE):
        if version.effective_from <= day:
            policy = version
    parameters = parameters_of(policy)
    if parameters == (state.get(TOLD) or parameters_of(first)):
        return ParameterStep()
    event = EngineTold(
        version=policy.version,
        block_bytes_max=parameters.block_bytes_max,
        evidence_blocks=parameters.evidence_blocks,
        evidence_hours=parameters.evidence_hours,
        evidence_bytes_max=parameters.evidence_bytes_max,
    )
    return ParameterStep(parameters, Change((TOLD.put(parameters),), (event,)))


def parameter_faults(state: Reader) -> Iterator[str]:
    """What is wrong, as sentences, with what the alliance has decided of its engine."""
    for policy in state.iterate(POLICIES, ENGINE):
        if set(policy.values) != set(BOUNDS):
            yield f"The policy {ENGINE}, version {policy.version}, does not have the values {', '.join(BOUNDS)}."
            continue
        for name, (least, most) in BOUNDS.items():
            value = policy.values[name]
            if not isinstance(value, int) or not least <= value <= most:
                yield f"The figure {name} of the policy {ENGINE}, version {policy.version}, is not from {least} to {most}."


def parameters_of(policy: Policy) -> EngineParameters:
    """The values of a version; those of a sound policy are all there and whole numbers."""
    return EngineParameters(**{name: int(policy.values[name]) for name in BOUNDS})
