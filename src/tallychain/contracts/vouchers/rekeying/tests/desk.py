"""A desk for the rules of changes of keys: the desks of everything that may bind a holding, and one act at a time of sponsor, second bank and tags."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.composed import OPERATIONS
from tallychain.contracts.vouchers.financing.tests.desk import Desk as FinancingDesk
from tallychain.contracts.vouchers.redeeming.tests.desk import Desk as RedemptionDesk
from tallychain.contracts.vouchers.rekeying.operations import (
    ConsentRekey,
    DeclineRekey,
    ProposeRekey,
    TakeRekeyed,
    VetoRekey,
    WithdrawRekey,
)
from tallychain.contracts.vouchers.rekeying.state import REKEYS
from tallychain.contracts.vouchers.settling.tests.desk import S1
from tallychain.contracts.vouchers.settling.tests.desk import Desk as SettlingDesk
from tallychain.contracts.vouchers.tests.desk import at, person, units
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver

RULES = {kind.name: kind.rule for kind in OPERATIONS}
"""With what goes before and after them."""
NEW = person("s1-new")
CONSENTED = at("2026-03-16", 10)
OPENS = at("2026-03-20", 0)
"""A consent on Monday gives the old key until the end of Thursday."""


@dataclass
class Acts(SettlingDesk):
    """One act at a time of those whom a change of keys concerns."""

    def propose_rekey(
        self,
        number: str,
        holding: int = 1,
        *,
        receiver: Receiver = NEW,
        second: str = "bank-b",
        by: str = "bank-a",
    ) -> str:
        """Say that a wallet is lost; the name of it."""
        call = self.by(by, ("client",))
        args = ProposeRekey(number, units(holding), receiver, second)
        self.adopt(RULES["holder.rekey.propose"](args, call, self.state))
        return call.operation

    def withdraw_rekey(self, number: str, name: str, *, by: str = "bank-a", tag: str = S1.tag) -> Change:
        args = WithdrawRekey(number, tag, name)
        return self.adopt(RULES["holder.rekey.withdraw"](args, self.by(by), self.state))

    def consent_rekey(self, number: str, name: str, *, by: str = "bank-b", tag: str = S1.tag) -> Change:
        args = ConsentRekey(number, tag, name)
        return self.adopt(RULES["holder.rekey.consent"](args, self.by(by, ("client",)), self.state))

    def decline_rekey(self, number: str, name: str, *, by: str = "bank-b", tag: str = S1.tag) -> Change:
        args = DeclineRekey(number, tag, name)
        return self.adopt(RULES["holder.rekey.decline"](args, self.by(by), self.state))

    def veto_rekey(
        self, number: str, name: str, *, by: Receiver = S1, via: str | None = None, tag: str = S1.tag
    ) -> Change:
        args = VetoRekey(number, tag, name)
        return self.adopt(RULES["holder.rekey.veto"](args, self.by_tag(by, via), self.state))

    def take_rekeyed(
        self,
        number: str,
        name: str,
        *holdings: int,
        by: Receiver = NEW,
        via: str | None = None,
        tag: str = S1.tag,
    ) -> Change:
        args = TakeRekeyed(number, tag, name, tuple(units(first) for first in holdings or (1,)))
        return self.adopt(RULES["holder.rekey.take"](args, self.by_tag(by, via), self.state))

    def consented(self, number: str, holding: int = 1) -> str:
        """A change of keys to which the old key may object."""
        name = self.propose_rekey(number, holding)
        self.consent_rekey(number, name)
        return name

    def takeable(self, number: str, holding: int = 1) -> str:
        """A change of keys to which nobody has objected in time; it is now the first moment of that."""
        name = self.consented(number, holding)
        self.now_ms = OPENS
        return name

    def rekey_status(self, tag: str = S1.tag) -> str:
        found = self.state.get(REKEYS, tag)
        return "(nothing)" if found is None else found.status_at(self.now)


@dataclass
class Desk(Acts, RedemptionDesk):
    """Rules of changes of keys at work, beside those of pledges, courts, disputes and early redemptions."""


@dataclass
class MoneyDesk(Acts, FinancingDesk):
    """The same beside those of financings."""
