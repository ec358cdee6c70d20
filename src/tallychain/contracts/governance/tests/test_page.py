"""The README draws a proposal's way as the rules go it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tallychain.contracts.governance.changes import ProposedChange, Revoke
from tallychain.contracts.governance.effects import effect
from tallychain.contracts.governance.nodechanges import RemoveValidator, SetValidatorPower
from tallychain.contracts.governance.nodeviews import standing
from tallychain.contracts.governance.tests.strategies import Book, joining
from tallychain.ledger.refusals import Refused
from tallychain.ledger.validators import told_power

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


# -- validators ----------------------------------------------------------------------------------------------------

FIFTH = "supervisor-b"


class Watched(Book):
    """A book that can stop between a vote and what the engine is told."""

    seen: set[str]

    def standing_of(self, member: str) -> str:
        """What the view of validators says of a member's."""
        row = self.validator(member)
        if row is None:
            return "LEFT" if member in self.seen else "(nothing)"
        return standing(row.target, told_power(self.state, row.key))

    def vote(self, change: ProposedChange, member: str) -> str:
        """The change acts, and the engine is not told yet."""
        self.seen.add(member)
        self.state.write(effect(change, self.state, self.now).writes)
        return self.standing_of(member)

    def tell(self, member: str) -> str:
        """The engine is told until the guards let nothing more through."""
        self.told(110)
        return self.standing_of(member)


def watched() -> Watched:
    """Four validators, on a book that can stop in between."""
    book = Watched()
    book.seen = set()
    book.founded().seated()
    return book


def validator_arrows() -> Iterator[str]:
    """What changes the standing of a validator, one arrow a line."""
    book = watched()
    yield f"{book.standing_of(FIFTH)} --vote--> {book.vote(joining(FIFTH), FIFTH)}"
    yield f"JOINING --the engine is told--> {book.tell(FIFTH)}"
    yield f"VALIDATING --vote on its power--> {book.vote(SetValidatorPower(FIFTH, 12, 'more'), FIFTH)}"
    yield f"CHANGING --the engine is told--> {book.tell(FIFTH)}"
    both = {
        book.vote(RemoveValidator(FIFTH, "closed"), FIFTH),
        watched().vote(REVOKE, "ce-a"),
    }
    yield f"VALIDATING --vote, or its member is revoked or leaves--> {' '.join(sorted(both))}"
    yield f"LEAVING --the engine is told--> {book.tell(FIFTH)}"


def test_the_diagram_of_validators_is_what_the_rules_and_the_guards_do() -> None:
    assert "```validator\n" + "\n".join(validator_arrows()) + "\n```" in PAGE
