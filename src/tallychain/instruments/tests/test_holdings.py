import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.holdings import (
    Extent,
    FaultKind,
    FreeUnitsScattered,
    NotEnoughFreeUnits,
    PartitionFault,
    PartOutsideRange,
    PartsOverlap,
    Range,
    RangeMalformed,
    UnitsEncumbered,
    Unsplittable,
    free_ranges,
    parse_extent,
    partition_faults,
    place,
    split_off,
    take_each_lowest,
    take_lowest,
    whole,
)
from tallychain.instruments.money import MAX_UNITS
from tallychain.instruments.tests.builders import freeze, offer, units

V1_FACE = 100_000_000


# --- the scenarios of the studies


def test_scenario_3_two_transfers_get_the_lowest_units_in_order_and_the_rest_stays() -> None:
    holding = whole(V1_FACE)
    to_s2, to_s3 = take_each_lowest(free_ranges(holding, []), [30_000_000, 12_500_001])
    (rest,) = split_off(holding, [to_s2, to_s3])
    assert to_s2 == units(1, 30_000_000)
    assert to_s3 == units(30_000_001, 42_500_001)
    assert rest == units(42_500_002, 100_000_000)
    assert rest.length == 57_499_999
    assert partition_faults([to_s2, to_s3, rest], V1_FACE) == ()


def test_scenario_4_a_transfer_of_more_than_the_rest_is_refused() -> None:
    rest = units(42_500_002, 100_000_000)
    with pytest.raises(NotEnoughFreeUnits) as refused:
        take_lowest([rest], 57_500_000)
    assert (refused.value.asked, refused.value.free) == (57_500_000, 57_499_999)


def test_scenario_5_of_two_offers_of_400000_on_574999_only_the_first_is_bound() -> None:
    holding = units(42_500_002, 100_000_000)
    first = take_lowest(free_ranges(holding, []), 40_000_000)
    placed = place([], offer(first.first, first.last, "one"))
    with pytest.raises(NotEnoughFreeUnits):
        take_lowest(free_ranges(holding, placed), 40_000_000)


def test_scenario_20_the_free_part_beside_a_freeze_can_be_offered_and_no_more() -> None:
    holding = units(42_500_002, 100_000_000)
    frozen = place([], freeze(42_500_002, 72_500_001))
    (free,) = free_ranges(holding, frozen)
    assert free.length == 27_499_999
    assert take_lowest([free], 20_000_000) == units(72_500_002, 92_500_001)
    with pytest.raises(NotEnoughFreeUnits):
        take_lowest([free], 27_500_000)


def test_b3_a_part_of_a_pack_is_sold_and_its_units_are_unchanged() -> None:
    pack = parse_extent("1-120000000", 120_000_000)
    sold = take_lowest([pack.range], 50_000_000)
    rest = split_off(pack.range, [sold], splittable=pack.splittable)
    assert (sold, rest) == (units(1, 50_000_000), (units(50_000_001, 120_000_000),))
    assert str(rest[0]) == "50000001-120000000"
    assert sold.length + rest[0].length == pack.range.length


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_b4_of_two_sales_that_race_over_a_unit_exactly_one_is_locked(order: tuple[int, int]) -> None:
    sales = (offer(1, 50_000_000, "sale-0"), offer(40_000_000, 60_000_000, "sale-1"))
    first, second = (sales[n] for n in order)
    locked = place([], first)
    with pytest.raises(UnitsEncumbered, match="already carry a") as refused:
        place(locked, second)
    assert refused.value.by == first
    assert locked == (first,)


def test_b5_a_bill_marked_0_is_sold_whole_or_not_at_all() -> None:
    extent = parse_extent("0", 120_000_000)
    assert extent == Extent(units(1, 120_000_000), splittable=False)
    with pytest.raises(Unsplittable, match="passed on whole"):
        split_off(extent.range, [units(1, 50_000_000)], splittable=extent.splittable)
    assert split_off(extent.range, [extent.range], splittable=extent.splittable) == ()
    assert split_off(extent.range, [], splittable=extent.splittable) == (extent.range,)


def test_b6_a_face_beyond_32_bits_is_split_exactly() -> None:
    holding = whole(3_000_000_000)
    parts = take_each_lowest([holding], [2_147_483_648, 1])
    assert parts == (units(1, 2_147_483_648), units(2_147_483_649, 2_147_483_649))
    (rest,) = split_off(holding, parts)
    assert rest == units(2_147_483_650, 3_000_000_000)
    assert partition_faults([*parts, rest], 3_000_000_000) == ()


# --- ranges


def test_a_range_counts_both_ends() -> None:
    assert units(1, 1).length == 1
    assert units(1, MAX_UNITS).length == MAX_UNITS


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (-1, 3), (1, MAX_UNITS + 1)])
def test_an_impossible_range_cannot_be_made(first: int, last: int) -> None:
    with pytest.raises(RangeMalformed):
        units(first, last)
    with pytest.raises(RangeMalformed):
        offer(first, last)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"first":{first},"last":{last}}}'.encode(), type=Range)


def test_containing_overlapping_and_common_units() -> None:
    assert units(1, 10).contains(units(1, 10))
    assert not units(1, 10).contains(units(10, 11))
    assert not units(2, 10).contains(units(1, 10))
    assert units(1, 10).overlaps(units(10, 11))
    assert not units(1, 10).overlaps(units(11, 12))
    assert not units(11, 12).overlaps(units(1, 10))
    assert units(1, 10).common(units(5, 20)) == units(5, 10)
    assert units(1, 10).common(units(11, 20)) is None


@pytest.mark.parametrize("text", ["", "0-5", "1", "5-", "01-5", "1-1000000000000", "1 -5", "1-５", "5-1"])
def test_a_text_that_is_no_sub_range_is_refused(text: str) -> None:
    with pytest.raises(RangeMalformed):
        parse_extent(text, 100)


def test_a_sub_range_beyond_the_face_is_refused() -> None:
    with pytest.raises(PartOutsideRange, match="Units 1-101 are not within 1-100"):
        parse_extent("1-101", 100)


def test_a_part_outside_of_the_holding_is_refused() -> None:
    with pytest.raises(PartOutsideRange) as refused:
        split_off(units(11, 20), [units(5, 12)])
    assert (refused.value.part, refused.value.whole) == (units(5, 12), units(11, 20))


def test_parts_that_share_a_unit_are_refused() -> None:
    with pytest.raises(PartsOverlap) as refused:
        split_off(units(1, 20), [units(10, 12), units(5, 10)])
    assert (refused.value.one, refused.value.other) == (units(5, 10), units(10, 12))


def test_the_rest_of_a_split_may_lie_on_both_sides_and_between() -> None:
    assert split_off(units(1, 20), [units(15, 16), units(4, 6)]) == (units(1, 3), units(7, 14), units(17, 20))


@st.composite
def divisions(draw: st.DrawFn) -> tuple[Range, list[Range]]:
    """A holding and disjoint parts of it, in any order."""
    first = draw(st.integers(1, 1000))
    length = draw(st.integers(1, 10**11))
    cuts = draw(st.sets(st.integers(first, first + length), max_size=8))
    edges = sorted(cuts | {first, first + length})
    pieces = [units(low, high - 1) for low, high in itertools.pairwise(edges)]
    chosen = draw(st.lists(st.sampled_from(pieces), unique=True))
    return units(first, first + length - 1), chosen


@given(divisions())
def test_parts_and_rest_together_are_the_holding(division: tuple[Range, list[Range]]) -> None:
    holding, parts = division
    rest = split_off(holding, parts)
    together = sorted([*parts, *rest])
    assert together[0].first == holding.first
    assert together[-1].last == holding.last
    for one, other in itertools.pairwise(together):
        assert one.last + 1 == other.first
    for one, other in itertools.pairwise(rest):
        assert one.last + 1 < other.first


# --- invariant I1


def fault(kind: FaultKind, first: int, last: int) -> PartitionFault:
    return PartitionFault(kind, units(first, last))


@pytest.mark.parametrize(
    ("ranges", "faults"),
    [
        ([(1, 10)], []),
        ([(6, 10), (1, 5)], []),
        ([], [(FaultKind.GAP, 1, 10)]),
        ([(2, 10)], [(FaultKind.GAP, 1, 1)]),
        ([(1, 9)], [(FaultKind.GAP, 10, 10)]),
        ([(1, 3), (6, 10)], [(FaultKind.GAP, 4, 5)]),
        ([(1, 6), (5, 10)], [(FaultKind.OVERLAP, 5, 6)]),
        ([(1, 5), (5, 10)], [(FaultKind.OVERLAP, 5, 5)]),
        ([(1, 10), (3, 4)], [(FaultKind.OVERLAP, 3, 4)]),
        ([(1, 10), (1, 10)], [(FaultKind.OVERLAP, 1, 10)]),
        ([(1, 11)], [(FaultKind.BEYOND_FACE, 11, 11)]),
        ([(1, 8), (13, 14)], [(FaultKind.GAP, 9, 10), (FaultKind.BEYOND_FACE, 13, 14)]),
        ([(1, 10), (13, 14)], [(FaultKind.BEYOND_FACE, 13, 14)]),
        (
            [(1, 12), (11, 12)],
            [(FaultKind.BEYOND_FACE, 11, 12), (FaultKind.OVERLAP, 11, 12), (FaultKind.BEYOND_FACE, 11, 12)],
        ),
    ],
)
def test_i1_every_breach_of_the_partition_is_named(
    ranges: list[tuple[int, int]], faults: list[tuple[FaultKind, int, int]]
) -> None:
    found = partition_faults([units(*r) for r in ranges], 10)
    assert found == tuple(fault(*f) for f in faults)


@given(st.lists(st.tuples(st.integers(1, 14), st.integers(0, 6)), max_size=6))
def test_i1_faults_are_found_exactly_where_a_unit_by_unit_count_finds_them(
    rows: list[tuple[int, int]],
) -> None:
    ranges = [units(first, first + more) for first, more in rows]
    count = [sum(r.first <= unit <= r.last for r in ranges) for unit in range(1, 25)]
    sound = all(n == (1 if unit <= 10 else 0) for unit, n in enumerate(count, start=1))
    assert (partition_faults(ranges, 10) == ()) is sound


# --- taking by quantity


def test_the_lowest_range_that_is_long_enough_is_taken_and_shorter_ones_are_passed_over() -> None:
    free = [units(50, 99), units(1, 5), units(10, 30)]
    assert take_lowest(free, 5) == units(1, 5)
    assert take_lowest(free, 6) == units(10, 15)
    assert take_lowest(free, 50) == units(50, 99)


def test_enough_units_that_are_not_together_are_refused_with_the_longest() -> None:
    with pytest.raises(FreeUnitsScattered, match="longest free range has 50") as refused:
        take_lowest([units(1, 5), units(50, 99)], 51)
    assert (refused.value.asked, refused.value.longest) == (51, 50)
    with pytest.raises(FreeUnitsScattered):
        take_lowest([units(1, 5), units(50, 99)], 55)
    with pytest.raises(NotEnoughFreeUnits):
        take_lowest([units(1, 5), units(50, 99)], 56)


def test_nothing_can_be_taken_where_nothing_is_free() -> None:
    with pytest.raises(NotEnoughFreeUnits, match="1 units were asked for and 0 are free"):
        take_lowest([], 1)


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_or_less_cannot_be_asked_for(quantity: int) -> None:
    with pytest.raises(RangeMalformed):
        take_lowest([units(1, 5)], quantity)
    with pytest.raises(RangeMalformed):
        take_lowest([], quantity)


def test_several_quantities_never_share_a_unit() -> None:
    free = [units(1, 5), units(10, 30)]
    assert take_each_lowest(free, [6, 5, 15]) == (units(10, 15), units(1, 5), units(16, 30))
    with pytest.raises(NotEnoughFreeUnits):
        take_each_lowest(free, [6, 5, 16])
