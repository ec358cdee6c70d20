"""What other contracts may ask of disclosure; nothing else of this folder is for them.

A voucher's rules add `accepted` when it is accepted and `shift` whenever what is owed on it changes or its cut-off passes; financing adds
`financed` when it completes; and an issue asks `check_may_issue`.
"""

from typing import Final

from tallychain.contracts.disclosure.months import last_day, shifted
from tallychain.contracts.disclosure.policies import DISCLOSURE, EXAMPLE, USUAL, article_on
from tallychain.contracts.disclosure.refusals import PersistentlyOverdue
from tallychain.contracts.disclosure.rules.facts import Promise, Shift, Since, accepted, financed, shift
from tallychain.contracts.disclosure.state import ACCOUNTS, MONTHS, MonthFacts
from tallychain.ledger.parameters import Policy
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader

__all__ = [
    "ISSUE_REFUSALS",
    "PersistentlyOverdue",
    "Promise",
    "Shift",
    "Since",
    "accepted",
    "all_owed",
    "check_may_issue",
    "example_policy",
    "financed",
    "owed",
    "shift",
    "usual_policies",
]

ISSUE_REFUSALS: Final[tuple[type[Refused], ...]] = (PersistentlyOverdue,)
"""What `check_may_issue` may refuse."""


def check_may_issue(state: Reader, issuer: str) -> None:
    """Nobody issues whom the last record found persistently overdue.  Raises `PersistentlyOverdue`."""
    account = state.get(ACCOUNTS, issuer)
    if account is not None and account.persistent_since:
        judged = last_day(shifted(account.month, -1))
        raise PersistentlyOverdue(
            issuer, account.persistent_since, article_on(state, judged, "persistent_events")
        )


def owed(state: Reader, issuer: str) -> int:
    """What an issuer owes on accepted vouchers by what is counted here, in fen."""
    account = state.get(ACCOUNTS, issuer)
    if account is None:
        return 0
    return account.balance + sum(
        _growth(row) for row in state.scan(MONTHS, issuer) if row.month >= account.month
    )


def all_owed(state: Reader) -> dict[str, int]:
    """The same of every issuer; for checks of the whole state."""
    return {row.issuer: owed(state, row.issuer) for row in state.iterate(ACCOUNTS)}


def usual_policies(effective_from: str, article: str = "") -> tuple[Policy, ...]:
    """The policy with which an alliance usually begins: figures, and no weights, so no grades."""
    return (Policy(DISCLOSURE, 1, effective_from, dict(USUAL), article),)


def example_policy(version: int, effective_from: str) -> Policy:
    """A policy with weights, named as what it is; members vote for their own."""
    return Policy(DISCLOSURE, version, effective_from, dict(EXAMPLE), "EXAMPLE")


def _growth(row: MonthFacts) -> int:
    return row.accepted - row.discharged
