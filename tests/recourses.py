"""A funder, its seller and a bank at work on a world once the issuer has not paid: each act by its rightful author."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.financing.operations import CompleteFinancing
from tallychain.contracts.vouchers.recoursing import operations as recoursing
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tests.deals import Deals
from tests.financings import FUNDER, PAYING_BANK, Financings
from tests.payments import DOCUMENT

FIRST = Units(1)
OVERDUE_DAY = "2026-09-18"


@dataclass(slots=True)
class Recourses:
    """Recourse of factor-a to s1 for 300,000.00 that ce-a has not paid."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return Financings(self.deals).do(kind, args, by)

    def sold(self) -> tuple[Voucher, str]:
        """A financing with recourse that is completed."""
        financings = Financings(self.deals, recourse=True)
        voucher, name = financings.disbursed()
        self.do("financing.complete", CompleteFinancing(voucher.number, name), voucher.receiver.tag)
        return voucher, name

    def overdue(self) -> tuple[Voucher, str]:
        """The same, and its issuer is overdue."""
        voucher, name = self.sold()
        self.deals.world.advance(instant_ms(parse_date(OVERDUE_DAY), 12))
        return voucher, name

    def claim(self, voucher: Voucher, financing: str) -> recoursing.ClaimRecourse:
        """The arguments of claiming."""
        return recoursing.ClaimRecourse(voucher.number, financing, FIRST, PAYING_BANK)

    def claimed(self) -> tuple[Voucher, str]:
        """A claim that waits for the seller."""
        voucher, financing = self.overdue()
        return voucher, self.do("recourse.claim", self.claim(voucher, financing), FUNDER)

    def agreed(self) -> tuple[Voucher, str]:
        """A claim that waits for the money."""
        voucher, name = self.claimed()
        args = recoursing.BuyBackUnits(voucher.number, FIRST, name)
        self.do("recourse.buy_back", args, voucher.receiver.tag)
        return voucher, name

    def payment(self, voucher: Voucher, name: str) -> recoursing.AttestBuyBack:
        """The arguments of saying that it came just now."""
        now_ms = self.deals.world.time_ms
        return recoursing.AttestBuyBack(voucher.number, FIRST, name, f"HG-{now_ms}", now_ms, DOCUMENT)
