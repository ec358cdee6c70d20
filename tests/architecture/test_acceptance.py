"""The page that says what is shown by which test names tests that are there, and leaves no scenario, story, edge case or invariant out."""

import re
from collections.abc import Iterator

from tests.architecture.sources import PACKAGE, ROOT, demand_nothing

PAGE = ROOT / "docs" / "acceptance.md"
SHOWN = re.compile(r"`((?:[a-z_0-9]+/)+[a-z_0-9.-]+\.(?:txt|py))(?:::(test_[a-z_0-9]+))?`")
NUMBERS = {
    "Scenarios": range(1, 41),
    "Stories": range(1, 18),
    "Edge cases": range(1, 46),
    "Invariants": range(1, 31),
}
TAG = {"Scenarios": "", "Stories": "", "Edge cases": "", "Invariants": "I"}
LEAST = 40
"""Characters of a reason why there is no test."""


def rows(page: str, section: str) -> list[tuple[str, str]]:
    """Number and the rest of each row of a section's table."""
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (I?\d+) \| (.+) \|$", text, re.MULTILINE)


def missing(shown: str, test: str) -> bool:
    """Whether a file or the test in it is not there."""
    places = [ROOT / shown] if shown.startswith("tests/") else [ROOT / PACKAGE / shown]
    return not any(
        place.is_file() and (not test or f"def {test}(" in place.read_text(encoding="utf-8"))
        for place in places
    )


def faults(page: str) -> Iterator[str]:
    """What is wrong with a page."""
    for section, numbers in NUMBERS.items():
        found = rows(page, section)
        wanted = [f"{TAG[section]}{number}" for number in numbers]
        if [number for number, _ in found] != wanted:
            yield f"{section} are not {wanted[0]} to {wanted[-1]}, each once and in order"
        for number, text in found:
            shown = SHOWN.findall(text)
            if not shown and len(text.rpartition("|")[2].strip()) < LEAST:
                yield f"{section}, {number}: neither a test nor a reason"
            for name, test in shown:
                if missing(name, test):
                    yield f"{section}, {number}: there is no {name} {test}"


def test_every_scenario_story_edge_case_and_invariant_has_a_test_that_is_there_or_a_reason() -> None:
    demand_nothing(faults(PAGE.read_text(encoding="utf-8")))


def test_every_scenario_that_is_a_text_is_named() -> None:
    page = PAGE.read_text(encoding="utf-8")
    numbered = sorted((ROOT / "tests" / "scenarios").glob("[0-9]*.txt"))

    demand_nothing(f"{path.name} is in no row" for path in numbered if path.name not in page)


def test_every_invariant_of_the_ledger_is_on_the_page_of_a_contract_or_of_the_ledger_itself() -> None:
    pages = [
        path.read_text(encoding="utf-8") for path in sorted((ROOT / PACKAGE / "contracts").rglob("README.md"))
    ]
    of_the_ledger = {"I19", "I23", "I29", "I30"}
    """Kept by what carries and executes operations, whatever the contract."""
    named = {number for page in pages for number in re.findall(r"\bI\d+\b", page)} | of_the_ledger
    table = rows(PAGE.read_text(encoding="utf-8"), "Invariants")

    demand_nothing(
        f"{number} is said to be the ledger's, and no contract's page names it"
        for number, text in table
        if text.startswith("ledger ") and number not in named
    )


def test_what_is_missing_is_found() -> None:
    page = PAGE.read_text(encoding="utf-8")
    changed = page.replace("| 7 |", "| 8 |", 1).replace("06-financing.txt", "06-nothing.txt", 1)

    found = "\n".join(faults(changed))

    assert "Scenarios are not 1 to 40" in found
    assert "there is no tests/scenarios/06-nothing.txt" in found
    short = re.sub(r"(\| 18 \| the contract of trade changes later \| ).+", r"\1later |", page)
    assert list(faults(short)) == ["Edge cases, 18: neither a test nor a reason"]
