"""What must hold after every block.

290: an introduction is by a bank.  291: a review is of a core enterprise, by another member that is a bank.
292: a core enterprise whose review is in order is not held back for one that is missed.
"""

from collections.abc import Iterable, Iterator

from tallychain.contracts.admission.state import (
    INTRODUCTIONS,
    MISSED,
    REVIEWS,
    Introduction,
    ReviewRow,
)
from tallychain.contracts.members import api as members
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import BANK, CORE_ENTERPRISE
from tallychain.ledger.state import Reader

Finding = tuple[int, str]


def touched(change: Change, _before: Reader, after: Reader) -> Iterable[Finding]:
    """The findings on what a Change writes."""
    for introduction in change.written(Introduction):
        yield from _of_introduction(introduction, after)
    for review in change.written(ReviewRow):
        yield from _of_review(review, after)


def full(state: Reader) -> Iterable[Finding]:
    """The findings on every introduction and review."""
    for introduction in state.iterate(INTRODUCTIONS):
        yield from _of_introduction(introduction, state)
    for review in state.iterate(REVIEWS):
        yield from _of_review(review, state)


def _of_introduction(row: Introduction, state: Reader) -> Iterator[Finding]:
    bank = members.member(state, row.bank)
    if bank is None or BANK not in bank.kinds:
        yield 290, f"{row.bank}, which introduces {row.member}, is no bank"


def _of_review(row: ReviewRow, state: Reader) -> Iterator[Finding]:
    member, bank = members.member(state, row.member), members.member(state, row.bank)
    is_core = member is not None and CORE_ENTERPRISE in member.kinds
    is_bank = bank is not None and BANK in bank.kinds
    if not is_core or not is_bank or row.member == row.bank:
        yield 291, f"{row.bank} answers for {row.member}, which is no core enterprise, or it is no bank"
    if row.timeline.status != MISSED and members.is_held_back(state, row.member):
        yield 292, f"{row.member} is held back and its review is {row.timeline.status}"
