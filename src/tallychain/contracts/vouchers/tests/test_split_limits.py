"""How often a voucher is divided, into how small parts, and how many offers a holding has open."""

import pytest

from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.policies import SPLIT
from tallychain.contracts.vouchers.tests.desk import (
    Desk,
    fields_of,
    person,
    row,
)

S1, S2, S3, S4 = person("s1"), person("s2"), person("s3", "bank-b"), person("s4")


def test_scenario_35_no_offer_is_made_that_would_need_one_split_too_many() -> None:
    desk = Desk()
    desk.policy(SPLIT, 2, children_max=3)
    voucher = desk.active(face=12)
    desk.offer(voucher.number, S1, row(1, 4, S2))

    with pytest.raises(refusals.SplitLimit) as refused:
        desk.offer(voucher.number, S1, row(5, 6, S2), row(7, 8, S3), row(9, 10, S4))

    assert fields_of(refused.value) == {"voucher": voucher.number, "limit": 3, "article": "Rules 7.8"}
    # Three offers that leave nothing behind need two splits only.
    assert len(desk.offer(voucher.number, S1, row(5, 8, S2), row(9, 12, S3))) == 2


def test_a_holding_has_only_so_many_open_offers() -> None:
    desk = Desk()
    desk.policy(SPLIT, 2, offers_open_max=3)
    voucher = desk.active()
    (first,) = desk.offer(voucher.number, S1, row(1, 1, S2))

    with pytest.raises(refusals.TooManyOpenOffers) as refused:
        desk.offer(voucher.number, S1, *(row(n, n, person(f"r{n}")) for n in (2, 3, 4)))

    assert fields_of(refused.value) == {
        "holding": f"{voucher.number}:1-100000000:1",
        "limit": 3,
        "article": "Rules 7.8",
    }
    desk.offer(voucher.number, S1, row(2, 2, S3), row(3, 3, S4))
    desk.recall(voucher.number, first, S1)
    assert len(desk.offer(voucher.number, S1, row(9, 9, S2))) == 1


def test_small_parts_are_offered_only_while_at_least_half_of_the_splits_are_left() -> None:
    desk = Desk()
    desk.policy(SPLIT, 2, children_max=4)
    voucher = desk.active(face=100)
    # Both can be taken before half of the four splits are used.
    desk.offer(voucher.number, S1, row(1, 1, S2), row(2, 2, S3))

    for cut, part in ((row(3, 26, S4), (24, "3-26")), (row(60, 90, S4), (10, "91-100"))):
        with pytest.raises(refusals.PartTooSmall) as refused:
            desk.offer(voucher.number, S1, cut)
        length, units_named = part
        assert fields_of(refused.value) == {
            "voucher": voucher.number,
            "part": units_named,
            "length": length,
            "smallest": 25,
            "article": "Rules 7.8",
        }
    desk.offer(voucher.number, S1, row(3, 27, S4))


def test_what_an_earlier_offer_left_small_is_not_held_against_a_later_one() -> None:
    desk = Desk()
    desk.policy(SPLIT, 2, children_max=4)
    voucher = desk.active(face=100)
    desk.offer(voucher.number, S1, row(2, 30, S2))
    desk.offer(voucher.number, S1, row(40, 50, S3))

    # Unit 1 and units 31 to 39 are left behind by others.
    assert len(desk.offer(voucher.number, S1, row(76, 100, S4))) == 1
