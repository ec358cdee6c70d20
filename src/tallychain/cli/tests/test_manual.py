"""The page of commands is what the commands say."""

from pathlib import Path

from tallychain.catalogue import CATALOGUE
from tallychain.cli import manual

PAGE = Path(__file__).resolve().parents[4] / "docs" / "commands.md"


def test_the_page_of_commands_is_up_to_date() -> None:
    assert PAGE.read_text() == manual.pages(), "run: python -m tallychain.cli.manual > docs/commands.md"


def test_every_operation_of_every_contract_has_a_command() -> None:
    text = PAGE.read_text()

    assert [
        kind.name for kind in CATALOGUE.operation_types() if f"## `tally do {kind.name}`" not in text
    ] == []
