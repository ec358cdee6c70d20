"""Payment business in a world: what has to have happened before each act, one short call for each."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.settling import operations as settling
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.types import MemberId
from tallychain.testkit.world import World
from tests.deals import FACE, Deals, done

TERMS = "a9" * 32
DOCUMENT = "d0" * 32
OTHER_BANK = MemberId("bank-b")
"""A settlement bank with which nobody has agreed at the beginning."""
ISSUER = MemberId("ce-a")
BANK = MemberId("settle-a")


@dataclass(slots=True)
class Payments:
    """Payees, money and payouts on one world."""

    deals: Deals
    references: int = 0

    @property
    def world(self) -> World:
        """The world of it all."""
        return self.deals.world

    def go_to(self, day: str, hour: int = 12) -> None:
        """Let time pass."""
        self.world.advance(instant_ms(parse_date(day), hour))

    def reference(self) -> str:
        """A fresh reference of a bank."""
        self.references += 1
        return f"BANK-{self.references}"

    def do(self, kind: str, args: msgspec.Struct, by: str) -> Receipt:
        """One act that must be done."""
        return done(self.world.do(kind, args, by=by))

    # --- arguments

    def attest_args(self, voucher: Voucher, amount: int = FACE) -> settling.Attest:
        """Money booked just now."""
        return settling.Attest(voucher.number, amount, self.world.time_ms, self.reference(), DOCUMENT)

    def payout_args(self, voucher: Voucher, amount: int = FACE, reference: str = "") -> settling.Payout:
        """The first holding is paid."""
        row = settling.PayoutRow(Units(1), amount, reference or self.reference())
        return settling.Payout(voucher.number, self.world.time_ms, DOCUMENT, (row,))

    # --- situations

    def agreed_with_other(self) -> None:
        """ce-a has a second settlement bank."""
        proposal = self.proposed()
        args = settling.ConsentAgreement(ISSUER, proposal)
        self.do("settlement.agree.consent", args, OTHER_BANK)

    def proposed(self) -> str:
        """ce-a has asked the second settlement bank."""
        args = settling.ProposeAgreement(OTHER_BANK, TERMS)
        return self.do("settlement.agree.propose", args, ISSUER).operation

    def ripe(self, *, payee: bool = True) -> Voucher:
        """A voucher at noon on its maturity, its payee named or not."""
        voucher = self.deals.active("s1")
        self.go_to("2026-09-10")
        if payee:
            self.name_payee(voucher)
        self.go_to("2026-09-14")
        return voucher

    def name_payee(self, voucher: Voucher) -> None:
        """The sponsor names the account."""
        self.do("settlement.payee", settling.NamePayee(voucher.number, Units(1)), "bank-a")

    def attested(self, voucher: Voucher, amount: int = FACE) -> str:
        """The bank has the money; the attestation's name."""
        return self.do("settlement.attest", self.attest_args(voucher, amount), BANK).operation

    def paid(self, voucher: Voucher, reference: str = "OUT-1") -> None:
        """The bank has paid it out."""
        self.do("settlement.payout", self.payout_args(voucher, reference=reference), BANK)

    def overdue(self) -> Voucher:
        """Nobody has paid."""
        voucher = self.ripe()
        self.go_to("2026-09-18")
        return voucher

    def outside_proposed(self, voucher: Voucher) -> str:
        """The issuer says that it has paid directly."""
        args = settling.ProposeOutside(voucher.number, Units(1), DOCUMENT)
        return self.do("settlement.outside.propose", args, ISSUER).operation

    def bank_proposed(self, voucher: Voucher) -> str:
        """The issuer has asked the other bank for this voucher."""
        args = settling.ProposeBank(voucher.number, OTHER_BANK)
        return self.do("settlement.reassign.propose", args, ISSUER).operation
