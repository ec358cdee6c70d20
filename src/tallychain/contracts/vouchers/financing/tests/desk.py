"""A desk for the rules of financings: the desk of settlement, and one act at a time of sellers, funders, banks and arbiters."""

import dataclasses
from dataclasses import dataclass, field

from tallychain.contracts.vouchers.courting import freezing
from tallychain.contracts.vouchers.courting.operations import FreezeUnits
from tallychain.contracts.vouchers.financing import asking, choosing, paying
from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.operations import (
    AskFinancing,
    AttestReceipt,
    Award,
    ChallengeQuote,
    CloseFinancing,
    CommitQuote,
    CompleteFinancing,
    DecideFinancing,
    DeregisterFinancing,
    Disburse,
    RefuteFinancing,
    RegisterFinancing,
    RevealQuote,
)
from tallychain.contracts.vouchers.financing.state import FINANCINGS, QUOTES, Deal, Financing, Quote
from tallychain.contracts.vouchers.financing.terms import priced
from tallychain.contracts.vouchers.pledging.tests.desk import Desk as PledgingDesk
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, S1, S2
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.contracts.vouchers.tests.desk import at, hex_of, member_row, person, row, units
from tallychain.crypto import sealing
from tallychain.ledger import codec, identity
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.types import MemberId, member_author

HOUR_MS = 3_600_000
S2_UNITS = (1, 30_000_000)
FUNDERS = ("bank-a", "bank-b", "factor-a")
CERTIFICATE = "c7" * 32
CONTEXT = b"\x0c" * 32
SALT = b"\x5a" * 32
TAKERS = {name: person(f"taker {name}", name) for name in FUNDERS}
MATURITY = "2026-09-14"


def quoted(rate: int, fees: int = 0, face: int = 30_000_000, value_date: str = "2026-04-16") -> QuoteContent:
    """A true quote against V1 of the study."""
    price = priced(face, MATURITY, rate=rate, fees=fees, value_date=value_date)
    return QuoteContent(
        rate=rate,
        day_count="ACT_360",
        value_date=value_date,
        days=price.days,
        interest=price.interest,
        fees=fees,
        net=price.net,
        contract="BL-2026-0416",
    )


TRUE = quoted(36_500)


def sealed_as(content: bytes) -> str:
    """The commitment that a sealed part with this content has here."""
    return sealing.seal(content, SALT, CONTEXT, [S2.sealing]).commitment.hex()


@dataclass
class Desk(PledgingDesk):
    """Rules of financings at work."""

    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        others = {
            "factor-a": (identity.FACTOR,),
            "arbiter-a": (identity.ARBITER,),
            "court": (identity.COURT_GATEWAY,),
        }
        self.state.write(MEMBERS.put(member_row(name, kinds)) for name, kinds in others.items())

    def ask(
        self,
        number: str,
        *,
        by: Receiver = S1,
        via: str | None = None,
        holding: int = 1,
        first: int = 1,
        last: int = 30_000_000,
        form: str = "FACTORING",
        recourse: bool = False,
        funders: tuple[str, ...] = FUNDERS,
        closes_ms: int = 0,
    ) -> str:
        """Ask for money; the name of the financing."""
        call = self.by_tag(by, via, ("identity", "reasons"))
        args = AskFinancing(
            voucher=number,
            holding=units(holding),
            first=units(first),
            last=units(last),
            form=form,  # type: ignore[arg-type]  # one of the three
            recourse=recourse,
            funders=funders,
            closes_ms=closes_ms or self.now_ms + HOUR_MS,
        )
        self.adopt(asking.ask(args, call, self.state))
        return call.operation

    def commit(
        self,
        number: str,
        name: str,
        by: str = "bank-b",
        *,
        content: QuoteContent | bytes = TRUE,
        receiver: Receiver | None = None,
        paying_bank: str = "settle-a",
    ) -> Change:
        text = content if isinstance(content, bytes) else codec.encode(content)
        self.contents[name, by] = text
        taker = receiver or TAKERS.get(by, TAKERS["bank-b"])
        args = CommitQuote(number, name, sealed_as(text), taker, paying_bank)
        return self.adopt(asking.commit(args, self.by(by), self.state))

    def reveal(self, number: str, name: str, by: str = "bank-b", content: bytes | None = None) -> Change:
        text = self.contents.get((name, by), b"{}") if content is None else content
        part = SealedPart("quote", sealed_as(text), "0" * 64, (S2.sealing,))
        call = dataclasses.replace(self.by(by), sealed=(part,))
        return self.adopt(asking.reveal(RevealQuote(number, name), call, self.state))

    def challenge(
        self,
        number: str,
        name: str,
        funder: str = "bank-b",
        *,
        by: Receiver = S1,
        content: bytes | None = None,
    ) -> Change:
        text = self.contents.get((name, funder), b"{}") if content is None else content
        args = ChallengeQuote(number, name, funder, CONTEXT.hex(), SALT.hex(), text.hex())
        return self.adopt(asking.challenge(args, self.by_tag(by), self.state))

    def award(
        self,
        number: str,
        name: str,
        funder: str = "bank-b",
        *,
        by: Receiver = S1,
        via: str | None = None,
        quote: str = "",
        seller_bank: str = "bank-a",
    ) -> Change:
        chosen = quote or sealed_as(self.contents.get((name, funder), b"{}"))
        args = Award(number, name, funder, chosen, seller_bank)
        call = self.by_tag(by, via, ("identity", "payment"))
        return self.adopt(choosing.award(args, call, self.state))

    def close(self, number: str, name: str, by: Receiver = S1) -> Change:
        return self.adopt(choosing.close(CloseFinancing(number, name), self.by_tag(by), self.state))

    def register(
        self,
        number: str,
        name: str,
        by: str = "bank-b",
        *,
        registration: str = "",
        registered_ms: int = 0,
    ) -> Change:
        args = RegisterFinancing(
            voucher=number,
            financing=name,
            registration=registration or hex_of(self.acts, 8).upper(),
            registered_ms=registered_ms or self.now_ms,
            certificate=CERTIFICATE,
        )
        return self.adopt(paying.register(args, self.by(by), self.state))

    def deregister(self, number: str, name: str, by: str = "bank-b") -> Change:
        args = DeregisterFinancing(number, name, DOCUMENT)
        return self.adopt(paying.deregister(args, self.by(by), self.state))

    def disburse(
        self,
        number: str,
        name: str,
        by: str = "settle-a",
        *,
        payment: str = "",
        reference: str = "",
        booked_ms: int = 0,
    ) -> Change:
        financing = self.state.get(FINANCINGS, name)
        deal = None if financing is None else financing.deal
        args = Disburse(
            voucher=number,
            financing=name,
            payment=payment or ("0" * 64 if deal is None else deal.payment),
            reference=reference or self.reference(),
            booked_ms=booked_ms or self.now_ms,
            document=DOCUMENT,
        )
        return self.adopt(paying.disburse(args, self.by(by), self.state))

    def attest_receipt(self, number: str, name: str, *, came: bool = True, by: str = "bank-a") -> Change:
        args = AttestReceipt(number, name, came, DOCUMENT)
        return self.adopt(paying.attest(args, self.by(by), self.state))

    def complete(self, number: str, name: str, by: Receiver = S1, via: str | None = None) -> Change:
        args = CompleteFinancing(number, name)
        return self.adopt(paying.complete(args, self.by_tag(by, via), self.state))

    def refute(self, number: str, name: str, by: Receiver = S1) -> Change:
        return self.adopt(paying.refute(RefuteFinancing(number, name), self.by_tag(by), self.state))

    def decide(self, number: str, name: str, *, paid: bool, by: str = "arbiter-a") -> Change:
        args = DecideFinancing(number, name, paid, DOCUMENT)
        return self.adopt(paying.decide(args, self.by(by), self.state))

    # --- situations

    def chosen(self, number: str, *, paying_bank: str = "settle-a", **asked: object) -> str:
        """A financing of bank-b that the seller has awarded."""
        by = asked.get("by", S1)
        assert isinstance(by, Receiver)
        name = self.ask(number, **asked)  # type: ignore[arg-type]  # the fields of a request
        self.commit(number, name, paying_bank=paying_bank)
        self.now_ms += HOUR_MS
        self.reveal(number, name)
        self.award(number, name, by=by)
        return name

    def paid_for(self, number: str, *, paying_bank: str = "settle-a", **asked: object) -> str:
        """The same, registered and paid."""
        name = self.chosen(number, paying_bank=paying_bank, **asked)
        self.register(number, name)
        self.disburse(number, name, paying_bank)
        return name

    def second_asks(self) -> tuple[str, str]:
        """S2 holds 300,000.00 of V1 and asks all three funders on the morning of 2026-04-15."""
        number = self.active().number
        self.pass_on(number, S1, row(*S2_UNITS, S2))
        self.now_ms = at("2026-04-15", 9)
        return number, self.ask(number, by=S2)

    def financing(self, name: str) -> Financing:
        found = self.state.get(FINANCINGS, name)
        assert found is not None
        return found

    def deal(self, name: str) -> Deal:
        found = self.financing(name).deal
        assert found is not None
        return found

    def quote(self, name: str, funder: str) -> Quote | None:
        return self.state.get(QUOTES, name, funder)

    def financing_status(self, name: str) -> str:
        found = self.state.get(FINANCINGS, name)
        return "GONE" if found is None else found.status_at(self.now)

    def court_freezes(self, number: str, holding: int = 1) -> str:
        """A court freezes a whole holding; the freeze's name."""
        found = self.state.get(HOLDINGS, number, holding)
        assert found is not None
        args = FreezeUnits(number, found.tag, found.first, found.first, found.last, "2026-12-31", DOCUMENT)
        call = self.call(member_author(MemberId("court")), "court", ("order",))
        self.adopt(freezing.freeze(args, call, self.state))
        return call.operation
