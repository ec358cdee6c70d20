"""The journey in ARCHITECTURE.md goes through files that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:src|docs|tests|examples)/[\w./-]+)`")


def test_every_file_that_the_architecture_page_names_exists() -> None:
    named = NAMED.findall((ROOT / "ARCHITECTURE.md").read_text())

    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []
