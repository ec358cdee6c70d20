"""Risk acts drawn at random, and a second, simple account of what must come of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tallychain.contracts.risk.tests.desk import DAY_MS, at

DONE = "DONE"
BANKS = ("bank-a", "bank-b")
ISSUERS = ("ce-a", "ce-b")


@dataclass
class ModelCeiling:
    """A ceiling as a person would note it."""

    issuer: str
    bank: str
    amount: int
    from_ms: int
    until_ms: int

    def holds(self, now_ms: int) -> bool:
        return self.from_ms <= now_ms < self.until_ms and self.amount > 0


@dataclass
class ModelVoucher:
    """A voucher that has to be paid, and what is still open of it."""

    issuer: str
    face: int
    cutoff_ms: int
    recorded: bool = False


@dataclass
class Model:
    """All ceilings and all vouchers that are not paid."""

    ceilings: dict[str, ModelCeiling] = field(default_factory=dict)
    vouchers: dict[str, ModelVoucher] = field(default_factory=dict)

    def granted(self, issuer: str, now_ms: int) -> int:
        return sum(c.amount for c in self.ceilings.values() if c.issuer == issuer and c.holds(now_ms))

    def used(self, issuer: str) -> int:
        return sum(voucher.face for voucher in self.vouchers.values() if voucher.issuer == issuer)

    def free(self, issuer: str, now_ms: int) -> int:
        return max(self.granted(issuer, now_ms) - self.used(issuer), 0)

    def is_blocked(self, issuer: str, now_ms: int) -> bool:
        return any(
            voucher.issuer == issuer and (voucher.recorded or voucher.cutoff_ms <= now_ms)
            for voucher in self.vouchers.values()
        )

    def issuing(self, issuer: str, face: int, now_ms: int) -> str:
        if self.is_blocked(issuer, now_ms):
            return "ISSUER_BLOCKED"
        return DONE if face <= self.free(issuer, now_ms) else "CEILING_EXCEEDED"

    def granting(self, issuer: str, bank: str, now_ms: int) -> str:
        living = [
            c
            for c in self.ceilings.values()
            if (c.issuer, c.bank) == (issuer, bank) and c.amount > 0 and now_ms < c.until_ms
        ]
        return "TOO_MANY_CEILINGS" if len(living) >= 10 else DONE

    def reducing(self, name: str, amount: int, bank: str, now_ms: int) -> str:
        row = self.ceilings[name]
        if row.amount == 0 or row.until_ms <= now_ms:
            return "CEILING_NOT_FOUND"
        if row.bank != bank:
            return "NOT_THE_GRANTOR"
        return DONE if amount < row.amount else "CEILING_NOT_LOWER"


def local_date(now_ms: int) -> date:
    return date(1970, 1, 1) + timedelta(days=(now_ms + 8 * 3_600_000) // DAY_MS)


def cutoff_after(now_ms: int, days: int) -> int:
    """17:00 local time some days later."""
    return at((local_date(now_ms) + timedelta(days=days)).isoformat(), 17)
