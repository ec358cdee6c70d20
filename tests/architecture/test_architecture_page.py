"""The journey in ARCHITECTURE.md goes through files that exist."""

import re
from pathlib import Path

from tests.architecture.layout import contract_names
from tests.architecture.sources import PACKAGE

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:src|docs|tests|examples)/[\w./-]+)`")


def test_every_file_that_the_architecture_page_names_exists() -> None:
    named = NAMED.findall((ROOT / "ARCHITECTURE.md").read_text())

    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_module_of_the_gateway_stands_in_one_group() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    groups = page.partition("## The gateway's modules")[2].partition("\n## ")[0]
    named = [
        word.strip("/")
        for line in groups.splitlines()
        if line.startswith("| ")
        for word in re.findall(r"`([a-z_/]+)`", line)
    ]
    folder = ROOT / PACKAGE / "gateway"
    there = [
        path.stem
        for path in folder.iterdir()
        if (path.suffix == ".py" or path.is_dir()) and path.stem[0] != "_"
    ]

    assert sorted(named) == sorted(set(there) - {"tests"})


def test_every_contract_and_every_part_of_vouchers_is_on_the_page() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    contracts = ROOT / PACKAGE / "contracts"
    parts = [
        path.parent
        for path in sorted((contracts / "vouchers").glob("*/__init__.py"))
        if path.parent.name not in ("tests", "rules")
    ]

    assert [name for name in contract_names() if f"| `{name}` |" not in page] == []
    assert [part.name for part in parts if f"`{part.name}/`" not in page] == []
