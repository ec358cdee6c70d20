"""What has no place in a file that somebody lets near their books."""

import ast
import re

from tests.architecture.sources import Source, comments, functions, imported_modules

WORDS_IN_TEST_NAME = 3

# Put together here, so that this file does not hold what it looks for.
LEFT_OVER = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
LEFT_OVER_ANYWHERE = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME"]) + r")\b")
IGNORED_TYPE = re.compile(r"#\s*type:\s*ignore")
IGNORED_TYPE_WITH_REASON = re.compile(r"#\s*type:\s*ignore\[[a-z0-9\-, ]+\]\s*(#|-)\s*\w+(\s+\S+){2,}")
SILENCED = re.compile(r"#\s*(ruff:\s*)?noqa\b")
SILENCED_BY_CODE = re.compile(r"#\s*(ruff:\s*)?noqa:\s*[A-Z]+[0-9]+")
UNCOVERED = re.compile(r"#\s*pragma:\s*no (cover|branch)")
UNCOVERED_WITH_REASON = re.compile(r"#\s*pragma:\s*no (cover|branch)\s*(#|-|:)\s*\w+(\s+\S+){2,}")

FORBIDDEN_TEXT = {
    re.compile(r"\.\./sha" + r"red\b"): "a path outside the checkout",
    re.compile(r"(?<![\w.])/wo" + r"rk/"): "a path of one machine",
    re.compile(r"/tmp/br" + r"ief"): "a path of one machine",
    re.compile(
        r"\bsub" + r"-?agents?\b", re.IGNORECASE
    ): "a word that says how a file was made, not what it does",
}


def assertions(source: Source) -> list[str]:
    """`assert` outside tests: Python can be told to strip it, so it protects nothing."""
    if "assert" not in source.text:
        return []
    return [
        f"{source.at(node.lineno)}: assert is stripped by python -O; raise a refusal or a broken invariant"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assert)
    ]


def left_overs(source: Source) -> list[str]:
    """Notes to oneself: an idea is an issue, not a comment.  (In data, XXX is the code for "no currency".)"""
    lines = enumerate(source.text.splitlines(), start=1)
    found = {line: match.group() for line, text in lines if (match := LEFT_OVER_ANYWHERE.search(text))}
    if LEFT_OVER.search(source.text):  # taking a file apart costs a hundred times as much as searching it
        found |= {line: match.group() for line, text in comments(source) if (match := LEFT_OVER.search(text))}
    return [f"{source.at(line)}: {word} belongs in an issue" for line, word in sorted(found.items())]


def unexplained_exceptions(source: Source) -> list[str]:
    """Silenced checkers: each names the code it silences; a type or a coverage exception also says why."""
    found = list[str]()
    if not any(pattern.search(source.text) for pattern in (IGNORED_TYPE, SILENCED, UNCOVERED)):
        return found
    for line, comment in comments(source):
        if IGNORED_TYPE.search(comment) and not IGNORED_TYPE_WITH_REASON.search(comment):
            found.append(f"{source.at(line)}: write `type: ignore[code]  # why, in a few words`")
        if SILENCED.search(comment) and not SILENCED_BY_CODE.search(comment):
            found.append(f"{source.at(line)}: noqa names the rule that it silences")
        if UNCOVERED.search(comment) and not UNCOVERED_WITH_REASON.search(comment):
            found.append(f"{source.at(line)}: write `pragma: no cover - why, in a few words`")
    return found


def mocks(source: Source) -> list[str]:
    """Mocks: a test with a fake tries our code, a test with a mock tries what its author believed."""
    return [
        f"{source.at(line)}: write a small fake instead of a mock"
        for line, module in imported_modules(source.tree)
        if module.split(".")[:2] == ["unittest", "mock"] or module.split(".")[0] in {"mock", "pytest_mock"}
    ]


def short_test_names(source: Source) -> list[str]:
    """Test names that are not sentences."""
    return [
        f"{source.at(function.lineno)}: {function.name} is no sentence; say what happens"
        for function in functions(source.tree)
        if function.name.startswith("test_")
        and len([word for word in function.name.split("_")[1:] if word]) < WORDS_IN_TEST_NAME
    ]


def forbidden_text(path: str, text: str) -> list[str]:
    """Paths and words that belong to the place where a file was written and not to the project."""
    return [
        f"{path}:{number}: {reason}"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern, reason in FORBIDDEN_TEXT.items()
        if pattern.search(line)
    ]


def missing_docstrings(source: Source) -> list[str]:
    """Public modules, classes and functions without a sentence for their reader."""
    found = []
    if ast.get_docstring(source.tree) is None and source.text.strip():
        found.append(f"{source.at(1)}: the module does not say what it holds")
    found += _missing_in(source, source.tree.body)
    return found


def _missing_in(source: Source, body: list[ast.stmt]) -> list[str]:
    found = []
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_") or _is_overload(node):
            continue
        if ast.get_docstring(node) is None:
            found.append(f"{source.at(node.lineno)}: {node.name} does not say what it is for")
        if isinstance(node, ast.ClassDef):
            found += _missing_in(source, node.body)
    return found


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(decorator).endswith(("overload", ".setter")) for decorator in node.decorator_list)


def unfrozen_data(source: Source) -> list[str]:
    """
    Data that could change after it was checked.

    A dataclass is frozen, or compares by identity (`eq=False`), as exceptions do; a msgspec struct is frozen.  A
    private class is a work-bench inside its file and may change.
    """
    return [
        f"{source.at(node.lineno)}: {node.name} holds data and is not frozen"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and (_is_open_dataclass(node) or _is_open_struct(node))
    ]


def _is_open_dataclass(node: ast.ClassDef) -> bool:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(called).split(".")[-1] != "dataclass":
            continue
        given = _constants(decorator.keywords) if isinstance(decorator, ast.Call) else {}
        return given.get("frozen") is not True and given.get("eq") is not False
    return False


def _is_open_struct(node: ast.ClassDef) -> bool:
    is_struct = any(ast.unparse(base) in {"msgspec.Struct", "Struct"} for base in node.bases)
    return is_struct and _constants(node.keywords).get("frozen") is not True


def _constants(keywords: list[ast.keyword]) -> dict[str | None, object]:
    return {word.arg: word.value.value for word in keywords if isinstance(word.value, ast.Constant)}
