"""The governed figures of this contract: what a vote may change, and what each figure means.

A voucher keeps the versions under which it was issued, so a later vote changes nothing about it (supply-chain study, case 40).
The values that an alliance usually begins with are those of the supply-chain study, section 7.8.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec

from tallychain.contracts.vouchers.settling.policies import SETTLEMENT, SETTLEMENT_BOUNDS
from tallychain.instruments import calendar
from tallychain.instruments.money import MAX_UNITS
from tallychain.ledger.parameters import CALENDARS, POLICIES, Policy, PolicyMissing, policy_on
from tallychain.ledger.state import Reader

TERM: Final = "TERM"
SPLIT: Final = "SPLIT"

TERM_DEFAULTS: Final = MappingProxyType(
    {
        "term_months": 6,
        "usual_months": 6,
        "accept_days": 10,
        "face_max": 100_000_000_000,
        "retention_days": 30,
    }
)
SPLIT_DEFAULTS: Final = MappingProxyType(
    {
        "offer_days": 5,
        "blackout_business_days": 3,
        "children_max": 500,
        "layers_max": 10,
        "value_date_months": 1,
        "offers_open_max": 50,
        "retention_days": 30,
        "cancel_days": 5,
        "claim_minutes": 60,
        "claim_free_hours": 24,
    }
)

BOUNDS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = MappingProxyType(
    {
        TERM: MappingProxyType(
            {
                "term_months": (1, 60),
                "usual_months": (1, 60),
                "accept_days": (1, 60),
                "face_max": (1, MAX_UNITS),
                "retention_days": (1, 3650),
            }
        ),
        SPLIT: MappingProxyType(
            {
                "offer_days": (1, 60),
                "blackout_business_days": (0, 30),
                "children_max": (1, 1_000),
                "layers_max": (1, 100),
                "value_date_months": (0, 12),
                "offers_open_max": (1, 500),
                "retention_days": (1, 3650),
                "cancel_days": (1, 60),
                "claim_minutes": (1, 1440),
                "claim_free_hours": (1, 168),
            }
        ),
        SETTLEMENT: SETTLEMENT_BOUNDS,
    }
)
"""Least and most of every figure; within them no rule can fail for its parameters."""


@dataclass(frozen=True, slots=True)
class TermPolicy:
    """How long and how large a promise may be."""

    version: int
    source: Policy
    """The version itself, which says where each figure comes from."""
    term_months: int
    """Cap of the nominal term, in calendar months from the day of issue."""
    usual_months: int
    """Months beyond which the issuer names the reason for the term (银发〔2025〕77号, article 11)."""
    accept_days: int
    """Days of 24 hours within which the receiver answers."""
    face_max: int
    """Largest face, in fen."""
    retention_days: int
    """Days of 24 hours after which a promise that ended without title leaves the state."""


@dataclass(frozen=True, slots=True)
class SplitPolicy:
    """How a voucher may be passed on."""

    version: int
    source: Policy
    """The version itself, which says where each figure comes from."""
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
    offers_open_max: int
    """Open offers from one holding at a time; every act on a holding looks at all of them."""
    retention_days: int
    """Days of 24 hours after which an offer, or a cancellation, that has ended leaves the state."""
    cancel_days: int
    """Days of 24 hours within which every holder consents to a cancellation."""
    claim_minutes: int
    """Minutes within which a sponsor answers a holder that claims it is idle."""
    claim_free_hours: int
    """Hours for which a holder whose sponsor did not answer may act through any member."""


def term_policy_on(state: Reader, day: str) -> TermPolicy:
    """The policy for what is issued on a local day."""
    return _term(_in_force(state, TERM, day))


def term_policy(state: Reader, version: int) -> TermPolicy:
    """The policy of a voucher, by the version that it keeps.  Raises `PolicyMissing` if there is none."""
    return _term(_version(state, TERM, version))


def split_policy_on(state: Reader, day: str) -> SplitPolicy:
    """The policy that a voucher issued on a local day keeps."""
    return _split(_in_force(state, SPLIT, day))


def split_policy(state: Reader, version: int) -> SplitPolicy:
    """The policy of a voucher, by the version that it keeps.  Raises `PolicyMissing` if there is none."""
    return _split(_version(state, SPLIT, version))


def figure(policy: Policy, name: str) -> int:
    """One figure of a policy.  Raises `PolicyMissing` if it is not there or no number."""
    value = policy.values.get(name)
    if not isinstance(value, int):
        raise PolicyMissing(f"{policy.kind}.{name}")
    return value


def parameter_faults(state: Reader) -> Iterator[str]:
    """What is wrong, as sentences, with the policies and calendars that this contract reads."""
    for kind, bounds in BOUNDS.items():
        if state.get(POLICIES, kind, 1) is None:
            yield f"There is no policy {kind}."
        for policy in state.iterate(POLICIES, kind):
            for name, (least, most) in bounds.items():
                value = policy.values.get(name)
                if not isinstance(value, int) or not least <= value <= most:
                    yield f"The figure {name} of the policy {kind}, version {policy.version}, is not from {least} to {most}."
    for row in state.iterate(CALENDARS):
        try:
            msgspec.convert(row, calendar.CalendarYear, from_attributes=True)
        except msgspec.ValidationError as wrong:
            yield f"The calendar of {row.year} cannot be used: {wrong}"


def _in_force(state: Reader, kind: str, day: str) -> Policy:
    """The version that holds on a day.  The first one holds from the first day of the chain, whatever day it names."""
    first = _version(state, kind, 1)
    return first if day < first.effective_from else policy_on(state, kind, day)


def _version(state: Reader, kind: str, version: int) -> Policy:
    policy = state.get(POLICIES, kind, version)
    if policy is None:
        raise PolicyMissing(kind)
    return policy


def _term(policy: Policy) -> TermPolicy:
    return TermPolicy(
        policy.version,
        policy,
        figure(policy, "term_months"),
        figure(policy, "usual_months"),
        figure(policy, "accept_days"),
        figure(policy, "face_max"),
        figure(policy, "retention_days"),
    )


def _split(policy: Policy) -> SplitPolicy:
    return SplitPolicy(
        policy.version,
        policy,
        figure(policy, "offer_days"),
        figure(policy, "blackout_business_days"),
        figure(policy, "children_max"),
        figure(policy, "layers_max"),
        figure(policy, "value_date_months"),
        figure(policy, "offers_open_max"),
        figure(policy, "retention_days"),
        figure(policy, "cancel_days"),
        figure(policy, "claim_minutes"),
        figure(policy, "claim_free_hours"),
    )
