"""The scenarios of the studies, as they stand there, on the real ledger."""

from pathlib import Path

import pytest

from tests.scenarios.reader import NotUnderstood, play

WHOLE = "whole-life.txt"
"""Played in a test of its own, which looks at every height."""
TEXTS = sorted(path for path in Path(__file__).parent.glob("*.txt") if path.name != WHOLE)


@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_the_scenario_comes_true(path: Path) -> None:
    story = play(path)

    assert story.codes or path.stem == "interest"


def test_a_wrong_number_in_a_scenario_is_found(tmp_path: Path) -> None:
    text = next(path for path in TEXTS if path.stem.startswith("03")).read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(text.replace("574,999.99", "575,000.00"), encoding="utf-8")

    with pytest.raises(AssertionError, match=r"line \d+: holdings of V1"):
        play(wrong)


def test_a_sentence_that_nobody_understands_is_an_error(tmp_path: Path) -> None:
    odd = tmp_path / "odd.txt"
    odd.write_text("at 2026-03-16 10:00:00\ns1 ponders V1\n", encoding="utf-8")

    with pytest.raises(NotUnderstood):
        play(odd)
