"""What other contracts may ask of risk; nothing else of this folder is for them.

A voucher's rules ask `check_may_issue` and add the Change of `use` when a promise is made; add `expect` when it is accepted and its
cut-off is known; add `give_back` (and `meet`) at every payment or end; and `block` when a cut-off has passed unpaid, `unblock` when that is cured.
"""

from typing import Final

from tallychain.contracts.risk.policies import RISK, RISK_DEFAULTS
from tallychain.contracts.risk.refusals import CeilingExceeded, IssuerBlocked
from tallychain.contracts.risk.rules.block import (
    all_expected,
    block,
    check_may_issue,
    expect,
    is_blocked,
    meet,
    unblock,
)
from tallychain.contracts.risk.rules.usage import all_used, free, give_back, granted, use, used
from tallychain.ledger.parameters import Policy
from tallychain.ledger.refusals import Refused

__all__ = [
    "ISSUE_REFUSALS",
    "CeilingExceeded",
    "IssuerBlocked",
    "all_expected",
    "all_used",
    "block",
    "check_may_issue",
    "expect",
    "free",
    "give_back",
    "granted",
    "is_blocked",
    "meet",
    "unblock",
    "use",
    "used",
    "usual_policies",
]

ISSUE_REFUSALS: Final[tuple[type[Refused], ...]] = (IssuerBlocked, CeilingExceeded)
"""What `check_may_issue` and `use` may refuse, in order of precedence."""


def usual_policies(effective_from: str, article: str = "") -> tuple[Policy, ...]:
    """The policies with which an alliance usually begins, as version 1, for its genesis document."""
    return (Policy(RISK, 1, effective_from, dict(RISK_DEFAULTS), article),)
