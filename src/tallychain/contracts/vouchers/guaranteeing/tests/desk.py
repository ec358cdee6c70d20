"""A desk for the rules of guarantees: settlement's desk, a guarantor, and one act at a time."""

from dataclasses import dataclass

from tallychain.contracts.vouchers.guaranteeing import rules
from tallychain.contracts.vouchers.guaranteeing.book import status_for
from tallychain.contracts.vouchers.guaranteeing.operations import (
    EndGuarantee,
    GiveGuarantee,
    PassOn,
    PayAsGuarantor,
)
from tallychain.contracts.vouchers.guaranteeing.state import (
    FRAMES,
    GUARANTEES,
    REPAYMENTS,
    Frame,
    Guarantee,
)
from tallychain.contracts.vouchers.settling.tests.desk import (
    DOCUMENT,
    NOON_ON_THE_DAY,
    S1,
    S2,
    S3,
    TERMS,
    fen,
)
from tallychain.contracts.vouchers.settling.tests.desk import Desk as SettlingDesk
from tallychain.contracts.vouchers.tests.desk import at, member_row, row
from tallychain.ledger.contract import Change
from tallychain.ledger.identity import GUARANTOR, MEMBERS

OVERDUE_AT = at("2026-09-17", 17)
"""The maturity is a Monday; the cut-off of the third business day after it."""
CALL_DAY = at("2026-09-24", 10)
LIMIT = "2,000,000.00"


@dataclass
class Desk(SettlingDesk):
    """Rules of guarantees at work."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.state.write(MEMBERS.put(member_row(name, (GUARANTOR,))) for name in ("guar-a", "guar-b"))

    def give(
        self,
        limit: str = LIMIT,
        *,
        by: str = "guar-a",
        issuer: str = "ce-a",
        until: str = "2026-12-31",
        pay_days: int = 10,
    ) -> Change:
        args = GiveGuarantee(issuer, fen(limit), until, pay_days, TERMS)
        return self.adopt(rules.give(args, self.by(by), self.state))

    def end_guarantee(self, *, by: str = "guar-a", issuer: str = "ce-a") -> Change:
        return self.adopt(rules.end(EndGuarantee(issuer), self.by(by), self.state))

    def guarantor_pays(
        self,
        number: str,
        amount: str,
        *,
        booked_ms: int = 0,
        reference: str = "",
        by: str = "settle-a",
    ) -> Change:
        args = PayAsGuarantor(
            number, fen(amount), booked_ms or self.now_ms, reference or self.reference(), DOCUMENT
        )
        return self.adopt(rules.pay(args, self.by(by), self.state))

    def repay_guarantor(
        self, number: str, attestation: str, *, reference: str = "", booked_ms: int = 0, by: str = "settle-a"
    ) -> Change:
        args = PassOn(number, attestation, reference or self.reference(), booked_ms or self.now_ms, DOCUMENT)
        return self.adopt(rules.pass_on(args, self.by(by), self.state))

    # --- situations

    def guaranteed(self) -> str:
        """V1 of the study under a guarantee, with the three holders of scenario 23, payees named, at noon on its maturity."""
        self.give()
        number = self.active(guarantor="guar-a").number
        self.pass_on(number, S1, row(1, 30_000_000, S2))
        self.pass_on(number, S1, row(30_000_001, 42_500_001, S3), holding=30_000_001)
        self.now_ms = at("2026-09-10", 12)
        for first, sponsor in ((1, "bank-a"), (30_000_001, "bank-b"), (42_500_002, "bank-a")):
            self.name_payee(number, first, sponsor)
        self.now_ms = NOON_ON_THE_DAY
        self.write_due()
        return number

    def called(self, paid: str = "600,000.00") -> str:
        """Of a guaranteed voucher a part was paid in time and paid out, and it is overdue since a week."""
        number = self.guaranteed()
        if paid:
            self.attest(number, paid)
            self.pay_all(number)
        self.now_ms = CALL_DAY
        self.write_due()
        return number

    def pay_all(self, number: str) -> None:
        """The settlement bank pays out whatever holders have coming."""
        rows = [(one.holding.first, one.coming) for one in self.positions(number) if one.coming]
        self.pay_out(number, *((first, f"{coming // 100}.{coming % 100:02}") for first, coming in rows))

    def owed(self, number: str) -> list[str]:
        """What each holder is still owed."""
        return [f"{one.outstanding // 100:,}.{one.outstanding % 100:02}" for one in self.positions(number)]

    def frame(self, guarantor: str = "guar-a", issuer: str = "ce-a") -> Frame:
        found = self.state.get(FRAMES, guarantor, issuer)
        assert found is not None
        return found

    def guarantee(self, number: str) -> Guarantee:
        found = self.state.get(GUARANTEES, number)
        assert found is not None
        return found

    def guarantee_status(self, number: str) -> str:
        found = self.state.get(GUARANTEES, number)
        return "(nothing)" if found is None else status_for(found, self.voucher(number), self.now)

    def repayment_status(self, number: str, attestation: str) -> str:
        found = self.state.get(REPAYMENTS, number, attestation)
        return "(nothing)" if found is None else found.status_at(self.now)
