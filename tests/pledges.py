"""Holders and pledgees at work on a world: each act by its rightful author."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.pledging import operations as pledging
from tallychain.contracts.vouchers.state import Voucher
from tallychain.instruments.money import Units
from tests.deals import Deals, done
from tests.payments import DOCUMENT

PLEDGEE = "factor-a"
UNTIL = "2026-09-30"


@dataclass(slots=True)
class Pledges:
    """Pledges of whole vouchers of s1 to factor-a."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def args(self, voucher: Voucher) -> pledging.CreatePledge:
        """The arguments of pledging the whole."""
        return pledging.CreatePledge(voucher.number, Units(1), PLEDGEE, UNTIL)

    def proposed(self) -> tuple[Voucher, str]:
        """A pledge that waits for the pledgee."""
        voucher = self.deals.active("s1")
        return voucher, self.do("pledge.create", self.args(voucher), voucher.receiver.tag)

    def acceptance(self, voucher: Voucher, name: str) -> pledging.AcceptPledge:
        """The arguments of accepting."""
        return pledging.AcceptPledge(voucher.number, name, DOCUMENT)

    def held(self) -> tuple[Voucher, str]:
        """A pledge in force."""
        voucher, name = self.proposed()
        self.do("pledge.accept", self.acceptance(voucher, name), PLEDGEE)
        return voucher, name

    def claimed(self, voucher: Voucher, name: str) -> str:
        """The pledgee claims; the claim's name."""
        return self.do("pledge.claim", pledging.ClaimPledge(voucher.number, name), PLEDGEE)

    def contested(self) -> tuple[Voucher, str]:
        """A pledge whose claim its holder denies."""
        voucher, name = self.held()
        args = pledging.ContestClaim(voucher.number, name, self.claimed(voucher, name))
        self.do("pledge.contest", args, voucher.receiver.tag)
        return voucher, name

    def notice(self, voucher: Voucher, name: str) -> pledging.EnforcePledge:
        """The arguments of showing that a court decides."""
        return pledging.EnforcePledge(voucher.number, name, DOCUMENT)
