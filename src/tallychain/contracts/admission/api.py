"""What other contracts and networks may ask of admissions."""

from collections.abc import Sequence
from typing import Final

from tallychain.contracts.admission import refusals
from tallychain.contracts.admission.genesis import FoundingReview
from tallychain.contracts.admission.policies import ADMISSION, USUAL, Figures
from tallychain.contracts.admission.rules import admitted, bank_gone
from tallychain.instruments.calendar import add_months, format_date, local_day
from tallychain.ledger.parameters import Policy
from tallychain.ledger.refusals import Refused

__all__ = ["ADMIT_REFUSALS", "FoundingReview", "admitted", "bank_gone", "founding_section", "usual_policies"]

ADMIT_REFUSALS: Final[tuple[type[Refused], ...]] = (refusals.NotIntroduced,)
"""Why `admitted` may say no."""


def usual_policies(effective_from: str, article: str = "") -> tuple[Policy, ...]:
    """With what an alliance usually begins."""
    return (Policy(ADMISSION, 1, effective_from, dict(USUAL), article),)


def founding_section(
    issuers: Sequence[str], banks: Sequence[str], start_ms: int
) -> tuple[FoundingReview, ...]:
    """The section by which founding banks answer for founding core enterprises in turn, until the usual months after the beginning are over."""
    due = format_date(add_months(local_day(start_ms), Figures().review_months))
    found = []
    for number, issuer in enumerate(issuers):
        others = [bank for bank in banks if bank != issuer]
        if others:
            found.append(FoundingReview(issuer, others[number % len(others)], due))
    return tuple(found)
