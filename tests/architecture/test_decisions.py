"""Decision pages are numbered, short and of one form."""

import re

from tests.architecture.sources import ROOT, demand_nothing

NAME = re.compile(r"(?P<number>\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md")
SECTIONS = ("## Decision", "## Why")
LINES = 80
APART = frozenset({"README.md", "template.md"})


def faults(pages: dict[str, str]) -> list[str]:
    """What is wrong with these pages, given by file name."""
    found = []
    numbers: dict[str, str] = {}
    for name, text in sorted(pages.items()):
        match = NAME.fullmatch(name)
        if match is None:
            found.append(f"{name} is not named NNNN-title.md")
            continue
        number = match["number"]
        if number in numbers:
            found.append(f"{name} has the number of {numbers[number]}")
        numbers.setdefault(number, name)
        if not text.startswith(f"# {number} "):
            found.append(f"{name} does not begin with `# {number} Title`")
        if not re.search(r"^Status: (accepted|superseded by \d{4})$", text, re.MULTILINE):
            found.append(f"{name} does not say its status")
        found += [
            f"{name} lacks the section `{section}`"
            for section in SECTIONS
            if section not in text.splitlines()
        ]
        if len(text.splitlines()) > LINES:
            found.append(f"{name} is longer than one screen ({LINES} lines)")
    return found


def test_every_decision_page_is_of_one_form() -> None:
    pages = {
        path.name: path.read_text(encoding="utf-8")
        for path in (ROOT / "docs" / "decisions").glob("*.md")
        if path.name not in APART
    }

    demand_nothing(faults(pages))


def test_the_template_has_what_every_page_needs() -> None:
    template = (ROOT / "docs" / "decisions" / "template.md").read_text(encoding="utf-8")

    assert [section for section in SECTIONS if section not in template.splitlines()] == []


GOOD = (
    "# 0007 Round to the even\n\nStatus: accepted\nDate: 2026-09-14\n\n"
    + "\n\nText.\n\n".join(SECTIONS)
    + "\n"
)


def test_a_good_page_has_no_faults() -> None:
    assert faults({"0007-round-to-the-even.md": GOOD}) == []


def test_planted_faults_of_a_page_are_found() -> None:
    assert faults({"seven.md": GOOD})
    assert faults({"0008-round.md": GOOD})
    assert faults({"0007-a.md": GOOD, "0007-b.md": GOOD})
    assert faults({"0007-a.md": GOOD.replace("accepted", "maybe")})
    assert faults({"0007-a.md": GOOD.replace("## Why", "## How")})
    assert faults({"0007-a.md": GOOD + "More.\n" * 80})
