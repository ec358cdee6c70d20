"""The governed figures of this contract: what a vote may change, and what each figure means.

A voucher keeps the versions under which it was issued, so a later vote changes nothing about it (supply-chain study, case 40).
The values that an alliance usually begins with are those of the supply-chain study, section 7.8.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tallychain.ledger.parameters import POLICIES, Policy, PolicyMissing, policy_on
from tallychain.ledger.state import Reader

TERM: Final = "TERM"
SPLIT: Final = "SPLIT"

TERM_DEFAULTS: Final = MappingProxyType({"term_months": 6, "accept_days": 10, "face_max": 100_000_000_000})
SPLIT_DEFAULTS: Final = MappingProxyType(
    {
        "offer_days": 5,
        "blackout_business_days": 3,
        "children_max": 500,
        "layers_max": 10,
        "value_date_months": 1,
    }
)


@dataclass(frozen=True, slots=True)
class TermPolicy:
    """How long and how large a promise may be."""

    version: int
    article: str
    term_months: int
    """Cap of the nominal term, in calendar months from the day of issue."""
    accept_days: int
    """Days of 24 hours within which the receiver answers."""
    face_max: int
    """Largest face, in fen."""


@dataclass(frozen=True, slots=True)
class SplitPolicy:
    """How a voucher may be passed on."""

    version: int
    article: str
    offer_days: int
    """Days of 24 hours for which an offer is open."""
    blackout_business_days: int
    """Business days before the effective maturity in which no title moves."""
    children_max: int
    """Splits of one voucher; passing on a whole holding is no split."""
    layers_max: int
    """Layers of title; the first holder is layer 1."""
    value_date_months: int
    """How far ahead the value date of an offer may lie, in calendar months."""


def term_policy(state: Reader, day: str) -> TermPolicy:
    """The policy for what is issued on a local day."""
    policy = policy_on(state, TERM, day)
    return TermPolicy(
        policy.version,
        policy.article,
        figure(policy, "term_months"),
        figure(policy, "accept_days"),
        figure(policy, "face_max"),
    )


def split_policy_on(state: Reader, day: str) -> SplitPolicy:
    """The policy that a voucher issued on a local day keeps."""
    return _split(policy_on(state, SPLIT, day))


def split_policy(state: Reader, version: int) -> SplitPolicy:
    """The policy of a voucher, by the version that it keeps.  Raises `PolicyMissing` if there is none."""
    policy = state.get(POLICIES, SPLIT, version)
    if policy is None:
        raise PolicyMissing(SPLIT)
    return _split(policy)


def figure(policy: Policy, name: str) -> int:
    """One figure of a policy.  Raises `PolicyMissing` if it is not there or no number."""
    value = policy.values.get(name)
    if not isinstance(value, int):
        raise PolicyMissing(f"{policy.kind}.{name}")
    return value


def _split(policy: Policy) -> SplitPolicy:
    return SplitPolicy(
        policy.version,
        policy.article,
        figure(policy, "offer_days"),
        figure(policy, "blackout_business_days"),
        figure(policy, "children_max"),
        figure(policy, "layers_max"),
        figure(policy, "value_date_months"),
    )
