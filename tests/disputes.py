"""An issuer and its first holder in dispute on a world: each act by its rightful author."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.disputing import operations as disputing
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import Units
from tests.deals import Deals, done
from tests.payments import DOCUMENT

ISSUER = "ce-a"


@dataclass(slots=True)
class Disputes:
    """Disputes of ce-a with s1."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def args(self, voucher: Voucher, last: int = 0) -> disputing.OpenDispute:
        """The arguments of disputing from the first unit on; the whole where no last unit is given."""
        end = last or voucher.face
        return disputing.OpenDispute(voucher.number, Units(1), Units(1), Units(end), end, DOCUMENT)

    def opened(self, last: int = 0) -> tuple[Voucher, str]:
        """A voucher of s1 with a dispute."""
        voucher = self.deals.active("s1")
        return voucher, self.do("dispute.open", self.args(voucher, last), ISSUER)

    def answer(self, voucher: Voucher, name: str, *, admits: bool = False) -> disputing.AnswerDispute:
        """The arguments of an answer."""
        return disputing.AnswerDispute(voucher.number, name, admits)

    def reference(self, voucher: Voucher, name: str) -> disputing.ReferDispute:
        """The arguments of showing that a court decides."""
        return disputing.ReferDispute(voucher.number, name, DOCUMENT)

    def closing(self, voucher: Voucher, name: str) -> disputing.CloseDispute:
        """The arguments of closing."""
        return disputing.CloseDispute(voucher.number, name, DOCUMENT)
