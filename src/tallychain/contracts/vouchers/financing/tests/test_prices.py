"""Quotes in exact numbers: the study's scenarios 6 to 9."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.terms import Price, PriceNotPossible, is_true, priced
from tallychain.contracts.vouchers.financing.tests.desk import MATURITY, TRUE, quoted

S2_FACE = 30_000_000


def test_the_lower_rate_is_not_the_better_quote() -> None:
    offers = {
        "bank-a": priced(S2_FACE, MATURITY, rate=36_500, fees=0, value_date="2026-04-16"),
        "bank-b": priced(S2_FACE, MATURITY, rate=36_000, fees=20_000, value_date="2026-04-16"),
        "factor-a": priced(S2_FACE, MATURITY, rate=41_000, fees=0, value_date="2026-04-16"),
    }

    assert offers == {
        "bank-a": Price(151, 459_292, 29_540_708, 36_500),
        "bank-b": Price(151, 453_000, 29_527_000, 37_589),
        "factor-a": Price(151, 515_917, 29_484_083, 41_000),
    }
    assert sorted(offers, key=lambda name: -offers[name].net) == ["bank-a", "bank-b", "factor-a"]


def test_a_part_is_priced_by_its_own_face() -> None:
    price = priced(12_345_678, MATURITY, rate=36_500, fees=0, value_date="2026-04-16")

    assert (price.interest, price.net) == (189_009, 12_156_669)
    assert S2_FACE - 12_345_678 == 17_654_322


def test_parts_may_differ_from_the_whole_by_a_fen() -> None:
    whole = priced(100_000_000, "2026-06-29", rate=36_500, fees=0, value_date="2026-03-31")
    parts = [
        priced(face, "2026-06-29", rate=36_500, fees=0, value_date="2026-03-31").interest
        for face in (33_333_333, 33_333_333, 33_333_334)
    ]

    assert (whole.days, whole.interest) == (90, 912_500)
    assert parts == [304_167, 304_167, 304_167]


def test_days_count_to_the_effective_maturity() -> None:
    price = priced(50_000_000, "2026-10-08", rate=40_000, fees=0, value_date="2026-07-01")

    assert (price.days, price.interest) == (99, 550_000)
    assert priced(50_000_000, "2026-10-04", rate=40_000, fees=0, value_date="2026-07-01").interest == 527_778


@pytest.mark.parametrize(
    ("value_date", "fees"),
    [("2026-09-14", 0), ("2026-09-15", 0), ("2026-02-30", 0), ("2026-04-16", S2_FACE)],
)
def test_a_price_that_cannot_be_is_none(value_date: str, fees: int) -> None:
    with pytest.raises(PriceNotPossible):
        priced(S2_FACE, MATURITY, rate=36_500, fees=fees, value_date=value_date)


def test_a_quote_is_true_when_every_figure_follows() -> None:
    assert is_true(TRUE, S2_FACE, MATURITY)
    assert is_true(quoted(36_000, 20_000), S2_FACE, MATURITY)
    for wrong in (
        replace(TRUE, interest=TRUE.interest - 1),
        replace(TRUE, net=TRUE.net + 1),
        replace(TRUE, days=150),
        replace(TRUE, fees=1),
        replace(TRUE, day_count="ACT_365"),
        replace(TRUE, value_date=MATURITY),
    ):
        assert not is_true(wrong, S2_FACE, MATURITY)
