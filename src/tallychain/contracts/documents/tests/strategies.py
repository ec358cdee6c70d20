"""Document acts drawn at random, and a second, simple account of what must come of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tallychain.contracts.documents.tests.desk import CALENDAR_2026, DAY_MS, KINDS, S1, S2, at, hex_of, person
from tallychain.ledger.holder import Receiver

DONE = "DONE"
ISSUERS = ("ce-a", "ce-b")
PRESENTERS: tuple[Receiver, ...] = (S1, S2, person("s3"))
TOTALS = {hex_of(0xF0 + n, 64): 100 * n for n in range(1, 7)}
"""The invoices that exist, with their totals."""


@dataclass
class ModelPayable:
    """A payable as a person would note it."""

    issuer: str
    presenter: Receiver
    amount: int
    invoices: tuple[str, ...]
    answer_by_ms: int
    due_ms: int
    status: str = "PRESENTED"

    def at(self, now_ms: int) -> str:
        if self.status == "PRESENTED" and now_ms >= self.answer_by_ms:
            return "LAPSED"
        return "PAST_DUE" if self.status == "CONFIRMED" and now_ms >= self.due_ms else self.status


@dataclass
class ModelVoucher:
    """What a voucher takes."""

    issuer: str
    sponsor: str
    payable: str
    parts: dict[str, int]
    until_ms: int
    accepted: bool = False

    def lives(self, now_ms: int) -> bool:
        return self.accepted or now_ms < self.until_ms


@dataclass
class Model:
    """All payables, vouchers and red letters."""

    payables: dict[str, ModelPayable] = field(default_factory=dict)
    vouchers: dict[str, ModelVoucher] = field(default_factory=dict)
    credits: dict[str, list[int]] = field(default_factory=dict)
    recorded: dict[str, set[str]] = field(default_factory=dict)
    """By invoice, the members with a confirmed payable on it."""
    reviews: dict[str, tuple[int, set[str]]] = field(default_factory=dict)
    """Open reviews: until when, and whose word is awaited."""

    def users(self, invoice: str, now_ms: int) -> list[ModelVoucher]:
        return [v for v in self.vouchers.values() if invoice in v.parts and v.lives(now_ms)]

    def left_of_invoice(self, invoice: str, now_ms: int) -> int:
        used = sum(v.parts[invoice] for v in self.users(invoice, now_ms))
        return TOTALS[invoice] - sum(self.credits.get(invoice, [])) - used

    def left_of_payable(self, payable: str, now_ms: int) -> int:
        taken = sum(
            sum(v.parts.values()) for v in self.vouchers.values() if v.payable == payable and v.lives(now_ms)
        )
        return self.payables[payable].amount - taken

    def is_used_by_another(self, invoice: str, issuer: str, now_ms: int) -> bool:
        return any(v.issuer != issuer for v in self.users(invoice, now_ms))

    def review_is_open(self, invoice: str, now_ms: int) -> bool:
        return invoice in self.reviews and now_ms < self.reviews[invoice][0]

    def is_stopped(self, voucher: str, now_ms: int) -> bool:
        return any(
            self.review_is_open(invoice, now_ms) and self.left_of_invoice(invoice, now_ms) < 0
            for invoice in self.vouchers[voucher].parts
        )

    def presenting(self, issuer: str, invoices: tuple[str, ...], amount: int, now_ms: int) -> str:
        if any(self.is_used_by_another(name, issuer, now_ms) for name in invoices):
            return "INVOICE_ALREADY_USED"
        return "AMOUNT_ABOVE_PAPERS" if amount > sum(TOTALS[name] for name in invoices) else DONE

    def answering(self, payable: str, by: str, now_ms: int, *, confirms: bool) -> str:
        row = self.payables[payable]
        if by != row.issuer:
            return "NOT_THE_DEBTOR"
        if row.at(now_ms) != "PRESENTED":
            return "PAYABLE_NOT_PRESENTED"
        if confirms and any(self.is_used_by_another(name, by, now_ms) for name in row.invoices):
            return "INVOICE_ALREADY_USED"
        return DONE

    def allocating(self, payable: str, parts: dict[str, int], now_ms: int) -> str:
        row = self.payables[payable]
        if row.at(now_ms) != "CONFIRMED":
            return "PAYABLE_NOT_CONFIRMED"
        for name, amount in parts.items():
            if self.is_used_by_another(name, row.issuer, now_ms):
                return "INVOICE_ALREADY_USED"
            if amount > self.left_of_invoice(name, now_ms):
                return "INVOICE_OVERALLOCATED"
        return DONE if sum(parts.values()) <= self.left_of_payable(payable, now_ms) else "PAYABLE_EXCEEDED"

    def crediting(self, invoice: str, amount: int, by: str) -> str:
        if invoice not in self.recorded:
            return "INVOICE_NOT_KNOWN"
        if by not in self.recorded[invoice]:
            return "NOT_CONCERNED"
        known = self.credits.get(invoice, [])
        if amount > TOTALS[invoice] - sum(known):
            return "CREDIT_EXCEEDS_TOTAL"
        return "TOO_MANY_CREDITS" if len(known) >= 20 else DONE

    def credited(self, invoice: str, amount: int, now_ms: int) -> None:
        self.credits.setdefault(invoice, []).append(amount)
        if self.left_of_invoice(invoice, now_ms) < 0 and not self.review_is_open(invoice, now_ms):
            users = self.users(invoice, now_ms)
            asked = {users[0].issuer} | {v.sponsor for v in users}
            self.reviews[invoice] = (business_days_later_ms(now_ms, 10), asked)

    def reviewing(self, invoice: str, by: str, now_ms: int) -> str:
        if invoice not in self.recorded:
            return "INVOICE_NOT_KNOWN"
        if not self.review_is_open(invoice, now_ms):
            return "NOTHING_TO_REVIEW"
        return DONE if by in self.reviews[invoice][1] else "NOT_AWAITED"

    def reviewed(self, invoice: str, by: str) -> None:
        self.reviews[invoice][1].discard(by)
        if not self.reviews[invoice][1]:
            del self.reviews[invoice]

    def released(self, voucher: str, now_ms: int) -> None:
        gone = self.vouchers.pop(voucher)
        for invoice in gone.parts:
            if self.review_is_open(invoice, now_ms) and self.left_of_invoice(invoice, now_ms) >= 0:
                del self.reviews[invoice]


def business_days_later_ms(now_ms: int, days: int) -> int:
    """The end of that business day, counted day by day."""
    day = date(1970, 1, 1) + timedelta(days=(now_ms + 8 * 3_600_000) // DAY_MS)
    while days:
        day += timedelta(days=1)
        text = day.isoformat()
        worked = day.weekday() < 5 and text not in CALENDAR_2026.holidays
        days -= worked or text in CALENDAR_2026.make_up_working_days
    return at((day + timedelta(days=1)).isoformat(), 0)


def some_invoices(random: Random) -> tuple[str, ...]:
    return tuple(random.sample(list(TOTALS), random.choice((1, 1, 2, 3))))


def somebody(random: Random) -> str:
    return random.choice([name for name in KINDS if name != "supervisor"])


def latest(random: Random, names: dict[str, object], keep: Callable[[str], bool] = lambda _: True) -> str:
    """One of the names that fit, mostly a late one; empty if there is none."""
    found = [name for name in list(names)[-20:] if keep(name)]
    return random.choice(found) if found else ""
