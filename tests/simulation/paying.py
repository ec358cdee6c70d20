"""Payment in the random run: payees, money in full, in part, late or too much, payouts and what is tried wrongly.

Every voucher that falls due gets a simple account of its own: plain numbers for each holding, divided with fractions.  The account says
beforehand what the ledger must answer, and afterwards what every holding must have got.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Protocol

import msgspec

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.settling.operations import (
    Attest,
    FailPayout,
    NamePayee,
    Payout,
    PayoutRow,
    ReleaseWithheld,
    ReturnExcess,
    WriteOff,
)
from tallychain.contracts.vouchers.settling.rules.position import positions_of
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS
from tallychain.contracts.vouchers.tests.acts import DONE, ISSUERS, Planned
from tallychain.contracts.vouchers.tests.model import CUTOFF_MS, HOUR_MS, Model, ModelVoucher
from tallychain.instruments.money import Units
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.testkit.world import World

BANK = "settle-a"
DOCUMENT = "d0" * 32
LEAD_MS = 12 * HOUR_MS
ATTESTATIONS_MAX = 50
LOOK_EVERY = 40
"""Acts after which it is looked which vouchers wait."""
UNOWED = ("REJECTED", "WITHDRAWN", "EXPIRED", "CANCELLED")
OPEN = ("DUE", "DUE_UNDATED", "UNPAID_PENDING", "OVERDUE")


class Runs(Protocol):
    """What payment sees of the random run."""

    world: World
    model: Model
    random: Random

    @property
    def now_ms(self) -> int:
        """Time of the block in which the act will stand."""

    def send_planned(self, planned: Planned) -> Receipt | NotTaken:
        """Send one act and see that the answer is the one expected."""


@dataclass
class Account:
    """One holding in plain numbers, in fen."""

    first: int
    face: int
    got: int = 0
    paid: int = 0
    has_payee: bool = False
    cleared: bool = False
    withheld: bool = True
    written_off: bool = False
    last: tuple[str, int] | None = None
    """Reference and amount of the last payout."""

    @property
    def payable(self) -> int:
        """What can be paid out."""
        return self.got - self.paid if self.has_payee and not self.withheld else 0


@dataclass
class Book:
    """One voucher."""

    voucher: ModelVoucher
    accounts: list[Account]
    late: int = 0
    attestations: int = 0
    used: list[str] = field(default_factory=list)
    excesses: list[str] = field(default_factory=list)

    @property
    def owed(self) -> int:
        """What the issuer owes."""
        return sum(one.face - one.got for one in self.accounts)

    def divide(self, amount: int) -> None:
        """Everybody the whole part of its quota; what is left goes to the largest fractions, one fen each."""
        whole = self.owed
        quotas = [Fraction(amount * (one.face - one.got), whole) for one in self.accounts]
        parts = [int(quota) for quota in quotas]
        order = sorted(range(len(quotas)), key=lambda index: (parts[index] - quotas[index], index))
        for index in order[: amount - sum(parts)]:
            parts[index] += 1
        for one, part in zip(self.accounts, parts, strict=True):
            one.got += part


@dataclass
class Payments:
    """All accounts, and the acts that are tried on them."""

    run: Runs
    books: dict[str, Book] = field(default_factory=dict)
    references: int = 0
    steps: int = 0
    waiting: list[ModelVoucher] = field(default_factory=list)
    """Those that waited for something when they were last looked for."""

    def step(self) -> None:
        """One act of payment, if a voucher waits for one."""
        random = self.run.random
        if self.steps % LOOK_EVERY == 0:
            self.waiting = [v for v in self.run.model.vouchers.values() if self._concerns(v)]
        self.steps += 1
        voucher = random.choice(self.waiting) if self.waiting else None
        if voucher is None or not self._concerns(voucher):
            return
        book = self._book(voucher)
        acts = self._sensible(book) if random.random() < 0.85 else self._all()
        if acts:
            random.choice(acts)(book)

    def _all(self) -> list[Callable[[Book], None]]:
        return [
            self._name,
            self._attest,
            self._pay_out,
            self._release_withheld,
            self._fail,
            self._return_excess,
            self._write_off,
            self._wrongly,
        ]

    def _sensible(self, book: Book) -> list[Callable[[Book], None]]:
        """Acts for which there is a reason; all of them have some chance besides."""
        coming = [one for one in book.accounts if one.got > one.paid]
        reasons: list[tuple[object, Callable[[Book], None]]] = [
            (any(not one.has_payee for one in book.accounts), self._name),
            (book.owed and book.voucher.status(self.run.now_ms) in OPEN, self._attest),
            (any(one.payable for one in coming), self._pay_out),
            (any(one.payable for one in coming), self._pay_out),
            (any(one.has_payee and not one.payable for one in coming), self._release_withheld),
            (self.run.random.random() < 0.3 and any(one.last for one in book.accounts), self._fail),
            (book.excesses, self._return_excess),
            (book.voucher.status(self.run.now_ms) == "OVERDUE", self._write_off),
        ]
        found = [act for reason, act in reasons if reason]
        return found if found or self.run.random.random() < 0.8 else [self._wrongly]

    def faults(self) -> Iterator[str]:
        """Where the state says otherwise than the accounts: shares, payouts, sums, and what is used of ceilings."""
        state = self.run.world.reader
        for number, book in self.books.items():
            voucher = state.get(VOUCHERS, number)
            if voucher is None:
                yield f"{number} is lost"
                continue
            found = [
                (p.holding.first, p.portion.share, p.entitlement.paid, p.payable)
                for p in positions_of(voucher, state)
            ]
            wanted = [(a.first, a.got, a.paid, a.payable) for a in book.accounts]
            if found != wanted:
                yield f"{number}: holdings got {found} and not {wanted}"
            if sum(a.got for a in book.accounts) + book.owed != book.voucher.face:
                yield f"{number}: the account itself is not conserved"
        for issuer in ISSUERS:
            used, owed = risk.used(state, issuer), self._outstanding(issuer)
            if used != owed:
                yield f"{issuer}: {used} of its ceilings are used and {owed} is outstanding"

    # --- acts

    def _name(self, book: Book) -> None:
        """A sponsor names the account of one holding."""
        voucher, now_ms = book.voucher, self.run.now_ms
        one = self.run.random.choice(book.accounts)
        is_late = now_ms >= voucher.due_ms - LEAD_MS
        code = DONE
        if one.got == one.face and one.paid == one.got:
            code = "ALREADY_PAID"
        elif is_late and one.has_payee and one.cleared:
            code = "PAYEE_TOO_LATE"
        else:
            one.has_payee = True
            one.cleared = one.cleared or not is_late
            one.withheld = one.withheld and not one.cleared
        args = NamePayee(voucher.number, Units(one.first))
        self._send("settlement.payee", args, self._sponsor(book, one), code)

    def _attest(self, book: Book) -> None:
        """Money booked in full, in part or too much, now or earlier; before maturity it is refused."""
        random, voucher, now_ms = self.run.random, book.voucher, self.run.now_ms
        amount = random.choice((book.owed, book.owed, book.owed // 2, 1, book.owed + 7)) or 1
        booked_ms = random.choice((self.run.world.time_ms, min(self.run.world.time_ms, voucher.due_ms)))
        status = voucher.status(now_ms)
        if status == "ACTIVE":
            self._send(
                "settlement.attest", self._attestation(book, amount, booked_ms), BANK, "VOUCHER_NOT_DUE"
            )
            return
        if book.attestations >= ATTESTATIONS_MAX:
            attestation = self._attestation(book, amount, booked_ms)
            self._send("settlement.attest", attestation, BANK, "TOO_MANY_ATTESTATIONS")
            return
        book.attestations += 1
        applied = min(amount, book.owed)
        if applied:
            book.divide(applied)
            if voucher.due_status == "DUE" and booked_ms > voucher.due_ms + CUTOFF_MS:
                book.late += applied
        for one in book.accounts:
            one.withheld = not (one.has_payee and one.cleared)
        if applied and not book.owed:
            was_past = status in ("UNPAID_PENDING", "OVERDUE")
            self.run.model.ended(
                voucher.number, "SETTLED_LATE" if was_past and book.late else "SETTLED", now_ms
            )
        answer = self._send("settlement.attest", self._attestation(book, amount, booked_ms), BANK, DONE)
        if amount > applied and isinstance(answer, Receipt):
            book.excesses.append(answer.operation)

    def _pay_out(self, book: Book) -> None:
        """Everybody who waits, twenty at most; or one who has nothing coming, or too much."""
        waiting = [one for one in book.accounts if one.payable][:20]
        if not waiting:
            self._pay_wrongly(book)
            return
        amounts = [one.payable for one in waiting]
        names = [self._reference() for _ in waiting]
        book.used += names
        for one, amount, name in zip(waiting, amounts, names, strict=True):
            one.paid, one.last = one.got, (name, amount)
        rows = zip(waiting, amounts, names, strict=True)
        self._pay(book, [PayoutRow(Units(one.first), amount, name) for one, amount, name in rows], DONE)

    def _pay_wrongly(self, book: Book) -> None:
        one = self.run.random.choice(book.accounts)
        code = "ALREADY_PAID" if one.got == one.paid else "HOLDING_WITHHELD"
        code = code if self._is_attested(book) else "NOTHING_ATTESTED"
        self._pay(book, [PayoutRow(Units(one.first), 1, self._reference())], code)

    def _release_withheld(self, book: Book) -> None:
        """The bank lets one be paid whose payee came late."""
        one = self.run.random.choice(book.accounts)
        code = DONE
        if one.got == one.paid or one.payable:
            code = "NOT_WITHHELD"
        elif not one.has_payee:
            code = "PAYEE_MISSING"
        else:
            one.cleared, one.withheld = True, False
        args = ReleaseWithheld(book.voucher.number, Units(one.first))
        self._send("settlement.release_withheld", args, BANK, code)

    def _fail(self, book: Book) -> None:
        """The last payout of somebody comes back; or one that was never made."""
        one = self.run.random.choice(book.accounts)
        name, amount = one.last or ("NEVER-MADE", 0)
        code = DONE if one.last else "PAYOUT_NOT_FOUND"
        one.paid -= amount
        if one.last:
            one.last, one.has_payee = None, False
        args = FailPayout(book.voucher.number, Units(one.first), name, DOCUMENT)
        self._send("settlement.payout_failed", args, BANK, code)

    def _return_excess(self, book: Book) -> None:
        """What was paid in above what is owed goes back."""
        attestation = book.excesses.pop() if book.excesses else "ab" * 32
        code = "EXCESS_NOT_FOUND" if attestation == "ab" * 32 else DONE
        now_ms = self.run.world.time_ms
        args = ReturnExcess(book.voucher.number, attestation, self._reference(), now_ms, DOCUMENT)
        self._send("settlement.return_excess", args, BANK, code)

    def _write_off(self, book: Book) -> None:
        """A holder writes its holding off, overdue or not."""
        one = self.run.random.choice(book.accounts)
        holding = self.run.world.reader.get(HOLDINGS, book.voucher.number, one.first)
        if holding is None or holding.tag in self.run.model.ported:
            return
        code = DONE
        if book.voucher.status(self.run.now_ms) != "OVERDUE":
            code = "NOT_OVERDUE"
        elif one.got == one.face:
            code = "ALREADY_PAID"
        elif one.written_off:
            code = "ALREADY_WRITTEN_OFF"
        else:
            one.written_off = True
        self._send("debt.write_off", WriteOff(book.voucher.number, Units(one.first)), holding.tag, code)

    def _wrongly(self, book: Book) -> None:
        """Another bank, a booking in the future, a booking that counts already, one holding twice."""
        now_ms = self.run.world.time_ms
        good = self._attestation(book, 1, now_ms)
        mistakes = [
            (good, "bank-b", "NOT_THE_SETTLEMENT_BANK"),
            (self._attestation(book, 1, now_ms + HOUR_MS), BANK, "BOOKING_TIME_NOT_POSSIBLE"),
        ]
        if (
            book.used
            and book.voucher.status(self.run.now_ms) != "ACTIVE"
            and book.attestations < ATTESTATIONS_MAX
        ):
            again = msgspec.structs.replace(good, reference=book.used[-1])
            mistakes.append((again, BANK, "BANK_REFERENCE_USED"))
        args, by, code = self.run.random.choice(mistakes)
        self._send("settlement.attest", args, by, code)
        waiting = next((one for one in book.accounts if one.payable), None)
        if waiting is not None:
            row = PayoutRow(Units(waiting.first), waiting.payable, self._reference())
            self._pay(book, [row, row], "PAYOUT_NAMED_TWICE")
            self._pay(book, [msgspec.structs.replace(row, amount=row.amount + 1)], "PAYOUT_DIFFERS")

    # --- helping

    def _concerns(self, voucher: ModelVoucher) -> bool:
        """From the black-out on, and for some acts after it was settled."""
        status = voucher.status(self.run.now_ms)
        if status == "ACTIVE":
            return self.run.now_ms >= voucher.blackout_ms
        is_settled = voucher.number in self.books and status not in UNOWED
        return status in OPEN or (is_settled and self._waits(self.books[voucher.number]))

    def _waits(self, book: Book) -> bool:
        """Whether something is left to do; one in ten of the others is tried all the same."""
        is_busy = book.excesses or any(one.got > one.paid for one in book.accounts)
        return bool(is_busy) or self.run.random.random() < 0.1

    def _book(self, voucher: ModelVoucher) -> Book:
        if voucher.number not in self.books:
            accounts = [Account(piece.first, piece.last - piece.first + 1) for piece in voucher.pieces]
            self.books[voucher.number] = Book(voucher, accounts)
        return self.books[voucher.number]

    def _is_attested(self, book: Book) -> bool:
        return any(one.got for one in book.accounts)

    def _outstanding(self, issuer: str) -> int:
        model, now_ms = self.run.model, self.run.world.time_ms
        own = [v for v in model.vouchers.values() if v.issuer == issuer and v.status(now_ms) not in UNOWED]
        return sum(self.books[v.number].owed if v.number in self.books else v.face for v in own)

    def _sponsor(self, book: Book, one: Account) -> str:
        holding = self.run.world.reader.get(HOLDINGS, book.voucher.number, one.first)
        return "" if holding is None else holding.sponsor

    def _reference(self) -> str:
        self.references += 1
        return f"RUN-{self.references}"

    def _attestation(self, book: Book, amount: int, booked_ms: int) -> Attest:
        return Attest(book.voucher.number, amount, booked_ms, self._reference(), DOCUMENT)

    def _pay(self, book: Book, rows: list[PayoutRow], code: str) -> None:
        args = Payout(book.voucher.number, self.run.world.time_ms, DOCUMENT, tuple(rows))
        self._send("settlement.payout", args, BANK, code)

    def _send(self, kind: str, args: msgspec.Struct, by: str, code: str) -> Receipt | NotTaken:
        return self.run.send_planned(Planned(kind, args, by, code))
