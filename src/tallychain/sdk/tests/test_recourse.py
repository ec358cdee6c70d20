"""What a funder may claim at most from its seller."""

import pytest

from tallychain.sdk.recourse import ClaimNotPossible, claim_of, follows

CLAIM = {"unpaid": 12_000_000, "maturity": "2026-09-14", "late_ppm_per_day": 500}


def test_a_claim_is_computed_and_told_figures_are_held_against_what_is_unpaid() -> None:
    terms = claim_of(12_000_000, "2026-09-14", until="2026-09-24", contract="BL-1")
    assert (terms["days"], terms["interest"], terms["amount"]) == (10, 60_000, 12_060_000)
    assert follows(CLAIM, {**terms, "seat": "s2"})
    assert not follows({**CLAIM, "unpaid": 11_999_999}, terms)
    assert not follows({**CLAIM, "late_ppm_per_day": 499}, terms)


def test_nothing_is_claimed_until_a_day_before_the_maturity() -> None:
    with pytest.raises(ClaimNotPossible):
        claim_of(12_000_000, "2026-09-14", until="2026-09-13")
