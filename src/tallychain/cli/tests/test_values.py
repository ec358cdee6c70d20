"""What people type is read strictly."""

from pathlib import Path

import click
import pytest

from tallychain.cli import values
from tallychain.cli.commands.clock import Span
from tallychain.cli.failures import NotPossible


@pytest.mark.parametrize(
    ("text", "fen"),
    [("300,000.00", 30_000_000), ("125,000.01", 12_500_001), ("0.01", 1), ("1000", 100_000), ("7.5", 750)],
)
def test_an_amount_in_yuan_becomes_whole_fen(text: str, fen: int) -> None:
    assert values.AMOUNT.convert(text, None, None) == fen


@pytest.mark.parametrize(
    "text",
    ["", "0.00", "-1.00", "1.001", "1,00.00", "1e6", "１.00", "1 000.00", "nan", "00.10", "1.", "9" * 40],
)
def test_what_is_not_exactly_an_amount_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        values.AMOUNT.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "ppm"), [("3.65", 36_500), ("0", 0), ("100", 1_000_000), ("0.0001", 1), ("4.1", 41_000)]
)
def test_a_rate_in_percent_becomes_parts_per_million(text: str, ppm: int) -> None:
    assert values.PERCENT.convert(text, None, None) == ppm


@pytest.mark.parametrize("text", ["", "3.65001", "100.0001", "-1", "3,65", "3.65%", "３", "1e1", "."])
def test_what_is_not_exactly_a_rate_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        values.PERCENT.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("2026-09-09 00:00:03", 1_788_883_203_000),
        ("2026-09-09T00:00", 1_788_883_200_000),
        ("2026-09-09", 1_788_883_200_000),
    ],
)
def test_an_instant_is_local_time_of_shanghai(text: str, time_ms: int) -> None:
    assert values.INSTANT.convert(text, None, None) == time_ms


@pytest.mark.parametrize("text", ["2026-09-31", "2026-09-09 24:00", "2026-09-09 10:60", "09.09.2026", "soon"])
def test_what_is_not_an_instant_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        values.INSTANT.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "ms"), [("6d", 518_400_000), ("90m", 5_400_000), ("2h", 7_200_000), ("30s", 30_000)]
)
def test_a_span_has_a_number_and_a_unit(text: str, ms: int) -> None:
    assert Span().convert(text, None, None) == ms


@pytest.mark.parametrize("text", ["", "6", "d", "-6d", "6 d", "0d", "1.5h"])
def test_what_is_not_a_span_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Span().convert(text, None, None)


def test_a_receiver_is_a_code_and_its_sponsor() -> None:
    found = values.RECEIVER.convert("91990202MA2Y2N021W@bank-b", None, None)

    assert found == {"sponsor": "bank-b", "uscc": "91990202MA2Y2N021W"}


@pytest.mark.parametrize("text", ["91990202MA2Y2N021X@bank-b", "91990202MA2Y2N021W", "s2", "x@bank-b"])
def test_a_receiver_with_a_wrong_code_or_no_sponsor_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(click.BadParameter):
        values.RECEIVER.convert(text, None, None)


def test_a_business_number_is_keyed_and_a_digest_is_taken_as_it_is() -> None:
    assert values.reference("HT-2026-1") == {"keyed": "HT-2026-1"}
    assert values.reference("7b" * 16) == "7b" * 16


def test_json_is_taken_from_the_line_or_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}')

    assert values.JSON.convert('{"a": 1}', None, None) == {"a": 1}
    assert values.JSON.convert(f"@{tmp_path / 'a.json'}", None, None) == {"a": 1}
    with pytest.raises(click.BadParameter):
        values.JSON.convert("{", None, None)


def test_a_file_that_is_missing_or_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"12345")

    with pytest.raises(NotPossible, match="cannot be read"):
        values.read_file(tmp_path / "missing")
    with pytest.raises(NotPossible, match="larger than 4 bytes"):
        values.read_file(tmp_path / "large", 4)
