"""Quotes are compared by what they leave the seller, and a false one is seen as false."""

from typing import Any

import pytest

from tallychain.sdk.quotes import PriceNotPossible, compared, content_of

FACE = 30_000_000
FINANCING = {"financing": "f1", "face": FACE, "maturity": "2026-09-14"}


def quote(funder: str, state: str = "REVEALED") -> dict[str, Any]:
    return {"funder": funder, "state": state, "commitment": f"c-{funder}", "paying_bank": "settle-a"}


def terms(funder: str, rate: int, fees: int = 0, **more: Any) -> dict[str, Any]:
    content = content_of(
        FACE, "2026-09-14", rate=rate, fees=fees, value_date="2026-04-16", contract=f"BL-{funder}"
    )
    return {"seat": "s1", "financing": "f1", "funder": funder, "operation": "o1", **content, **more}


def test_the_quote_that_leaves_most_comes_first_though_its_rate_is_not_the_lowest() -> None:
    found = compared(
        FINANCING,
        [quote("bank-a"), quote("bank-b"), quote("factor-a"), quote("factor-b", "COMMITTED")],
        [
            terms("bank-a", 41_000),
            terms("bank-b", 36_000, 20_000),
            terms("factor-a", 36_500),
            {**terms("factor-b", 1), "financing": "f2"},
        ],
    )
    assert [(one.funder, one.content.net if one.content else 0, one.all_in) for one in found] == [
        ("factor-a", 29_540_708, 36_500),
        ("bank-b", 29_527_000, 37_589),
        ("bank-a", 29_484_083, 41_000),
        ("factor-b", 0, 0),
    ]
    assert [one.is_best for one in found] == [True, False, False, False]
    assert [one.can_be_chosen for one in found] == [True, True, True, False]


def test_a_quote_that_promises_more_than_its_rate_leaves_is_false_and_comes_last() -> None:
    found = compared(
        FINANCING,
        [quote("bank-a"), quote("bank-b"), quote("factor-a", "VOID")],
        [terms("bank-a", 36_500, net=29_999_999), terms("bank-b", 41_000), terms("factor-a", 30_000)],
    )
    assert [(one.funder, one.is_true, one.is_best) for one in found] == [
        ("bank-b", True, True),
        ("bank-a", False, False),
        ("factor-a", True, False),
    ]


def test_the_choice_does_not_change_the_order_of_quotes() -> None:
    found = compared(
        FINANCING,
        [quote("bank-a"), quote("factor-a", "CHOSEN")],
        [terms("bank-a", 41_000), terms("factor-a", 36_500)],
    )
    assert [(one.funder, one.is_best) for one in found] == [("factor-a", True), ("bank-a", False)]


def test_before_anything_is_delivered_nothing_is_best() -> None:
    (one,) = compared(FINANCING, [quote("bank-a", "COMMITTED")], [])
    assert (one.content, one.is_true, one.is_best) == (None, False, False)
    assert compared(FINANCING, [], []) == []


def test_a_value_date_on_the_maturity_leaves_nothing_to_quote() -> None:
    with pytest.raises(PriceNotPossible):
        content_of(FACE, "2026-09-14", rate=36_500, fees=0, value_date="2026-09-14", contract="x")
