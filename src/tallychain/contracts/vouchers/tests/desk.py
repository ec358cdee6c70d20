"""A desk for rules: a state in memory, members with plain names, and one call at a time.  No signatures, no blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tallychain.contracts import disclosure, documents, risk
from tallychain.contracts.documents.state import AllocatedPart
from tallychain.contracts.members.state import FALLS, Fall
from tallychain.contracts.risk.state import BLOCKED, CEILINGS, EXPECTED, MISSED
from tallychain.contracts.vouchers import CONTRACT, rules
from tallychain.contracts.vouchers.api import maturities_to_settle, usual_policies
from tallychain.contracts.vouchers.cancelling import rules as cancelling
from tallychain.contracts.vouchers.cancelling.operations import Cancel, Consent
from tallychain.contracts.vouchers.courting import freezing
from tallychain.contracts.vouchers.courting.operations import FreezeUnits
from tallychain.contracts.vouchers.operations import (
    TRADE_LABELS,
    Accept,
    Decline,
    Issue,
    MakeOffer,
    OfferRow,
    Recall,
    Reject,
    Take,
    Withdraw,
)
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, Agreement
from tallychain.contracts.vouchers.settling.state import IN_FORCE as AGREED
from tallychain.contracts.vouchers.sponsoring import rules as sponsoring
from tallychain.contracts.vouchers.sponsoring.operations import AnswerClaim, ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.state import HOLDINGS, OFFERS, VOUCHERS, Holding, Offer, Voucher
from tallychain.contracts.vouchers.tests.cover import ceiling, confirmed
from tallychain.crypto.keys import SealingKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.calendar import format_date, instant_ms, local_day, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger import codec, identity
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.due import DueWork
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import MEMBERS, Member
from tallychain.ledger.identity import SealingKey as MemberSealingKey
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.outages import OUTAGES, OutageRow
from tallychain.ledger.parameters import CALENDARS, FACTS, POLICIES, CalendarYear, ChainFacts, Policy
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.timeline import Moment, Outage, settled
from tallychain.ledger.types import Author, Height, MemberId, OperationId, TimeMs, member_author, tag_author

ALL = (documents.CONTRACT, risk.CONTRACT, disclosure.CONTRACT, CONTRACT)
V1_FACE = 100_000_000
MORNING_MS = instant_ms(parse_date("2026-03-16"), 9)
DAY_MS = 86_400_000
KINDS = {
    "ce-a": (identity.CORE_ENTERPRISE,),
    "ce-b": (identity.CORE_ENTERPRISE,),
    "bank-a": (identity.BANK,),
    "bank-b": (identity.BANK,),
    "settle-a": (identity.SETTLEMENT_BANK, identity.BANK),
    "supervisor": (identity.SUPERVISOR,),
    "court": (identity.COURT_GATEWAY,),
    "courtb": (identity.COURT_GATEWAY,),
}
CALENDAR_2026 = CalendarYear(
    2026,
    1,
    ("2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05", "2026-06-19", "2026-09-25")
    + ("2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"),
    ("2026-05-09", "2026-09-20", "2026-10-10"),
)

CALENDAR_2027 = CalendarYear(
    2027, 1, ("2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11"), ()
)


def units(number: int) -> Units:
    return Units(number)


def hex_of(number: int, digits: int) -> str:
    return f"{number:0{digits}x}"


def person(name: str, sponsor: str = "bank-a") -> Receiver:
    """A tag with good keys that follow from a name."""
    seed = name.encode().ljust(32, b".")
    return Receiver(
        signing_key_from_seed(ED25519, seed).public, SealingKey.from_seed(seed).public, MemberId(sponsor)
    )


def at(day: str, hour: int = 9, minute: int = 0) -> int:
    return instant_ms(parse_date(day), hour, minute)


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
    pays: bool = False
    """Whether payments were made that no voucher knows of."""
    full_every: int = 1
    """After every so many Changes all invariants are checked on the whole state; more than one where it grows to hundreds of holdings."""
    changes: int = 0
    events: tuple[Event, ...] = ()
    """Of the last Change."""

    def __post_init__(self) -> None:
        self.state = Overlay(Committed(MemoryBacking()))
        self.due = DueWork(CONTRACT.due)
        facts = ChainFacts(
            "trial-1", "TEST", "0" * 64, True, "driven", 12, 0, False, (MemberId("supervisor"),)
        )
        self.state.write([FACTS.put(facts), CALENDARS.put(CALENDAR_2026)])
        self.state.write(POLICIES.put(policy) for policy in usual_policies("2026-01-01", "Rules 7.8"))
        self.state.write(MEMBERS.put(member_row(name, kinds)) for name, kinds in KINDS.items())
        self.state.write(CEILINGS.put(ceiling(issuer)) for issuer in ("ce-a", "ce-b"))
        self.state.write(AGREEMENTS.put(agreement(issuer)) for issuer in ("ce-a", "ce-b"))

    @property
    def now(self) -> Moment:
        return Moment(Height(1), TimeMs(self.now_ms), self.outages)

    def policy(self, kind: str, version: int, effective_from: str = "2026-01-01", **values: int) -> None:
        """Another version of a policy, with some figures changed."""
        old = self.state.get(POLICIES, kind, 1)
        assert old is not None
        self.state.write(
            [POLICIES.put(Policy(kind, version, effective_from, {**old.values, **values}, old.article))]
        )

    def publish(self, calendar: CalendarYear) -> None:
        """What the vote that publishes a calendar writes."""
        self.state.write([CALENDARS.put(calendar)])
        self.adopt(maturities_to_settle(calendar, self.state, self.now))

    def outage(self, since_ms: int, until_ms: int, grace_ms: int) -> None:
        """Record that no block was made for a time."""
        outage = Outage(since_ms, until_ms, grace_ms)
        self.outages += (outage,)
        self.state.write([OUTAGES.put(OutageRow(len(self.outages), outage))])
        self.due.rebuild(self.state, self.outages)

    def standing(self, name: str, standing: str) -> None:
        self.state.write([MEMBERS.put(member_row(name, KINDS[name], standing))])

    def suspended(self, name: str) -> None:
        """A supervisor suspends a member now."""
        self.standing(name, identity.SUSPENDED)
        self.state.write([FALLS.put(Fall(name, self.now_ms))])

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

    def adopt(self, change: Change) -> Change:
        """Take a Change as the ledger does: invariants first."""
        after = Overlay(self.state)
        after.write(change.writes)
        for contract in ALL:
            assert contract.touched is not None
            assert list(contract.touched(change, self.state, after)) == []
        self.state.write(change.writes)
        self.events = change.events
        for write in change.writes:
            self.due.note(write.key, write.value, self.outages)
        self.changes += 1
        if self.changes % self.full_every == 0:
            self.check()
        return change

    def check(self) -> None:
        """All invariants, on the whole state."""
        for contract in ALL:
            assert contract.full is not None
            faults = [fault for fault in contract.full(self.state) if not (self.pays and fault[0] == 10)]
            assert faults == []

    def by_tag(self, holder: Receiver, via: str | None = None, labels: tuple[str, ...] = ()) -> Call:
        return self.call(tag_author(holder.tag), via or holder.sponsor, labels)

    def backing(
        self, receiver: Receiver, amount: int, issuer: str = "ce-a"
    ) -> tuple[str, tuple[AllocatedPart, ...]]:
        """A payable over one invoice that the issuer has confirmed to a receiver, as rows; and what takes all of it."""
        self.acts += 1
        payable, invoice = hex_of(0xD0000000 + self.acts, 64), hex_of(0xF0000000 + self.acts, 64)
        self.state.write(confirmed(payable, invoice, receiver, amount, issuer))
        return payable, (AllocatedPart(invoice, amount),)

    def paid(self) -> None:
        """Every payment that was expected until now was made, as far as blocks of issuers are concerned; the vouchers do not know."""
        self.pays = True
        late = [row for row in self.state.iterate(EXPECTED) if row.is_missed(self.now)]
        self.state.write(EXPECTED.delete(row) for row in late)
        self.state.write(MISSED.delete(row) for row in list(self.state.iterate(MISSED)))
        self.state.write(BLOCKED.delete(row) for row in list(self.state.iterate(BLOCKED)))

    def issue(self, **changed: object) -> Voucher:
        """V1 of the study, with some fields changed; returns the voucher.  Unless told otherwise a payable backs it."""
        fields: dict[str, object] = {
            "reference": hex_of(self.acts + 1, 32),
            "receiver": person("s1"),
            "currency": "CNY",
            "face": V1_FACE,
            "nominal_maturity": "2026-09-14",
            "settlement_bank": "settle-a",
        }
        if "payable" not in changed:
            fields |= self.backed_for({**fields, **changed})
        args = msgspec.convert({**fields, **changed}, Issue, from_attributes=True)
        change = self.adopt(
            rules.issue(args, self.call(member_author(MemberId("ce-a")), "ce-a", ("trade",)), self.state)
        )
        made = change.writes[0].value
        assert isinstance(made, Voucher)
        return made

    def backed_for(self, fields: Mapping[str, object]) -> dict[str, object]:
        """The fields of a promise that name what backs it, for its receiver and face."""
        receiver, face = fields["receiver"], fields["face"]
        assert isinstance(receiver, Receiver)
        assert isinstance(face, int)
        payable, invoices = self.backing(receiver, face)
        return {"payable": payable, "invoices": invoices}

    def accept(
        self, voucher: Voucher, *, by: Receiver | None = None, consent: str = "", via: str | None = None
    ) -> Change:
        args = Accept(voucher.number, consent or voucher.promise)
        return self.adopt(rules.accept(args, self.by_tag(by or voucher.receiver, via), self.state))

    def active(self, **changed: object) -> Voucher:
        """A voucher that its receiver holds whole."""
        voucher = self.issue(**changed)
        self.accept(voucher)
        return self.voucher(voucher.number)

    def reject(self, number: str, by: Receiver, via: str | None = None) -> Change:
        return self.adopt(rules.reject(Reject(number), self.by_tag(by, via), self.state))

    def withdraw(self, number: str, by: str = "ce-a") -> Change:
        return self.adopt(
            rules.withdraw(Withdraw(number), self.call(member_author(MemberId(by)), by), self.state)
        )

    def offer(
        self,
        number: str,
        giver: Receiver,
        *rows: OfferRow,
        holding: int = 1,
        via: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> list[str]:
        """Offer; returns the names of the offers."""
        shown = ("identity", *TRADE_LABELS[: len(rows)]) if labels is None else labels
        call = self.by_tag(giver, via, shown)
        change = self.adopt(rules.offer(MakeOffer(number, units(holding), rows), call, self.state))
        return [
            w.value.id
            for w in change.writes
            if isinstance(w.value, Offer) and w.value.id.startswith(call.operation)
        ]

    def take(self, number: str, name: str, by: Receiver, via: str | None = None) -> Change:
        return self.adopt(rules.take(Take(number, name), self.by_tag(by, via), self.state))

    def decline(self, number: str, name: str, by: Receiver, via: str | None = None) -> Change:
        return self.adopt(rules.decline(Decline(number, name), self.by_tag(by, via), self.state))

    def recall(self, number: str, name: str, by: Receiver, via: str | None = None) -> Change:
        return self.adopt(rules.recall(Recall(number, name), self.by_tag(by, via), self.state))

    def cancel(self, number: str, by: str = "ce-a") -> str:
        """Propose a cancellation; the operation that a consent names."""
        call = self.call(member_author(MemberId(by)), by)
        self.adopt(cancelling.cancel(Cancel(number), call, self.state))
        return call.operation

    def consent(
        self, number: str, cancellation: str, by: Receiver, holding: int = 1, via: str | None = None
    ) -> Change:
        args = Consent(number, cancellation, units(holding))
        return self.adopt(cancelling.consent(args, self.by_tag(by, via), self.state))

    def port(self, number: str, by: Receiver, via: str, *holdings: int) -> Change:
        args = Port(number, tuple(units(first) for first in holdings or (1,)))
        return self.adopt(sponsoring.port(args, self.by_tag(by, via), self.state))

    def claim(self, number: str, by: Receiver, via: str, holding: int = 0, offer: str = "") -> Change:
        args = ClaimSponsorIdle(number, holding, offer)
        return self.adopt(sponsoring.claim(args, self.by_tag(by, via), self.state))

    def answer_claim(self, tag: str, by: str) -> Change:
        call = self.call(member_author(MemberId(by)), by)
        return self.adopt(sponsoring.answer(AnswerClaim(tag), call, self.state))

    def freeze_all(self, number: str, holder: Receiver) -> Change:
        """A court freezes whatever a tag holds of a voucher, until the next day."""
        call = self.call(member_author(MemberId("court")), "court", ("order",))
        until = format_date(local_day(self.now_ms + DAY_MS))
        args = FreezeUnits(
            number, holder.tag, units(1), units(1), self.voucher(number).face, until, "d0" * 32
        )
        return self.adopt(freezing.freeze(args, call, self.state))

    def pass_on(self, number: str, giver: Receiver, row: OfferRow, holding: int = 1) -> None:
        """Offer and take at once."""
        (name,) = self.offer(number, giver, row, holding=holding)
        self.take(number, name, row.receiver)

    def write_due(self) -> list[object]:
        """Run due work once, with its budgets; returns the events of this contract."""
        events: list[object] = []
        for queue in self.due.queues:
            for due in queue.run(self.state, self.now):
                self.adopt(due.change)
                events += [event for event in due.change.events if isinstance(event, CONTRACT.events)]
        return events

    def voucher(self, number: str) -> Voucher:
        found = self.state.get(VOUCHERS, number)
        assert found is not None
        return found

    def found_offer(self, name: str) -> Offer:
        found = self.state.get(OFFERS, name)
        assert found is not None
        return found

    def holdings(self, number: str) -> list[Holding]:
        return self.state.scan(HOLDINGS, number)

    def content(self) -> dict[bytes, bytes | None]:
        """All rows, to show that nothing has changed."""
        return {key: None if row is None else codec.encode(row) for key, row in self.state.written.items()}


def agreement(issuer: str, bank: str = "settle-a") -> Agreement:
    return Agreement(issuer, bank, "0" * 64, "a9" * 32, settled(AGREED))


def row(first: int, last: int, receiver: Receiver, value_date: str = "") -> OfferRow:
    return OfferRow(units(first), units(last), receiver, hex_of(first, 32), value_date)


def fields_of(refusal: Refused) -> dict[str, str | int]:
    """What the receipt would say."""
    assert refusal.sentence("en")
    assert refusal.sentence("zh")
    return refusal.typed_fields()
