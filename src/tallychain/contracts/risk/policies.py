"""The governed figures of this contract."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger.parameters import PolicyMissing, policy_on
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

RISK: Final = "RISK"
RISK_DEFAULTS: Final = MappingProxyType({"ceiling_months_max": 36})


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """How long a ceiling may hold."""

    article: str
    ceiling_months_max: int
    """How far ahead the last day of a ceiling may lie, in calendar months."""


def risk_policy(state: Reader, now: Moment) -> RiskPolicy:
    """The policy that holds now.  Raises `PolicyMissing` if genesis gave none, or none with this figure."""
    policy = policy_on(state, RISK, format_date(local_day(now.time_ms)))
    months = policy.values.get("ceiling_months_max")
    if not isinstance(months, int):
        raise PolicyMissing(f"{RISK}.ceiling_months_max")
    return RiskPolicy(policy.article, months)
