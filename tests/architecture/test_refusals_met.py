"""Every refusal of every contract is met by a test: by its code, or by its class where a rule is tried alone."""

import re
from collections.abc import Iterable

from tallychain.catalogue import CATALOGUE
from tallychain.ledger.refusals import LEDGER_REFUSALS, Refused
from tests.architecture.sources import PACKAGE, ROOT


def words_of_tests() -> frozenset[str]:
    """Every name and code in tests and scenarios; importing alone counts as little as being in the code."""
    files = [*(ROOT / PACKAGE).rglob("tests/*.py"), *(ROOT / "tests").rglob("*.py")]
    texts = [
        _without_imports(file.read_text(encoding="utf-8"))
        for file in files
        if file.name != "test_refusals_met.py"
    ]
    texts += [file.read_text(encoding="utf-8") for file in (ROOT / "tests/scenarios").glob("*.txt")]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def unmet(refusals: Iterable[type[Refused]], words: frozenset[str]) -> list[str]:
    """The codes that stand in no test."""
    return sorted({one.code for one in refusals if one.code not in words and one.__name__ not in words})


def declared() -> set[type[Refused]]:
    """Every refusal of the catalogue and of the ledger."""
    return {one for kind in CATALOGUE.operation_types() for one in kind.refusals} | set(LEDGER_REFUSALS)


def _without_imports(text: str) -> str:
    return re.sub(r"^from \S+ import (\([^)]*\)|.*)$", "", text, flags=re.MULTILINE)


def test_every_refusal_of_the_catalogue_is_met_by_a_test() -> None:
    assert unmet(declared(), words_of_tests()) == []


def test_a_refusal_that_no_test_meets_is_found() -> None:
    class NeverMet(Refused):
        """Nobody."""

        code = "NEVER" + "_MET"

    assert unmet([NeverMet], frozenset({"OTHER"})) == ["NEVER" + "_MET"]


def test_the_page_of_the_studys_codes_names_ours_as_they_are() -> None:
    page = (ROOT / "docs/study-codes.md").read_text(encoding="utf-8")
    rows = [line.split("|")[2] for line in page.splitlines() if line.startswith(("| `", "| ("))]

    ours = {code for row in rows for code in re.findall(r"`([A-Z_]+)`", row)}

    assert len(ours) >= 12
    assert ours <= {refusal.code for refusal in declared()}
