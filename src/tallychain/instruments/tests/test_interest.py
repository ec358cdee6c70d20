from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.interest import DayCount, InterestOutOfBounds, days_between, interest
from tallychain.instruments.money import MAX_FEN, MAX_PPM, Fen, Ppm


class InterestVector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    amount: Fen
    rate_ppm: Ppm
    days: int
    day_count: DayCount
    interest: Fen
    source: str


class InterestVectors(msgspec.Struct, frozen=True):
    vectors: tuple[InterestVector, ...]


VECTORS = msgspec.json.decode(
    (Path(__file__).parent / "vectors" / "interest.json").read_bytes(), type=InterestVectors
).vectors


def test_there_are_vectors_of_both_day_counts() -> None:
    assert len(VECTORS) == 16
    assert {vector.day_count for vector in VECTORS} == set(DayCount)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.source)
def test_every_vector_of_the_studies_is_met_exactly(vector: InterestVector) -> None:
    assert interest(vector.amount, vector.rate_ppm, vector.days, vector.day_count) == vector.interest


def test_scenario_6_the_lower_rate_with_a_fee_is_the_worse_offer() -> None:
    face = Fen(30_000_000)
    assert days_between(date(2026, 4, 16), date(2026, 9, 14)) == 151
    net_b1 = face - interest(face, Ppm(36_500), 151)
    net_b2 = face - interest(face, Ppm(36_000), 151) - 20_000
    net_f1 = face - interest(face, Ppm(41_000), 151)
    assert (net_b1, net_b2, net_f1) == (29_540_708, 29_527_000, 29_484_083)


def test_scenario_8_parts_may_cost_one_fen_more_than_the_whole_and_faces_none() -> None:
    rate, days = Ppm(36_500), 90
    parts = [Fen(33_333_333), Fen(33_333_333), Fen(33_333_334)]
    assert sum(parts) == 100_000_000
    assert interest(Fen(100_000_000), rate, days) == 912_500
    assert [interest(part, rate, days) for part in parts] == [304_167, 304_167, 304_167]
    assert sum(interest(part, rate, days) for part in parts) == 912_501


def test_scenario_9_the_days_run_to_the_effective_maturity() -> None:
    bought, nominal, effective = date(2026, 7, 1), date(2026, 10, 4), date(2026, 10, 8)
    face, rate = Fen(50_000_000), Ppm(40_000)
    assert days_between(bought, effective) == 99
    assert interest(face, rate, 99) == 550_000
    assert interest(face, rate, days_between(bought, nominal)) == 527_778


def test_scenario_25_late_interest_at_005_percent_a_day_is_1825_percent_a_year() -> None:
    shares = [Fen(12_000_000), Fen(5_000_000), Fen(23_000_000)]
    late = [interest(share, Ppm(182_500), 10, DayCount.ACT_365) for share in shares]
    assert late == [60_000, 25_000, 115_000]
    assert interest(Fen(40_000_000), Ppm(182_500), 10, DayCount.ACT_365) == 200_000


def test_scenario_34_discount_and_payment_are_the_face() -> None:
    days = days_between(date(2026, 6, 1), date(2026, 9, 14))
    assert days == 105
    discount = interest(Fen(57_499_999), Ppm(30_000), days)
    assert (discount, 57_499_999 - discount) == (503_125, 56_996_874)


def test_half_a_unit_is_rounded_up_and_less_is_not() -> None:
    assert interest(Fen(180), Ppm(1_000_000), 1) == 1  # 0.5
    assert interest(Fen(179), Ppm(1_000_000), 1) == 0
    assert interest(Fen(540), Ppm(1_000_000), 1) == 2  # 1.5
    assert interest(Fen(0), Ppm(MAX_PPM), 365) == 0
    assert interest(Fen(1), Ppm(0), 365) == 0
    assert interest(Fen(1), Ppm(1), 0) == 0
    assert interest(Fen(1), Ppm(MAX_PPM), 36_525) == 1_015


def test_a_billion_yuan_needs_more_than_63_bits_on_the_way_and_is_exact() -> None:
    assert interest(Fen(10**11), Ppm(999_999), 360) == 99_999_900_000


@given(st.integers(0, 10**13), st.integers(0, 2_000_000), st.integers(0, 400), st.sampled_from(DayCount))
def test_interest_is_never_half_a_unit_away_from_the_exact_fraction(
    amount: int, rate: int, days: int, day_count: DayCount
) -> None:
    result = interest(Fen(amount), Ppm(rate), days, day_count)
    base = day_count.days_of_year * 1_000_000
    twice_the_error = 2 * (result * base - amount * rate * days)
    assert -base < twice_the_error <= base


@pytest.mark.parametrize(
    ("amount", "rate", "days"),
    [(-1, 1, 1), (MAX_FEN + 1, 1, 1), (1, -1, 1), (1, MAX_PPM + 1, 1), (1, 1, -1), (1, 1, 36_526)],
)
def test_what_is_out_of_bounds_is_refused(amount: int, rate: int, days: int) -> None:
    with pytest.raises(InterestOutOfBounds, match="out of bounds"):
        interest(Fen(amount), Ppm(rate), days)


def test_a_result_larger_than_any_amount_is_refused() -> None:
    assert interest(Fen(MAX_FEN), Ppm(1_000_000), 360) == MAX_FEN
    with pytest.raises(InterestOutOfBounds, match="larger than any amount"):
        interest(Fen(MAX_FEN), Ppm(1_000_000), 361)


def test_a_term_that_ends_before_it_begins_is_refused() -> None:
    assert days_between(date(2026, 3, 16), date(2026, 3, 16)) == 0
    assert days_between(date(2028, 2, 28), date(2028, 3, 1)) == 2
    with pytest.raises(InterestOutOfBounds, match="before it begins on 2026-03-16"):
        days_between(date(2026, 3, 16), date(2026, 3, 15))
