"""An alliance of four validators: a fifth joins, one leaves, and one whose member is revoked goes as soon as four stay without it."""

from collections.abc import Iterable

import msgspec
import pytest

from tallychain.contracts.governance.changes import ProposedChange, Restore, Revoke, kind_of
from tallychain.contracts.governance.nodechanges import (
    ActivateProtocol,
    AdmitNode,
    AdmitValidator,
    RemoveValidator,
    SetValidatorPower,
)
from tallychain.contracts.governance.operations import Open
from tallychain.crypto.keys import SigningKey
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.possession import node_id, statement
from tallychain.ledger.protocol import ProtocolUnknown
from tallychain.ledger.validators import may_connect
from tallychain.testkit.genesis import node_key, validator_key
from tallychain.testkit.people import derived
from tallychain.testkit.world import World
from tests.deals import Deals, done
from tests.votes import Votes

SEATS = ("bank-a", "bank-b", "factor-a", "settle-a")
FIFTH = "ce-a"
OTHERS = ("bank-a", "bank-b", "settle-a")


class Nodes:
    """The nodes of an alliance of four, and the votes on them."""

    def __init__(self) -> None:
        self.world = World(seats=SEATS)
        self.votes = Votes(self.world)

    def admission(self, member: str, power: int = 10) -> AdmitValidator:
        """What a member proposes to validate."""
        own, consensus = node_key(1, member), validator_key(1, member)
        said = statement(facts_of(self.world.reader), member, own.public, consensus.public)
        proofs = [key.sign(said).hex() for key in (consensus, own)]
        return AdmitValidator(member, consensus.public, proofs[0], own.public, proofs[1], power)

    def decide(self, change: ProposedChange, by: str = "bank-a", yes: Iterable[str] = SEATS) -> str:
        """What became of a proposal that these members say yes to; the others do not vote."""
        return self.votes.decide(change, by, (*yes, FIFTH, "ce-b"))

    def go_on(self, blocks: int) -> None:
        for _ in range(blocks):
            self.world.block([])

    @property
    def validating(self) -> dict[str, int]:
        """Power in the engine by member."""
        keys = {validator_key(1, member).public: member for member in (*SEATS, FIFTH)}
        return {keys[key]: power for key, power in sorted(self.world.powers.items())}

    def connects(self, member: str) -> bool:
        return may_connect(self.world.reader, node_id(node_key(1, member).public), self.world.state.moment())

    def events(self, tag: str) -> list[dict[str, object]]:
        found = [msgspec.json.decode(event) for block in self.world.history for event in block.due_events]
        return [event for event in found if event["event"] == tag]


def test_a_fifth_joins_one_leaves_and_the_chain_goes_on_with_four() -> None:
    it = Nodes()
    assert it.validating == dict.fromkeys(SEATS, 10)
    assert [it.connects(member) for member in (*SEATS, FIFTH)] == [True] * 4 + [False]

    assert it.decide(it.admission(FIFTH), FIFTH) == "ENACTED"
    assert it.validating == dict.fromkeys((*SEATS, FIFTH), 10)
    assert it.connects(FIFTH)

    assert it.decide(RemoveValidator("bank-b", "Data centre closed")) == "ENACTED"
    assert it.validating == dict.fromkeys(("bank-a", "factor-a", "settle-a", FIFTH), 10)
    assert it.connects("bank-b")

    Deals(it.world).issued()
    assert it.world.check() == []


def test_a_revoked_members_validator_waits_until_a_fifth_has_come_and_then_its_node_is_nobodys() -> None:
    it = Nodes()
    assert it.decide(Revoke("factor-a", "Licence withdrawn")) == "ENACTED"
    it.go_on(250)

    assert it.validating == dict.fromkeys(SEATS, 10)
    assert it.connects("factor-a")
    told = it.events("validator.was_set")[-1]
    assert (told["member"], told["decided"], told["told"]) == ("factor-a", 0, 10)
    assert it.world.last is not None
    assert it.world.last.writes == {}

    assert it.decide(it.admission(FIFTH), FIFTH, OTHERS) == "ENACTED"
    assert it.validating == dict.fromkeys(("bank-a", "bank-b", "settle-a", FIFTH), 10)
    assert not it.connects("factor-a")

    assert it.decide(Restore("factor-a", "Licence confirmed"), yes=OTHERS) == "ENACTED"
    assert "factor-a" not in it.validating
    assert not it.connects("factor-a")
    assert it.world.check() == []


@pytest.mark.attack(26)
def test_proposals_on_one_validator_that_act_in_one_block_are_told_once() -> None:
    it = Nodes()
    names = [it.votes.open(SetValidatorPower("bank-b", power, "as decided")) for power in (12, 13, 9)]
    for name in names:
        for member in (*SEATS, FIFTH, "ce-b"):
            done(it.votes.cast(name, member))
    height = it.world.state.height

    it.world.advance(it.votes.proposal(names[-1]).text.acts_ms)

    assert [it.votes.status(name) for name in names] == ["ENACTED"] * 3
    assert it.validating["bank-b"] == 9
    assert it.world.state.height > height
    assert it.world.check() == []


def test_nobody_validates_with_a_key_that_is_not_its_own() -> None:
    it = Nodes()
    stolen: SigningKey = validator_key(1, "bank-a")
    change = msgspec.structs.replace(it.admission(FIFTH), key=stolen.public)
    opened = it.world.do("proposal.open", _opening(change), by=FIFTH)
    assert opened.code == "KEY_IN_USE"

    other = msgspec.structs.replace(it.admission("ce-b"), member=FIFTH)
    assert it.world.do("proposal.open", _opening(other), by=FIFTH).code == "POSSESSION_NOT_PROVEN"
    assert it.world.do("proposal.open", _opening(it.admission(FIFTH)), by="bank-a").code == "NODE_OF_ANOTHER"


def test_an_observer_is_admitted_and_a_build_without_the_next_protocol_stops_at_its_height() -> None:
    it = Nodes()
    own = node_key(1, FIFTH)
    said = statement(facts_of(it.world.reader), FIFTH, own.public)
    assert it.decide(AdmitNode(FIFTH, own.public, own.sign(said).hex()), FIFTH) == "ENACTED"
    assert it.connects(FIFTH)

    digests = [derived(1, "release", part).hex() for part in ("source", "build")]
    height = it.world.state.height + 300
    assert it.decide(ActivateProtocol(2, height, "0.6.0", *digests)) == "ENACTED"
    it.go_on(height - 1 - it.world.state.height)

    with pytest.raises(ProtocolUnknown, match=f"From height {height} on this chain runs protocol 2"):
        it.world.block([])
    assert it.world.state.height == height - 1


def _opening(change: ProposedChange) -> msgspec.Struct:
    return Open(kind_of(change), "提案", "A proposal", change)
