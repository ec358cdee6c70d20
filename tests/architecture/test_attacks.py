"""The numbers that tests carry and the list of attacks in SECURITY.md belong together."""

import ast
import re

from tests.architecture.sources import ROOT, Source, demand_nothing, of_tests

ROW = re.compile(r"^\| (\d+) \|", re.MULTILINE)


def listed(page: str) -> set[int]:
    """The numbers of the attacks in the page."""
    return {int(number) for number in ROW.findall(page)}


def tagged(source: Source) -> dict[str, int]:
    """The numbers that tests of this file carry, by place."""
    if ".attack(" not in source.text:
        return {}
    return {
        source.at(node.lineno): argument.value
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "attack"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    }


def test_every_number_that_a_test_carries_is_in_the_list() -> None:
    known = listed((ROOT / "SECURITY.md").read_text(encoding="utf-8"))

    assert known
    demand_nothing(
        f"{place}: SECURITY.md lists no attack {number}"
        for source in of_tests()
        for place, number in tagged(source).items()
        if number not in known
    )


def test_every_attack_in_the_list_has_a_test() -> None:
    shown = {number for source in of_tests() for number in tagged(source).values()}

    demand_nothing(
        f"SECURITY.md: no test carries attack {number}"
        for number in sorted(listed((ROOT / "SECURITY.md").read_text(encoding="utf-8")) - shown)
    )


def test_numbers_are_read_from_page_and_tests() -> None:
    text = "@pytest.mark.attack(13)\ndef test_a_small_order_key_is_refused(): ...\n"

    assert listed("| # | attack |\n|---|---|\n| 3 | theft |\n| 13 | keys |\n") == {3, 13}
    assert tagged(Source("a.py", text)) == {"a.py:1": 13}
