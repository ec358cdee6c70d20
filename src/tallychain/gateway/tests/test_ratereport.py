"""A funder's report of rates against grades: averages by hand, the grade that was known at the award, and nothing that it cannot read."""

from typing import Any, cast

from tallychain.gateway import ratereport
from tallychain.gateway.ratereport import RateReport, grade_at, rate_report
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_limits import Rows
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.sdk.quotes import content_of

ME = "factor-a"
NOW = "2026-06-20"


def at(day: str) -> int:
    return instant_ms(parse_date(day))


def financing(name: str, day: str, face: int = 30_000_000, **more: object) -> dict[str, Any]:
    """Awarded on a day, due on 14 September."""
    row = {
        "financing": name, "voucher": "EV1", "funder": ME, "face": face, "status": "COMPLETED", "form": "FACTORING", "recourse": 0,
        "maturity": "2026-09-14", "awarded_at": at(day), "quote": "c", "paying_bank": "settle-a",
    }  # fmt: skip
    return {**row, **more}


def terms(row: dict[str, Any], rate: int, value_date: str, fees: int = 0) -> dict[str, Any]:
    """What the chosen quote says."""
    said = content_of(
        row["face"], row["maturity"], rate=rate, fees=fees, value_date=value_date, contract="BL-1"
    )
    return {"financing": row["financing"], "funder": ME, **said}


def record(month: str, closed: str, grade: str = "", held_back: int = 0) -> dict[str, Any]:
    return {"issuer": "ce-a", "month": month, "closed_at": at(closed), "grade": grade, "held_back": held_back}


RECORDS = [
    record("2026-03", "2026-04-05", held_back=1),
    record("2026-04", "2026-05-05", "A"),
    record("2026-05", "2026-06-05"),
]


async def reported(
    rows: list[dict[str, Any]], said: list[dict[str, Any]], *, months: int = 12, issuer: str = ""
) -> RateReport:
    read_model = Rows(
        {
            "financings": rows,
            "quote_terms": said,
            "disclosures": RECORDS,
            "vouchers": [{"voucher": "EV1", "issuer": "ce-a"}, {"voucher": "EV2", "issuer": "ce-b"}],
        }
    )
    return await rate_report(cast("ReadModel", read_model), ME, at(NOW), months=months, issuer=issuer)


def test_a_grade_is_of_the_newest_record_closed_by_then_or_says_why_there_is_none() -> None:
    assert grade_at(RECORDS, at("2026-04-04")) == ("NO_RECORD", "")
    assert grade_at(RECORDS, at("2026-05-04")) == ("HELD_BACK", "2026-03")
    assert grade_at(RECORDS, at("2026-05-05")) == ("A", "2026-04")
    assert grade_at(RECORDS, at("2026-06-19")) == ("NO_GRADE", "2026-05")


@in_loop
async def test_rates_are_weighted_by_face_and_days_within_each_month_and_grade() -> None:
    rows = [
        financing("f1", "2026-05-10"),  # 127 days from its value date
        financing("f2", "2026-05-20", 10_000_000),  # 117 days
        financing("f3", "2026-04-02", 10_000_000, recourse=1),
    ]
    said = [
        terms(rows[0], 36_000, "2026-05-10"),
        terms(rows[1], 48_000, "2026-05-20", fees=10_000),
        terms(rows[2], 40_000, "2026-04-02"),
    ]

    found = await reported(rows, said)

    may, april = found.by_month
    assert (may.month, may.grade, may.number, may.face) == ("2026-05", "A", 2, 40_000_000)
    # 3.6 % on 300,000.00 for 127 days and 4.8 % on 100,000.00 for 117: (3.6*3*127 + 4.8*117) / (3*127 + 117) = 3.8819 %
    assert (may.rate, may.days) == (38_819, 124)
    # The fees of 100.00 are 0.3077 % a year of 100,000.00 for 117 days.
    assert (may.lowest, may.highest) == (36_000, 51_077)
    assert (april.month, april.grade, april.all_in) == ("2026-04", "NO_RECORD", 40_000)
    assert [(one.grade, one.number, one.month) for one in found.by_grade] == [
        ("A", 2, ""),
        ("NO_RECORD", 1, ""),
    ]
    assert [(one.financing, one.record, one.recourse) for one in found.financings] == [
        ("f2", "2026-04", False),
        ("f1", "2026-04", False),
        ("f3", "", True),
    ]
    assert (found.since, found.until, found.unread, found.is_whole) == ("2025-07", "2026-06", 0, True)


@in_loop
async def test_what_failed_is_too_old_of_another_issuer_or_not_readable_is_in_no_figure() -> None:
    rows = [
        financing("f1", "2026-05-10"),
        financing("failed", "2026-05-10", status="FAILED"),
        financing("asked", "2026-05-10", status="BIDDING", awarded_at=None),
        financing("old", "2026-03-31"),
        financing("other", "2026-05-10", voucher="EV2"),
        financing("unread", "2026-05-11"),
        financing("false", "2026-05-12"),
    ]
    said = [terms(row, 36_000, "2026-05-12") for row in rows if row["financing"] != "unread"]
    said[-1]["net"] += 1

    found = await reported(rows, said, months=3, issuer="ce-a")

    assert [one.financing for one in found.financings] == ["f1"]
    assert found.unread == 2


@in_loop
async def test_a_report_of_a_part_says_so() -> None:
    rows = [financing(f"f{number}", "2026-05-10") for number in range(3)]
    said = [terms(row, 36_000, "2026-05-10") for row in rows]
    endless = Rows({"financings": rows, "quote_terms": said, "disclosures": RECORDS}, is_endless=True)

    assert not (await rate_report(cast("ReadModel", endless), ME, at(NOW), months=1)).is_whole
    assert ratereport.ROWS_MOST == 5_000
