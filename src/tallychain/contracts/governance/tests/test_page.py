"""The README draws a proposal's way as the rules go it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tallychain.contracts.governance.changes import Revoke
from tallychain.contracts.governance.tests.strategies import Book
from tallychain.ledger.refusals import Refused

PAGE = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
REVOKE = Revoke("ce-a", "licence withdrawn")
"""A kind with a delay."""

Case = tuple[Book, str]


def _opened() -> Case:
    book = Book().founded()
    return book, book.propose(REVOKE)


def _carried() -> Case:
    book = Book().founded()
    return book, book.passing(REVOKE)


def _passed() -> Case:
    book, name = _carried()
    book.next_block(book.proposal(name).text.closes_ms)
    return book, name


def _acting() -> Case:
    book, name = _passed()
    book.time_ms = book.proposal(name).text.acts_ms
    return book, name


def _hindered() -> Case:
    """Another proposal has done it in the same block."""
    book = Book().founded()
    _, name = book.passing(REVOKE), book.passing(REVOKE)
    book.next_block(book.proposal(name).text.closes_ms)
    book.time_ms = book.proposal(name).text.acts_ms
    return book, name


def _at_the_end_of_the_vote(book: Book, name: str) -> None:
    book.time_ms = book.proposal(name).text.closes_ms


def _at_the_end_of_the_delay(book: Book, name: str) -> None:
    book.time_ms = book.proposal(name).text.acts_ms


def _one_block_later(book: Book, _name: str) -> None:
    book.next_block(book.time_ms)


TRIED: tuple[tuple[str, Callable[[], Case], str, Callable[[Book, str], object]], ...] = (
    ("VOTING", _opened, "proposal.withdraw", Book.withdraw),
    ("VOTING", _opened, "time, too few or a no", _at_the_end_of_the_vote),
    ("VOTING", _carried, "time, a yes", _at_the_end_of_the_vote),
    ("PASSED", _passed, "proposal.withdraw", Book.withdraw),
    ("PASSED", _passed, "time, the delay", _at_the_end_of_the_delay),
    ("ACTING", _acting, "proposal.withdraw", Book.withdraw),
    ("ACTING", _acting, "time, its change is done", _one_block_later),
    ("ACTING", _hindered, "time, it cannot act", _one_block_later),
)


def proposal_arrows() -> Iterator[str]:
    """What changes the status of a proposal, one arrow a line."""
    book, name = _opened()
    yield f"(nothing) --proposal.open--> {book.status(name)}"
    for status, make, act, done in TRIED:
        book, name = make()
        assert book.status(name) == status
        try:
            done(book, name)
        except Refused:
            continue
        yield f"{status} --{act}--> {book.status(name)}"


def test_the_diagram_of_the_page_is_what_the_rules_do() -> None:
    assert "```proposal\n" + "\n".join(proposal_arrows()) + "\n```" in PAGE
