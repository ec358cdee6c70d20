"""What the sentences of a scenario do to a world, and what they find in it."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from tallychain.contracts.governance.changes import PublishCalendar
from tallychain.contracts.members.operations import KeyRegister, Restore, Suspend
from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers.cancelling.operations import Cancel, Consent
from tallychain.contracts.vouchers.declared import TRADE_EXAMPLE
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
from tallychain.contracts.vouchers.sponsoring.operations import AnswerClaim, ClaimSponsorIdle, Port
from tallychain.contracts.vouchers.state import Holding
from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.instruments.holdings import NotEnoughFreeUnits, Range
from tallychain.instruments.interest import interest
from tallychain.instruments.money import Ppm, Units, format_amount, parse_amount
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.ledger.journals import JOURNALS
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.types import MemberId
from tallychain.testkit.genesis import MEMBERS
from tallychain.testkit.people import derived
from tallychain.testkit.world import Answer, Variation, World
from tests.deals import UNBACKED
from tests.votes import Votes

SHANGHAI = timezone(timedelta(hours=8))
"""Reckoned apart from the code that is tried, so that a build with another local day fails."""

BLOCK_MS = 1
"""A world's next block is one millisecond after the last."""

NOTICES = ("voucher.title_moved", "financing.completed")
"""What tells an issuer to whom its debt is owed now."""

Noted = Callable[[Answer], None]


@dataclass
class Story:
    """A world, and what the sentences so far have named."""

    world: World = field(default_factory=World)
    numbers: dict[str, str] = field(default_factory=dict)
    """The study's name of a voucher to its number."""
    consents: dict[str, str] = field(default_factory=dict)
    receivers: dict[str, str] = field(default_factory=dict)
    """Number to the tag that it was issued to."""
    offers: dict[tuple[str, str, str], tuple[str, str, str]] = field(default_factory=dict)
    """(voucher, giver, receiver) to (offer, giver's tag, receiver's tag)."""
    cancellations: dict[str, str] = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=dict)
    """Tag to the member that carries its acts, where that is not its first sponsor."""
    people: dict[tuple[str, str], SigningKey] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    together: list[tuple[SignedOperation, str, str, Noted]] | None = None
    references: int = 0
    names: dict[str, str] = field(default_factory=dict)
    """Tags that a member holds for itself."""
    more: dict[str, Any] = field(default_factory=dict)
    """What the sentences of other files have named."""

    # --- time

    def go_to(self, day: str, hour: int, minute: int, second: int) -> None:
        """The next block stands at this local time."""
        there = datetime.fromisoformat(day).replace(hour=hour, minute=minute, second=second, tzinfo=SHANGHAI)
        target_ms = int(there.timestamp()) * 1000 - BLOCK_MS
        if target_ms < self.world.time_ms - 60_000:
            raise AssertionError("time does not go back")
        self.world.advance(target_ms)

    # --- acts

    def issue(
        self, issuer: str, name: str, face: str, to: str, due: str, signers: tuple[str, str] | None, code: str
    ) -> None:
        """A promise."""
        receiver = self.world.receiver(to)
        is_debtor = CORE_ENTERPRISE in MEMBERS[issuer]
        backing = self.world.backed(receiver, parse_amount(face), issuer) if is_debtor else UNBACKED
        self.references += 1
        args = Issue(
            reference=f"{self.references:032x}",
            receiver=receiver,
            currency="CNY",
            face=Units(parse_amount(face)),
            nominal_maturity=due,
            settlement_bank=MemberId("settle-a"),
            payable=backing.payable,
            invoices=backing.invoices,
            guarantor=str(self.more.pop("guarantor", "")),
        )

        def note(answer: Answer) -> None:
            event = self.event(answer)
            self.numbers[name] = event["voucher"]
            self.consents[name] = event["promise"]
            self.receivers[name] = receiver.tag

        keys = None if signers is None else [self.key(issuer, person) for person in signers]
        self.do("voucher.issue", args, issuer, code, note, vary=Variation(keys=keys))

    def accept(self, who: str, name: str, code: str) -> None:
        """The receiver accepts; somebody else tries with a tag of its own."""
        args = Accept(self.numbers[name], self.consents[name])
        self.do("voucher.accept", args, self.tag_of(who, self.receivers[name]), code)

    def reject(self, who: str, name: str, code: str) -> None:
        """The receiver rejects."""
        self.do("voucher.reject", Reject(self.numbers[name]), self.tag_of(who, self.receivers[name]), code)

    def withdraw(self, issuer: str, name: str, code: str) -> None:
        """The issuer withdraws."""
        self.do("voucher.withdraw", Withdraw(self.numbers[name]), issuer, code)

    def offer(self, giver: str, name: str, parts: list[str], value_date: str, code: str) -> None:
        """Amounts or ranges to receivers; amounts get the lowest free units, as the giver's gateway does it."""
        number = self.numbers[name]
        holding = self.holding_of(giver, name)
        wanted = [re.fullmatch(r"(?:units )?(\S+) to (\S+)", part) for part in parts]
        if not all(wanted):
            raise AssertionError(f"not an amount or a range to somebody: {parts}")
        pairs = [(match[1], match[2]) for match in wanted if match is not None]
        try:
            ranges = self.ranges(holding, [what for what, _ in pairs])
        except NotEnoughFreeUnits:
            self.came_back("NOT_ENOUGH_FREE_UNITS", code)
            return
        receivers = [self.world.receiver(to) for _, to in pairs]
        rows = tuple(
            OfferRow(units.first, units.last, receiver, f"{n:032x}", value_date)
            for n, (units, receiver) in enumerate(zip(ranges, receivers, strict=True))
        )

        def note(answer: Answer) -> None:
            for n, ((_, to), receiver) in enumerate(zip(pairs, receivers, strict=True), start=1):
                self.offers[name, giver, to] = (f"{answer.operation}:{n}", holding.tag, receiver.tag)

        content = dict.fromkeys(TRADE_LABELS[: len(rows)], TRADE_EXAMPLE)
        self.do("voucher.offer", MakeOffer(number, holding.first, rows), holding.tag, code, note, content)

    def answer(self, act: str, who: str, name: str, giver: str, code: str) -> None:
        """The named receiver takes or declines."""
        offer, _, tag = self.offers[name, giver, who]
        args = (Take if act == "take" else Decline)(self.numbers[name], offer)
        self.do(f"voucher.{act}", args, tag, code)

    def recall(self, giver: str, name: str, to: str, code: str) -> None:
        """The holder takes its offer back."""
        offer, tag, _ = self.offers[name, giver, to]
        self.do("voucher.recall", Recall(self.numbers[name], offer), tag, code)

    def split(self, giver: str, name: str, amount: str, to: str, times: int) -> None:
        """One part after another."""
        for _ in range(times):
            self.offer(giver, name, [f"{amount} to {to}"], "", "DONE")
            self.answer("take", to, name, giver, "DONE")

    def offer_often(self, giver: str, name: str, amount: str, to: str, times: int) -> None:
        """One offer after another, each of the next units."""
        for _ in range(times):
            self.offer(giver, name, [f"{amount} to {to}"], "", "DONE")

    def pass_whole(self, name: str, hops: list[str]) -> None:
        """The whole voucher from hand to hand."""
        for giver, to in itertools.pairwise(hops):
            face = format_amount(self.holding_of(giver, name).units.length)
            self.offer(giver, name, [f"{face} to {to}"], "", "DONE")
            self.answer("take", to, name, giver, "DONE")

    def cancel(self, issuer: str, name: str, code: str) -> None:
        """The issuer proposes to cancel."""

        def note(answer: Answer) -> None:
            self.cancellations[name] = answer.operation

        self.do("voucher.cancel", Cancel(self.numbers[name]), issuer, code, note)

    def consent(self, who: str, name: str, code: str) -> None:
        """A holder consents for its largest holding; who holds nothing tries with a tag of its own."""
        held = api.holdings(self.world.reader, self.numbers[name])
        own = [h for h in held if self.world.owner_of[h.tag] == who]
        first, tag = (own[0].first, own[0].tag) if own else (Units(1), self.world.receiver(who).tag)
        self.do("voucher.consent", Consent(self.numbers[name], self.cancellations[name], first), tag, code)

    def port(self, who: str, name: str, to: str, code: str) -> None:
        """A holder moves its largest holding to another sponsor."""
        holding = self.holding_of(who, name)
        before = self.carriers.get(holding.tag, "")
        self.carriers[holding.tag] = to
        self.do("holder.port", Port(self.numbers[name], (holding.first,)), holding.tag, code)
        if code != "DONE":
            self.carriers[holding.tag] = before

    def claim(self, who: str, name: str, via: str, code: str) -> None:
        """A holder claims through another member that its sponsor is idle."""
        holding = self.holding_of(who, name)
        self.carriers[holding.tag] = via
        args = ClaimSponsorIdle(self.numbers[name], holding.first, "")
        self.do("sponsor.claim", args, holding.tag, code)

    def answer_claim(self, sponsor: str, who: str, name: str, code: str) -> None:
        """A sponsor answers a holder's claim."""
        args = AnswerClaim(self.holding_of(who, name).tag)
        self.do("sponsor.answer", args, sponsor, code)

    def carried(self, who: str, name: str, via: str) -> None:
        """From now on a member carries what a holder does with its holding."""
        self.carriers[self.holding_of(who, name).tag] = via

    def publish(self, year: int, holidays: list[str], working: list[str]) -> None:
        """The members publish the calendar of a year by vote, and time goes on until it acts."""
        change = PublishCalendar(year, 1, tuple(holidays), tuple(working))
        self.same(Votes(self.world).decide(change), "ENACTED")
        self.world.advance(self.world.time_ms + 1)

    def suspend(self, member: str, code: str) -> None:
        """The supervisor suspends a member."""
        self.do("member.suspend", Suspend(MemberId(member), "Ordered for a trial"), "supervisor", code)

    def restore(self, member: str, code: str) -> None:
        """The supervisor lifts its suspension."""
        self.do("member.restore", Restore(MemberId(member)), "supervisor", code)

    def new_key(self, member: str, name: str, person: str, rights: list[str], limit: str, code: str) -> None:
        """Two admins register a key of a person, new or known."""
        key = signing_key_from_seed(ED25519, derived(self.world.seed, member, name))
        self.people[member, name] = key
        who = derived(self.world.seed, member, person).hex()
        args = KeyRegister(key.public, who[:16], tuple(rights), parse_amount(limit), who, 0)
        self.do("member.key_register", args, member, code)

    def in_one_block(self, acts: list[tuple[tuple[Callable[..., None], re.Match[str]], str]]) -> None:
        """Several acts of one sponsor's clients in one envelope."""
        self.together = []
        for (action, match), code in acts:
            action(self, match, code)
        waiting, self.together = self.together, None
        carriers = {carrier for _, carrier, _, _ in waiting}
        if len(carriers) != 1:
            raise AssertionError("acts in one block have one sponsor")
        answers = self.world.submit([signed for signed, _, _, _ in waiting], carrier=carriers.pop())
        for answer, (_, _, code, note) in zip(answers, waiting, strict=True):
            self.came_back(answer.code, code)
            if answer.code == "DONE":
                note(answer)

    # --- facts

    def expect_status(self, name: str, status: str) -> None:
        """What the voucher is at the time of the last block."""
        voucher = api.voucher(self.world.reader, self.numbers[name])
        self.same(None if voucher is None else voucher.status_at(self.world.state.moment()), status)

    def expect_offer(self, name: str, to: str, status: str) -> None:
        """What the latest offer to somebody is at the time of the last block."""
        (found,) = [
            offer for (voucher, _, who), (offer, _, _) in self.offers.items() if (voucher, who) == (name, to)
        ]
        offer = api.offer(self.world.reader, found)
        self.same(None if offer is None else offer.status_at(self.world.state.moment()), status)

    def expect_maturity(self, name: str, day: str, kind: str) -> None:
        """When the voucher is due."""
        voucher = api.voucher(self.world.reader, self.numbers[name])
        self.same(None if voucher is None else (voucher.effective_maturity, voucher.maturity), (day, kind))

    def expect_holdings(self, name: str, lines: list[str]) -> None:
        """Who holds which units: `s2 1-30,000,000 300,000.00 layer 2`."""
        found = [
            f"{self.owner(h.tag)} {h.first:,}-{h.last:,} {format_amount(h.units.length)} layer {h.layer}"
            for h in api.holdings(self.world.reader, self.numbers[name])
        ]
        self.same(found, [" ".join(line.split()) for line in lines])

    def expect_sum(self, name: str, amount: str) -> None:
        """Face is never lost or created."""
        held = api.holdings(self.world.reader, self.numbers[name])
        self.same(format_amount(sum(h.units.length for h in held)), amount)

    def expect_notices(self, issuer: str, count: int) -> None:
        """How many assignments the issuer has notice of."""
        notices = 0
        for block in self.world.history:
            for rows in block.results:
                events = [event for row in rows for event in msgspec.json.decode(row).get("events", [])]
                notices += sum(e["event"] in NOTICES and e["issuer"] == issuer for e in events)
        self.same(notices, count)

    def expect_interest(self, amount: str, ppm: int, days: int, result: str) -> None:
        """Interest by ACT/360, rounded half up once."""
        self.same(format_amount(interest(parse_amount(amount), Ppm(ppm), days)), result)

    def expect_nothing_changed(self) -> None:
        """The last block wrote nothing but journals."""
        block = self.world.last
        written = [] if block is None else [key for key in block.writes if not key.startswith(JOURNALS.key())]
        self.same(written, [])

    # --- how

    def do(
        self,
        kind: str,
        args: msgspec.Struct,
        by: str,
        code: str,
        note: Noted = lambda _: None,
        content: Mapping[str, msgspec.Struct] | None = None,
        vary: Variation | None = None,
    ) -> None:
        """Send an act, now or together with others."""
        carrier = self.carriers.get(by, "")
        signed = self.world.act(kind, args, by=by, content=content, vary=vary or Variation(via=carrier))
        if not carrier:
            carrier = by if by in self.world.members else self.world.clients[self.world.owner_of[by]].sponsor
        if self.together is not None:
            self.together.append((signed, carrier, code, note))
            return
        answer = self.world.submit([signed], carrier=carrier)[0]
        self.came_back(answer.code, code)
        if answer.code == "DONE":
            note(answer)

    def came_back(self, found: str, expected: str) -> None:
        """Note a code and demand that it is the one expected."""
        self.codes.append(found)
        self.same(found, expected)

    def holding_of(self, who: str, name: str) -> Holding:
        """The largest holding of somebody; several tags may be one client's."""
        held = api.holdings(self.world.reader, self.numbers[name])
        own = [h for h in held if self.owner(h.tag) == who]
        if not own:
            raise AssertionError(f"{who} holds nothing of {name}")
        return max(own, key=lambda h: h.units.length)

    def owner(self, tag: str) -> str:
        """The client of a tag, or the member that holds for itself."""
        return self.names.get(tag) or self.world.owner_of[tag]

    def ranges(self, holding: Holding, wanted: list[str]) -> list[Range]:
        """Ranges as they are written, or the lowest free units for amounts."""
        if all("-" in what for what in wanted):
            ends = [what.replace(",", "").split("-") for what in wanted]
            return [Range(Units(int(first)), Units(int(last))) for first, last in ends]
        faces = tuple(parse_amount(what) for what in wanted)
        return list(api.ranges_for(self.world.reader, holding, faces, self.world.state.moment()))

    def tag_of(self, who: str, tag: str) -> str:
        """The tag if it is this client's, else a new one of the client."""
        return tag if self.world.owner_of[tag] == who else self.world.receiver(who).tag

    def key(self, member: str, person: str) -> SigningKey:
        """The key of a person of a member."""
        registered = self.people.get((member, person))
        return registered if registered is not None else self.world.members[member].staff[person].key

    @staticmethod
    def events(answer: Answer) -> list[dict[str, Any]]:
        """The events of a receipt."""
        rows = answer.events if hasattr(answer, "events") else ()
        return [msgspec.json.decode(bytes(row)) for row in rows]

    @classmethod
    def event(cls, answer: Answer) -> dict[str, Any]:
        """The first event of a receipt."""
        return next(iter(cls.events(answer)), {})

    @staticmethod
    def same(found: object, expected: object) -> None:
        """Demand that two things are equal."""
        if found != expected:
            raise AssertionError(f"found    {found}\nexpected {expected}")
