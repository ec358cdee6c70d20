import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.holdings import (
    Encumbrance,
    EncumbranceKind,
    FreezePosition,
    UnitsEncumbered,
    clipped_to,
    encumbrance_faults,
    free_ranges,
    freeze_queue,
    is_free,
    place,
    standing_at,
    strongest,
)
from tallychain.instruments.money import Units
from tallychain.instruments.tests.builders import bound, freeze, offer, units


def test_freeze_is_stronger_than_pledge_and_pledge_than_the_others() -> None:
    kinds = EncumbranceKind
    assert kinds.FREEZE.priority < kinds.PLEDGE.priority < kinds.FINANCING.priority
    assert kinds.FINANCING.priority == kinds.OFFER.priority == kinds.DISPUTE.priority
    pledge = bound(kinds.PLEDGE, 5, 10)
    assert strongest(units(1, 20), [offer(1, 4), pledge]) == pledge
    assert strongest(units(1, 20), [offer(1, 4), pledge, freeze(20, 20)]) == freeze(20, 20)
    assert strongest(units(1, 20), [offer(1, 4, "a"), bound(kinds.DISPUTE, 5, 6)]) == offer(1, 4, "a")
    assert strongest(units(11, 20), [pledge]) is None


@pytest.mark.parametrize(
    ("by", "until_ms", "reference", "sound"),
    [
        ("x", 0, "r", True),
        ("x" * 200, 2**53, "r" * 200, True),
        ("", 0, "r", False),
        ("x" * 201, 0, "r", False),
        ("x", -1, "r", False),
        ("x", 2**53 + 1, "r", False),
        ("x", 0, "", False),
        ("x", 0, "r" * 201, False),
    ],
)
def test_the_fields_of_an_encumbrance_are_bounded(
    by: str, until_ms: int, reference: str, sound: bool
) -> None:
    burden = Encumbrance(EncumbranceKind.PLEDGE, Units(1), Units(2), by, until_ms, reference)
    text = msgspec.json.encode(burden)
    if sound:
        assert msgspec.json.decode(text, type=Encumbrance) == burden
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=Encumbrance)


def test_an_encumbrance_is_one_canonical_text() -> None:
    assert msgspec.json.encode(freeze(1, 5, "court-1")) == (
        b'{"kind":"FREEZE","first":1,"last":5,"by":"member:bank-a","until_ms":0,"reference":"court-1"}'
    )


def test_free_ranges_leave_out_every_kind_and_reach_no_further_than_the_holding() -> None:
    burdens = [offer(18, 30), bound(EncumbranceKind.PLEDGE, 4, 6), freeze(6, 8), freeze(40, 41)]
    assert free_ranges(units(1, 20), burdens) == (units(1, 3), units(9, 17))
    assert free_ranges(units(5, 7), burdens) == ()
    assert free_ranges(units(1, 20), []) == (units(1, 20),)
    assert is_free(units(9, 17), burdens)
    assert not is_free(units(9, 18), burdens)


def test_an_encumbrance_binds_until_its_instant_and_not_at_it() -> None:
    dated = bound(EncumbranceKind.OFFER, 1, 5, until_ms=1_000)
    undated = freeze(6, 7)
    assert standing_at([dated, undated], 999) == (dated, undated)
    assert standing_at([dated, undated], 1_000) == (undated,)


@pytest.mark.parametrize(
    "kind",
    [EncumbranceKind.PLEDGE, EncumbranceKind.FINANCING, EncumbranceKind.OFFER, EncumbranceKind.DISPUTE],
)
def test_what_is_agreed_needs_free_units(kind: EncumbranceKind) -> None:
    frozen = (offer(1, 3), freeze(4, 6))
    assert place(frozen, bound(kind, 7, 9)) == (*frozen, bound(kind, 7, 9))
    with pytest.raises(UnitsEncumbered, match="Units 4-6 already carry a FREEZE") as refused:
        place(frozen, bound(kind, 2, 9))
    assert refused.value.by == freeze(4, 6)


def test_a_freeze_attaches_over_everything_and_behind_earlier_freezes() -> None:
    placed = place([offer(1, 10, "offer")], freeze(1, 10, "court-1"))
    placed = place(placed, freeze(6, 15, "court-2"))
    placed = place(placed, freeze(3, 12, "court-3"))
    assert freeze_queue(placed) == (
        FreezePosition("court-1", (units(1, 10),), ()),
        FreezePosition("court-2", (units(11, 15),), (units(6, 10),)),
        FreezePosition("court-3", (), (units(3, 12),)),
    )


def test_when_the_first_freeze_is_lifted_the_queue_moves_up_at_once() -> None:
    lifted = [freeze(6, 15, "court-2"), freeze(3, 12, "court-3")]
    assert freeze_queue(lifted) == (
        FreezePosition("court-2", (units(6, 15),), ()),
        FreezePosition("court-3", (units(3, 5),), (units(6, 12),)),
    )


def test_a_part_takes_along_what_binds_it() -> None:
    burdens = [offer(1, 10, "a"), freeze(15, 30, "b")]
    assert clipped_to(burdens, units(5, 20)) == (offer(5, 10, "a"), freeze(15, 20, "b"))
    assert clipped_to(burdens, units(11, 14)) == ()


@pytest.mark.parametrize(
    ("burdens", "faulty"),
    [
        ([], []),
        ([offer(1, 5), offer(6, 10)], []),
        ([offer(1, 5), freeze(1, 10), freeze(5, 10, "second")], []),
        ([offer(1, 5), offer(5, 10)], [offer(5, 10)]),
        ([freeze(1, 5), offer(5, 10)], [offer(5, 10)]),
        ([offer(10, 21)], [offer(10, 21)]),
        ([freeze(21, 22)], [freeze(21, 22)]),
    ],
)
def test_i7_what_cannot_be_bound_is_named(burdens: list[Encumbrance], faulty: list[Encumbrance]) -> None:
    assert encumbrance_faults(units(1, 20), burdens) == tuple(faulty)


@given(
    st.lists(st.tuples(st.sampled_from(EncumbranceKind), st.integers(1, 20), st.integers(0, 6)), max_size=8)
)
def test_i7_placing_keeps_a_holding_sound(rows: list[tuple[EncumbranceKind, int, int]]) -> None:
    holding = units(1, 26)
    placed: tuple[Encumbrance, ...] = ()
    for kind, first, more in rows:
        burden = bound(kind, first, first + more)
        blocked = kind is not EncumbranceKind.FREEZE and not is_free(burden.range, placed)
        try:
            placed = place(placed, burden)
        except UnitsEncumbered:
            assert blocked
        else:
            assert not blocked
        assert encumbrance_faults(holding, placed) == ()
    free = sum(r.length for r in free_ranges(holding, placed))
    encumbered = sum(not is_free(units(n, n), placed) for n in range(1, 27))
    assert free + encumbered == holding.length


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 9)), min_size=1, max_size=6))
def test_each_frozen_unit_is_frozen_for_one_court_and_queued_for_the_others(
    rows: list[tuple[int, int]],
) -> None:
    freezes = [freeze(first, first + more, str(n)) for n, (first, more) in enumerate(rows)]
    queue = freeze_queue(freezes)
    for n in range(1, 31):
        served = sum(f.range.contains(units(n, n)) for f in freezes)
        assert sum(n in range(r.first, r.last + 1) for p in queue for r in p.effective) == min(served, 1)
        assert sum(n in range(r.first, r.last + 1) for p in queue for r in p.queued) == max(served - 1, 0)
