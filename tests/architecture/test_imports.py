"""The import rules of pyproject.toml hold on a clean tree and find one planted offence each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

FOLDERS = (
    "ledger",
    "instruments",
    "contracts",
    "contracts/risk",
    "contracts/vouchers",
    "crypto",
    "engine",
    "sdk",
)
CLEAN = {
    "contracts/risk/api.py": "",
    "contracts/risk/state.py": "",
    "contracts/vouchers/rules.py": "from tallychain.contracts.risk import api\nfrom tallychain.ledger import machine\n",
    "crypto/schemes.py": "import hashlib\n",
    "ledger/machine.py": "from tallychain.crypto import schemes\n",
    "ledger/tests/__init__.py": "",
    "ledger/tests/test_machine.py": "import time\n",
    "sdk/verify/__init__.py": "",
    "sdk/verify/wire.py": "import hashlib\n",
}
PLANTED = {
    "Flow goes downward: nothing imports upward": ("crypto/schemes.py", "import tallychain.engine\n"),
    "Ledger, instruments and contracts are pure": ("ledger/machine.py", "import time\n"),
    "A contract imports nothing of another contract but its api": (
        "contracts/vouchers/rules.py",
        "from tallychain.contracts.risk import state\n",
    ),
    "Only crypto imports a cryptography library": ("engine/port.py", "import hmac\n"),
    "Only sql imports a database's driver": ("sdk/build.py", "import sqlite3\n"),
}


def lint(folder: Path, files: dict[str, str]) -> str:
    """What import-linter says about a small tree with these files, judged by our own configuration."""
    package = folder / "src" / "tallychain"
    for name in ("", *FOLDERS):
        (package / name).mkdir(parents=True, exist_ok=True)
        (package / name / "__init__.py").touch()
    for name, text in files.items():
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_a_clean_tree_keeps_every_import_rule(tmp_path: Path) -> None:
    said = lint(tmp_path, CLEAN)

    assert f"Contracts: {len(PLANTED)} kept, 0 broken." in said


def test_one_planted_offence_breaks_each_import_rule(tmp_path: Path) -> None:
    planted = {**CLEAN, **dict(PLANTED.values())}

    said = lint(tmp_path, planted)

    assert f"Contracts: 0 kept, {len(PLANTED)} broken." in said


@pytest.mark.parametrize("rule", PLANTED)
def test_every_import_rule_is_named_in_the_configuration(rule: str) -> None:
    assert f'name = "{rule}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
