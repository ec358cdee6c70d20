"""What could make two nodes reach two results from the same block."""

import ast
from collections.abc import Iterator

from tests.architecture.sources import Source, functions, imported_modules

SET_BUILDERS = frozenset({"set", "frozenset"})
ORDER_TAKERS = frozenset({"list", "tuple", "iter", "enumerate", "dict", "zip", "map", "next"})
BANNED_CALLS = {
    "hash": "differs from process to process",
    "id": "is an address in memory",
    "float": "makes an inexact number",
    "open": "touches a file",
    "print": "writes outside the ledger",
    "input": "waits for a person",
}
BANNED_METHODS = {
    "casefold": "its table changes with the version of Python",
    "normalize": "its table changes with the version of Python",
}
BANNED_MODULES = frozenset(
    [
        "time",
        "random",
        "secrets",
        "uuid",
        "os",
        "pathlib",
        "io",
        "socket",
        "ssl",
        "threading",
        "asyncio",
        "subprocess",
        "sqlite3",
        "logging",
        "locale",
        "decimal",
        "math",
        "json",
        "pickle",
        "unicodedata",
    ]
)


def inexact_numbers(source: Source) -> list[str]:
    """Float literals and true division: amounts are integers, and remainders are allotted by name."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"{source.at(node.lineno)}: {node.value} is a float; write integers with a unit")
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append(
                f"{source.at(node.lineno)}: / makes a float; use // and say where the remainder goes"
            )
    return found


def set_iteration(source: Source) -> list[str]:
    """Orders taken from a set: its order differs between processes, so the result would too."""
    return [
        f"{source.at(line)}: the order of a set differs between nodes; sort it first"
        for line, iterated in _iterated(source.tree)
        if _is_set(iterated)
    ]


def _iterated(tree: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor):
            yield node.lineno, node.iter
        elif isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
            for generator in node.generators:
                yield node.lineno, generator.iter
        elif isinstance(node, ast.Starred):
            yield node.lineno, node.value
        elif isinstance(node, ast.Call):
            takes_order = isinstance(node.func, ast.Name) and node.func.id in ORDER_TAKERS
            joins = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
            if takes_order or joins:
                for argument in node.args:
                    yield node.lineno, argument


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
        return _is_set(node.left) or _is_set(node.right)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SET_BUILDERS


def banned_calls(source: Source) -> list[str]:
    """Builtins and methods whose answer depends on the machine, the process or the version of Python."""
    found = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in BANNED_CALLS:
            found.append(f"{source.at(node.lineno)}: {node.func.id}() {BANNED_CALLS[node.func.id]}")
        if isinstance(node.func, ast.Attribute) and node.func.attr in BANNED_METHODS:
            found.append(f"{source.at(node.lineno)}: .{node.func.attr}(): {BANNED_METHODS[node.func.attr]}")
    return found


def banned_imports(source: Source) -> list[str]:
    """Modules that bring a clock, chance, files, threads or changing tables into a rule."""
    return [
        f"{source.at(line)}: a pure folder does not import {module}"
        for line, module in imported_modules(source.tree)
        if module in BANNED_MODULES
    ]


def changes_before_refusals(source: Source) -> list[str]:
    """A rule reads, refuses, refuses, refuses, and then returns one Change; nothing is refused after it."""
    found = []
    for function in functions(source.tree):
        changes = [
            node.lineno
            for node in ast.walk(function)
            if isinstance(node, ast.Call) and _called(node) == "Change"
        ]
        refusals = [node.lineno for node in ast.walk(function) if isinstance(node, ast.Raise)]
        if changes and refusals and min(changes) < max(refusals):
            place = source.at(min(changes))
            found.append(f"{place}: {function.name} makes a Change before its last refusal")
    return found


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def raw_steps(source: Source) -> list[str]:
    """Stored steps read outside the module that stores them: status is asked for by `status_at(now)` only."""
    if _defines_steps(source.tree):
        return []
    return [
        f"{source.at(node.lineno)}: ask status_at(now); the stored steps belong to their own module"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "steps" and isinstance(node.ctx, ast.Load)
    ]


def _defines_steps(tree: ast.Module) -> bool:
    return any(
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.target.id == "steps"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
    )
