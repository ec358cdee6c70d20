"""Recourse as funder, seller and bank work with it: the most that may be claimed, and whether a claim asks for no more."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from tallychain.contracts.vouchers.recoursing.contents import RecourseContent
from tallychain.contracts.vouchers.recoursing.terms import ClaimNotPossible, claimable, is_within

__all__ = ["LATE_PPM_PER_DAY", "ClaimNotPossible", "claim_of", "follows"]

LATE_PPM_PER_DAY: Final = 500
"""0.05 % a day, the usual figure of the policy `SETTLEMENT`; the row of a claim says which one its voucher has."""
_FIELDS: Final = ("principal", "until", "days", "interest", "amount", "contract")


def claim_of(
    principal: int,
    maturity: str,
    *,
    until: str,
    contract: str = "",
    late_ppm_per_day: int = LATE_PPM_PER_DAY,
) -> dict[str, Any]:
    """The sealed part of a claim for all that may be claimed; raises `ClaimNotPossible`."""
    content = claimable(principal, maturity, until=until, late_ppm_per_day=late_ppm_per_day)
    made: dict[str, Any] = msgspec.to_builtins(replace(content, contract=contract))
    return made


def follows(claim: Mapping[str, Any], terms: Mapping[str, Any]) -> bool:
    """Whether a row of `recourse_terms` adds up, and asks for no more than its row of `recourses` allows."""
    content = RecourseContent(**{name: terms[name] for name in _FIELDS})
    return is_within(content, int(claim["unpaid"]), str(claim["maturity"]), int(claim["late_ppm_per_day"]))
