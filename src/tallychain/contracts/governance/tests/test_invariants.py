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
from tallychain.contracts.governance.tests.strategies import CALENDAR_2027, TERM, Book, joining
from tallychain.ledger.contract import Change
from tallychain.ledger.engineparameters import TOLD
from tallychain.ledger.engineparameters import USUAL as USUAL_ENGINE
from tallychain.ledger.parameters import POLICIES
from tallychain.ledger.possession import node_id
from tallychain.ledger.protocol import ACTIVATIONS, Activation
from tallychain.ledger.state import Overlay
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import settled
from tallychain.ledger.validators import NODES, SENT, VALIDATORS, Node, Sent, Validator

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


# -- validators, nodes, protocols ----------------------------------------------------------------------------------

CE_A, FACTOR = joining("ce-a"), joining("factor-a")
OF_CE_A = Validator(CE_A.key, "ce-a", 10, node_id(CE_A.node_key), 0, leaving=False)
NODE_OF_CE_A = Node(OF_CE_A.node, "ce-a", "validator", 0)
NOBODYS = "ab" * 20

NODE_DAMAGES: dict[str, tuple[int, tuple[Write, ...]]] = {
    "a validator of nobody": (156, (VALIDATORS.put(replace(OF_CE_A, member="nobody")),)),
    "a validator without a node": (156, (NODES.delete(NODE_OF_CE_A), VALIDATORS.put(OF_CE_A))),
    "a validator on another's node": (
        156,
        (VALIDATORS.put(replace(OF_CE_A, node=node_id(FACTOR.node_key))),),
    ),
    "two validators of one member": (
        156,
        (VALIDATORS.put(replace(OF_CE_A, key="ed25519:" + "12" * 32)),),
    ),
    "one that leaves and was never there": (
        157,
        (VALIDATORS.put(replace(OF_CE_A, leaving=True)), SENT.delete(Sent(OF_CE_A.key, 10))),
    ),
    "a node of nobody": (158, (NODES.put(Node(NOBODYS, "nobody", "observer", 1)),)),
    "a validator's node that observes": (158, (NODES.put(replace(NODE_OF_CE_A, kind="observer")),)),
    "the engine was told what nobody decided": (260, (TOLD.put(USUAL_ENGINE),)),
    "too many nodes": (
        158,
        tuple(NODES.put(Node(f"{number:040x}", "bank-a", "observer", 1)) for number in range(16)),
    ),
}
WHOLE_DAMAGES: dict[str, tuple[int, tuple[Write, ...]]] = {
    "the engine knows one that is not of record": (157, (SENT.put(Sent("ed25519:" + "34" * 32, 1)),)),
    "a protocol is left out": (
        159,
        tuple(ACTIVATIONS.put(Activation(number, 900 + number, "", "0" * 64, "0" * 64)) for number in (2, 4)),
    ),
    "a protocol before the last": (
        159,
        tuple(ACTIVATIONS.put(Activation(number, 900, "", "0" * 64, "0" * 64)) for number in (2, 3)),
    ),
}


@pytest.mark.parametrize("what", list(NODE_DAMAGES))
def test_damage_to_a_validator_or_node_is_found_before_it_is_adopted(what: str) -> None:
    book = Book().founded().seated()
    number, writes = NODE_DAMAGES[what]
    after = Overlay(book.state)
    after.write(writes)

    assert number in {found for found, _ in touched(Change(writes), book.state, after)}
    assert number in {found for found, _ in full(after)}


@pytest.mark.parametrize("what", list(WHOLE_DAMAGES))
def test_damage_to_what_the_engine_knows_is_found_in_the_whole_state(what: str) -> None:
    book = Book().founded().seated()
    number, writes = WHOLE_DAMAGES[what]
    book.state.write(writes)

    assert [found for found, _ in full(book.state)] == [number]
