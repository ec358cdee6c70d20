"""A desk for rules: a state in memory, members with plain names, and one call at a time.  No signatures, no blocks."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from tallychain.contracts.documents import CONTRACT, api, rules
from tallychain.contracts.documents.genesis import founded
from tallychain.contracts.documents.invariants import full, touched
from tallychain.contracts.documents.operations import (
    Confirm,
    Contest,
    Present,
    RecordCredit,
    Review,
    Withdraw,
)
from tallychain.contracts.documents.state import (
    FINGERPRINTS,
    PAYABLES,
    AllocatedPart,
    Fingerprint,
    Invoice,
    Payable,
)
from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger import codec, identity
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.due import DueWork
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import MEMBERS, Member
from tallychain.ledger.identity import SealingKey as MemberSealingKey
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.parameters import CALENDARS, FACTS, POLICIES, CalendarYear, ChainFacts
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment, Outage, settled
from tallychain.ledger.types import Author, Height, MemberId, OperationId, TimeMs, member_author, tag_author

MORNING_MS = instant_ms(parse_date("2026-03-16"), 9)
DAY_MS = 86_400_000
KINDS = {
    "ce-a": (identity.CORE_ENTERPRISE,),
    "ce-b": (identity.CORE_ENTERPRISE,),
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK,),
    "supervisor": (identity.SUPERVISOR,),
}
CALENDAR_2026 = CalendarYear(
    2026,
    1,
    ("2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05", "2026-06-19", "2026-09-25")
    + ("2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"),
    ("2026-05-09", "2026-09-20", "2026-10-10"),
)
INV_1, INV_2, INV_3 = "f1" * 32, "f2" * 32, "f3" * 32
V1, V2, V3 = (f"EVTEST2026031600000000{n}" for n in ("0101", "0202", "0303"))


def hex_of(number: int, digits: int) -> str:
    return f"{number:0{digits}x}"


def person(name: str, sponsor: str = "bank-a") -> Receiver:
    """A tag with good keys that follow from a name."""
    seed = name.encode().ljust(32, b".")
    return Receiver(
        signing_key_from_seed(ED25519, seed).public, SealingKey.from_seed(seed).public, MemberId(sponsor)
    )


S1, S2 = person("s1"), person("s2", "bank-b")


def at(day: str, hour: int = 9) -> int:
    return instant_ms(parse_date(day), hour)


def paper(fingerprint: str, total: int, *near: str, earlier: tuple[str, ...] = ()) -> Invoice:
    return Invoice(fingerprint, earlier, total, near)


def two_invoices() -> tuple[Invoice, Invoice]:
    """INV-1 over 600,000.00 and INV-2 over 520,000.00 of the study's voucher V1."""
    return paper(INV_1, 60_000_000), paper(INV_2, 52_000_000)


def member_row(name: str, kinds: tuple[str, ...], standing: str = identity.ACTIVE) -> Member:
    return Member(
        member=name,
        name=name,
        uscc="91310000MA00000001",
        kinds=kinds,
        licences=(),
        standing=settled(standing),
        sealing=(MemberSealingKey(1, person(name).sealing, 0),),
        gateway="",
        admitted_height=0,
    )


@dataclass
class Desk:
    """Rules at work on a state in memory."""

    now_ms: int = MORNING_MS
    outages: tuple[Outage, ...] = ()
    state: Overlay = field(init=False)
    due: DueWork = field(init=False)
    acts: int = 0
    events: list[Event] = field(default_factory=list)
    """Everything published so far."""

    def __post_init__(self) -> None:
        self.state = Overlay(Committed(MemoryBacking()))
        self.due = DueWork(CONTRACT.due)
        facts = ChainFacts(
            "trial-1", "TEST", "0" * 64, True, "driven", 12, 0, False, (MemberId("supervisor"),)
        )
        self.state.write([FACTS.put(facts), CALENDARS.put(CALENDAR_2026)])
        self.state.write(POLICIES.put(policy) for policy in api.usual_policies("2026-01-01", "Rules 3"))
        self.state.write(MEMBERS.put(member_row(name, kinds)) for name, kinds in KINDS.items())

    @property
    def now(self) -> Moment:
        return Moment(Height(1), TimeMs(self.now_ms), self.outages)

    def standing(self, name: str, standing: str) -> None:
        self.state.write([MEMBERS.put(member_row(name, KINDS[name], standing))])

    def outage(self, since_ms: int, until_ms: int, grace_ms: int) -> None:
        """No block was made for a time."""
        self.outages += (Outage(since_ms, until_ms, grace_ms),)
        self.due.rebuild(self.state, self.outages)

    def call(self, author: Author, via: str, labels: tuple[str, ...] = ()) -> Call:
        self.acts += 1
        member = author.removeprefix("member:") if author.startswith("member:") else None
        tag = author.removeprefix("tag:") if member is None else None
        parts = tuple(
            SealedPart(label, hex_of(self.acts * 100 + n, 64), "0" * 64, ("member:bank-a#1",))
            for n, label in enumerate(labels)
        )
        return Call(
            OperationId(hex_of(self.acts, 64)),
            author,
            None if member is None else MemberId(member),
            tag,
            MemberId(via),
            self.now,
            (),
            parts,
        )

    def by_member(self, name: str) -> Call:
        return self.call(member_author(MemberId(name)), name)

    def by_tag(self, holder: Receiver, via: str = "", labels: tuple[str, ...] = ()) -> Call:
        return self.call(tag_author(holder.tag), via or holder.sponsor, labels)

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

    def do(self, rule: Callable[..., Change], args: msgspec.Struct, call: Call) -> Change:
        return self.adopt(rule(args, call, self.state))

    def present(self, *, by: Receiver | None = None, via: str = "", **changed: object) -> str:
        """The payable of the study's voucher V1, with some fields changed; returns its name."""
        fields: dict[str, object] = {
            "reference": hex_of(self.acts + 1, 32),
            "issuer": "ce-a",
            "presenter": by or S1,
            "kind": "INVOICE",
            "amount": 112_000_000,
            "due_day": "2026-09-14",
            "epoch": 1,
            "invoices": two_invoices(),
        }
        args = msgspec.convert({**fields, **changed}, Present, from_attributes=True)
        call = self.by_tag(by or S1, via, ("identity", "papers"))
        self.do(rules.present, args, call)
        return call.operation

    def confirm(self, payable: str, by: str = "ce-a", amount: int = 0) -> Change:
        args = Confirm(payable, amount or self.payable(payable).amount)
        return self.do(rules.confirm, args, self.by_member(by))

    def contest(self, payable: str, by: str = "ce-a") -> Change:
        return self.do(rules.contest, Contest(payable), self.by_member(by))

    def withdraw(self, payable: str, by: Receiver = S1, via: str = "") -> Change:
        return self.do(rules.withdraw, Withdraw(payable), self.by_tag(by, via))

    def confirmed(self, **changed: object) -> str:
        """A payable that its debtor has confirmed."""
        payable = self.present(**changed)  # type: ignore[arg-type]  # fields of several types
        self.confirm(payable, self.payable(payable).issuer)
        return payable

    def allocate(
        self,
        payable: str,
        voucher: str,
        *parts: tuple[str, int],
        face: int = 0,
        issuer: str = "",
        receiver: Receiver | None = None,
        maturity: str = "2026-09-14",
    ) -> Change:
        """What `voucher.issue` does; the promise waits ten days for its answer."""
        backing = api.Backing(
            voucher=voucher,
            issuer=issuer or self.issuer_of(payable),
            receiver=receiver or self.receiver_of(payable),
            face=face or sum(amount for _, amount in parts),
            payable=payable,
            parts=tuple(AllocatedPart(name, amount) for name, amount in parts),
            until_ms=self.now_ms + 10 * DAY_MS,
            maturity=maturity,
        )
        return self.adopt(api.allocate(self.state, backing, self.now))

    def count(self, voucher: str) -> Change:
        return self.adopt(api.count(self.state, voucher, self.now))

    def release(self, voucher: str) -> Change:
        return self.adopt(api.release(self.state, voucher, self.now))

    def taken(self, payable: str, voucher: str, *parts: tuple[str, int]) -> None:
        """A voucher that was issued and accepted."""
        self.allocate(payable, voucher, *parts)
        self.count(voucher)

    def credit(
        self, invoice: str, amount: int, by: str = "bank-a", letter: str = "", epoch: int = 1
    ) -> Change:
        args = RecordCredit(invoice, letter or hex_of(0xC000 + self.acts, 64), epoch, amount)
        return self.do(rules.record_credit, args, self.by_member(by))

    def review(self, invoice: str, by: str, finding: str = "STANDS") -> Change:
        return self.do(rules.review, Review(invoice, finding), self.by_member(by))

    def write_due(self) -> list[object]:
        """Run due work once, with its budgets; returns the events."""
        events: list[object] = []
        for queue in self.due.queues:
            for waited in queue.run(self.state, self.now):
                events += self.adopt(waited.change).events
        return events

    def found_keys(self, count: int = 1) -> None:
        """The genesis document commits to a fingerprint key, or to several."""
        rows = tuple(api.FoundingKeyEpoch(n, hex_of(0xE0 + n, 64)) for n in range(1, count + 1))
        self.adopt(founded(msgspec.Raw(codec.encode(api.DocumentsSection(rows)))))

    def begin_epoch(self, epoch: int = 2, commitment: str = "", passed_ms: int = 0) -> Change:
        """What a vote does."""
        given = commitment or hex_of(0xE0 + epoch, 64)
        return self.adopt(api.begin_epoch(epoch, given, passed_ms or self.now_ms, self.state, self.now))

    def epoch(self, number: int) -> api.KeyEpoch:
        found = api.key_epoch(self.state, number)
        assert found is not None
        return found

    def payable(self, name: str) -> Payable:
        found = self.state.get(PAYABLES, name)
        assert found is not None
        return found

    def issuer_of(self, name: str) -> str:
        found = self.state.get(PAYABLES, name)
        return "ce-a" if found is None else found.issuer

    def receiver_of(self, name: str) -> Receiver:
        found = self.state.get(PAYABLES, name)
        return S1 if found is None else found.presenter

    def invoice(self, name: str) -> Fingerprint:
        found = self.state.get(FINGERPRINTS, name)
        assert found is not None
        return found

    def content(self) -> dict[bytes, bytes | None]:
        """All rows, to show that nothing has changed."""
        return {key: None if row is None else codec.encode(row) for key, row in self.state.written.items()}
