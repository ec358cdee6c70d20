"""Rows are held against standards: whom a holder would ask first, and what is said where nothing is disclosed."""

from tallychain.contracts.risk.standards.declared import EXAMPLE
from tallychain.contracts.risk.standards.matching import UNKNOWN, Facts
from tallychain.ledger import codec
from tallychain.sdk.standards import days_to, facts_of, held_against

RECORD = {
    "held_back": 0, "on_time_bp": 9_950, "overdue_balance": 0, "scale": "OVER_5BN", "grade": "A", "persistent_since": "",
}  # fmt: skip


def row(funder: str, number: int = 1, **changed: object) -> dict[str, object]:
    from msgspec.structs import replace

    terms = codec.encode(replace(EXAMPLE, **changed)).decode()
    return {
        "standard": f"{number}d" * 32,
        "funder": funder,
        "number": number,
        "name": EXAMPLE.name,
        "terms": terms,
    }


def facts(record: dict[str, object] | None, face: int = 100_000_000) -> Facts:
    return facts_of(
        issuer="ce-a",
        face=face,
        days=180,
        layer=1,
        form="FACTORING",
        recourse=False,
        has_missed=False,
        record=record,
    )


def test_who_leaves_the_seller_most_comes_first_and_who_misses_something_last() -> None:
    found = held_against(
        [row("bank-a", excluded=("ce-a",), issuers=()), row("bank-b"), row("factor-a", fees=0)], facts(RECORD)
    )

    assert [(one.funder, one.is_met, one.net, one.all_in) for one in found] == [
        ("factor-a", True, 88_290_000, 38_000),
        ("bank-b", True, 88_270_000, 38_444),
        ("bank-a", False, 88_270_000, 38_444),
    ]
    (missing,) = found[-1].missing
    assert (missing.code, missing.sentence_en) == ("ISSUER_EXCLUDED", "The funder takes nothing of ce-a.")
    assert "ce-a" in missing.sentence_zh
    assert (found[0].papers, found[0].fields, found[0].categories) == (
        ["CONTRACT", "INVOICE"], ["BENEFICIAL-OWNER"], ["1070101"]
    )  # fmt: skip


def test_an_issuer_of_whom_nothing_is_disclosed_has_no_grade_rate_or_band() -> None:
    (found,) = held_against([row("bank-a")], facts(None))

    assert [one.code for one in found.missing] == ["GRADE_NOT_TAKEN", "ON_TIME_NOT_KNOWN", "SCALE_NOT_TAKEN"]
    assert (found.rate, found.net) == (-1, 0)


def test_figures_that_are_held_back_are_not_known() -> None:
    held_back = facts(
        {**RECORD, "held_back": 1, "on_time_bp": 0, "scale": "", "grade": "", "overdue_balance": 7}
    )

    assert (held_back.on_time_bp, held_back.scale, held_back.grade) == (UNKNOWN, "", "NONE")
    assert held_back.overdue_balance == 7


def test_days_are_counted_to_a_maturity_that_has_not_come() -> None:
    assert days_to("2026-09-14", "2026-04-16") == 151
    assert days_to("2026-09-14", "2026-09-15") == days_to("", "2026-09-14") == 0
