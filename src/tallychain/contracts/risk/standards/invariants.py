"""
What must hold of standards: of one Change before it is adopted, and of the whole state.

230: of each grade that is taken, the prices tile the days of the standard.  231: a standard's number is one that its funder has given.
232: of one product of one funder never two versions hold.
"""

from collections.abc import Iterator

from tallychain.contracts.risk.standards.operations import GRADES
from tallychain.contracts.risk.standards.rules import grid_gap
from tallychain.contracts.risk.standards.state import PUBLISHED, STANDARDS, Standard
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, _before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring."""
    for standard in change.written(Standard):
        yield from _faults(standard, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for standard in state.iterate(STANDARDS):
        yield from _faults(standard, state)


def _faults(standard: Standard, state: Reader) -> Iterator[Fault]:
    terms, name = standard.terms, f"standard {standard.number} of {standard.funder}"
    if any(grid_gap(grade, terms) for grade in GRADES):
        yield 230, f"the prices of {name} leave a day out"
    counted = state.get(PUBLISHED, standard.funder)
    if counted is None or standard.number > counted.standards:
        yield 231, f"{name} was never published"
    for other in state.scan(STANDARDS, standard.funder):
        if other.standard != standard.standard and other.terms.name == terms.name and _meet(other, standard):
            yield 232, f"{name} holds beside another version of itself"


def _meet(one: Standard, other: Standard) -> bool:
    return one.begins_ms < other.ends_ms and other.begins_ms < one.ends_ms
