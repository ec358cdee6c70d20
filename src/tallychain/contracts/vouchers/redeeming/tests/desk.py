"""A desk for the rules of early redemption: the desk of disputes and courts, and one act at a time of issuer, holder and bank."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.disputing.tests.desk import Desk as DisputeDesk
from tallychain.contracts.vouchers.redeeming import rules
from tallychain.contracts.vouchers.redeeming.operations import (
    AgreeRedemption,
    AttestRedemption,
    DeclineRedemption,
    OfferRedemption,
    WithdrawRedemption,
)
from tallychain.contracts.vouchers.redeeming.state import REDEMPTIONS
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, S1
from tallychain.contracts.vouchers.tests.desk import units
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver


@dataclass
class Desk(DisputeDesk):
    """Rules of early redemption at work."""

    def redeem(self, number: str, holding: int = 1, by: str = "ce-a") -> str:
        """Offer to pay early; its name."""
        call = self.by(by, ("terms",))
        self.adopt(rules.offer(OfferRedemption(number, units(holding)), call, self.state))
        return call.operation

    def agree(
        self, number: str, name: str, holding: int = 1, *, by: Receiver = S1, via: str | None = None
    ) -> Change:
        args = AgreeRedemption(number, units(holding), name)
        return self.adopt(rules.agree(args, self.by_tag(by, via, ("payee",)), self.state))

    def decline_redemption(
        self, number: str, name: str, holding: int = 1, *, by: Receiver = S1, via: str | None = None
    ) -> Change:
        args = DeclineRedemption(number, units(holding), name)
        return self.adopt(rules.decline(args, self.by_tag(by, via), self.state))

    def withdraw_redemption(self, number: str, name: str, holding: int = 1, *, by: str = "ce-a") -> Change:
        args = WithdrawRedemption(number, units(holding), name)
        return self.adopt(rules.withdraw(args, self.by(by), self.state))

    def pay_early(
        self,
        number: str,
        name: str,
        holding: int = 1,
        *,
        booked_ms: int = 0,
        reference: str = "",
        by: str = "settle-a",
    ) -> Change:
        args = AttestRedemption(
            number,
            units(holding),
            name,
            reference or self.reference(),
            booked_ms or self.now_ms,
            DOCUMENT,
        )
        return self.adopt(rules.attest(args, self.by(by), self.state))

    def agreed(self, number: str, holding: int = 1, by: Receiver = S1) -> str:
        """A redemption to which the holder has agreed."""
        name = self.redeem(number, holding)
        self.agree(number, name, holding, by=by)
        return name

    def redemption_status(self, number: str, holding: int = 1) -> str:
        found = self.state.get(REDEMPTIONS, number, holding)
        return "(nothing)" if found is None else found.status_at(self.now)
