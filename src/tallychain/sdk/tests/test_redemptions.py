"""What a rate makes of a face that is paid early."""

import pytest

from tallychain.sdk.redemptions import PriceNotPossible, follows, terms_of


def test_terms_are_computed_and_told_figures_are_compared_with_them() -> None:
    terms = terms_of(57_499_999, "2026-09-14", rate=30_000, value_date="2026-06-01")
    assert (terms["days"], terms["discount"], terms["net"]) == (105, 503_125, 56_996_874)
    row = {"face": 57_499_999, "maturity": "2026-09-14"}
    assert follows(row, {**terms, "seat": "s1"})
    assert not follows(row, {**terms, "net": terms["net"] - 1})


def test_nothing_is_paid_early_on_the_maturity() -> None:
    with pytest.raises(PriceNotPossible):
        terms_of(57_499_999, "2026-09-14", rate=30_000, value_date="2026-09-14")
