"""A client's account of record, on a world: each act by its rightful author."""

from dataclasses import dataclass

import msgspec

from tallychain.contracts.vouchers.banking import operations as banking
from tallychain.contracts.vouchers.banking.state import ACCOUNTS
from tallychain.ledger.timeline import later_statuses
from tests.deals import Deals, done

TESTER = "settle-a"
Named = tuple[str, str]
"""The tag that speaks for an account, and the account."""


@dataclass(slots=True)
class Accounts:
    """Accounts of record of s1, which bank-a sponsors."""

    deals: Deals

    def do(self, kind: str, args: msgspec.Struct, by: str) -> str:
        """An act that is done; its name."""
        return done(self.deals.world.do(kind, args, by=by)).operation

    def setting(self) -> banking.SetAccount:
        """The arguments of stating an account under a fresh tag."""
        return banking.SetAccount(self.deals.world.receiver("s1"), TESTER)

    def stated(self) -> Named:
        """An account that waits for the penny."""
        args = self.setting()
        return args.holder.tag, self.do("account.set", args, args.holder.tag)

    def sent(self) -> Named:
        """An account that waits for its client's word."""
        named = self.stated()
        self.do("account.send", banking.SendPenny(*named), TESTER)
        return named

    def returned(self) -> Named:
        """An account whose code the bank has to compare."""
        named = self.sent()
        self.do("account.return", banking.ReturnCode(*named), named[0])
        return named

    def confirmed(self) -> Named:
        """An account that can still be stopped."""
        named = self.returned()
        self.do("account.confirm", banking.ConfirmAccount(*named), TESTER)
        return named

    def in_force(self) -> Named:
        """An account in force."""
        named = self.confirmed()
        found = self.deals.world.reader.get(ACCOUNTS, named[0])
        if found is not None:
            self.deals.world.advance(later_statuses(found.timeline, ())[0][0] + 1)
        return named
