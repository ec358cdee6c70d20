"""The governed figures of settlement.  A voucher keeps the version under which it was issued.

The values with which an alliance usually begins are those of the supply-chain study, section 7.8, and of the design page "vouchers".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tallychain.ledger.parameters import POLICIES, Policy, PolicyMissing, policy_on
from tallychain.ledger.state import Reader

SETTLEMENT: Final = "SETTLEMENT"

SETTLEMENT_DEFAULTS: Final = MappingProxyType(
    {
        "cutoff_minutes": 17 * 60,
        "overdue_business_days": 3,
        "payee_lead_hours": 12,
        "payout_minutes": 20 * 60,
        "late_ppm_per_day": 500,
        "outside_business_days": 3,
        "answer_days": 5,
        "release_business_days": 3,
        "excess_business_days": 1,
        "agreement_answer_days": 10,
        "agreement_notice_days": 30,
        "attestations_max": 50,
    }
)

SETTLEMENT_BOUNDS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "cutoff_minutes": (8 * 60, 23 * 60),
        "overdue_business_days": (1, 30),
        "payee_lead_hours": (1, 72),
        "payout_minutes": (8 * 60, 23 * 60 + 59),
        "late_ppm_per_day": (0, 10_000),
        "outside_business_days": (0, 30),
        "answer_days": (1, 30),
        "release_business_days": (1, 30),
        "excess_business_days": (1, 30),
        "agreement_answer_days": (1, 60),
        "agreement_notice_days": (0, 365),
        "attestations_max": (1, 500),
    }
)
"""Least and most of every figure; within them no rule can fail for its parameters."""


@dataclass(frozen=True, slots=True)
class SettlementPolicy:
    """When a voucher has to be paid, by whom something has to be done until when, and what being late costs."""

    version: int
    source: Policy
    """The version itself, which says where each figure comes from."""
    cutoff_minutes: int
    """Local time on the effective maturity, in minutes from midnight, by which the money has to be booked."""
    overdue_business_days: int
    """Business days after the effective maturity at whose cut-off a voucher still unpaid is overdue."""
    payee_lead_hours: int
    """Hours before the beginning of the effective maturity until which payees are taken."""
    payout_minutes: int
    """Local time, in minutes from midnight, by which what was attested on a day is paid out."""
    late_ppm_per_day: int
    """Late interest, in parts per million of what is owed for each day."""
    outside_business_days: int
    """Business days before the effective maturity from which on no payment outside can be agreed any more."""
    answer_days: int
    """Days of 24 hours within which the other side answers to a payment outside or a new settlement bank."""
    release_business_days: int
    """Business days within which a holder may take a release of debt back."""
    excess_business_days: int
    """Business days within which the settlement bank returns what nobody has coming."""
    agreement_answer_days: int
    """Days of 24 hours within which a settlement bank answers to an issuer."""
    agreement_notice_days: int
    """Days of 24 hours that an agreement lasts after notice is given."""
    attestations_max: int
    """Attestations of one voucher."""


def settlement_policy_on(state: Reader, day: str) -> SettlementPolicy:
    """The policy that a voucher issued on a local day keeps; the first version holds from the first day of the chain."""
    first = _version(state, 1)
    return _typed(first if day < first.effective_from else policy_on(state, SETTLEMENT, day))


def settlement_policy(state: Reader, version: int) -> SettlementPolicy:
    """The policy of a voucher, by the version that it keeps.  Raises `PolicyMissing` if there is none."""
    return _typed(_version(state, version))


def _version(state: Reader, version: int) -> Policy:
    policy = state.get(POLICIES, SETTLEMENT, version)
    if policy is None:
        raise PolicyMissing(SETTLEMENT)
    return policy


def _typed(policy: Policy) -> SettlementPolicy:
    return SettlementPolicy(
        policy.version, policy, **{name: _figure(policy, name) for name in SETTLEMENT_BOUNDS}
    )


def _figure(policy: Policy, name: str) -> int:
    value = policy.values.get(name)
    if not isinstance(value, int):
        raise PolicyMissing(f"{policy.kind}.{name}")
    return value
