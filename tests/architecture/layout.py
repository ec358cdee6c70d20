"""The shape that every contract has, so that a reader of one knows them all."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.architecture.sources import PACKAGE, ROOT, Source, imported_modules

CONTRACTS = "tallychain.contracts"
FILES = (
    "README.md",
    "__init__.py",
    "state.py",
    "operations.py",
    "refusals.py",
    "events.py",
    "views.py",
    "invariants.py",
    "api.py",
    "tests/__init__.py",
)
RULES = ("rules.py", "rules/__init__.py")
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
VERIFIER = f"{PACKAGE}/sdk/verify/"


@dataclass(frozen=True, slots=True)
class RefusalCode:
    """A public code and the place where it is declared."""

    code: str
    place: str


def contract_names() -> list[str]:
    """The contracts of this checkout: every folder of `contracts` that is a package, its own tests apart."""
    folder = ROOT / PACKAGE / "contracts"
    if not folder.is_dir():
        return []
    return sorted(
        path.name
        for path in folder.iterdir()
        if (path / "__init__.py").is_file() and path.name != "tests" and not path.name.startswith("_")
    )


def missing_files(contract: str, present: Iterable[str]) -> list[str]:
    """The files that the contract lacks; `present` holds paths within its folder."""
    here = set(present)
    lacking = [name for name in FILES if name not in here]
    if not here.intersection(RULES):
        lacking.append("rules.py")
    return [f"contracts/{contract} has no {name}" for name in lacking]


def foreign_imports(contract: str, source: Source) -> list[str]:
    """Imports of another contract's inside; only its `api` is for others."""
    found = []
    own = f"{CONTRACTS}.{contract}"
    for line, module in imported_modules(source.tree):
        if not module.startswith(f"{CONTRACTS}.") or f"{module}.".startswith(f"{own}."):
            continue
        parts = module.removeprefix(f"{CONTRACTS}.").split(".")
        if len(parts) > 1 and parts[1] != "api":
            found.append(f"{source.at(line)}: {module} is the inside of another contract; use its api")
    return found


def refusal_codes(source: Source) -> Iterator[RefusalCode]:
    """Every public code that classes of this file declare."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for statement in node.body:
            value = _assigned(statement, "code")
            if value:
                yield RefusalCode(value, source.at(statement.lineno))


def _assigned(statement: ast.stmt, name: str) -> str:
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    else:
        return ""
    named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
    if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return ""


def misnamed_codes(codes: Iterable[RefusalCode]) -> list[str]:
    """Codes that are not words in capitals, or that two reasons share."""
    found = []
    first: dict[str, str] = {}
    for item in codes:
        if not CODE.fullmatch(item.code):
            found.append(f"{item.place}: {item.code} is not written LIKE_THIS")
        if item.code in first:
            found.append(f"{item.place}: {item.code} is already the code of {first[item.code]}")
        first.setdefault(item.code, item.place)
    return found


def undocumented_codes(codes: Iterable[RefusalCode], text: str) -> list[str]:
    """Codes that the page for readers does not mention."""
    words = set(re.findall(r"[A-Z][A-Z0-9_]*", text))
    return [f"{item.place}: {item.code} is not in the page" for item in codes if item.code not in words]


def verifier_imports(source: Source) -> list[str]:
    """Imports of the rest of tallychain by the offline verifier, which must work when its folder is copied alone."""
    above = [
        (node.lineno, "." * node.level + (node.module or ""))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level > 1
    ]
    named = [row for row in imported_modules(source.tree) if row[1].split(".")[0] == "tallychain"]
    return [
        f"{source.at(line)}: the offline verifier stands alone and does not import {module}"
        for line, module in named + above
    ]


def unmentioned(names: Mapping[str, str], text: str) -> list[str]:
    """Names (with what each is) that the documentation never mentions, as whole words."""
    return [
        f"{kind} {name} is not in the documentation"
        for name, kind in sorted(names.items())
        if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text)
    ]
