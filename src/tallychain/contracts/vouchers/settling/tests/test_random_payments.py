"""Whatever is paid, in whatever order and however late, everybody gets what a second, simple account says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from random import Random

import pytest

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.settling.events import ExcessFound
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, NOON_ON_THE_DAY, Desk
from tallychain.contracts.vouchers.state import outstanding
from tallychain.contracts.vouchers.tests.desk import V1_FACE, at, person, row
from tallychain.instruments.money import format_amount
from tallychain.ledger.holder import Receiver
from tallychain.ledger.refusals import Refused

HOUR_MS = 3_600_000
OVERDUE_MS = at("2026-09-17", 17)


@dataclass
class Account:
    """One holding, in plain numbers."""

    holder: Receiver
    first: int
    face: int
    got: int = 0
    paid: int = 0
    released: int = 0
    releasing: int = 0
    has_payee: bool = True
    last: tuple[str, int] | None = None
    """Reference and amount of the last payout."""

    @property
    def owed(self) -> int:
        """What the issuer owes on it."""
        return self.face - self.got - self.released


@dataclass
class Book:
    """One voucher, in plain numbers; told of every act that was done."""

    accounts: list[Account]
    in_time: int = 0
    after: int = 0
    excess: int = 0
    returned: list[str] = field(default_factory=list)

    @property
    def owed(self) -> int:
        """What the issuer owes."""
        return sum(one.owed for one in self.accounts)

    def receive(self, amount: int, *, in_time: bool) -> None:
        """Divide: everybody the whole part of its quota, what is left one fen each to the largest fractions."""
        applied = min(amount, self.owed)
        self.excess += amount - applied
        if in_time:
            self.in_time += applied
        else:
            self.after += applied
        whole = self.owed
        quotas = [Fraction(applied * one.owed, whole) if whole else Fraction(0) for one in self.accounts]
        parts = [int(quota) for quota in quotas]
        order = sorted(range(len(quotas)), key=lambda i: (parts[i] - quotas[i], i))
        for index in order[: applied - sum(parts)]:
            parts[index] += 1
        for one, part in zip(self.accounts, parts, strict=True):
            one.got += part

    def status(self, now_ms: int) -> str:
        """What the voucher is."""
        if not self.owed:
            if sum(one.released for one in self.accounts) and self.ended_by_release:
                return "RELEASED"
            return "SETTLED_LATE" if self.after_cutoff else "SETTLED"
        if now_ms >= OVERDUE_MS:
            return "OVERDUE"
        return "UNPAID_PENDING" if now_ms >= CUTOFF else "DUE"

    ended_by_release: bool = False
    after_cutoff: bool = False


class Payment:
    """A desk, its simple account, and what may be tried."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.desk = Desk()
        self.number, accounts = self._divide()
        self.book = Book(accounts)
        self.acts: tuple[Callable[[], None], ...] = (
            self.attest,
            self.attest,
            self.pay_out,
            self.pay_out,
            self.fail,
            self.name_payee,
            self.release,
            self.revoke,
            self.return_excess,
            self.pass_time,
        )

    def _divide(self) -> tuple[str, list[Account]]:
        """A voucher in one to six hands, at noon on its maturity, with every payee named."""
        desk, holder = self.desk, person("s1")
        number = desk.active().number
        first, accounts = 1, []
        for count in range(self.random.randrange(6)):
            to = person(f"h{count}", self.random.choice(("bank-a", "bank-b")))
            part = self.random.choice((1, 3, 1_000, 12_345_678))
            desk.pass_on(number, holder, row(first, first + part - 1, to), holding=first)
            accounts.append(Account(to, first, part))
            first += part
        accounts.append(Account(holder, first, 100_000_001 - first))
        desk.now_ms = at("2026-09-10", 12)
        for one in accounts:
            desk.name_payee(number, one.first, one.holder.sponsor)
        desk.now_ms = NOON_ON_THE_DAY
        return number, accounts

    # --- acts

    def attest(self) -> None:
        """Some money, booked now or in time."""
        amount = self.random.choice((1, 7, 999, 33_333_333, self.book.owed or 1))
        booked_ms = self.random.choice((self.desk.now_ms, min(self.desk.now_ms, CUTOFF)))
        was_owed = self.book.owed
        was_past = self.desk.now_ms >= CUTOFF
        self.desk.attest(self.number, format_amount(amount), booked_ms=booked_ms)
        self.book.receive(amount, in_time=booked_ms <= CUTOFF)
        if was_owed and not self.book.owed:
            released = sum(one.released for one in self.book.accounts)
            self.book.after_cutoff = was_past and bool(self.book.after or released)
        found = [event for event in self.desk.events if isinstance(event, ExcessFound)]
        self.book.returned += [event.attestation for event in found]

    def pay_out(self) -> None:
        """One or more holders that have something coming and a payee."""
        waiting = [one for one in self.book.accounts if one.has_payee and one.got > one.paid]
        chosen = self.random.sample(waiting, self.random.randint(1, len(waiting))) if waiting else []
        if not chosen:
            self.refused(lambda: self.desk.pay_out(self.number, (self.book.accounts[0].first, "0.01")))
            return
        amounts = [one.got - one.paid for one in chosen]
        names = [self.desk.reference() for _ in chosen]
        rows = [(one.first, format_amount(amount)) for one, amount in zip(chosen, amounts, strict=True)]
        self.desk.pay_out(self.number, *rows, references=names)
        for one, name, amount in zip(chosen, names, amounts, strict=True):
            one.paid, one.last = one.got, (name, amount)

    def fail(self) -> None:
        """The last payout of somebody comes back."""
        paid = [(one, one.last) for one in self.book.accounts if one.last is not None]
        if not paid:
            return
        one, (name, amount) = self.random.choice(paid)
        self.desk.fail_payout(self.number, name, one.first)
        one.paid -= amount
        one.last, one.has_payee = None, False

    def name_payee(self) -> None:
        """A new payee where the last one failed; elsewhere it is too late."""
        one = self.random.choice(self.book.accounts)
        name = partial(self.desk.name_payee, self.number, one.first, one.holder.sponsor)
        if one.has_payee or (not one.owed and one.got == one.paid):
            self.refused(name)
            return
        name()
        one.has_payee = True

    def release(self) -> None:
        """A holder releases part of what it is owed."""
        one = self.random.choice(self.book.accounts)
        amount = min(one.owed, self.random.choice((1, 500, 10**9)))
        call = partial(self.desk.release, self.number, format_amount(amount or 1), one.first, one.holder)
        if not amount or one.releasing or not self.book.owed:
            self.refused(call)
            return
        call()
        one.releasing = amount

    def revoke(self) -> None:
        """It takes that back."""
        one = self.random.choice(self.book.accounts)
        call = partial(self.desk.revoke, self.number, one.first, one.holder)
        if not one.releasing:
            self.refused(call)
            return
        call()
        one.releasing = 0

    def return_excess(self) -> None:
        """What was paid in too much goes back."""
        if self.book.returned:
            self.desk.return_excess(self.number, self.book.returned.pop())

    def pass_time(self) -> None:
        """Some hours or days; what has become true is written down."""
        self.desk.now_ms += self.random.choice((1, 5, 30, 100)) * HOUR_MS
        before = {one.first: one.releasing for one in self.book.accounts}
        self.desk.write_due()
        state = {int(one.holding.first): one.entitlement for one in self.desk.positions(self.number)}
        for one in self.book.accounts:
            if before[one.first] and not state[one.first].releasing:
                one.released += min(one.releasing, one.owed)
                one.releasing = 0
                self.book.ended_by_release = not self.book.owed

    @staticmethod
    def refused(act: Callable[[], object]) -> None:
        """It must be refused."""
        with pytest.raises(Refused):
            act()

    # --- comparison

    def compare(self) -> None:
        """Both accounts are the same."""
        found = [
            (one.holding.first, one.portion.share, one.entitlement.paid, one.outstanding)
            for one in self.desk.positions(self.number)
        ]
        assert found == [(one.first, one.got, one.paid, one.owed) for one in self.book.accounts]
        voucher = self.desk.voucher(self.number)
        assert outstanding(voucher) == self.book.owed == risk.used(self.desk.state, "ce-a")
        assert voucher.status_at(self.desk.now) == self.book.status(self.desk.now_ms)
        payable = sum(one.got - one.paid for one in self.book.accounts if one.has_payee)
        assert the_settlement(self.number, self.desk.state).payable == payable
        is_blocked = self.book.owed > 0 and self.desk.now_ms >= CUTOFF
        assert risk.is_blocked(self.desk.state, "ce-a", self.desk.now) == is_blocked


@pytest.mark.parametrize("seed", range(25))
def test_a_random_payment_agrees_with_the_simple_account(seed: int) -> None:
    payment = Payment(seed)

    for _ in range(40):
        payment.random.choice(payment.acts)()
        payment.compare()

    assert sum(one.face for one in payment.book.accounts) == V1_FACE
