"""Votes in a world: one call opens a proposal, has members vote and goes on until it has acted."""

from collections.abc import Iterable
from dataclasses import dataclass

from tallychain.contracts.governance.changes import ProposedChange, kind_of
from tallychain.contracts.governance.operations import Cast, Open
from tallychain.contracts.governance.state import PROPOSALS, Choice, Proposal
from tallychain.testkit.genesis import MEMBERS
from tallychain.testkit.world import Answer, World
from tests.deals import done


@dataclass(slots=True)
class Votes:
    """Proposals and ballots on one world."""

    world: World

    def open(self, change: ProposedChange, by: str = "bank-a") -> str:
        """The id of a proposal that a member opens."""
        args = Open(kind_of(change), "提案", "A proposal", change)
        return done(self.world.do("proposal.open", args, by=by)).operation

    def cast(self, name: str, by: str, choice: Choice = "yes") -> Answer:
        """A member's ballot on what stands on the ledger."""
        return self.world.do("ballot.cast", Cast(name, self.proposal(name).digest, choice), by=by)

    def proposal(self, name: str) -> Proposal:
        """A proposal of record."""
        found = self.world.reader.get(PROPOSALS, name)
        assert found is not None
        return found

    def status(self, name: str) -> str:
        """What a proposal is now."""
        return self.proposal(name).status_at(self.world.state.moment())

    def decide(self, change: ProposedChange, by: str = "bank-a", yes: Iterable[str] = tuple(MEMBERS)) -> str:
        """Open, vote yes, and go on until the proposal has acted; what became of it."""
        name = self.open(change, by)
        for member in yes:
            done(self.cast(name, member))
        self.world.advance(self.proposal(name).text.acts_ms)
        return self.status(name)
