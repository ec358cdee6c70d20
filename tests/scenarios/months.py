"""
Twenty-four months of three issuers through signed blocks: what they promise, sell, pay late, in part or not at all, and what is said of it.

One issuer is small and pays; one fails until it may issue nothing, and is cured; of the third too few others know for more than the base figures.  The
facts are written down as a reader of the ledger gets them.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import msgspec

from tallychain.contracts.disclosure.policies import DISCLOSURE, EXAMPLE
from tallychain.contracts.governance.changes import SetPolicy
from tallychain.contracts.governance.genesis import founding_events
from tallychain.contracts.risk.genesis import GenesisCeiling
from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.redeeming import operations as redeeming
from tallychain.contracts.vouchers.settling import operations as settling
from tallychain.contracts.vouchers.settling.rules.position import positions_of
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS, Holding, Voucher
from tallychain.instruments.calendar import add_months, format_date, instant_ms, local_day, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger import codec, identity
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.refusals import Refused
from tallychain.testkit.genesis import CALENDAR_2026
from tallychain.testkit.people import trial_client
from tallychain.testkit.world import Answer, Variation, World
from tests.deals import Deals
from tests.financings import HOUR_MS, Financings
from tests.payments import DOCUMENT, TERMS
from tests.votes import Votes

MONTHS: Final = 24
FIRST: Final = parse_date("2026-04-01")
JOINING: Final = {"ce-c": (identity.CORE_ENTERPRISE,), "bank-c": (identity.BANK,)}
CLIENTS: Final = {"t1": "bank-a", "t2": "bank-b", "t3": "settle-a", "t4": "factor-a", "t5": "bank-c"}
"""More holders, so that five members sponsor one at least."""
FUNDERS: Final = ("bank-b", "factor-a", "bank-c")
BANK: Final = "settle-a"
KNOWN_TO_FEW: Final = "ce-c"
PAYS_WORST: Final = "ce-b"
ISSUERS: Final = ("ce-a", PAYS_WORST, KNOWN_TO_FEW)
AWAITING: Final = ("DUE", "UNPAID_PENDING", "OVERDUE")
BAD_UNTIL: Final = 12
"""Months after which the issuer that fails pays again."""
Facts = list[dict[str, Any]]


def world() -> World:
    """An alliance with a third issuer, a third bank, and calendars for as long as anything is due."""
    made = World(
        seed=24,
        start_ms=instant_ms(FIRST, 9),
        ceilings=[GenesisCeiling(issuer, "bank-a", 10**15, "2026-01-01", "2099-12-31") for issuer in ISSUERS],
        calendars=(CALENDAR_2026, CalendarYear(2027, 1, (), ()), CalendarYear(2028, 1, (), ())),
        joining=JOINING,
    )
    for number, (name, sponsor) in enumerate(CLIENTS.items()):
        made.clients[name] = trial_client(made.seed, 2_000 + number, name, sponsor)
    return made


@dataclass
class Months:
    """The business, drawn at random from one seed."""

    world: World = field(default_factory=world)
    random: Random = field(default_factory=lambda: Random(24))
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    """Whose turn it is: holders for each issuer, and funders."""
    deals: Deals = field(init=False)
    financings: Financings = field(init=False)
    founding: Facts = field(init=False)

    def __post_init__(self) -> None:
        self.deals = Deals(self.world)
        self.financings = Financings(self.deals)
        self.founding = [
            {"time_ms": self.world.time_ms, "event": msgspec.json.decode(codec.encode(event))}
            for event in founding_events(self.world.reader)
        ]

    def play(self) -> None:
        """All of it, and on until the last month is closed."""
        asked = self.do("settlement.agree.propose", settling.ProposeAgreement(BANK, TERMS), KNOWN_TO_FEW)
        consent = settling.ConsentAgreement(KNOWN_TO_FEW, asked.operation)
        self.do("settlement.agree.consent", consent, BANK)
        for number in range(MONTHS):
            self.month(number)
        self.until(format_date(add_months(FIRST, MONTHS))[:8] + "06", 9)

    def facts(self) -> Facts:
        """Every fact of the chain, in order."""
        found = list(self.founding)
        for block in self.world.history:
            receipts = [msgspec.json.decode(row) for rows in block.results for row in rows]
            events = [msgspec.json.decode(event) for event in block.due_events]
            events += [event for receipt in receipts for event in receipt.get("events", [])]
            found += [{"time_ms": block.time_ms, "event": event} for event in events]
        return found

    # --- one month

    def month(self, number: int) -> None:
        """Promises at its beginning, sales after, and payments on some days."""
        month = format_date(add_months(FIRST, number))[:7]
        self.until(f"{month}-06", 10)
        if number == 11:
            change = SetPolicy(DISCLOSURE, dict(EXAMPLE), format_date(add_months(FIRST, 14)), "EXAMPLE")
            Votes(self.world).decide(change, yes=(*self.world.members,))
        for issuer in ISSUERS:
            for _ in range(self.random.randint(1, 2) + 2 * (number % 12 == 0)):
                self.issue(issuer)
        for day in ("06", "08", "13", "20", "27"):
            self.until(f"{month}-{day}", self.random.choice((11, 18)) if day > "08" else 11)
            for voucher in list(self.world.reader.iterate(VOUCHERS)):
                self.turn(voucher, number)

    def issue(self, issuer: str) -> None:
        """A voucher that its receiver accepts; some are sold at once, and some the issuer would pay early."""
        clients = ("t1", "t2") if issuer == KNOWN_TO_FEW else tuple(CLIENTS)
        receiver = self.world.receiver(clients[self.turns[issuer] % len(clients)])
        self.turns[issuer] += 1
        maturity = format_date(add_months(local_day(self.world.time_ms), self.random.randint(1, 4)))
        face = self.random.randint(1_000_000, 9_999_999_999)
        try:
            args = self.deals.promise(receiver, face=face, maturity=maturity, by=issuer)
        except ValueError:
            self.refused["payable"] += 1
            return
        answer = self.do("voucher.issue", args, issuer)
        if answer.code != "DONE" or not isinstance(answer, Receipt):
            return
        voucher = self.deals.voucher(answer)
        if self.deals.accept(voucher).code != "DONE":
            return
        draw = self.random.random()
        if draw < 0.5 and issuer != KNOWN_TO_FEW:
            self.sell(voucher, FUNDERS[self.turns["sales"] % len(FUNDERS)])
        elif draw < 0.6:
            self.pay_early(voucher, receiver.tag)
        elif draw < 0.7:
            self.paid_outside(voucher, receiver.tag)

    def turn(self, voucher: Voucher, number: int) -> None:
        """Some time after its day it is paid, whole or in part, in time or late; or its holder gives up."""
        if voucher.status_at(self.world.state.moment()) not in AWAITING:
            return
        is_bad = voucher.issuer == PAYS_WORST and number < BAD_UNTIL
        draw = self.random.random()
        if draw < (0.75 if is_bad else 0.05):
            return
        held = self.random.choice(self.world.reader.scan(HOLDINGS, voucher.number))
        if draw > 0.94:
            self.give_up(voucher, held)
        else:
            self.pay(voucher)

    def pay(self, voucher: Voucher) -> None:
        """Money comes; a part of it was booked in time and is told of late."""
        owed = voucher.face - voucher.discharged
        amount = owed if self.random.random() < 0.7 else self.random.randint(1, owed)
        booked_ms = self.world.time_ms
        if self.random.random() < 0.35:
            booked_ms = min(booked_ms, voucher.cutoff_ms - 60_000)
        args = settling.Attest(voucher.number, amount, booked_ms, self.reference(), DOCUMENT)
        self.do("settlement.attest", args, BANK)

    def give_up(self, voucher: Voucher, held: Holding) -> None:
        """A holder writes its holding off in its books, and forgives a part of the debt."""
        self.do("debt.write_off", settling.WriteOff(voucher.number, held.first), held.tag, held.sponsor)
        owed = next(
            one.outstanding
            for one in positions_of(voucher, self.world.reader)
            if one.holding.first == held.first
        )
        if owed > 1:
            args = settling.Release(voucher.number, held.first, owed // 2)
            self.do("debt.release", args, held.tag, held.sponsor)

    def paid_outside(self, voucher: Voucher, holder: str) -> None:
        """The issuer says that it has paid the holder directly, and the holder says so too."""
        args = settling.ProposeOutside(voucher.number, Units(1), DOCUMENT)
        asked = self.do("settlement.outside.propose", args, voucher.issuer)
        if asked.code == "DONE":
            consent = settling.ConsentOutside(voucher.number, Units(1), asked.operation)
            self.do("settlement.outside.consent", consent, holder)

    def sell(self, voucher: Voucher, funder: str) -> None:
        """The whole voucher is financed."""
        self.turns["sales"] += 1
        args = financing.AskFinancing(
            voucher=voucher.number,
            holding=Units(1),
            first=Units(1),
            last=Units(voucher.face),
            form="FACTORING",
            recourse=False,
            funders=(funder,),
            closes_ms=self.world.time_ms + HOUR_MS,
        )
        seller = voucher.receiver.tag
        asked = self.do("financing.request", args, seller)
        if asked.code != "DONE":
            return
        name, made = asked.operation, self.financings
        self.do("financing.quote", made.commitment(voucher, name, funder), funder)
        self.world.advance(self.world.time_ms + HOUR_MS)
        made.deliver(voucher, name, funder)
        bank = "bank-b" if funder != "bank-b" else "bank-a"
        choice = msgspec.structs.replace(made.choice(voucher, name, funder), seller_bank=bank)
        self.do("financing.award", choice, seller)
        self.do("financing.register", made.registration(voucher, name), funder)
        self.do("financing.disburse", made.disbursement(voucher, name), BANK)
        self.do("financing.complete", financing.CompleteFinancing(voucher.number, name), seller)

    def pay_early(self, voucher: Voucher, holder: str) -> None:
        """The issuer pays before the maturity, at a discount that both have agreed on."""
        asked = self.do(
            "redemption.offer", redeeming.OfferRedemption(voucher.number, Units(1)), voucher.issuer
        )
        if asked.code != "DONE":
            return
        here = (voucher.number, Units(1), asked.operation)
        self.do("redemption.agree", redeeming.AgreeRedemption(*here), holder)
        paid = redeeming.AttestRedemption(*here, self.reference(), self.world.time_ms, DOCUMENT)
        self.do("redemption.attest", paid, BANK)

    # --- how

    def do(self, kind: str, args: msgspec.Struct, by: str, via: str = "") -> Answer:
        """One act in a block of its own, counted."""
        try:
            answer = self.world.do(kind, args, by=by, vary=Variation(via=via or None))
        except Refused as refused:
            answer = NotTaken("", refused.code, "")
        if answer.code == "DONE":
            self.done[kind] += 1
        else:
            self.refused[f"{kind}: {answer.code}"] += 1
        return answer

    def reference(self) -> str:
        """A bank's number that was never used."""
        return f"M-{self.world.state.height}"

    def until(self, day: str, hour: int) -> None:
        """Time goes on."""
        self.world.advance(max(self.world.time_ms + 1, instant_ms(parse_date(day), hour)))
