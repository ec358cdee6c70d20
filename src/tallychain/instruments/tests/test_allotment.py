from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.allotment import (
    AllotmentImpossible,
    cumulative_shares,
    largest_remainder,
    pro_rata,
)
from tallychain.instruments.money import MAX_FEN


class Division(msgspec.Struct, frozen=True):
    total: int
    weights_ppm: tuple[int, ...]
    shares: tuple[int, ...]


class Series(msgspec.Struct, frozen=True):
    entries: tuple[int, ...]
    weights_ppm: tuple[int, ...]
    final: tuple[int, ...]


class AllotmentVectors(msgspec.Struct, frozen=True):
    vectors: tuple[Division, ...]
    cumulative: Series


VECTORS = msgspec.json.decode(
    (Path(__file__).parent / "vectors" / "allotment.json").read_bytes(), type=AllotmentVectors
)
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize("division", VECTORS.vectors)
def test_every_vector_of_the_studies_is_met_exactly(division: Division) -> None:
    assert largest_remainder(division.total, division.weights_ppm) == division.shares


def test_a_series_of_entries_ends_where_one_division_of_the_total_does() -> None:
    series = VECTORS.cumulative
    totals = [0] * len(series.weights_ppm)
    before = 0
    for entry in series.entries:
        shares = cumulative_shares(before, entry, series.weights_ppm)
        assert sum(shares) == entry
        totals = [total + share for total, share in zip(totals, shares, strict=True)]
        before += entry
    assert tuple(totals) == series.final
    alone = [largest_remainder(entry, series.weights_ppm) for entry in series.entries]
    assert sum(lead for lead, _ in alone) != series.final[0]


def test_a4_three_equal_banks_are_level_after_three_entries() -> None:
    entries = [cumulative_shares(before, 100, [1, 1, 1]) for before in (0, 100, 200)]
    assert entries[0] == (34, 33, 33)
    assert [sum(bank) for bank in zip(*entries, strict=True)] == [100, 100, 100]


def test_a_share_of_an_entry_may_be_negative_where_three_divide() -> None:
    assert largest_remainder(10, [6, 6, 2]) == (4, 4, 2)
    assert largest_remainder(11, [6, 6, 2]) == (5, 5, 1)
    assert cumulative_shares(10, 1, [6, 6, 2]) == (1, 1, -1)


def test_scenario_23_a_part_payment_is_shared_by_face_and_the_odd_fen_goes_to_the_largest_remainder() -> None:
    faces = (30_000_000, 12_500_001, 57_499_999)
    shares = pro_rata(60_000_000, faces)
    assert shares == (18_000_000, 7_500_001, 34_499_999)
    remaining = tuple(face - share for face, share in zip(faces, shares, strict=True))
    assert remaining == (12_000_000, 5_000_000, 23_000_000)


def test_a_tie_goes_to_the_lower_unit() -> None:
    assert pro_rata(1, [5, 5]) == (1, 0)
    assert pro_rata(3, [5, 5, 5, 5]) == (1, 1, 1, 0)


def test_a_payment_above_what_is_owed_is_refused() -> None:
    assert pro_rata(10, [4, 6]) == (4, 6)
    with pytest.raises(AllotmentImpossible, match="larger than what is owed"):
        pro_rata(11, [4, 6])


@given(st.integers(0, MAX_FEN), WEIGHTS)
def test_shares_add_up_and_each_is_its_quota_rounded_one_way_or_the_other(
    total: int, weights: list[int]
) -> None:
    shares = largest_remainder(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        floor, remainder = divmod(total * weight, sum(weights))
        assert share in ({floor, floor + 1} if remainder else {floor})


@given(st.data(), st.lists(st.integers(1, 10**11), min_size=1, max_size=12))
def test_nobody_is_paid_more_than_its_face(data: st.DataObject, faces: list[int]) -> None:
    paid = data.draw(st.integers(0, sum(faces)))
    assert all(share <= face for share, face in zip(pro_rata(paid, faces), faces, strict=True))


@pytest.mark.parametrize(
    ("total", "weights"),
    [
        (-1, [1]),
        (MAX_FEN + 1, [1]),
        (1, []),
        (1, [0, 0]),
        (1, [2, -1]),
        (1, [MAX_FEN, 1]),
        (1, [1] * 100_001),
    ],
)
def test_a_division_that_makes_no_sense_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(AllotmentImpossible, match="out of bounds"):
        largest_remainder(total, weights)


def test_the_bounds_of_a_division_are_allowed() -> None:
    assert largest_remainder(7, [1]) == (7,)
    assert largest_remainder(MAX_FEN, [MAX_FEN]) == (MAX_FEN,)
    assert sum(largest_remainder(1, [1] * 100_000)) == 1
    assert cumulative_shares(0, 0, [1, 1]) == (0, 0)


def test_a_negative_entry_or_history_is_refused() -> None:
    with pytest.raises(AllotmentImpossible):
        cumulative_shares(100, -1, [1, 1])
    with pytest.raises(AllotmentImpossible):
        cumulative_shares(-1, 100, [1, 1])
