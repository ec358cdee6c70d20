"""A client that has lost its wallet, on a world: each act by its rightful author."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.rekeying import operations as rekeying
from tallychain.contracts.vouchers.rekeying.state import REKEYS
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.timeline import later_statuses
from tests.deals import Deals, done

SPONSOR = "bank-a"
SECOND = "settle-a"
FIRST = Units(1)


@dataclass(slots=True)
class Rekeys:
    """Changes of keys for what s1 holds."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def args(self, voucher: Voucher, receiver: Receiver | None = None) -> rekeying.ProposeRekey:
        """The arguments of saying that the wallet is lost."""
        new = receiver or self.deals.world.receiver("s1")
        return rekeying.ProposeRekey(voucher.number, FIRST, new, SECOND)

    def proposed(self) -> tuple[Voucher, str]:
        """A voucher of s1 that waits for the second bank."""
        voucher = self.deals.active("s1")
        return voucher, self.do("holder.rekey.propose", self.args(voucher), SPONSOR)

    def consent(self, voucher: Voucher, name: str) -> rekeying.ConsentRekey:
        """The arguments of saying that the client was seen."""
        return rekeying.ConsentRekey(voucher.number, voucher.receiver.tag, name)

    def consented(self) -> tuple[Voucher, str]:
        """A voucher that waits for an objection."""
        voucher, name = self.proposed()
        self.do("holder.rekey.consent", self.consent(voucher, name), SECOND)
        return voucher, name

    def takeable(self) -> tuple[Voucher, str]:
        """A voucher whose new tag may take it over."""
        voucher, name = self.consented()
        found = self.deals.world.reader.get(REKEYS, voucher.receiver.tag)
        if found is not None:
            self.deals.world.advance(later_statuses(found.timeline, ())[0][0] + 1)
        return voucher, name

    def new_tag(self, voucher: Voucher) -> str:
        """The tag that takes over."""
        found = self.deals.world.reader.get(REKEYS, voucher.receiver.tag)
        return "" if found is None else found.receiver.tag

    def taking(self, voucher: Voucher, name: str) -> rekeying.TakeRekeyed:
        """The arguments of taking the whole voucher over."""
        return rekeying.TakeRekeyed(voucher.number, voucher.receiver.tag, name, (FIRST,))
