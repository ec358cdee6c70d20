"""How long a file and a function may be, and how deep a folder may lie."""

import ast

from tests.architecture.sources import PACKAGE, Source, functions

FILE_LINES = 400
FUNCTION_LINES = 50
FOLDER_DEPTH = 4


def long_files(source: Source) -> list[str]:
    """A file beyond the bound: its reader has lost the thread."""
    lines = len(source.text.splitlines())
    if lines <= FILE_LINES:
        return []
    return [f"{source.path}: {lines} lines, at most {FILE_LINES} are allowed"]


def long_functions(source: Source) -> list[str]:
    """Functions beyond the bound, their docstring not counted."""
    found = []
    for function in functions(source.tree):
        lines = _lines_without_docstring(function)
        if lines > FUNCTION_LINES:
            place = source.at(function.lineno)
            found.append(f"{place}: {function.name} has {lines} lines, at most {FUNCTION_LINES} are allowed")
    return found


def _lines_without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def deep_folders(source: Source) -> list[str]:
    """Files in folders deeper under the package than a reader cares to go."""
    if not source.path.startswith(f"{PACKAGE}/"):
        return []
    depth = source.path.removeprefix(f"{PACKAGE}/").count("/")
    if depth <= FOLDER_DEPTH:
        return []
    return [f"{source.path}: {depth} folders deep, at most {FOLDER_DEPTH} are allowed"]
