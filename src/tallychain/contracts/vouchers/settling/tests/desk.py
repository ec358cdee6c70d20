"""A desk for the rules of settlement: the vouchers' desk, and one act at a time of banks, sponsors and holders."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tallychain.contracts.vouchers.settling import rules
from tallychain.contracts.vouchers.settling.operations import (
    Attest,
    AttestLate,
    ConsentAgreement,
    ConsentBank,
    ConsentOutside,
    EndAgreement,
    FailPayout,
    NamePayee,
    Payout,
    PayoutRow,
    ProposeAgreement,
    ProposeBank,
    ProposeOutside,
    Release,
    ReleaseWithheld,
    ReturnExcess,
    Revoke,
    WriteOff,
)
from tallychain.contracts.vouchers.settling.rules.position import Position, positions_of
from tallychain.contracts.vouchers.state import Voucher
from tallychain.contracts.vouchers.tests.desk import Desk as VoucherDesk
from tallychain.contracts.vouchers.tests.desk import at, person, row, units
from tallychain.instruments.money import parse_amount
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import MemberId, member_author

TERMS = "a9" * 32
DOCUMENT = "d0" * 32
S1, S2, S3 = person("s1"), person("s2"), person("s3", "bank-b")
MATURITY = "2026-09-14"
NOON_ON_THE_DAY = at(MATURITY, 12)
CUTOFF = at(MATURITY, 17)


def fen(text: str) -> int:
    return parse_amount(text)


@dataclass
class Desk(VoucherDesk):
    """Rules of settlement at work."""

    references: int = field(default=0)

    def by(self, member: str, labels: tuple[str, ...] = ()) -> Call:
        return self.call(member_author(MemberId(member)), member, labels)

    def reference(self) -> str:
        self.references += 1
        return f"REF-{self.references}"

    # --- agreements

    def propose_agreement(self, issuer: str = "ce-a", bank: str = "settle-a") -> str:
        call = self.by(issuer)
        self.adopt(rules.propose_agreement(ProposeAgreement(bank, TERMS), call, self.state))
        return call.operation

    def consent_agreement(self, proposal: str, issuer: str = "ce-a", bank: str = "settle-a") -> Change:
        args = ConsentAgreement(issuer, proposal)
        return self.adopt(rules.consent_agreement(args, self.by(bank), self.state))

    def end_agreement(self, by: str = "ce-a", issuer: str = "ce-a", bank: str = "settle-a") -> Change:
        args = EndAgreement(issuer, bank)
        return self.adopt(rules.end_agreement(args, self.by(by), self.state))

    # --- payees, money, payouts

    def name_payee(self, number: str, holding: int = 1, by: str = "bank-a") -> Change:
        args = NamePayee(number, units(holding))
        return self.adopt(rules.name_payee(args, self.by(by, ("payee",)), self.state))

    def attest(
        self,
        number: str,
        amount: str,
        *,
        booked_ms: int = 0,
        reference: str = "",
        by: str = "settle-a",
    ) -> Change:
        args = Attest(number, fen(amount), booked_ms or self.now_ms, reference or self.reference(), DOCUMENT)
        return self.adopt(rules.attest(args, self.by(by), self.state))

    def attest_late(
        self, number: str, amount: str, *, booked_ms: int = 0, reference: str = "", by: str = "settle-a"
    ) -> Change:
        args = AttestLate(
            number, fen(amount), booked_ms or self.now_ms, reference or self.reference(), DOCUMENT
        )
        return self.adopt(rules.attest_late(args, self.by(by), self.state))

    def pay_out(
        self,
        number: str,
        *rows: tuple[int, str],
        by: str = "settle-a",
        booked_ms: int = 0,
        references: Sequence[str] = (),
    ) -> Change:
        names = references or [self.reference() for _ in rows]
        paid = tuple(
            PayoutRow(units(first), fen(amount), name)
            for (first, amount), name in zip(rows, names, strict=True)
        )
        args = Payout(number, booked_ms or self.now_ms, DOCUMENT, paid)
        return self.adopt(rules.pay_out(args, self.by(by), self.state))

    def fail_payout(self, number: str, reference: str, holding: int = 1, by: str = "settle-a") -> Change:
        args = FailPayout(number, units(holding), reference, DOCUMENT)
        return self.adopt(rules.fail_payout(args, self.by(by), self.state))

    def release_withheld(self, number: str, holding: int = 1, by: str = "settle-a") -> Change:
        args = ReleaseWithheld(number, units(holding))
        return self.adopt(rules.release_withheld(args, self.by(by), self.state))

    def return_excess(
        self, number: str, attestation: str, *, reference: str = "", by: str = "settle-a"
    ) -> Change:
        args = ReturnExcess(number, attestation, reference or self.reference(), self.now_ms, DOCUMENT)
        return self.adopt(rules.return_excess(args, self.by(by), self.state))

    # --- another bank, payment outside, debts

    def propose_bank(self, number: str, bank: str = "settle-b", by: str = "ce-a") -> str:
        call = self.by(by)
        self.adopt(rules.propose_bank(ProposeBank(number, bank), call, self.state))
        return call.operation

    def consent_bank(self, number: str, proposal: str, by: str = "settle-b") -> Change:
        return self.adopt(rules.consent_bank(ConsentBank(number, proposal), self.by(by), self.state))

    def propose_outside(self, number: str, holding: int = 1, by: str = "ce-a") -> str:
        call = self.by(by)
        args = ProposeOutside(number, units(holding), DOCUMENT)
        self.adopt(rules.propose_outside(args, call, self.state))
        return call.operation

    def consent_outside(
        self, number: str, proposal: str, holding: int = 1, by: Receiver = S1, via: str | None = None
    ) -> Change:
        args = ConsentOutside(number, units(holding), proposal)
        return self.adopt(rules.consent_outside(args, self.by_tag(by, via), self.state))

    def write_off(self, number: str, holding: int = 1, by: Receiver = S1) -> Change:
        return self.adopt(rules.write_off(WriteOff(number, units(holding)), self.by_tag(by), self.state))

    def release(self, number: str, amount: str, holding: int = 1, by: Receiver = S1) -> Change:
        args = Release(number, units(holding), fen(amount))
        return self.adopt(rules.release(args, self.by_tag(by), self.state))

    def revoke(self, number: str, holding: int = 1, by: Receiver = S1) -> Change:
        return self.adopt(rules.revoke(Revoke(number, units(holding)), self.by_tag(by), self.state))

    # --- situations

    def divided(self) -> Voucher:
        """V1 of the study with three holders: S2 300,000.00, S3 125,000.01, S1 574,999.99, at noon on its maturity, payees named."""
        number = self.active().number
        self.pass_on(number, S1, row(1, 30_000_000, S2))
        self.pass_on(number, S1, row(30_000_001, 42_500_001, S3), holding=30_000_001)
        self.now_ms = at("2026-09-10", 12)
        for first, sponsor in ((1, "bank-a"), (30_000_001, "bank-b"), (42_500_002, "bank-a")):
            self.name_payee(number, first, sponsor)
        self.now_ms = NOON_ON_THE_DAY
        self.write_due()
        return self.voucher(number)

    def ripe(self, *, payee: bool = True) -> Voucher:
        """V1 with one holder at noon on its maturity."""
        number = self.active().number
        self.now_ms = at("2026-09-10", 12)
        if payee:
            self.name_payee(number)
        self.now_ms = NOON_ON_THE_DAY
        self.write_due()
        return self.voucher(number)

    def positions(self, number: str) -> tuple[Position, ...]:
        return positions_of(self.voucher(number), self.state)

    def statuses(self, number: str) -> list[str]:
        voucher = self.voucher(number).status_at(self.now)
        return [one.status(voucher) for one in self.positions(number)]

    def status(self, number: str) -> str:
        return self.voucher(number).status_at(self.now)
