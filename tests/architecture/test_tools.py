"""The small programs that `make` runs say what they mean and fail when they must."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools import coverage_gate, not_run

LEDGER = "src/tallychain/ledger/machine.py"
KEYS = "src/tallychain/crypto/keyfile.py"


def entry(percent: float, lines: list[int], branches: list[list[int]]) -> dict[str, Any]:
    """One file of a coverage report."""
    return {"summary": {"percent_covered": percent}, "missing_lines": lines, "missing_branches": branches}


def test_full_coverage_passes_the_gate() -> None:
    assert coverage_gate.judge({"files": {LEDGER: entry(100.0, [], [])}}, ["ledger"]) == []


def test_each_uncovered_line_and_branch_is_printed() -> None:
    report = {"files": {LEDGER: entry(98.0, [7], [[5, 9], [8, -1]])}}

    assert coverage_gate.judge(report, ["ledger"]) == [
        f"{LEDGER}: 98.0 % of lines and branches were tried, 100 % are asked for.",
        f"{LEDGER}:7: this line was never run.",
        f"{LEDGER}:5: the way from here to line 9 was never taken.",
        f"{LEDGER}:8: the way from here to the end was never taken.",
    ]


def test_coverage_that_rounds_to_full_still_fails() -> None:
    assert coverage_gate.judge({"files": {LEDGER: entry(99.99, [7], [])}}, ["ledger"])


def test_key_files_have_a_gate_of_their_own() -> None:
    assert not coverage_gate.judge({"files": {KEYS: entry(95.0, [7], [])}}, ["crypto"])
    assert coverage_gate.judge({"files": {KEYS: entry(94.9, [7], [])}}, ["crypto"])


def test_a_folder_that_was_not_measured_fails_unless_it_was_not_asked_for() -> None:
    report = {"files": {LEDGER: entry(100.0, [], [])}}

    assert coverage_gate.judge(report, ["ledger", "contracts"])
    assert not coverage_gate.judge(report, ["ledger"])


def test_the_gate_ends_with_a_status_that_make_understands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": {LEDGER: entry(98.0, [7], [])}}), encoding="utf-8")

    assert coverage_gate.main([str(report), "ledger"]) == 1
    assert "machine.py:7" in capsys.readouterr().out
    assert coverage_gate.main([str(tmp_path / "nothing.json")]) == 2
    assert coverage_gate.main([str(report), "console"]) == 2
    assert coverage_gate.main([]) == 2


def test_skipped_tests_are_counted_by_reason() -> None:
    report = (
        '<testsuites><testsuite><testcase><skipped type="pytest.skip" message="no PostgreSQL here"/></testcase>'
        '<testcase><skipped type="pytest.skip" message="no PostgreSQL here"/></testcase>'
        '<testcase><skipped type="pytest.xfail" message="known"/></testcase><testcase/></testsuite></testsuites>'
    )

    assert not_run.skipped([report]) == ["2 tests: no PostgreSQL here"]


def test_a_missing_report_is_itself_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not_run.main([str(tmp_path / "junit.xml")]) == 0
    assert "junit.xml" in capsys.readouterr().out
