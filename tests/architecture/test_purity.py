"""The pure folders hold nothing that could differ between two nodes."""

import pytest

from tests.architecture import purity
from tests.architecture.sources import PURE_FOLDERS, Source, demand_nothing_from, shipped


def test_the_pure_folders_hold_no_floats_and_no_true_division() -> None:
    demand_nothing_from(purity.inexact_numbers, shipped(*PURE_FOLDERS))


def test_the_pure_folders_take_no_order_from_a_set() -> None:
    demand_nothing_from(purity.set_iteration, shipped(*PURE_FOLDERS))


def test_the_pure_folders_call_nothing_that_differs_between_nodes() -> None:
    demand_nothing_from(purity.banned_calls, shipped(*PURE_FOLDERS))


def test_the_pure_folders_import_no_clock_chance_or_files() -> None:
    demand_nothing_from(purity.banned_imports, shipped(*PURE_FOLDERS))


def test_a_rule_makes_its_change_after_its_last_refusal() -> None:
    rules = [
        source
        for source in shipped("contracts")
        if {"rules", "rules.py"}.intersection(source.path.split("/"))
    ]

    demand_nothing_from(purity.changes_before_refusals, rules)


def test_stored_steps_are_read_in_their_own_module_only() -> None:
    demand_nothing_from(purity.raw_steps, shipped())


@pytest.mark.parametrize("planted", ["x = 1.5", "x = 1e3", "x = 2j", "x = a / b", "x /= 2"])
def test_a_planted_inexact_number_is_found(planted: str) -> None:
    assert purity.inexact_numbers(Source("a.py", planted))


def test_integer_arithmetic_is_accepted() -> None:
    assert not purity.inexact_numbers(Source("a.py", "x = a // b + 1\nx //= 2\n"))


@pytest.mark.parametrize(
    "planted",
    [
        "for x in {1, 2}: ...",
        "for x in set(rows): ...",
        "for x in frozenset(rows) - {1}: ...",
        "for x in {row.id for row in rows}: ...",
        "[x for x in set(rows)]",
        "{x: 1 for x in set(rows)}",
        "f(x for x in {1, 2})",
        "list(set(rows))",
        "tuple({1, 2})",
        "','.join({row for row in rows})",
        "[*set(rows)]",
    ],
)
def test_a_planted_order_of_a_set_is_found(planted: str) -> None:
    assert purity.set_iteration(Source("a.py", planted))


def test_a_sorted_set_and_a_membership_test_are_accepted() -> None:
    accepted = "for x in sorted({1, 2}): ...\nif x in {1, 2}: ...\n{y for y in {1, 2}}\nlen(set(rows))\n"

    assert not purity.set_iteration(Source("a.py", accepted))


@pytest.mark.parametrize(
    "planted",
    ["hash(x)", "id(x)", "float(x)", "open(x)", "print(x)", "x.casefold()", "u.normalize('NFC', x)"],
)
def test_a_planted_call_that_differs_between_nodes_is_found(planted: str) -> None:
    assert purity.banned_calls(Source("a.py", planted))


@pytest.mark.parametrize(
    "planted",
    [
        "import time",
        "from os import path",
        "import unicodedata",
        "from json import dumps",
        "def f():\n    import random",
    ],
)
def test_a_planted_impure_import_is_found(planted: str) -> None:
    assert purity.banned_imports(Source("a.py", planted))


def test_pure_imports_are_accepted() -> None:
    assert not purity.banned_imports(
        Source("a.py", "import msgspec\nfrom tallychain.ledger import timeline\n")
    )


def test_a_planted_change_before_a_refusal_is_found() -> None:
    early = "def take(op):\n    change = Change(put=[])\n    if op.late:\n        raise TooLate(op)\n    return change\n"
    in_order = "def take(op):\n    if op.late:\n        raise TooLate(op)\n    return ledger.Change(put=[])\n"

    assert purity.changes_before_refusals(Source("rules.py", early))
    assert not purity.changes_before_refusals(Source("rules.py", in_order))


def test_a_planted_read_of_raw_steps_is_found() -> None:
    owner = "class Timeline:\n    steps: tuple[int, ...] = ()\n\ndef last(t):\n    return t.steps[-1]\n"

    assert purity.raw_steps(Source("views.py", "x = offer.steps[0]"))
    assert not purity.raw_steps(Source("timeline.py", owner))
