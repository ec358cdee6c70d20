"""Votes on validators, nodes and the protocol: what they do, and what they are kept from doing."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tallychain.contracts.governance import nodes as rules
from tallychain.contracts.governance.api import preview
from tallychain.contracts.governance.changes import Admit, Exit, ProposedChange, Restore, Revoke, Suspend
from tallychain.contracts.governance.effects import effect
from tallychain.contracts.governance.nodechanges import (
    ActivateProtocol,
    RemoveNode,
    RemoveValidator,
    SetValidatorPower,
)
from tallychain.contracts.governance.state import ENACTED, FAILED
from tallychain.contracts.governance.tests.strategies import (
    NEWCOMER,
    SEATS,
    Book,
    certificate_of,
    joining,
    named,
    observing,
    person_of,
    refused,
    seat_key,
)
from tallychain.contracts.members.operations import KeyRegister
from tallychain.contracts.members.tests.strategies import key_text
from tallychain.ledger.identity import KEYS, MEMBERS
from tallychain.ledger.possession import node_id
from tallychain.ledger.protocol import protocol_at, stop_sentence
from tallychain.ledger.validators import NODES, SENT, VALIDATORS, Node, may_connect, staying

FIFTH = "supervisor-b"
RELEASE = ("0.6.0", "3a" * 32, "4b" * 32)


@pytest.fixture
def book() -> Book:
    return Book().founded().seated()


def seated(powers: Sequence[int]) -> Book:
    return Book().founded().seated(powers)


def why(book: Book, change: ProposedChange) -> str:
    return refused(lambda: effect(change, book.state, book.now)).code


def proposing(book: Book, change: ProposedChange, by: str) -> str:
    return refused(lambda: book.propose(change, by)).code


def connects(book: Book, member: str, kind: str = "node") -> bool:
    return may_connect(book.state, node_id(seat_key(f"{member}/{kind}").public), book.now)


def powers(book: Book) -> dict[str, int]:
    rows = {row.key: row.member for row in book.state.scan(VALIDATORS)}
    return {rows[sent.key]: sent.power for sent in book.state.scan(SENT)}


# -- validators ----------------------------------------------------------------------------------------------------


def test_a_fifth_validator_joins_by_vote_and_its_node_connects(book: Book) -> None:
    assert not connects(book, FIFTH)

    events = book.decide(joining(FIFTH), FIFTH)

    assert named(events)[-4:] == [
        "proposal.enacted",
        "validator.was_set",
        "node.was_set",
        "validator.was_set",
    ]
    assert powers(book) == dict.fromkeys([*SEATS, FIFTH], 10)
    assert connects(book, FIFTH)
    book.check()


def test_a_member_proposes_its_own_keys_only(book: Book) -> None:
    assert proposing(book, joining(FIFTH), "bank-a") == "NODE_OF_ANOTHER"
    assert proposing(book, observing(FIFTH), "bank-a") == "NODE_OF_ANOTHER"


@pytest.mark.attack(26)
def test_a_key_that_the_member_does_not_have_is_refused(book: Book) -> None:
    other = joining(FIFTH, name="stranger")
    assert why(book, joining(FIFTH, signer="stranger")) == "POSSESSION_NOT_PROVEN"
    assert why(book, replace(joining(FIFTH), node_proof=other.node_proof)) == "POSSESSION_NOT_PROVEN"
    assert why(book, replace(other, member="ce-a")) == "POSSESSION_NOT_PROVEN"
    assert why(book, observing(FIFTH, signer="stranger")) == "POSSESSION_NOT_PROVEN"


@pytest.mark.attack(26)
def test_one_key_has_one_task(book: Book) -> None:
    mine = joining(FIFTH)
    taken = joining("bank-a")
    for change in (
        replace(mine, key=taken.key),
        replace(mine, node_key=taken.node_key),
        replace(mine, node_key=mine.key),
        replace(mine, key=key_text("bank-a-0")),
        replace(observing(FIFTH), node_key=taken.node_key),
        replace(observing(FIFTH), node_key=taken.key),
    ):
        if book.state.get(KEYS, key_text("bank-a-0")) is None:
            raise AssertionError("the test names a key that nobody has")
        assert why(book, change) == "KEY_IN_USE"
    assert why(book, replace(mine, key="ed25519:01" + "0" * 62)) == "KEY_NOT_ADMISSIBLE"


@pytest.mark.parametrize("field", ["key", "node_key"])
def test_a_validators_or_nodes_key_becomes_no_persons(book: Book, field: str) -> None:
    key = getattr(joining("bank-a"), field)
    register = KeyRegister(key, person_of("new"), ("maker",), 0, certificate_of("new"), 0)
    assert refused(lambda: book.ask("member.key_register", register, "ce-a")).code == "KEY_KNOWN"
    keys = NEWCOMER.member.keys
    record = replace(NEWCOMER.member, keys=(*keys[:-1], replace(keys[-1], key=key)))
    assert why(book, Admit(record, 1)) == "KEY_KNOWN"


def test_only_a_member_in_good_standing_gets_a_validator_or_a_node(book: Book) -> None:
    assert why(book, joining("nobody")) == "MEMBER_UNKNOWN"
    book.decide(Suspend(FIFTH, "by vote"))
    assert why(book, joining(FIFTH)) == "MEMBER_TAKES_NO_PART"
    assert why(book, observing(FIFTH)) == "MEMBER_TAKES_NO_PART"


def test_a_validator_gets_another_key_in_one_block_and_its_old_node_observes(book: Book) -> None:
    book.decide(joining("ce-a", name="second"), "ce-a")

    assert sorted(powers(book)) == sorted(SEATS)
    row = book.validator("ce-a")
    assert row is not None
    assert row.key == seat_key("second/consensus").public
    assert connects(book, "second")
    assert connects(book, "ce-a")
    old = book.state.get(NODES, node_id(seat_key("ce-a/node").public))
    assert old is not None
    assert old.kind == "observer"
    book.check()


def test_an_observer_of_the_member_may_become_its_validator(book: Book) -> None:
    node = seat_key(f"{FIFTH}/node").public
    book.state.write([NODES.put(Node(node_id(node), FIFTH, "observer", 5))])

    book.decide(joining(FIFTH), FIFTH)

    row = book.state.get(NODES, node_id(node))
    assert row is not None
    assert row.kind == "validator"
    book.check()


def test_a_validators_power_changes_by_vote(book: Book) -> None:
    book.decide(SetValidatorPower("ce-a", 13, "more to do"))

    assert powers(book)["ce-a"] == 13
    assert why(book, SetValidatorPower("ce-a", 13, "again")) == "POWER_UNCHANGED"
    assert why(book, SetValidatorPower(FIFTH, 13, "none")) == "NO_VALIDATOR"


@pytest.mark.attack(26)
def test_nobody_comes_to_a_third_of_the_power(book: Book) -> None:
    assert why(book, SetValidatorPower("ce-a", 15, "more")) == "POWER_TOO_CONCENTRATED"
    assert why(book, SetValidatorPower("ce-a", 24, "more")) == "POWER_STEP_TOO_LARGE"
    assert why(book, joining(FIFTH, 14)) == "POWER_STEP_TOO_LARGE"
    assert why(seated((13, 9, 9, 9)), RemoveValidator("ce-a", "closed")) == "TOO_FEW_VALIDATORS"


@pytest.mark.attack(26)
def test_four_validators_stay_whatever_is_proposed(book: Book) -> None:
    assert why(book, RemoveValidator("ce-a", "closed")) == "TOO_FEW_VALIDATORS"

    book.decide(joining(FIFTH), FIFTH)
    book.decide(RemoveValidator("ce-a", "closed"))
    book.told(100)

    assert sorted(powers(book)) == sorted({*SEATS, FIFTH} - {"ce-a"})
    assert connects(book, "ce-a")
    assert why(book, RemoveValidator("ce-a", "again")) == "NO_VALIDATOR"
    book.check()


def test_what_is_proposed_on_a_trial_chain_of_one_leaves_one() -> None:
    book = Book().founded()
    alone = Book().founded().seated()
    for row in alone.state.scan(VALIDATORS)[:1]:
        book.state.write([VALIDATORS.put(row), NODES.put(Node(row.node, row.member, "validator", 0))])
        assert why(book, RemoveValidator(row.member, "closed")) == "TOO_FEW_VALIDATORS"


@pytest.mark.attack(26)
def test_two_votes_on_one_validator_in_one_block_are_told_as_one(book: Book) -> None:
    first = book.passing(SetValidatorPower("ce-a", 12, "more"))
    second = book.passing(SetValidatorPower("ce-a", 8, "less"))

    events = book.next_block(book.proposal(second).text.acts_ms)

    assert (book.status(first), book.status(second)) == (ENACTED, ENACTED)
    told = [event for event in events if getattr(event, "told", None) == 8]
    assert len(told) == 1
    assert powers(book)["ce-a"] == 8


@pytest.mark.attack(26)
def test_what_a_vote_of_the_same_block_made_impossible_is_on_record_as_failed(book: Book) -> None:
    book.decide(joining(FIFTH), FIFTH)
    first = book.passing(RemoveValidator("ce-a", "closed"))
    second = book.passing(RemoveValidator("factor-a", "closed"))

    book.next_block(book.proposal(second).text.acts_ms)

    assert (book.status(first), book.status(second)) == (ENACTED, FAILED)
    assert book.proposal(second).failure == "TOO_FEW_VALIDATORS"
    book.check()


def test_there_are_at_most_so_many_validators(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_VALIDATORS", 4)

    assert why(book, joining(FIFTH)) == "TOO_MANY_VALIDATORS"
    effect(joining("ce-a", name="second"), book.state, book.now)


# -- members that go -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [Revoke("ce-a", "licence withdrawn"), Exit("ce-a", "business sold")])
def test_a_members_validator_and_nodes_leave_with_it(book: Book, change: Revoke | Exit) -> None:
    book.decide(joining(FIFTH), FIFTH)
    book.decide(observing("ce-a"), "ce-a")
    book.told(100)

    book.decide(change, "ce-a")

    assert sorted(powers(book)) == sorted({*SEATS, FIFTH} - {"ce-a"})
    assert not connects(book, "ce-a")
    assert not connects(book, "ce-a", "observer")
    book.check()


def test_where_four_would_not_stay_the_validator_waits_and_everybody_sees_it(book: Book) -> None:
    book.decide(observing("ce-a"), "ce-a")
    book.decide(Revoke("ce-a", "licence withdrawn"))
    book.told(300)

    row = book.validator("ce-a")
    assert row is not None
    assert row.leaving
    assert powers(book)["ce-a"] == 10
    assert connects(book, "ce-a")
    assert not connects(book, "ce-a", "observer")
    assert why(book, RemoveValidator("bank-a", "closed")) == "TOO_FEW_VALIDATORS"
    book.check()

    book.decide(joining(FIFTH), FIFTH)
    assert sorted(powers(book)) == sorted({*SEATS, FIFTH} - {"ce-a"})
    assert not connects(book, "ce-a")
    book.check()


def test_a_validator_that_leaves_already_leaves_once_and_its_node_goes_with_a_revoked_member(
    book: Book,
) -> None:
    book.decide(joining("ce-a", name="second"), "ce-a")
    book.told(100)
    book.decide(Revoke("ce-a", "licence withdrawn"))

    events = book.decide(Revoke("factor-a", "licence withdrawn"))

    assert "proposal.enacted" in named(events)
    assert [row.leaving for row in book.state.scan(VALIDATORS)].count(True) == 2
    book.check()


def test_a_validator_that_the_engine_never_knew_goes_at_once_with_its_member(book: Book) -> None:
    change = effect(joining(FIFTH), book.state, book.now)
    book.state.write(change.writes)

    gone = effect(Revoke(FIFTH, "licence withdrawn"), book.state, book.now)
    book.state.write(gone.writes)

    assert book.validator(FIFTH) is None
    assert not connects(book, FIFTH)
    book.check()


def test_who_is_revoked_twice_over_leaves_once(book: Book) -> None:
    book.decide(Revoke("ce-a", "licence withdrawn"))
    book.decide(Restore("ce-a", "licence confirmed"))
    assert sorted(row.member for row in staying(book.state)) == ["bank-a", "factor-a", "supervisor"]

    book.decide(Revoke("ce-a", "licence withdrawn again"))

    assert [row.leaving for row in book.state.scan(VALIDATORS)].count(True) == 1
    book.check()


def test_a_suspended_members_validator_goes_on(book: Book) -> None:
    book.decide(Suspend("ce-a", "under investigation"))
    book.told(100)

    assert powers(book) == dict.fromkeys(SEATS, 10)
    assert connects(book, "ce-a")


def test_an_observer_is_admitted_and_removed_by_vote(book: Book) -> None:
    book.decide(observing(FIFTH), FIFTH)
    assert connects(book, FIFTH, "observer")
    assert why(book, observing(FIFTH)) == "KEY_IN_USE"

    name = node_id(seat_key(f"{FIFTH}/observer").public)
    book.decide(RemoveNode(name, "replaced"))

    assert not connects(book, FIFTH, "observer")
    assert why(book, RemoveNode(name, "again")) == "NODE_UNKNOWN"
    book.check()


def test_a_validators_node_is_not_taken_from_it(book: Book) -> None:
    assert why(book, RemoveNode(node_id(seat_key("ce-a/node").public), "by mistake")) == "NODE_VALIDATES"


def test_a_member_has_few_nodes(book: Book) -> None:
    book.state.write([NODES.put(Node(f"{number:040x}", FIFTH, "observer", 1)) for number in range(16)])

    assert why(book, observing(FIFTH)) == "TOO_MANY_NODES"
    assert why(book, joining(FIFTH)) == "TOO_MANY_NODES"


def test_a_chain_of_one_operator_has_nothing_to_decide_of_nodes() -> None:
    book = Book().founded()

    for change in (
        joining(FIFTH),
        observing(FIFTH),
        RemoveValidator("ce-a", "closed"),
        SetValidatorPower("ce-a", 5, "less"),
    ):
        assert why(book, change) == "ENGINE_OF_ONE_OPERATOR"


# -- protocol ------------------------------------------------------------------------------------------------------


def test_a_protocol_holds_from_the_height_that_was_voted_and_a_node_without_it_stops(book: Book) -> None:
    book.decide(ActivateProtocol(2, 500, *RELEASE))

    assert (protocol_at(book.state, 499), protocol_at(book.state, 500)) == (1, 2)
    assert stop_sentence(book.state, 499) == ""
    assert "install release 0.6.0" in stop_sentence(book.state, 500)
    book.check()


def test_protocols_follow_each_other_with_notice(book: Book) -> None:
    assert why(book, ActivateProtocol(3, 500, *RELEASE)) == "PROTOCOL_NOT_NEXT"
    assert why(book, ActivateProtocol(2, book.height + 99, *RELEASE)) == "HEIGHT_TOO_EARLY"

    book.decide(ActivateProtocol(2, 500, *RELEASE))

    assert why(book, ActivateProtocol(2, 900, *RELEASE)) == "PROTOCOL_NOT_NEXT"
    assert why(book, ActivateProtocol(3, 500, *RELEASE)) == "HEIGHT_TOO_EARLY"
    book.decide(ActivateProtocol(3, 501, *RELEASE))
    assert protocol_at(book.state, 501) == 3
    book.check()


def test_an_activation_whose_height_came_too_near_while_it_was_voted_on_fails_on_record(book: Book) -> None:
    name = book.passing(ActivateProtocol(2, book.height + 150, *RELEASE))
    book.height += 100

    book.next_block(book.proposal(name).text.acts_ms)

    assert book.status(name) == FAILED
    assert book.proposal(name).failure == "HEIGHT_TOO_EARLY"


def test_a_dry_run_says_whom_it_touches_and_why_it_could_not_act(book: Book) -> None:
    found = preview(book.state, joining(FIFTH), book.now)
    assert found.members == (FIFTH,)
    assert named(found.facts) == ["validator.was_set", "node.was_set"]

    refusal = preview(book.state, RemoveValidator("ce-a", "closed"), book.now).refusal
    assert refusal is not None
    assert refusal.code == "TOO_FEW_VALIDATORS"
    assert "Let another one join first" in str(refusal)
    assert book.state.get(MEMBERS, FIFTH) is not None
