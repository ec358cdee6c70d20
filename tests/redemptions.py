"""An issuer that pays early on a world: each act by its rightful author."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.redeeming import operations as redeeming
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import Units
from tests.deals import Deals, done
from tests.payments import DOCUMENT

ISSUER = "ce-a"
BANK = "settle-a"
FIRST = Units(1)


@dataclass(slots=True)
class Redemptions:
    """Early redemptions of what s1 holds of ce-a."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def args(self, voucher: Voucher) -> redeeming.OfferRedemption:
        """The arguments of offering to pay the whole voucher early."""
        return redeeming.OfferRedemption(voucher.number, FIRST)

    def offered(self) -> tuple[Voucher, str]:
        """A voucher of s1 that ce-a would pay early."""
        voucher = self.deals.active("s1")
        return voucher, self.do("redemption.offer", self.args(voucher), ISSUER)

    def agreement(self, voucher: Voucher, name: str) -> redeeming.AgreeRedemption:
        """The arguments of agreeing."""
        return redeeming.AgreeRedemption(voucher.number, FIRST, name)

    def agreed(self) -> tuple[Voucher, str]:
        """A voucher that waits for the bank to pay early."""
        voucher, name = self.offered()
        self.do("redemption.agree", self.agreement(voucher, name), voucher.receiver.tag)
        return voucher, name

    def payment(self, voucher: Voucher, name: str) -> redeeming.AttestRedemption:
        """The arguments of saying that it was paid just now."""
        now_ms = self.deals.world.time_ms
        return redeeming.AttestRedemption(voucher.number, FIRST, name, f"TQ-{now_ms}", now_ms, DOCUMENT)
