"""A desk for the rules of recourse: the desks of financings and courts, and one act at a time of funder, seller and bank."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.courting.tests.desk import Desk as CourtDesk
from tallychain.contracts.vouchers.financing.tests.desk import S2_UNITS
from tallychain.contracts.vouchers.financing.tests.desk import Desk as FinancingDesk
from tallychain.contracts.vouchers.recoursing import rules
from tallychain.contracts.vouchers.recoursing.operations import (
    AttestBuyBack,
    BuyBackUnits,
    ClaimRecourse,
    ContestRecourse,
    WithdrawRecourse,
)
from tallychain.contracts.vouchers.recoursing.state import RECOURSES
from tallychain.contracts.vouchers.settling.tests.desk import DOCUMENT, NOON_ON_THE_DAY, S1, S2, S3
from tallychain.contracts.vouchers.tests.desk import at, row, units
from tallychain.ledger.contract import Change
from tallychain.ledger.holder import Receiver

CLAIM_DAY = at("2026-09-24", 10)
"""Ten days after the maturity, seven after the voucher has become overdue."""


@dataclass
class Desk(FinancingDesk, CourtDesk):
    """Rules of recourse at work."""

    def claim_back(
        self,
        number: str,
        financing: str,
        holding: int = 1,
        *,
        by: str = "bank-b",
        bank: str = "settle-a",
    ) -> str:
        """Claim from the seller; the claim's name."""
        call = self.by(by, ("claim", "payee"))
        args = ClaimRecourse(number, financing, units(holding), bank)
        self.adopt(rules.claim(args, call, self.state))
        return call.operation

    def buy_back(
        self, number: str, name: str, holding: int = 1, *, by: Receiver = S2, via: str | None = None
    ) -> Change:
        args = BuyBackUnits(number, units(holding), name)
        return self.adopt(rules.buy_back(args, self.by_tag(by, via), self.state))

    def contest_recourse(self, number: str, name: str, holding: int = 1, *, by: Receiver = S2) -> Change:
        args = ContestRecourse(number, units(holding), name)
        return self.adopt(rules.contest(args, self.by_tag(by), self.state))

    def withdraw_recourse(self, number: str, name: str, holding: int = 1, *, by: str = "bank-b") -> Change:
        args = WithdrawRecourse(number, units(holding), name)
        return self.adopt(rules.withdraw(args, self.by(by), self.state))

    def money_came(
        self,
        number: str,
        name: str,
        holding: int = 1,
        *,
        booked_ms: int = 0,
        reference: str = "",
        by: str = "settle-a",
    ) -> Change:
        args = AttestBuyBack(
            number,
            units(holding),
            name,
            reference or self.reference(),
            booked_ms or self.now_ms,
            DOCUMENT,
        )
        return self.adopt(rules.attest(args, self.by(by), self.state))

    # --- situations

    def sold(self, *, recourse: bool = True, form: str = "FACTORING") -> tuple[str, str]:
        """V1 of the study with its 300,000.00 of S2 financed by bank-b, and S3's 125,000.01: voucher and financing."""
        number = self.active().number
        self.pass_on(number, S1, row(*S2_UNITS, S2))
        self.pass_on(number, S1, row(30_000_001, 42_500_001, S3), holding=30_000_001)
        self.now_ms = at("2026-04-15", 9)
        name = self.paid_for(number, by=S2, recourse=recourse, form=form)
        self.complete(number, name, by=S2)
        return number, name

    def unpaid(self, number: str, paid: str = "") -> None:
        """The issuer has paid nothing, or a part which is paid out; it is overdue since a week."""
        self.now_ms = at("2026-09-10", 12)
        for holding, sponsor in ((1, "bank-b"), (30_000_001, "bank-b"), (42_500_002, "bank-a")):
            self.name_payee(number, holding, sponsor)
        self.now_ms = NOON_ON_THE_DAY
        self.write_due()
        if paid:
            self.attest(number, paid)
            rows = [(one.holding.first, one.coming) for one in self.positions(number)]
            self.pay_out(number, *((first, f"{coming / 100:.2f}") for first, coming in rows))
        self.now_ms = CLAIM_DAY
        self.write_due()

    def defaulted(self, paid: str = "600,000.00") -> tuple[str, str]:
        """Sold with recourse, and overdue: voucher and financing."""
        number, name = self.sold()
        self.unpaid(number, paid)
        return number, name

    def agreed(self, paid: str = "600,000.00") -> tuple[str, str]:
        """The seller has agreed to buy back: voucher and claim."""
        number, financing = self.defaulted(paid)
        name = self.claim_back(number, financing)
        self.buy_back(number, name)
        return number, name

    def recourse_status(self, number: str, holding: int = 1) -> str:
        found = self.state.get(RECOURSES, number, holding)
        return "(nothing)" if found is None else found.status_at(self.now)
