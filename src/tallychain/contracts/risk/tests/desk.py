"""A desk for rules: a state in memory, members with plain names, and one call at a time.  No signatures, no blocks."""

from dataclasses import dataclass, field

import msgspec

from tallychain.contracts.risk import CONTRACT, api, rules
from tallychain.contracts.risk.invariants import full, touched
from tallychain.contracts.risk.operations import Grant, Reduce
from tallychain.contracts.risk.state import CEILINGS, Ceiling
from tallychain.crypto.keys import SealingKey
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger import codec, identity
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.due import DueWork
from tallychain.ledger.identity import MEMBERS, Member
from tallychain.ledger.identity import SealingKey as MemberSealingKey
from tallychain.ledger.parameters import POLICIES
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment, Outage, settled
from tallychain.ledger.types import Height, MemberId, OperationId, TimeMs, member_author

DAY_MS = 86_400_000
LINE = 5_000_000_000
"""50,000,000.00 yuan, the line of the study's first scenario."""
KINDS = {
    "ce-a": (identity.CORE_ENTERPRISE,),
    "ce-b": (identity.CORE_ENTERPRISE, identity.BANK),
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK,),
}
V1, V2, V3 = (f"EVTEST2026031600000000{n}" for n in ("0101", "0202", "0303"))


def at(day: str, hour: int = 9, minute: int = 0) -> int:
    return instant_ms(parse_date(day), hour, minute)


def member_row(name: str, standing: str = identity.ACTIVE) -> Member:
    return Member(
        member=name,
        name=name,
        uscc="91310000MA00000001",
        kinds=KINDS[name],
        licences=(),
        standing=settled(standing),
        sealing=(MemberSealingKey(1, SealingKey.from_seed(name.encode().ljust(32, b".")).public, 0),),
        gateway="",
        admitted_height=0,
    )


@dataclass
class Desk:
    """Rules at work on a state in memory."""

    now_ms: int = at("2026-03-16")
    outages: tuple[Outage, ...] = ()
    state: Overlay = field(init=False)
    due: DueWork = field(init=False)
    events: list[Event] = field(default_factory=list)
    acts: int = 0

    def __post_init__(self) -> None:
        self.state = Overlay(Committed(MemoryBacking()))
        self.due = DueWork(CONTRACT.due)
        self.state.write(POLICIES.put(policy) for policy in api.usual_policies("2026-01-01", "Rules 5"))
        self.state.write(MEMBERS.put(member_row(name)) for name in KINDS)

    @property
    def now(self) -> Moment:
        return Moment(Height(1), TimeMs(self.now_ms), self.outages)

    def standing(self, name: str, standing: str) -> None:
        self.state.write([MEMBERS.put(member_row(name, standing))])

    def outage(self, since_ms: int, until_ms: int, grace_ms: int) -> None:
        """No block was made for a time."""
        self.outages += (Outage(since_ms, until_ms, grace_ms),)
        self.due.rebuild(self.state, self.outages)

    def call(self, member: str) -> Call:
        self.acts += 1
        name = MemberId(member)
        operation = OperationId(f"{self.acts:064x}")
        return Call(operation, member_author(name), name, None, name, self.now, (), ())

    def adopt(self, change: Change) -> Change:
        """Take a Change as the ledger does: invariants first."""
        after = Overlay(self.state)
        after.write(change.writes)
        assert list(touched(change, self.state, after)) == []
        self.state.write(change.writes)
        for write in change.writes:
            self.due.note(write.key, write.value, self.outages)
        assert list(full(self.state)) == []
        self.events += change.events
        return change

    def grant(self, amount: int = LINE, by: str = "bank-a", **changed: object) -> str:
        """A ceiling for ce-a over a year, with some fields changed; returns its name."""
        fields: dict[str, object] = {
            "issuer": "ce-a",
            "amount": amount,
            "currency": "CNY",
            "valid_from": "2026-03-16",
            "valid_until": "2027-03-15",
        }
        call = self.call(by)
        self.adopt(rules.grant(msgspec.convert({**fields, **changed}, Grant), call, self.state))
        return call.operation

    def reduce(self, ceiling: str, amount: int, by: str = "bank-a", issuer: str = "ce-a") -> Change:
        args = Reduce(issuer, ceiling, amount)
        return self.adopt(rules.reduce(args, self.call(by), self.state))

    def use(self, amount: int, issuer: str = "ce-a") -> Change:
        """What `voucher.issue` does."""
        api.check_may_issue(self.state, issuer, self.now)
        return self.adopt(api.use(self.state, issuer, amount, self.now))

    def give_back(self, amount: int, issuer: str = "ce-a") -> Change:
        return self.adopt(api.give_back(self.state, issuer, amount))

    def free(self, issuer: str = "ce-a") -> int:
        return api.free(self.state, issuer, self.now)

    def expect(self, cutoff_ms: int, issuer: str = "ce-a") -> Change:
        return self.adopt(api.expect(self.state, issuer, cutoff_ms))

    def meet(self, cutoff_ms: int, issuer: str = "ce-a") -> Change:
        return self.adopt(api.meet(self.state, issuer, cutoff_ms))

    def block(self, voucher: str, issuer: str = "ce-a") -> Change:
        return self.adopt(api.block(self.state, issuer, voucher, self.now_ms))

    def unblock(self, voucher: str, issuer: str = "ce-a") -> Change:
        return self.adopt(api.unblock(self.state, issuer, voucher))

    def is_blocked(self, issuer: str = "ce-a") -> bool:
        return api.is_blocked(self.state, issuer, self.now)

    def write_due(self) -> list[object]:
        """Run due work once, with its budgets; returns the events."""
        events: list[object] = []
        for queue in self.due.queues:
            for waited in queue.run(self.state, self.now):
                events += self.adopt(waited.change).events
        return events

    def ceiling(self, name: str, issuer: str = "ce-a") -> Ceiling | None:
        return self.state.get(CEILINGS, issuer, name)

    def content(self) -> dict[bytes, bytes | None]:
        """All rows, to show that nothing has changed."""
        return {key: None if row is None else codec.encode(row) for key, row in self.state.written.items()}
