"""A desk for admissions: banks, core enterprises, and one call at a time.  No signatures, no blocks."""

from dataclasses import dataclass, field

import msgspec

from tallychain.contracts.admission import CONTRACT, api, rules
from tallychain.contracts.admission.declared import EXAMPLE_FILE
from tallychain.contracts.admission.invariants import full, touched
from tallychain.contracts.admission.operations import (
    DueDiligence,
    Introduce,
    Review,
    WithdrawIntroduction,
)
from tallychain.contracts.admission.state import INTRODUCTIONS, REVIEWS, ReviewRow
from tallychain.contracts.members.invariants import full as members_full
from tallychain.contracts.members.tests.strategies import founder
from tallychain.contracts.members.voted import admitted, standing_voted
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger import identity
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.due import DueWork
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.parameters import FACTS, POLICIES, ChainFacts
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment, Outage
from tallychain.ledger.types import Height, MemberId, OperationId, TimeMs, member_author
from tallychain.ledger.views import Fact, RowWrite

KINDS = {
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK,),
    "ce-a": (identity.CORE_ENTERPRISE,),
    "ce-bank": (identity.CORE_ENTERPRISE, identity.BANK),
}
CODE = founder("ce-b", 77, KINDS["ce-a"]).uscc


def at(day: str, hour: int = 9) -> int:
    return instant_ms(parse_date(day), hour)


def file(**changed: object) -> DueDiligence:
    """A due diligence that lacks nothing, with some parts changed."""
    return msgspec.structs.replace(EXAMPLE_FILE, **changed)


@dataclass
class Desk:
    """Rules at work on a state in memory."""

    now_ms: int = at("2026-03-16")
    outages: tuple[Outage, ...] = ()
    has_policy: bool = True
    state: Overlay = field(init=False)
    due: DueWork = field(init=False)
    events: list[Event] = field(default_factory=list)
    rows: dict[tuple[str, tuple[str | int, ...]], dict[str, object]] = field(default_factory=dict)
    acts: int = 0

    def __post_init__(self) -> None:
        self.state = Overlay(Committed(MemoryBacking()))
        self.due = DueWork(CONTRACT.due)
        facts = ChainFacts("trial", "TRIA", "00" * 32, True, "driven", 8, 0, False, ())
        self.state.write([FACTS.put(facts)])
        if self.has_policy:
            self.state.write(POLICIES.put(row) for row in api.usual_policies("2026-01-01", "Rules 9"))
        for number, (name, kinds) in enumerate(KINDS.items(), start=1):
            self.state.write(admitted(founder(name, number, kinds), self.state, self.now).writes)

    @property
    def now(self) -> Moment:
        return Moment(Height(1), TimeMs(self.now_ms), self.outages)

    def call(self, member: str) -> Call:
        self.acts += 1
        name = MemberId(member)
        operation = OperationId(f"{self.acts:064x}")
        return Call(operation, member_author(name), name, None, name, self.now, (), ())

    def adopt(self, change: Change) -> Change:
        """Take a Change as the ledger does: invariants first, then rows."""
        after = Overlay(self.state)
        after.write(change.writes)
        assert list(touched(change, self.state, after)) == []
        self.state.write(change.writes)
        for write in change.writes:
            self.due.note(write.key, write.value, self.outages)
        assert [*full(self.state), *members_full(self.state)] == []
        self.events += change.events
        for index, event in enumerate(change.events):
            fact = Fact(event, "op", "author", "bank-a", 1, index, self.now_ms)
            for view in CONTRACT.views:
                assert view.project is not None
                for row in view.project(fact):
                    assert isinstance(row, RowWrite)
                    self.rows.setdefault((row.view, row.key), {}).update(row.values or {})
        return change

    def introduce(self, bank: str = "bank-a", **changed: object) -> Change:
        args = {"member": "ce-b", "name": "Core B", "uscc": CODE, "file": file(), **changed}
        return self.adopt(rules.introduce(Introduce(**args), self.call(bank), self.state))  # type: ignore[arg-type]  # fields by name

    def review(self, bank: str = "bank-a", member: str = "ce-a", **changed: object) -> Change:
        return self.adopt(rules.review(Review(member, file(**changed)), self.call(bank), self.state))

    def withdraw(self, bank: str = "bank-a", member: str = "ce-a") -> Change:
        args = WithdrawIntroduction(member, "no longer our client")
        return self.adopt(rules.withdraw(args, self.call(bank), self.state))

    def admit(self, member: str = "ce-b", uscc: str = CODE) -> Change:
        """What the admission of a core enterprise by vote does."""
        record = founder(member, 77, KINDS["ce-a"])
        change = admitted(record, self.state, self.now)
        return self.adopt(change + api.admitted(member, uscc, self.state, self.now))

    def vote(self, member: str, status: str) -> Change:
        """A vote decides a member's standing."""
        change = standing_voted(member, status, "voted", self.state, self.now)
        if status != identity.ACTIVE:
            change += api.bank_gone(member, "voted", self.state, self.now)
        return self.adopt(change)

    def until(self, day: str, hour: int = 0) -> list[Event]:
        """Time goes on to an hour of a day, and what is due is written down."""
        self.now_ms = max(self.now_ms, at(day, hour))
        return self.write_due()

    def write_due(self) -> list[Event]:
        events: list[Event] = []
        for queue in self.due.queues:
            for waited in queue.run(self.state, self.now):
                events += self.adopt(waited.change).events
        return events

    def introduction(self, bank: str = "bank-a", member: str = "ce-b") -> str:
        """The status of an introduction; empty for none."""
        found = self.state.get(INTRODUCTIONS, member, bank)
        return "" if found is None else found.status_at(self.now)

    def row(self, member: str = "ce-a") -> ReviewRow:
        found = self.state.get(REVIEWS, member)
        assert found is not None
        return found

    def status(self, member: str = "ce-a") -> str:
        """The status of a review; empty for none."""
        found = self.state.get(REVIEWS, member)
        return "" if found is None else found.status_at(self.now)

    def standing(self, member: str = "ce-a") -> str:
        found = self.state.get(MEMBERS, member)
        assert found is not None
        return found.status_at(self.now)
