"""A court at work on a world: each act by its rightful author."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.courting import operations as courting
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import Units
from tests.deals import Deals, done
from tests.payments import DOCUMENT

COURT = "court"
UNTIL = "2026-12-31"


@dataclass(slots=True)
class Courts:
    """Freezes of what s1 holds."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct) -> str:
        """An act of the court that is done; its name."""
        return done(self.deals.world.do(kind, args, by=COURT)).operation

    def args(self, voucher: Voucher, last: int = 0, until: str = UNTIL) -> courting.FreezeUnits:
        """The arguments of freezing from the first unit on; the whole where no last unit is given."""
        end = Units(last or voucher.face)
        return courting.FreezeUnits(
            voucher.number, voucher.receiver.tag, Units(1), Units(1), end, until, DOCUMENT
        )

    def frozen(self, last: int = 0, until: str = UNTIL) -> tuple[Voucher, str]:
        """A voucher of s1 with a freeze."""
        voucher = self.deals.active("s1")
        return voucher, self.do("court.freeze", self.args(voucher, last, until))

    def execution(self, voucher: Voucher, name: str) -> courting.ExecuteFreeze:
        """The arguments of executing on the money."""
        return courting.ExecuteFreeze(voucher.number, name, (Units(1),), DOCUMENT)

    def transfer(self, voucher: Voucher, name: str) -> courting.TransferFrozen:
        """The arguments of giving title to s2."""
        receiver = self.deals.world.receiver("s2")
        return courting.TransferFrozen(voucher.number, name, receiver, DOCUMENT)

    def renewal(self, voucher: Voucher, name: str) -> courting.RenewFreeze:
        """The arguments of a later end."""
        return courting.RenewFreeze(voucher.number, name, "2027-06-30", DOCUMENT)

    def lifting(self, voucher: Voucher, name: str) -> courting.Unfreeze:
        """The arguments of lifting."""
        return courting.Unfreeze(voucher.number, name, DOCUMENT)
