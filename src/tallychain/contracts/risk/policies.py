"""The governed figures of this contract."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger.parameters import POLICIES, Policy, PolicyMissing, policy_on
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

RISK: Final = "RISK"
MONTHS: Final = "ceiling_months_max"
RISK_DEFAULTS: Final = MappingProxyType({MONTHS: 36})

LEAST_MONTHS: Final = 1
MOST_MONTHS: Final = 120
"""Within these bounds no rule can fail for its parameters."""


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """How long a ceiling may hold."""

    source: Policy
    """The version itself, which says where each figure comes from."""
    ceiling_months_max: int
    """How far ahead the last day of a ceiling may lie, in calendar months."""


def risk_policy(state: Reader, now: Moment) -> RiskPolicy:
    """The policy that holds now; the first version holds from the first day of the chain.  Raises `PolicyMissing` if there is none."""
    first = state.get(POLICIES, RISK, 1)
    if first is None:
        raise PolicyMissing(RISK)
    day = format_date(local_day(now.time_ms))
    policy = first if day < first.effective_from else policy_on(state, RISK, day)
    months = policy.values.get(MONTHS)
    if not isinstance(months, int):
        raise PolicyMissing(f"{RISK}.{MONTHS}")
    return RiskPolicy(policy, months)


def parameter_faults(state: Reader) -> Iterator[str]:
    """What is wrong, as sentences, with the policies that this contract reads."""
    if state.get(POLICIES, RISK, 1) is None:
        yield f"There is no policy {RISK}."
    for policy in state.iterate(POLICIES, RISK):
        months = policy.values.get(MONTHS)
        if not isinstance(months, int) or not LEAST_MONTHS <= months <= MOST_MONTHS:
            yield f"The figure {MONTHS} of the policy {RISK}, version {policy.version}, is not from {LEAST_MONTHS} to {MOST_MONTHS}."
