"""The inventory of attacks in the documents is the one that the tests make."""

import pytest

from tools import attack_inventory
from tools.attack_inventory import Attack, Trial, attacks, page, trials

MARKED = """
@pytest.mark.attack(13)
@pytest.mark.attack(3)
@pytest.mark.parametrize("raw", [1])
def test_a_small_order_key_is_refused(raw): ...

@pytest.mark.slow
async def test_without_a_number(): ...
"""


def test_the_page_is_what_the_marks_of_the_tests_make_of_it() -> None:
    text = attack_inventory.PAGE.read_text(encoding="utf-8")

    assert text == attack_inventory.inventory(), "run python -m tools.attack_inventory"
    assert attack_inventory.main(["--check"]) == 0


def test_marks_and_rows_are_read() -> None:
    assert sorted(trials("a/test_b.py", MARKED)) == [
        Trial(3, "a/test_b.py", "test_a_small_order_key_is_refused"),
        Trial(13, "a/test_b.py", "test_a_small_order_key_is_refused"),
    ]
    assert attacks("| # | a | b |\n|---|---|---|\n| 3 | theft | names |\n") == [Attack(3, "theft", "names")]


def test_each_attack_stands_with_its_tests_as_sentences() -> None:
    text = page([Attack(3, "Theft", "names")], [Trial(3, "a/test_b.py", "test_a_thief_gets_nothing")])

    assert "## 3. Theft" in text
    assert "Stopped by: names." in text
    assert "- A thief gets nothing: `a/test_b.py`" in text


def test_an_attack_that_no_test_tries_is_found() -> None:
    with pytest.raises(ValueError, match="No test tries attack 3"):
        page([Attack(3, "Theft", "names")], [])


def test_a_page_that_has_grown_old_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = attack_inventory.ROOT / "docs" / "evidence"
    monkeypatch.setattr(attack_inventory, "PAGE", folder / "no-such-page.md")

    assert attack_inventory.main(["--check"]) == 1
    assert "run python -m tools.attack_inventory" in capsys.readouterr().out
