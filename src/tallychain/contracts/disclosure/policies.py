"""The governed figures of this contract.

A chain without the policy discloses by the usual figures and gives no grade: grades are what members vote for.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.state import Reader

DISCLOSURE: Final = "DISCLOSURE"
WHOLE: Final = 100
"""What the weights of a score sum up to."""

Share = Annotated[int, Meta(ge=0, le=WHOLE)]


class Figures(Struct, frozen=True):
    """How months are closed, when figures are held back, who is persistently overdue, and what a score is made of."""

    close_day: Annotated[int, Meta(ge=2, le=10)] = 5
    """Day of the next month at whose beginning a month is closed; the bill regime wants it by the 10th."""
    sponsors_min: Annotated[int, Meta(ge=2, le=1_000)] = 5
    """With fewer sponsors of first holders in twelve months, only the base figures are disclosed."""
    funders_min: Annotated[int, Meta(ge=2, le=1_000)] = 3
    """The same of members that financed."""
    persistent_events: Annotated[int, Meta(ge=1, le=1_000)] = 3
    persistent_months: Annotated[int, Meta(ge=1, le=24)] = 6
    weight_on_time: Share = 0
    weight_balance: Share = 0
    """Given whole where nothing is overdue."""
    weight_events: Share = 0
    """Given whole where nothing became overdue in the months of persistence, and not at all at as many events as make it persistent."""
    weight_term: Share = 0
    """Given whole for a term of 0 days, and not at all for `term_days_max`."""
    term_days_max: Annotated[int, Meta(ge=1, le=3_660)] = 366
    grade_a: Share = 85
    grade_b: Share = 70
    grade_c: Share = 55

    @property
    def grades(self) -> bool:
        """Whether members have voted weights for a score."""
        return self.weights == WHOLE

    @property
    def weights(self) -> int:
        """The sum of all weights."""
        return self.weight_on_time + self.weight_balance + self.weight_events + self.weight_term


USUAL: Final = MappingProxyType(msgspec.structs.asdict(Figures()))
"""Without weights, so without grades."""
EXAMPLE: Final = MappingProxyType(
    {**USUAL, "weight_on_time": 60, "weight_balance": 20, "weight_events": 10, "weight_term": 10}
)
"""Weights to begin a discussion with; no chain has them until its members vote for them."""


def figures_on(state: Reader, day: str) -> tuple[Figures, int]:
    """The figures that hold on a local day, and their version; the usual ones and 0 where there is no policy."""
    found = _policy_on(state, day)
    if found is None:
        return Figures(), 0
    return msgspec.convert(found.values, Figures), found.version


def article_on(state: Reader, day: str, value: str) -> str:
    """The article that a figure comes from which holds on a local day; empty where there is no policy, or none is named."""
    found = _policy_on(state, day)
    return "" if found is None else found.article_of(value)


def _policy_on(state: Reader, day: str) -> Policy | None:
    found: Policy | None = None
    for policy in state.scan(POLICIES, DISCLOSURE):
        if found is None or policy.effective_from <= day:
            found = policy
    return found


def parameter_faults(state: Reader) -> Iterator[str]:
    """What is wrong, as sentences, with the policies that this contract reads."""
    for policy in state.scan(POLICIES, DISCLOSURE):
        name = f"the policy {DISCLOSURE}, version {policy.version}"
        if set(policy.values) != set(USUAL):
            yield f"In {name}, the figures are not those that the contract reads."
            continue
        try:
            figures = msgspec.convert(policy.values, Figures)
        except msgspec.ValidationError as fault:
            yield f"In {name}, a figure is not possible: {fault}."
            continue
        if figures.weights not in {0, WHOLE}:
            yield f"In {name}, the weights sum up to {figures.weights}, neither 0 nor {WHOLE}."
        if not figures.grade_a >= figures.grade_b >= figures.grade_c:
            yield f"In {name}, a better grade needs no higher score."
