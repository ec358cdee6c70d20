"""STYLE.md under test: a rule without a check is a wish."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RULE = re.compile(r"^### (?P<name>.+)$")
CHECK = re.compile(r"^check: (?P<checks>.+)$")
NAMED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of STYLE.md and the checks that it names."""

    name: str
    checks: tuple[str, ...]


def rules(text: str) -> list[Rule]:
    """Every rule of the page with its checks, in order."""
    found: list[Rule] = []
    for line in text.splitlines():
        if heading := RULE.match(line):
            found.append(Rule(heading["name"], ()))
        elif (check := CHECK.match(line)) and found:
            found[-1] = Rule(found[-1].name, (*found[-1].checks, *NAMED.findall(check["checks"])))
    return found


def unchecked(all_rules: Iterable[Rule]) -> list[str]:
    """Rules that name no check."""
    return [f"{rule.name}: no check is named" for rule in all_rules if not rule.checks]


def unknown_checks(all_rules: Iterable[Rule], root: Path) -> list[str]:
    """Named checks that do not exist in this checkout."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    return [
        f"{rule.name}: there is no check {check}"
        for rule in all_rules
        for check in rule.checks
        if not _exists(check, root, config, makefile)
    ]


def _exists(check: str, root: Path, config: dict[str, Any], makefile: str) -> bool:
    tool, _, what = check.partition(" ")
    match tool:
        case "ruff":
            lint = config["tool"]["ruff"]["lint"]
            selected = any(what.startswith(prefix) for prefix in lint["select"])
            return bool(what) and selected and not any(what.startswith(prefix) for prefix in lint["ignore"])
        case "mypy":
            section = config["tool"]["mypy"]
            overrides = [key for table in section["overrides"] for key in table]
            return what in section or what in overrides
        case "import-linter":
            return any(contract["name"] == what for contract in config["tool"]["importlinter"]["contracts"])
        case "pytest":
            return what in config["tool"]["pytest"]["ini_options"]
        case "make":
            return re.search(rf"^{re.escape(what)}:", makefile, re.MULTILINE) is not None
    path, _, test = check.partition("::")
    file = root / path
    if not test:
        return file.is_file()
    return (
        file.is_file()
        and re.search(rf"^def {re.escape(test)}\(", file.read_text("utf-8"), re.MULTILINE) is not None
    )
