"""Find and read the files that the lints judge."""

import ast
import io
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "src/tallychain"
PURE_FOLDERS = ("ledger", "instruments", "contracts")
DOCUMENTED_FOLDERS = (*PURE_FOLDERS, "crypto")
_MADE_ELSEWHERE = frozenset({"_vendored", "stubs"})


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path from the root of the checkout, with slashes, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The file as a syntax tree."""
        return _parsed(self.text)

    @property
    def is_test(self) -> bool:
        """Whether the file belongs to the tests and not to what is shipped."""
        return "tests" in self.path.split("/")

    def at(self, line: int) -> str:
        """The place as editors and terminals understand it."""
        return f"{self.path}:{line}"


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@lru_cache(maxsize=1)
def all_sources() -> tuple[Source, ...]:
    """Every Python file of the project, in the order of paths."""
    paths = [*ROOT.glob("*.py")]
    for folder in ("src", "tests", "tools", "bench", "examples"):
        paths += (ROOT / folder).rglob("*.py")
    return tuple(_read(path) for path in sorted(paths) if not _MADE_ELSEWHERE.intersection(path.parts))


def shipped(*folders: str) -> list[Source]:
    """The files of these folders of the package (all, if none is named) without their tests."""
    prefixes = tuple(f"{PACKAGE}/{folder}/" for folder in folders) or (f"{PACKAGE}/",)
    return [source for source in all_sources() if source.path.startswith(prefixes) and not source.is_test]


def of_tests() -> list[Source]:
    """The files that hold tests."""
    return [source for source in all_sources() if source.is_test]


def demand_nothing(findings: Iterable[str]) -> None:
    """Fail the test with every finding on a line of its own, which editors and terminals can follow."""
    lines = list(findings)
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def demand_nothing_from(lint: Callable[[Source], list[str]], sources: Iterable[Source]) -> None:
    """Fail the test if the lint finds anything in these files."""
    demand_nothing(finding for source in sources for finding in lint(source))


def _read(path: Path) -> Source:
    return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Each comment with its line; text inside string literals is not a comment."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the tree, methods and inner functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module named by an import, wherever it stands, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
