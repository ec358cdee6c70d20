"""Each invariant is shown to find what it is there for."""

import pytest
from msgspec.structs import replace

from tallychain.contracts.governance import CONTRACT
from tallychain.contracts.governance.constitution import USUAL
from tallychain.contracts.governance.invariants import full, touched
from tallychain.contracts.governance.state import (
    BALLOTS,
    LIVING,
    PROPOSALS,
    RULES,
    WEIGHTS,
    Ballot,
    Living,
    Weight,
)
from tallychain.contracts.governance.tests.strategies import CALENDAR_2027, TERM, Book
from tallychain.ledger.contract import Change
from tallychain.ledger.parameters import POLICIES
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled

TOUCHED = (
    "not listed",
    "listed too long",
    "a yes too many",
    "more than there are",
    "a heavy ballot",
    "no proposal",
)


def voted() -> tuple[Book, str]:
    book = Book().founded()
    name = book.propose(CALENDAR_2027)
    book.cast(name, "ce-a")
    return book, name


def damages(book: Book, name: str) -> dict[str, tuple[int, tuple[Write, ...]]]:
    proposal = book.proposal(name)
    ballot = Ballot(name, "bank-a", "yes", 1, book.height)
    many = replace(proposal, no=5)
    return {
        "not listed": (151, (LIVING.delete(Living(name, "bank-a")), PROPOSALS.put(proposal))),
        "listed too long": (151, (PROPOSALS.put(replace(proposal, timeline=settled("REJECTED"))),)),
        "a yes too many": (152, (PROPOSALS.put(replace(proposal, yes=2)),)),
        "more than there are": (
            152,
            (PROPOSALS.put(many), BALLOTS.put(replace(ballot, choice="no", weight=5))),
        ),
        "a heavy ballot": (
            152,
            (PROPOSALS.put(replace(proposal, yes=3)), BALLOTS.put(replace(ballot, weight=2))),
        ),
        "no proposal": (152, (BALLOTS.put(replace(ballot, proposal="ab" * 32)),)),
        "below a floor": (153, (RULES.put(replace(USUAL["ADMIT"], share_ppm=1)),)),
        "a gap in the versions": (154, (POLICIES.put(replace(TERM, version=3)),)),
        "an earlier day": (154, (POLICIES.put(replace(TERM, version=2, effective_from="2025-12-31")),)),
        "a stranger with weight": (155, (WEIGHTS.put(Weight("nobody", 0, 1)),)),
    }


@pytest.mark.parametrize("damage", sorted(damages(*voted())))
def test_damage_is_found(damage: str) -> None:
    book, name = voted()
    number, writes = damages(book, name)[damage]
    after = Overlay(book.state)
    after.write(writes)

    assert number in {found for found, _ in full(after)}
    if damage in TOUCHED:
        assert number in {found for found, _ in touched(Change(writes), book.state, after)}


def test_a_sound_alliance_has_no_findings() -> None:
    book, name = voted()

    assert list(full(book.state)) == []
    change = Change((PROPOSALS.put(book.proposal(name)),))
    assert list(touched(change, book.state, book.state)) == []


def test_the_contract_declares_its_invariants() -> None:
    assert (CONTRACT.touched, CONTRACT.full) == (touched, full)
