"""STYLE.md names a check for every rule, and every check exists."""

import pytest

from tests.architecture import style_page
from tests.architecture.sources import ROOT, demand_nothing
from tests.architecture.style_page import Rule


def the_rules() -> list[Rule]:
    """The rules of this checkout."""
    return style_page.rules((ROOT / "STYLE.md").read_text(encoding="utf-8"))


def test_every_rule_of_style_names_a_check() -> None:
    assert the_rules()
    demand_nothing(style_page.unchecked(the_rules()))


def test_every_check_that_style_names_exists() -> None:
    demand_nothing(style_page.unknown_checks(the_rules(), ROOT))


def test_a_planted_rule_without_a_check_is_found() -> None:
    page = "### Be kind\nAlways.\n\n### Be brief\ncheck: `ruff E`, `make lint`\n"

    assert style_page.rules(page) == [Rule("Be kind", ()), Rule("Be brief", ("ruff E", "make lint"))]
    assert style_page.unchecked(style_page.rules(page)) == ["Be kind: no check is named"]


@pytest.mark.parametrize(
    "check",
    [
        "ruff ZZ1",
        "ruff D103",
        "ruff",
        "mypy lenient",
        "import-linter Anything goes",
        "pytest maybe",
        "make money",
        "tests/architecture/test_size.py::test_nothing_at_all",
        "tests/architecture/test_nothing.py",
    ],
)
def test_a_planted_check_that_does_not_exist_is_found(check: str) -> None:
    assert style_page.unknown_checks([Rule("Be kind", (check,))], ROOT) == [
        f"Be kind: there is no check {check}"
    ]
