"""The inventory of attacks: each attack that SECURITY.md lists, what stops it, and the tests that try it.

Generated from the marks that tests carry (`@pytest.mark.attack(number)`) and from the table in SECURITY.md:

    python -m tools.attack_inventory            # write docs/evidence/attacks.md
    python -m tools.attack_inventory --check    # fail if the page is not what it would be
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "evidence" / "attacks.md"
FOLDERS = ("src", "tests")
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Attack:
    """One row of the list in SECURITY.md."""

    number: int
    story: str
    stopped_by: str


@dataclass(frozen=True, slots=True, order=True)
class Trial:
    """One test that tries an attack."""

    number: int
    path: str
    name: str

    @property
    def sentence(self) -> str:
        """The test's name as the sentence that it is."""
        words = self.name.removeprefix("test_").replace("_", " ")
        return words[0].upper() + words[1:]


def attacks(page: str) -> list[Attack]:
    """The list of attacks in the text of SECURITY.md."""
    return sorted(Attack(int(number), story, stop) for number, story, stop in ROW.findall(page))


def trials(path: str, text: str) -> Iterator[Trial]:
    """The tests of one file that carry a number, once for each number."""
    if ".attack(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                number = _number(mark)
                if number is not None:
                    yield Trial(number, path, node.name)


def page(listed: Sequence[Attack], tried: Sequence[Trial]) -> str:
    """The inventory as a page; raises `ValueError` for an attack that no test tries."""
    lines = [
        "# Attacks, and the tests that try them",
        "",
        "Written by `python -m tools.attack_inventory` from the marks of the tests and the list in `SECURITY.md`; a test compares.",
        f"{len(listed)} attacks, {len(tried)} tests.",
    ]
    for attack in listed:
        mine = sorted(trial for trial in tried if trial.number == attack.number)
        if not mine:
            raise ValueError(f"No test tries attack {attack.number}.")
        lines += ["", f"## {attack.number}. {attack.story}", "", f"Stopped by: {attack.stopped_by}.", ""]
        lines += [f"- {trial.sentence}: `{trial.path}`" for trial in mine]
    return "\n".join(lines) + "\n"


def inventory() -> str:
    """The page for this checkout."""
    found = [
        trial
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("test_*.py"))
        for trial in trials(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    return page(attacks((ROOT / "SECURITY.md").read_text(encoding="utf-8")), found)


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` compare it."""
    made = inventory()
    if "--check" not in arguments:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == made:
        return 0
    print(f"{PAGE.relative_to(ROOT)} is not up to date: run python -m tools.attack_inventory")
    return 1


def _number(mark: ast.expr) -> int | None:
    """The number in `pytest.mark.attack(number)`, or None for another mark."""
    if not (
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "attack"
    ):
        return None
    match mark.args:
        case [ast.Constant(value=int(number))]:
            return number
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
