"""Every command of `tally limit` and `tally refinement` asks its own gateway, and no act on the ledger is made."""

from collections.abc import Iterator

import pytest

from tallychain.cli.root import run
from tallychain.cli.tests.answering import Gateway, answering

LIMIT = {
    "id": "l1", "kind": "line", "issuer": "ce-a", "amount": 1_000_000_000, "valid_until": "2026-12-31", "asked_by": "maker",
    "state": "open",
}  # fmt: skip
USED = [
    {"issuer": "ce-a", "used": 980_000_000, "reserved": 20_000_000, "line": 1_000_000_000, "share_ppm": -1},
    {"issuer": "ce-b", "used": 1, "reserved": 0, "line": -1, "share_ppm": 497_500},
]

REFINEMENT = {"id": "r1", "expression": "days <= 180", "asked_by": "maker", "state": "open"}
TRIED = {
    "yes": 0, "no": 0, "failed": 1, "is_whole": False,
    "rows": [{
        "holding": "EV1:1-2:3", "issuer": "ce-a", "face": 2, "days": 10, "grade": "NONE", "standard": "F-1", "answer": "failed",
        "why": "division by zero",
    }],
}  # fmt: skip

REPORT = {
    "bursts": [{"party": "u1", "splits": 60, "most_in_hour": 51, "face": 6_000_000, "first_ms": 1, "last_ms": 2}],
    "circles": [{
        "kind": "units", "party": "u1", "path": ["u1", "t2", "u1"], "voucher": "EV1", "out": 30_000_000, "back": 20_000_000, "days": 4,
        "first_ms": 1, "last_ms": 2,
    }],
    "names": {"u1": "Supplier One"}, "moves": 62,
}  # fmt: skip


RATES = {
    "since": "2025-07", "until": "2026-06", "unread": 1, "is_whole": False,
    "by_grade": [{"month": "", "grade": "A", "number": 2, "face": 40_000_000, "days": 124, "rate": 38_819, "all_in": 39_542, "lowest": 36_000, "highest": 51_077}],
    "by_month": [{"month": "2026-05", "grade": "A", "number": 2, "face": 40_000_000, "days": 124, "rate": 38_819, "all_in": 39_542, "lowest": 36_000, "highest": 51_077}],
    "financings": [{
        "financing": "f1", "voucher": "EV1", "issuer": "ce-a", "awarded_at": 1_778_342_400_000, "month": "2026-05", "form": "FACTORING",
        "recourse": False, "face": 30_000_000, "days": 127, "rate": 36_000, "all_in": 36_000, "grade": "NO_RECORD", "record": "",
    }],
}  # fmt: skip


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with answering({}, {}) as made:
        made.whole = {
            "limits": {"limits": [LIMIT], "used": USED},
            "/v1/limits": LIMIT,
            "/v1/limits/l1/approve": {**LIMIT, "state": "in_force"},
            "/v1/limits/l1/refuse": {**LIMIT, "state": "refused"},
            "refinements": {
                "refinements": [REFINEMENT],
                "variables": [{"name": "days", "type": "int", "en": "to the maturity", "zh": "天数"}],
            },
            "movement-report": REPORT,
            "rate-report": RATES,
            "/v1/refinements": REFINEMENT,
            "/v1/refinements/try": TRIED,
            "/v1/refinements/r1/approve": {**REFINEMENT, "state": "in_force"},
            "/v1/refinements/r1/refuse": {**REFINEMENT, "state": "refused"},
        }
        monkeypatch.setenv("TALLY_GATEWAY", f"http://127.0.0.1:{made.server_port}")
        monkeypatch.setenv("TALLY_TOKEN", "token")
        yield made


def test_limits_are_entered_decided_and_listed(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    for text in (
        "line ce-a --amount 10,000,000.00 --until 2026-12-31",
        "assets --amount 40,000,000.00 --until 2026-06-30",
        "approve l1",
        "refuse l1",
        "list",
    ):
        assert run(["limit", *text.split()]) == 0, text

    assert gateway.asked == [
        (
            "/v1/limits",
            {"kind": "line", "amount": 1_000_000_000, "valid_until": "2026-12-31", "issuer": "ce-a"},
        ),
        (
            "/v1/limits",
            {"kind": "assets", "amount": 4_000_000_000, "valid_until": "2026-06-30", "issuer": ""},
        ),
        ("/v1/limits/l1/approve", {}),
        ("/v1/limits/l1/refuse", {}),
    ]
    said = capsys.readouterr()
    for text in (
        "9,800,000.00 of 10,000,000.00 is at risk. 200,000.00 more is quoted for.",
        "49.7500 % of the risk assets",
        "in_force",
    ):
        assert text in said.out + said.err


def test_refinements_are_entered_tried_decided_and_listed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["enter", "days <= 180"],
        ["try", "days <= 180"],
        ["approve", "r1"],
        ["refuse", "r1"],
        ["list"],
    ):
        assert run(["refinement", *words]) == 0, words

    assert gateway.asked == [
        ("/v1/refinements", {"expression": "days <= 180"}),
        ("/v1/refinements/try", {"expression": "days <= 180"}),
        ("/v1/refinements/r1/approve", {}),
        ("/v1/refinements/r1/refuse", {}),
    ]
    said = capsys.readouterr()
    for text in (
        "division by zero",
        "0 yes, 0 no, 1 failed. These are not all holdings.",
        "days (int): to the maturity",
    ):
        assert text in said.out + said.err


@pytest.mark.usefixtures("gateway")
def test_movements_are_reported_with_names_amounts_and_days(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["movement", "report"]) == 0

    said = capsys.readouterr().out
    for text in (
        "60, 51 within an hour",
        "60,000.00",
        "Supplier One > t2 > Supplier One",
        "300,000.00",
        "200,000.00, 4 days",
    ):
        assert text in said


def test_rates_are_told_by_month_and_grade_or_one_by_one_with_what_is_missing(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rate", "report", "--months", "12", "--issuer", "ce-a"]) == 0
    told = capsys.readouterr()
    assert all(text in told.out for text in ("2026-05", "3.9542 %", "all"))
    assert all(text in told.out + told.err for text in ("1 financings", "the newest"))
    assert run(["rate", "report", "--each"]) == 0
    said = capsys.readouterr().out
    assert all(text in said for text in ("f1", "300,000.00", "3.6000 %", "no month closed yet"))
    assert run(["rate", "report", "--months", "61"]) != 0
