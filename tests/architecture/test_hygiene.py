"""Nothing is left lying about: no asserts, notes to oneself, silent exceptions, mocks or foreign paths."""

import pytest

from tests.architecture import hygiene
from tests.architecture.sources import (
    DOCUMENTED_FOLDERS,
    ROOT,
    Source,
    all_sources,
    demand_nothing,
    demand_nothing_from,
    of_tests,
    shipped,
)

TEXT_SUFFIXES = frozenset(
    {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".html", ".css", ".js", ".json", ".sh", ".go", ""}
)
NOT_OURS = frozenset({".git", ".venv", "__pycache__", "_vendored", "node_modules", "var", "build", "dist"})
LARGEST_TEXT = 2_000_000


def project_texts() -> list[tuple[str, str]]:
    """Every text that belongs to the project, with its path; what tools made is left out."""
    found = []
    tops = [path for path in ROOT.iterdir() if path.name not in NOT_OURS]
    tops = [path for path in tops if not path.name.startswith(".") or path.name in {".ci", ".gitignore"}]
    files = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    for path in sorted(files):
        if path.suffix not in TEXT_SUFFIXES or NOT_OURS.intersection(path.parts) or not path.is_file():
            continue
        if path.stat().st_size <= LARGEST_TEXT:
            found.append(
                (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace"))
            )
    return found


def test_shipped_code_holds_no_assert() -> None:
    demand_nothing_from(hygiene.assertions, shipped())


def test_no_file_holds_a_note_to_oneself() -> None:
    demand_nothing_from(hygiene.left_overs, all_sources())


def test_every_silenced_check_names_its_code_and_reason() -> None:
    demand_nothing_from(hygiene.unexplained_exceptions, all_sources())


def test_no_test_uses_a_mock() -> None:
    demand_nothing_from(hygiene.mocks, of_tests())


def test_every_test_name_is_a_sentence() -> None:
    demand_nothing_from(hygiene.short_test_names, of_tests())


def test_every_public_name_of_the_core_says_what_it_is_for() -> None:
    sources = shipped(*DOCUMENTED_FOLDERS)

    demand_nothing_from(hygiene.missing_docstrings, sources)


def test_data_of_the_core_is_frozen() -> None:
    demand_nothing_from(hygiene.unfrozen_data, shipped(*DOCUMENTED_FOLDERS))


def test_no_text_names_the_place_where_it_was_written() -> None:
    demand_nothing(
        finding for path, text in project_texts() for finding in hygiene.forbidden_text(path, text)
    )


def test_a_planted_assert_is_found() -> None:
    assert hygiene.assertions(Source("a.py", "def f(x):\n    assert x > 0\n"))
    assert not hygiene.assertions(Source("a.py", "text = 'assert'\n"))


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"])
def test_a_planted_note_to_oneself_is_found(word: str) -> None:
    assert hygiene.left_overs(Source("a.py", f"x = 1  # {word}: later\n"))
    assert not hygiene.left_overs(Source("a.py", f"{word}S = 1\n"))


IGNORE = "# type: " + "ignore"
NOQA = "# no" + "qa"
PRAGMA = "# pragma: " + "no cover"


@pytest.mark.parametrize("comment", [IGNORE, f"{IGNORE}[misc]", f"{IGNORE}[misc]  # because", NOQA, PRAGMA])
def test_a_planted_exception_without_code_or_reason_is_found(comment: str) -> None:
    assert hygiene.unexplained_exceptions(Source("a.py", f"x = 1  {comment}\n"))


@pytest.mark.parametrize(
    "comment",
    [f"{IGNORE}[misc]  # the library declares too little", f"{NOQA}: S314", f"{PRAGMA} - needs a full disk"],
)
def test_an_explained_exception_is_accepted(comment: str) -> None:
    assert not hygiene.unexplained_exceptions(Source("a.py", f"x = 1  {comment}\n"))


@pytest.mark.parametrize(
    "line", ["from unittest import mock", "import unittest.mock", "from unittest.mock import Mock"]
)
def test_a_planted_mock_is_found(line: str) -> None:
    assert hygiene.mocks(Source("a.py", line))


def test_a_planted_short_test_name_is_found() -> None:
    assert hygiene.short_test_names(Source("a.py", "def test_offer(): ...\n"))
    assert hygiene.short_test_names(Source("a.py", "class TestX:\n    def test_offer_works(self): ...\n"))
    assert not hygiene.short_test_names(Source("a.py", "def test_an_offer_expires(): ...\n"))


@pytest.mark.parametrize(
    "planted",
    [
        "def f(): ...",
        '"""Doc."""\ndef f(): ...',
        '"""Doc."""\nclass C: ...',
        '"""Doc."""\nclass C:\n    """Doc."""\n    def f(self): ...',
    ],
)
def test_a_planted_name_without_a_docstring_is_found(planted: str) -> None:
    assert hygiene.missing_docstrings(Source("a.py", planted))


def test_private_names_and_empty_files_need_no_docstring() -> None:
    private = '"""Doc."""\nclass _C:\n    def f(self): ...\n\ndef _f(): ...\n\nclass D:\n    """Doc."""\n    def __eq__(self): ...'

    assert not hygiene.missing_docstrings(Source("a.py", private))
    assert not hygiene.missing_docstrings(Source("a.py", ""))


@pytest.mark.parametrize(
    "planted",
    [
        "@dataclass\nclass Offer: ...",
        "@dataclasses.dataclass(slots=True)\nclass Offer: ...",
        "@dataclass(frozen=False)\nclass Offer: ...",
        "class Offer(msgspec.Struct): ...",
        "class Offer(Struct, frozen=False): ...",
    ],
)
def test_planted_data_that_can_change_is_found(planted: str) -> None:
    assert hygiene.unfrozen_data(Source("a.py", planted))


@pytest.mark.parametrize(
    "accepted",
    [
        "@dataclass(frozen=True, slots=True)\nclass Offer: ...",
        "@dataclass(eq=False)\nclass OfferNotOpen(Refused): ...",
        "@dataclass(slots=True)\nclass _Work: ...",
        "class Offer(msgspec.Struct, frozen=True): ...",
        "class Book: ...",
    ],
)
def test_frozen_data_and_plain_classes_are_accepted(accepted: str) -> None:
    assert not hygiene.unfrozen_data(Source("a.py", accepted))


@pytest.mark.parametrize(
    "planted", ["../sha" + "red/x", "see /wo" + "rk/x", "/tmp/br" + "ief", "a Sub" + "agent did"]
)
def test_a_planted_foreign_path_or_word_is_found(planted: str) -> None:
    assert hygiene.forbidden_text("a.md", planted) == [f"a.md:1: {next(iter(_reasons(planted)))}"]
    assert not hygiene.forbidden_text("a.md", "the network shared by members works at example.org/work/x")


def _reasons(text: str) -> list[str]:
    return [reason for pattern, reason in hygiene.FORBIDDEN_TEXT.items() if pattern.search(text)]
