"""A desk for the rules of courts: the desk of pledges, and one act of a court at a time."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.courting import freezing, rules
from tallychain.contracts.vouchers.courting.operations import (
    ExecuteFreeze,
    FreezeUnits,
    RenewFreeze,
    TransferFrozen,
    Unfreeze,
)
from tallychain.contracts.vouchers.courting.state import FREEZES, Freeze
from tallychain.contracts.vouchers.pledging.tests.desk import Desk as PledgingDesk
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, S1
from tallychain.contracts.vouchers.state import Holding
from tallychain.contracts.vouchers.tests.desk import person, units
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver

UNTIL = "2027-03-15"
BUYER = person("buyer", "bank-b")


@dataclass
class Desk(PledgingDesk):
    """Rules of courts at work."""

    def freeze(
        self,
        number: str,
        first: int = 1,
        last: int = 100_000_000,
        *,
        until: str = UNTIL,
        of: Receiver = S1,
        by: str = "court",
        holding: int = 1,
    ) -> str:
        """Freeze; its name."""
        call = self.by(by, ("order",))
        args = FreezeUnits(number, of.tag, units(holding), units(first), units(last), until, DOCUMENT)
        self.adopt(freezing.freeze(args, call, self.state))
        return call.operation

    def renew(self, number: str, name: str, until: str, by: str = "court") -> Change:
        args = RenewFreeze(number, name, until, DOCUMENT)
        return self.adopt(rules.renew(args, self.by(by, ("order",)), self.state))

    def unfreeze(self, number: str, name: str, by: str = "court") -> Change:
        return self.adopt(
            rules.unfreeze(Unfreeze(number, name, DOCUMENT), self.by(by, ("order",)), self.state)
        )

    def execute(self, number: str, name: str, *holdings: int, by: str = "court") -> Change:
        args = ExecuteFreeze(number, name, tuple(units(first) for first in holdings or (1,)), DOCUMENT)
        return self.adopt(rules.execute(args, self.by(by, ("order", "payee")), self.state))

    def transfer(self, number: str, name: str, to: Receiver = BUYER, by: str = "court") -> Change:
        args = TransferFrozen(number, name, to, DOCUMENT)
        return self.adopt(rules.transfer(args, self.by(by, ("order",)), self.state))

    def the_freeze(self, name: str) -> Freeze:
        found = self.state.get(FREEZES, name)
        assert found is not None
        return found

    def freeze_status(self, name: str) -> str:
        found = self.state.get(FREEZES, name)
        return "GONE" if found is None else found.status_at(self.now)

    def frozen_on(self, holding: Holding) -> list[str]:
        """The freezes whose locks a holding carries, in order."""
        return [e.reference for e in holding.encumbrances if e.kind is EncumbranceKind.FREEZE]
