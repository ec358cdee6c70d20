"""Sellers, funders, banks and an arbiter at work on a world: each act by its rightful author."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.financing.contents import QuoteContent
from tallychain.contracts.vouchers.financing.declared import REVEAL
from tallychain.contracts.vouchers.financing.state import FINANCINGS
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import ARBITER
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.ledger.types import MemberId
from tallychain.sdk.opening import part_context
from tallychain.testkit.people import derived
from tallychain.testkit.world import Variation
from tests.deals import Deals, done
from tests.payments import DOCUMENT

ARBITERS: Final = {"arbiter-a": (ARBITER,)}
"""A founder whom every world in which somebody disputes needs."""
FUNDER: Final = "factor-a"
PAYING_BANK: Final = "settle-a"
SELLER_BANK: Final = "bank-a"
HOUR_MS: Final = 3_600_000
LAST: Final = 30_000_000
EXAMPLE: Final = next(seal.example for seal in REVEAL.seals)


@dataclass(slots=True)
class Financings:
    """Financings of 300,000.00 of vouchers of s1, by factor-a unless another is named."""

    deals: Deals
    recourse: bool = False
    """Whether the funder may come back to the seller."""
    reveals: dict[tuple[str, str], Variation] = field(default_factory=dict)
    """What fixes the part that each funder has committed to."""
    contents: dict[tuple[str, str], msgspec.Struct] = field(default_factory=dict)

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def args(self, voucher: Voucher, funders: tuple[str, ...] = (FUNDER,)) -> financing.AskFinancing:
        """The arguments of asking."""
        return financing.AskFinancing(
            voucher=voucher.number,
            holding=Units(1),
            first=Units(1),
            last=Units(LAST),
            form="FACTORING",
            recourse=self.recourse,
            funders=funders,
            closes_ms=self.deals.world.time_ms + HOUR_MS,
        )

    def asked(self, *funders: str) -> tuple[Voucher, str]:
        """A request that takes quotes."""
        voucher = self.deals.active("s1")
        args = self.args(voucher, funders or (FUNDER,))
        return voucher, self.do("financing.request", args, voucher.receiver.tag)

    def commitment(
        self,
        voucher: Voucher,
        name: str,
        funder: str = FUNDER,
        *,
        content: msgspec.Struct | None = EXAMPLE,
        paying_bank: str = PAYING_BANK,
    ) -> financing.CommitQuote:
        """The arguments of committing to a quote; what will deliver it is kept here."""
        world = self.deals.world
        secret = derived(world.seed, "reveal", name, funder)
        assert content is not None
        self.contents[name, funder] = content
        self.reveals[name, funder] = Variation(nonce=secret[:16], salt=secret)
        body = codec.decode(Body, self.delivery(voucher, name, funder).body)
        return financing.CommitQuote(
            voucher.number, name, body.sealed[0].commitment, self.taker(funder), paying_bank
        )

    def delivery(self, voucher: Voucher, name: str, funder: str = FUNDER) -> SignedOperation:
        """The reveal of a quote."""
        return self.deals.world.act(
            "financing.reveal",
            financing.RevealQuote(voucher.number, name),
            by=funder,
            content={"quote": self.contents[name, funder]},
            vary=self.reveals[name, funder],
        )

    def taker(self, funder: str) -> Receiver:
        """A tag that the funder holds for itself."""
        return msgspec.structs.replace(self.deals.world.receiver("s4"), sponsor=MemberId(funder))

    def quoted(self, *funders: str, content: msgspec.Struct | None = EXAMPLE) -> tuple[Voucher, str]:
        """A request to which funders have committed."""
        voucher, name = self.asked(*funders)
        for funder in funders or (FUNDER,):
            args = self.commitment(voucher, name, funder, content=content)
            self.do("financing.quote", args, funder)
        return voucher, name

    def deliver(self, voucher: Voucher, name: str, funder: str = FUNDER) -> None:
        """The funder delivers what it has committed to."""
        done(self.deals.world.submit([self.delivery(voucher, name, funder)], carrier=funder)[0])

    def revealed(self, *funders: str, content: msgspec.Struct | None = EXAMPLE) -> tuple[Voucher, str]:
        """A request whose seller chooses."""
        voucher, name = self.quoted(*funders, content=content)
        self.wait()
        for funder in funders or (FUNDER,):
            self.deliver(voucher, name, funder)
        return voucher, name

    def wait(self, time_ms: int = HOUR_MS) -> None:
        """Let time pass."""
        self.deals.world.advance(self.deals.world.time_ms + time_ms)

    def choice(self, voucher: Voucher, name: str, funder: str = FUNDER) -> financing.Award:
        """The arguments of choosing a quote."""
        body = codec.decode(Body, self.delivery(voucher, name, funder).body)
        return financing.Award(voucher.number, name, funder, body.sealed[0].commitment, SELLER_BANK)

    def challenge(self, voucher: Voucher, name: str, funder: str = FUNDER) -> financing.ChallengeQuote:
        """The arguments of showing what a delivered quote says."""
        body = codec.decode(Body, self.delivery(voucher, name, funder).body)
        salt = self.reveals[name, funder].salt
        assert salt is not None
        content = codec.encode(self.contents[name, funder])
        context = part_context(body, body.sealed[0])
        return financing.ChallengeQuote(
            voucher.number, name, funder, context.hex(), salt.hex(), content.hex()
        )

    def awarded(self) -> tuple[Voucher, str]:
        """A financing that waits for the funder's registration."""
        voucher, name = self.revealed()
        self.do("financing.award", self.choice(voucher, name), voucher.receiver.tag)
        return voucher, name

    def registration(self, voucher: Voucher, name: str) -> financing.RegisterFinancing:
        """The arguments of showing the registration."""
        number = name[:20].upper()
        return financing.RegisterFinancing(voucher.number, name, number, self.deals.world.time_ms, DOCUMENT)

    def registered(self) -> tuple[Voucher, str]:
        """A financing that waits for its money."""
        voucher, name = self.awarded()
        self.do("financing.register", self.registration(voucher, name), FUNDER)
        return voucher, name

    def disbursement(self, voucher: Voucher, name: str) -> financing.Disburse:
        """The arguments of stating the payment."""
        row = self.deals.world.reader.get(FINANCINGS, name)
        assert row is not None
        assert row.deal is not None
        return financing.Disburse(
            voucher=voucher.number,
            financing=name,
            payment=row.deal.payment,
            reference=f"FK-{name[:16].upper()}",
            booked_ms=self.deals.world.time_ms,
            document=DOCUMENT,
        )

    def disbursed(self) -> tuple[Voucher, str]:
        """A financing that waits for the seller's word."""
        voucher, name = self.registered()
        self.do("financing.disburse", self.disbursement(voucher, name), PAYING_BANK)
        return voucher, name

    def disputed(self) -> tuple[Voucher, str]:
        """A financing whose money the seller denies."""
        voucher, name = self.disbursed()
        args = financing.RefuteFinancing(voucher.number, name)
        self.do("financing.refute", args, voucher.receiver.tag)
        return voucher, name


def false_quote() -> QuoteContent:
    """A quote that promises more than its rate leaves."""
    assert isinstance(EXAMPLE, QuoteContent)
    return msgspec.structs.replace(EXAMPLE, net=EXAMPLE.net + 100)
