"""Units are held against a standard: what is missing, and what the seller would get."""

from dataclasses import replace

import pytest

from tallychain.contracts.risk.standards.matching import MISSES, Facts, Indication, evaluated
from tallychain.contracts.risk.standards.operations import Priced
from tallychain.contracts.risk.standards.tests.desk import terms

GOOD = Facts(
    issuer="ce-a",
    face=100_000_000,
    days=180,
    layer=2,
    form="FACTORING",
    recourse=False,
    has_missed=False,
    on_time_bp=9_950,
    overdue_balance=0,
    scale="OVER_5BN",
    grade="A",
)


def test_what_meets_a_standard_is_told_net_proceeds_and_all_in_rate() -> None:
    answer = evaluated(terms(), GOOD)

    assert answer.is_met
    assert answer.indication == Indication(
        rate=38_000, advanced=90_000_000, interest=1_710_000, fees=20_000, net=88_270_000, all_in=38_444
    )


def test_the_price_is_that_of_the_grade_and_of_the_days() -> None:
    rates = {
        (grade, days): evaluated(terms(), replace(GOOD, grade=grade, days=days)).indication
        for grade, days in (("A", 1), ("A", 90), ("A", 91), ("B", 90))
    }

    assert [None if found is None else found.rate for found in rates.values()] == [
        36_500,
        36_500,
        38_000,
        45_000,
    ]


@pytest.mark.parametrize(
    ("standard", "facts", "code"),
    [
        ({"issuers": (), "excluded": ("ce-a",)}, {}, "ISSUER_EXCLUDED"),
        ({"issuers": ("ce-b",)}, {}, "ISSUER_NOT_ACCEPTED"),
        ({}, {"has_missed": True}, "ISSUER_MISSED_PAYMENT"),
        ({}, {"form": "PLEDGE"}, "FORM_NOT_FINANCED"),
        ({}, {"recourse": True}, "RECOURSE_NOT_AS_WANTED"),
        ({"recourse": "WITH"}, {}, "RECOURSE_NOT_AS_WANTED"),
        ({"face_min": 100_000_001}, {}, "FACE_TOO_SMALL"),
        ({"face_max": 99_999_999}, {}, "FACE_TOO_LARGE"),
        ({"days_min": 181}, {}, "TERM_TOO_SHORT"),
        ({"days_max": 179}, {}, "TERM_TOO_LONG"),
        ({}, {"layer": 6}, "LAYER_TOO_DEEP"),
        ({}, {"grade": "NONE"}, "GRADE_NOT_TAKEN"),
        ({}, {"on_time_bp": 9_899}, "ON_TIME_TOO_LOW"),
        ({}, {"on_time_bp": -1}, "ON_TIME_NOT_KNOWN"),
        ({}, {"overdue_balance": 1}, "OVERDUE_TOO_HIGH"),
        ({}, {"scale": "UNDER_50M"}, "SCALE_NOT_TAKEN"),
        ({}, {"scale": ""}, "SCALE_NOT_TAKEN"),
        ({"fees": 90_000_000}, {}, "NOTHING_LEFT"),
    ],
)
def test_each_thing_that_is_missing_has_a_code_and_a_sentence_in_both_languages(
    standard: dict[str, object], facts: dict[str, object], code: str
) -> None:
    answer = evaluated(terms(**standard), replace(GOOD, **facts))  # type: ignore[arg-type]  # the fields of one table

    assert not answer.is_met
    assert [miss.code for miss in answer.misses] == [code]
    (miss,) = answer.misses
    assert "{" not in miss.sentence() + miss.sentence("zh")
    assert not miss.sentence("zh").isascii()


def test_everything_that_is_missing_is_told_at_once() -> None:
    answer = evaluated(terms(), replace(GOOD, layer=7, face=1, overdue_balance=500))

    assert [miss.sentence() for miss in answer.misses] == [
        "The face is 0.01; the funder finances from 10,000.00 on.",
        "The units are in layer 7; the funder takes up to 5.",
        "The issuer has 5.00 overdue; the funder takes up to 0.00.",
        "Interest and fees would leave the seller nothing.",
    ]


def test_a_standard_may_take_every_issuer_band_and_recourse_and_demand_no_rate() -> None:
    wide = terms(
        issuers=(), recourse="EITHER", scales=(), on_time_bp_min=0, grid=(Priced("NONE", 1, 180, 50_000),)
    )
    plain = replace(GOOD, recourse=True, on_time_bp=-1, scale="", grade="NONE")

    assert evaluated(wide, plain).is_met


def test_an_amount_beyond_what_is_computed_has_no_indication() -> None:
    answer = evaluated(terms(face_max=10**18), replace(GOOD, face=10**18))

    assert answer.indication is None


def test_every_miss_has_words_in_both_languages() -> None:
    for words in MISSES.values():
        assert words.en.isascii()
        assert not words.zh.isascii()
