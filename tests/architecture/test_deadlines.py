"""Every state that waits is drawn with its end, and every end by time has a test in which the party is silent."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tallychain.catalogue import CATALOGUE
from tests.architecture.sources import PACKAGE, ROOT, Source, demand_nothing, of_tests, shipped

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ARROW = re.compile(r"^(.+?) --(.+?)--> (.+)$", re.MULTILINE)
AND_TIME = ", and time"


@dataclass(frozen=True, slots=True)
class Diagram:
    """A state machine as a contract's README draws it: (status, what happens, new status)."""

    contract: str
    name: str
    arrows: tuple[tuple[str, str, str], ...]

    def by_time(self) -> Iterator[tuple[str, str]]:
        """Status and new status, where time does it or completes what somebody did."""
        for before, act, after in self.arrows:
            is_complete = (before, act.removesuffix(AND_TIME), after) in self.arrows
            if act.split(",")[0] == "time" or (act.endswith(AND_TIME) and not is_complete):
                yield before, after

    def deadlines(self) -> set[str]:
        """As tests are marked."""
        return {f"{self.name}: {before} -> {after}" for before, after in self.by_time()}


def diagrams_of(contract: str, page: str) -> list[Diagram]:
    """The blocks of a page that hold arrows; the word after the opening marks names the machine."""
    found = [Diagram(contract, name, tuple(ARROW.findall(text))) for name, text in BLOCK.findall(page)]
    return [diagram for diagram in found if diagram.arrows]


def all_diagrams() -> list[Diagram]:
    """Those of all contracts, with the pages of their parts."""
    contracts = ROOT / PACKAGE / "contracts"
    return [
        diagram
        for page in sorted(contracts.rglob("README.md"))
        for diagram in diagrams_of(_contract_of(page), page.read_text(encoding="utf-8"))
    ]


def _contract_of(page: Path) -> str:
    return page.relative_to(ROOT / PACKAGE / "contracts").parts[0]


def marked(source: Source) -> dict[str, str]:
    """The deadlines that tests of this file carry, each with its place."""
    return {
        argument.value: source.at(node.lineno)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "deadline"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def named_statuses(source: Source, call: str) -> Iterator[tuple[int, str]]:
    """(line, name of the constant) of each status that waits (`Timeline`) or that a step leads to (`Step`)."""
    place = {"Timeline": 0, "Step": 1}[call]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call:
            status = node.args[place] if len(node.args) == 2 else None
            if isinstance(status, ast.Name) and status.id.isupper():
                yield node.lineno, status.id


def test_every_kind_of_due_work_is_drawn() -> None:
    drawn = {(diagram.contract, diagram.name) for diagram in all_diagrams() if diagram.deadlines()}

    demand_nothing(
        f"{contract.name}: no README draws what time does to `{kind.name}`"
        for contract in CATALOGUE.contracts
        for kind in contract.due
        if (contract.name, kind.name) not in drawn
    )


def test_every_status_that_waits_and_every_status_that_time_brings_is_drawn_with_that_arrow() -> None:
    arrows = [(diagram.contract, arrow) for diagram in all_diagrams() for arrow in diagram.by_time()]
    drawn = {
        "Timeline": {(contract, before.partition(" (")[0]) for contract, (before, _) in arrows},
        "Step": {(contract, after) for contract, (_, after) in arrows},
    }

    demand_nothing(
        f"{source.at(line)}: no arrow by time for the {call} of {name} in the README of {contract}"
        for source in shipped("contracts")
        for call in drawn
        for line, name in named_statuses(source, call)
        for contract in [source.path.split("/")[3]]
        if (contract, _value(source, name)) not in drawn[call]
    )


def _value(source: Source, name: str) -> str:
    module = source.path.removeprefix("src/").removesuffix(".py").replace("/", ".")
    return str(getattr(importlib.import_module(module), name))


def test_every_diagram_has_a_name_and_every_waiting_status_is_reached() -> None:
    diagrams = all_diagrams()
    names = [diagram.name for diagram in diagrams]

    assert "" not in names
    assert len(names) == len(set(names))
    demand_nothing(
        f"{diagram.contract}: nothing leads to {before} of `{diagram.name}`"
        for diagram in diagrams
        for before, _ in diagram.by_time()
        if before.partition(" (")[0]
        not in {diagram.arrows[0][0], *(after.partition(" (")[0] for _, _, after in diagram.arrows)}
    )


def test_every_deadline_has_a_test_with_a_silent_party() -> None:
    drawn = {deadline for diagram in all_diagrams() for deadline in diagram.deadlines()}
    tested = {deadline: place for source in of_tests() for deadline, place in marked(source).items()}

    demand_nothing(
        [f"no test is marked with the deadline {missing!r}" for missing in sorted(drawn - set(tested))]
        + [f"{tested[odd]}: no README draws {odd!r}" for odd in sorted(set(tested) - drawn)]
    )


def test_arrows_marks_and_statuses_are_read() -> None:
    page = "```job\nOPEN --time, a day--> OVER\nOPEN --stop--> SHUT\nOPEN --stop, and time--> SHUT\n```\n"
    (diagram,) = diagrams_of("work", page)
    text = '@pytest.mark.deadline("job: OPEN -> OVER")\ndef test_a(): Timeline(OPEN, (Step(1, OVER),))\n'
    source = Source("a.py", text)

    assert diagram.deadlines() == set(marked(source)) == {"job: OPEN -> OVER"}
    assert [*named_statuses(source, "Timeline"), *named_statuses(source, "Step")] == [
        (2, "OPEN"),
        (2, "OVER"),
    ]
    assert diagrams_of("work", "```\ntally node run\n```\n") == []
