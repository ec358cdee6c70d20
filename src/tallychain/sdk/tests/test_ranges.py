"""The lowest free piece of a holding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.sdk.ranges import lowest_free


@pytest.mark.parametrize(
    ("bound", "amount", "first"),
    [
        ([], 10, 11),
        ([(11, 15)], 5, 16),
        ([(14, 20)], 3, 11),
        ([(14, 20)], 4, None),
        ([(14, 16)], 4, 17),
        ([(1, 10), (21, 30)], 10, 11),
        ([], 11, None),
    ],
)
def test_the_lowest_piece_that_nothing_binds_is_found(
    bound: list[tuple[int, int]], amount: int, first: int | None
) -> None:
    assert lowest_free(11, 20, bound, amount) == first


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 5)).map(lambda pair: (pair[0], pair[0] + pair[1])),
        max_size=4,
    ),
    st.integers(1, 20),
)
def test_the_found_piece_is_the_one_that_trying_every_unit_finds(
    bound: list[tuple[int, int]], amount: int
) -> None:
    taken = {unit for first, last in bound for unit in range(first, last + 1)}
    tried = [start for start in range(1, 21 - amount + 1) if not taken & set(range(start, start + amount))]

    assert lowest_free(1, 20, bound, amount) == (tried[0] if tried else None)
