"""What is paid on a pledged holding goes to the pledgee up to its claim, and the rest to the owner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.security import Proceeds, ProceedsImpossible, proceeds_of

AMOUNTS = st.integers(0, 10**12)


def test_a_holding_pledged_for_less_than_its_face_gives_the_rest_to_its_owner() -> None:
    assert proceeds_of(12_500_001, 10_200_000) == Proceeds(10_200_000, 2_300_001)  # type: ignore[arg-type]  # figures of scenario 33


def test_a_shortfall_goes_to_the_pledgee_alone() -> None:
    assert proceeds_of(7_500_001, 10_200_000) == (7_500_001, 0)
    assert proceeds_of(5_000_000, 10_200_000, paid_before=7_500_001) == (2_699_999, 2_300_001)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_two_payments_give_what_one_of_their_sum_would(one: int, other: int, claim: int) -> None:
    first, second = proceeds_of(one, claim), proceeds_of(other, claim, one)
    whole = proceeds_of(one + other, claim)

    assert first.pledgee + second.pledgee == whole.pledgee
    assert first.owner + second.owner == whole.owner
    assert sum(first) == one


@pytest.mark.parametrize("amounts", [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (2**63, 0, 0)])
def test_an_amount_out_of_bounds_is_no_amount(amounts: tuple[int, int, int]) -> None:
    with pytest.raises(ProceedsImpossible):
        proceeds_of(*amounts)
