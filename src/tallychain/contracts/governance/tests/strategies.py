"""A small alliance that votes, in memory; shared by the tests of this contract and by whoever drives it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from hypothesis import strategies as st

from tallychain.contracts.governance import CONTRACT
from tallychain.contracts.governance.api import usual_section
from tallychain.contracts.governance.changes import (
    Admit,
    AdoptRulePack,
    Exit,
    PackPolicy,
    ProposedChange,
    PublishCalendar,
    Release,
    ReplaceKey,
    Restore,
    Revoke,
    SetPolicy,
    Suspend,
    kind_of,
)
from tallychain.contracts.governance.nodechanges import AdmitNode, AdmitValidator, RemoveValidator
from tallychain.contracts.governance.operations import Cast, Open, Withdraw
from tallychain.contracts.governance.state import NO, PROPOSALS, YES, Choice, Proposal, weight_at
from tallychain.contracts.members import CONTRACT as MEMBERS_CONTRACT
from tallychain.contracts.members.tests.strategies import (
    KINDS,
    MONDAY_NOON_MS,
    certificate_of,
    founder,
    key_text,
    person_of,
    raw,
    refused,
    section,
)
from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.due import DueWork
from tallychain.ledger.identity import BANK, MEMBERS
from tallychain.ledger.parameters import CALENDARS, FACTS, POLICIES, CalendarYear, ChainFacts, Policy
from tallychain.ledger.possession import node_id, statement
from tallychain.ledger.quarantine import QUARANTINE, QuarantineRow
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment, Outage
from tallychain.ledger.types import Height, MemberId, OperationId, TimeMs, member_author
from tallychain.ledger.validators import (
    VALIDATOR,
    VALIDATORS,
    Node,
    Validator,
    ValidatorSet,
    engine_step,
    founding_rows,
)

__all__ = ["KINDS", "MONDAY_NOON_MS", "certificate_of", "founder", "key_text", "person_of", "raw", "refused"]

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
VOTERS = tuple(KINDS)
FACTS_OF_TRIAL = ChainFacts(
    "trial-1", "TEST", "0" * 64, True, "driven", 12, 0, False, (MemberId("supervisor"),)
)
TERM = Policy("TERM", 1, "2026-01-01", {"term_months": 6, "accept_days": 10, "face_max": 10**11}, "")
SPLIT = Policy("SPLIT", 1, "2026-01-01", {"offer_days": 5, "layers_max": 10, "note": "as usual"}, "")
CALENDAR_2026 = CalendarYear(2026, 1, ("2026-10-01",), ("2026-10-10",))
DEFECT = QuarantineRow("factor-a", 101, 5, "0" * 64)

CALENDAR_2027 = PublishCalendar(2027, 1, ("2027-02-05", "2027-02-08"), ("2027-02-20",))
NEWCOMER = Admit(founder("bank-b", 9, (BANK,)), 1)


SEATS = VOTERS[:4]
"""Members that validate on a chain with several validators."""


def seat_key(name: str) -> SigningKey:
    """A key of an engine's node, by any name."""
    return signing_key_from_seed("ed25519", sha256(name.encode()))


def joining(member: str, power: int = 10, name: str = "", signer: str = "", **changes: str) -> AdmitValidator:
    """What a member proposes to validate, with proofs of possession; `signer` proves for it with other keys."""
    key, node = seat_key(f"{name or member}/consensus"), seat_key(f"{name or member}/node")
    said = statement(FACTS_OF_TRIAL, member, node.public, key.public)
    proving = (
        seat_key(f"{signer or name or member}/consensus"),
        seat_key(f"{signer or name or member}/node"),
    )
    proofs = [one.sign(said).hex() for one in proving]
    made = AdmitValidator(member, key.public, proofs[0], node.public, proofs[1], power)
    return msgspec.structs.replace(made, **changes)


def observing(member: str, name: str = "", signer: str = "") -> AdmitNode:
    """What a member proposes to observe, with proof of possession."""
    node = seat_key(f"{name or member}/observer")
    said = statement(FACTS_OF_TRIAL, member, node.public)
    return AdmitNode(member, node.public, seat_key(f"{signer or name or member}/observer").sign(said).hex())


@dataclass(slots=True)
class Book:
    """The state of members and governance, block by block, as the ledger would keep it."""

    state: Overlay = field(default_factory=lambda: Overlay(Committed(MemoryBacking())))
    height: int = 10
    time_ms: int = MONDAY_NOON_MS
    outages: tuple[Outage, ...] = ()
    due: DueWork = field(default_factory=lambda: DueWork([*MEMBERS_CONTRACT.due, *CONTRACT.due]))
    count: int = 0

    @property
    def now(self) -> Moment:
        """The moment at which the next operation is asked."""
        return Moment(Height(self.height), TimeMs(self.time_ms), self.outages)

    def founded(self) -> "Book":
        """This book with founders, constitution, policies, a calendar and a defect in it."""
        assert MEMBERS_CONTRACT.genesis is not None
        assert CONTRACT.genesis is not None
        self.state.write(MEMBERS_CONTRACT.genesis(raw(section())).writes)
        self.state.write(CONTRACT.genesis(raw(usual_section(VOTERS))).writes)
        self.state.write([FACTS.put(FACTS_OF_TRIAL), CALENDARS.put(CALENDAR_2026), QUARANTINE.put(DEFECT)])
        self.state.write([POLICIES.put(TERM), POLICIES.put(SPLIT)])
        return self

    def seated(self, powers: Sequence[int] = (10, 10, 10, 10)) -> "Book":
        """This book on an engine of several validators, one each of the first members."""
        seats = [(joining(member), power) for member, power in zip(SEATS, powers, strict=True)]
        validators = [
            Validator(seat.key, seat.member, power, node_id(seat.node_key), 0, leaving=False)
            for seat, power in seats
        ]
        nodes = [Node(row.node, row.member, VALIDATOR, 0) for row in validators]
        self.state.write(founding_rows(validators, nodes).writes)
        return self

    def told(self, blocks: int = 1) -> dict[str, int]:
        """Go some blocks on: what the engine was told in them, by member."""
        told: dict[str, int] = {}
        for _ in range(blocks):
            for event in self.next_block():
                if isinstance(event, ValidatorSet):
                    told[event.member] = event.told
        return told

    def validator(self, member: str) -> Validator | None:
        """A member's validator that stays, or else one that leaves."""
        rows = [row for row in self.state.scan(VALIDATORS) if row.member == member]
        return min(rows, key=lambda row: row.leaving, default=None)

    def ask(self, name: str, args: msgspec.Struct, by: str) -> tuple[Event, ...]:
        """Ask as a member, with the authority taken for granted; raises what the rule raises."""
        kinds = (*CONTRACT.operations, *MEMBERS_CONTRACT.operations)
        kind = next(kind for kind in kinds if kind.name == name)
        change: Change = kind.rule(args, self.call(by), self.state)
        self._adopt(change)
        return change.events

    def call(self, by: str) -> Call:
        """A call of a member at this moment."""
        self.count += 1
        operation = OperationId(f"{self.count:064x}")
        member = MemberId(by)
        return Call(operation, member_author(member), member, None, member, self.now, (), ())

    def propose(self, change: ProposedChange, by: str = "bank-a") -> str:
        """The id of a proposal that a member opens."""
        args = Open(kind_of(change), "提案", "A proposal", change)
        self.ask("proposal.open", args, by)
        return f"{self.count:064x}"

    def cast(self, proposal: str, by: str, choice: Choice = "yes") -> tuple[Event, ...]:
        """A member votes on what stands on the ledger."""
        return self.ask("ballot.cast", Cast(proposal, self.proposal(proposal).digest, choice), by)

    def withdraw(self, proposal: str, by: str = "bank-a") -> tuple[Event, ...]:
        """A member takes a proposal back."""
        return self.ask("proposal.withdraw", Withdraw(proposal), by)

    def passing(self, change: ProposedChange, by: str = "bank-a") -> str:
        """The id of a proposal that every member with a vote says yes to."""
        proposal = self.propose(change, by)
        for voter in VOTERS:
            if weight_at(self.state, voter, self.height):
                self.cast(proposal, voter)
        return proposal

    def decide(self, change: ProposedChange, by: str = "bank-a") -> tuple[Event, ...]:
        """Open a proposal, have everybody say yes, and go on until it acts: what that publishes."""
        proposal = self.passing(change, by)
        return self.next_block(self.proposal(proposal).text.acts_ms)

    def next_block(self, time_ms: int | None = None) -> tuple[Event, ...]:
        """Go one block on, to a time if one is given, write down what is due, and tell the engine."""
        self.height += 1
        self.time_ms = time_ms if time_ms is not None else self.time_ms + 1000
        events: tuple[Event, ...] = ()
        for queue in self.due.queues:
            for item in queue.run(self.state, self.now):
                self._adopt(item.change)
                events += item.change.events
        step = engine_step(self.state, self.now)
        self._adopt(step.change)
        return events + step.change.events

    def proposal(self, name: str) -> Proposal:
        """A proposal of record."""
        found = self.state.get(PROPOSALS, name)
        assert found is not None
        return found

    def status(self, name: str) -> str:
        """What a proposal is at this moment."""
        return self.proposal(name).status_at(self.now)

    def standing(self, member: str) -> str:
        """A member's standing at this moment."""
        found = self.state.get(MEMBERS, member)
        assert found is not None
        return found.status_at(self.now)

    def check(self) -> None:
        """Every invariant over the whole state."""
        for contract in (MEMBERS_CONTRACT, CONTRACT):
            assert contract.full is not None
            assert list(contract.full(self.state)) == []

    def _adopt(self, change: Change) -> None:
        assert len({write.key for write in change.writes}) == len(change.writes)
        after = Overlay(self.state)
        after.write(change.writes)
        for contract in (MEMBERS_CONTRACT, CONTRACT):
            assert contract.touched is not None
            assert list(contract.touched(change, self.state, after)) == []
        self.state.write(change.writes)
        for write in change.writes:
            self.due.note(write.key, write.value, self.outages)


def named(events: Iterable[Event]) -> list[str]:
    """The names of events, in order."""
    return [str(type(event).__struct_config__.tag) for event in events]


voters = st.sampled_from(VOTERS)
choices = st.sampled_from([YES, NO, "abstain"])
changes = st.sampled_from(
    [
        NEWCOMER,
        Suspend("factor-a", "by vote"),
        Restore("factor-a", "by vote"),
        Revoke("factor-a", "by vote"),
        Exit("factor-a", "by vote"),
        ReplaceKey("ce-a", key_text("ce-a-2"), key_text("new"), person_of("new"), certificate_of("new")),
        SetPolicy("TERM", {"term_months": 3}, "2027-07-01", "article 7"),
        AdoptRulePack("pack", "article 8", "2027-07-01", (PackPolicy("SPLIT", {"layers_max": 5}),)),
        CALENDAR_2027,
        Release("factor-a"),
        joining("factor-a"),
        RemoveValidator("ce-a", "by vote"),
        observing("bank-a"),
    ]
)
pauses_ms = st.sampled_from([1000, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 12 * DAY_MS])
