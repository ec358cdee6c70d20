"""
A random run for volume on the real ledger in memory: vouchers, splits, financings, freezes, payments and defaults.

Every operation is checked by the invariants on what it wrote (that is how the ledger adopts it); the whole state is checked every 500 blocks and at the
end.  Signatures are made and not verified, which other runs do.  ``python -m tests.simulation.volume --vouchers 10000 --splits 50000 --json FILE``
"""

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import msgspec

from tallychain.contracts.vouchers import api
from tallychain.contracts.vouchers.courting.operations import FreezeUnits, Unfreeze
from tallychain.contracts.vouchers.declared import TRADE_EXAMPLE
from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.operations import TRADE_LABELS, Decline, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.settling.operations import Attest, NamePayee, Payout, PayoutRow, WriteOff
from tallychain.contracts.vouchers.settling.rules.position import positions_of
from tallychain.contracts.vouchers.state import HOLDINGS, Holding, Voucher
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.refusals import Refused
from tallychain.testkit.genesis import CLIENTS
from tallychain.testkit.world import Answer, World
from tests.deals import Deals
from tests.financings import HOUR_MS, Financings
from tests.payments import DOCUMENT

FULL_EVERY = 500
ISSUERS = ("ce-a", "ce-b")
FUNDERS = ("bank-b", "factor-a")
ROWS = 7
PAID_ROWS = 20
MATURITY = "2026-09-14"


class VolumeFailed(AssertionError):
    """An invariant does not hold."""


@dataclass
class Volume:
    """One run and what it counted."""

    seed: int
    world: World = field(init=False)
    random: Random = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    numbers: list[str] = field(default_factory=list)
    frozen: list[tuple[str, str]] = field(default_factory=list)
    checked_at: int = 0

    def __post_init__(self) -> None:
        self.world = World(seed=self.seed, verify=False)
        self.random = Random(self.seed)
        self.deals = Deals(self.world)
        self.financings = Financings(self.deals)

    def run(self, vouchers: int, splits: int) -> None:
        """So many vouchers and splits, with financings and freezes between them, and then the maturity."""
        while len(self.numbers) < vouchers or self.counts["splits"] < splits:
            is_issue = len(self.numbers) < vouchers and (
                not self.numbers or self.random.random() < vouchers / (vouchers + splits / 3)
            )
            if is_issue:
                self.issue()
            elif self.random.random() < 0.02:
                self.finance()
            elif self.random.random() < 0.06:
                self.freeze()
            elif self.counts["splits"] < splits:
                self.split()
            self.world.advance(self.world.time_ms + self.random.randint(1, 2_000))
        self.mature()
        self.check()

    # --- business

    def issue(self) -> None:
        """A voucher that its first holder accepts."""
        face = self.random.randint(10_000_000, 1_000_000_000)
        args = self.deals.promise(
            self.world.receiver(self.random.choice(list(CLIENTS))),
            face=face,
            maturity=MATURITY,
            by=(issuer := self.random.choice(ISSUERS)),
        )
        answer = self.do("voucher.issue", args, issuer)
        if isinstance(answer, Receipt) and answer.code == "DONE":
            voucher = self.deals.voucher(answer)
            self.note("voucher.accept", self.deals.accept(voucher))
            self.numbers.append(voucher.number)
            self.counts["vouchers"] += 1

    def split(self) -> None:
        """Parts of a holding to some clients, most of which take them."""
        voucher, holding = self.somewhere()
        count = self.random.randint(1, ROWS)
        size = self.random.randint(1, max(1, int(holding.units.length) // (count + 1)))
        receivers = [self.world.receiver(self.random.choice(list(CLIENTS))) for _ in range(count)]
        rows = tuple(
            OfferRow(
                Units(holding.first + size * n),
                Units(holding.first + size * (n + 1) - 1),
                receiver,
                self.deals.reference(),
                "",
            )
            for n, receiver in enumerate(receivers)
        )
        args = MakeOffer(voucher.number, holding.first, rows)
        content = dict.fromkeys(TRADE_LABELS[:count], TRADE_EXAMPLE)
        answer = self.do("voucher.offer", args, holding.tag, content)
        if not isinstance(answer, Receipt) or answer.code != "DONE":
            return
        together: dict[str, list[SignedOperation]] = {}
        for n, receiver in enumerate(receivers, start=1):
            offer = f"{answer.operation}:{n}"
            if self.random.random() < 0.05:
                signed = self.world.act("voucher.decline", Decline(voucher.number, offer), by=receiver.tag)
            else:
                signed = self.world.act("voucher.take", Take(voucher.number, offer), by=receiver.tag)
            together.setdefault(self.carrier(receiver.tag), []).append(signed)
        before = voucher.splits
        for carrier, operations in together.items():
            for found in self.world.submit(operations, carrier=carrier):
                self.note("answers to offers", found)
        self.counts["splits"] += self.deals.found(voucher.number).splits - before

    def finance(self) -> None:
        """Some holdings are financed at once; at each stage somebody may fall silent."""
        asked: list[tuple[Voucher, Holding, str, str]] = []
        for _ in range(5):
            voucher, holding = self.somewhere()
            funder = self.random.choice(FUNDERS)
            args = financing.AskFinancing(
                voucher=voucher.number,
                holding=holding.first,
                first=holding.first,
                last=holding.last,
                form="FACTORING",
                recourse=False,
                funders=(funder,),
                closes_ms=self.world.time_ms + HOUR_MS,
            )
            answer = self.do("financing.request", args, holding.tag)
            if answer.code == "DONE":
                asked.append((voucher, holding, str(answer.operation), funder))
        for voucher, _, name, funder in asked:
            self.do("financing.quote", self.financings.commitment(voucher, name, funder), funder)
        self.world.advance(self.world.time_ms + HOUR_MS)
        for voucher, holding, name, funder in asked:
            if self.random.random() < 0.9:
                signed = self.financings.delivery(voucher, name, funder)
                self.note("financing.reveal", self.world.submit([signed], carrier=funder)[0])
                self.after_reveal(voucher, holding, name, funder)
            del self.financings.contents[name, funder], self.financings.reveals[name, funder]

    def after_reveal(self, voucher: Voucher, holding: Holding, name: str, funder: str) -> None:
        """From the choice to title, or until somebody falls silent."""
        bank = "bank-a" if funder == "bank-b" else "bank-b"
        choice = msgspec.structs.replace(self.financings.choice(voucher, name, funder), seller_bank=bank)
        if self.do("financing.award", choice, holding.tag).code != "DONE" or self.random.random() < 0.1:
            return
        self.do("financing.register", self.financings.registration(voucher, name), funder)
        if self.random.random() < 0.1:
            return
        paid = self.do("financing.disburse", self.financings.disbursement(voucher, name), "settle-a")
        if paid.code == "DONE" and self.random.random() < 0.7:
            args = financing.CompleteFinancing(voucher.number, name)
            self.do("financing.complete", args, holding.tag)
        self.counts["financings that were paid"] += paid.code == "DONE"

    def freeze(self) -> None:
        """A court freezes a part of a holding, or lifts an earlier freeze."""
        if self.frozen and self.random.random() < 0.5:
            number, name = self.frozen.pop(self.random.randrange(len(self.frozen)))
            self.do("court.unfreeze", Unfreeze(number, name, DOCUMENT), "court")
            return
        voucher, holding = self.somewhere()
        last = Units(self.random.randint(int(holding.first), int(holding.last)))
        args = FreezeUnits(
            voucher.number, holding.tag, holding.first, holding.first, last, "2026-12-31", DOCUMENT
        )
        answer = self.do("court.freeze", args, "court")
        if answer.code == "DONE":
            self.frozen.append((voucher.number, str(answer.operation)))
            self.counts["freezes"] += 1

    def mature(self) -> None:
        """Some payees are named; most is paid in full, some in part, some not at all; half of what is missing comes late."""
        self.go_to("2026-09-10", 10)
        named = [number for number in self.numbers if self.random.random() < 0.1]
        for number in named:
            for row in list(self.world.reader.scan(HOLDINGS, number)):
                self.do("settlement.payee", NamePayee(number, row.first), row.sponsor)
        self.go_to(MATURITY, 10)
        missing: list[str] = []
        for number in self.numbers:
            draw = self.random.random()
            if draw < 0.97:
                face = int(self.deals.found(number).face)
                self.attest(number, face if draw < 0.9 else self.random.randint(1, face - 1))
            if draw >= 0.9:
                missing.append(number)
        self.go_to("2026-09-18", 10)
        self.counts["defaults"] += len(missing)
        for number in missing:
            owed = sum(one.outstanding for one in positions_of(self.deals.found(number), self.world.reader))
            if owed and self.random.random() < 0.5:
                self.attest(number, owed)
            elif owed:
                row = next(iter(self.world.reader.scan(HOLDINGS, number)))
                self.do("debt.write_off", WriteOff(number, row.first), row.tag)
        for number in named:
            self.pay_out(number)

    def attest(self, number: str, amount: int) -> None:
        """Money is booked."""
        args = Attest(number, amount, self.world.time_ms, f"IN-{self.world.state.height}", DOCUMENT)
        self.counts["payments"] += self.do("settlement.attest", args, "settle-a").code == "DONE"

    def pay_out(self, number: str) -> None:
        """Everything that may be paid out."""
        voucher = self.deals.found(number)
        status = voucher.status_at(self.world.state.moment())
        rows = [
            PayoutRow(one.holding.first, one.payable, f"OUT-{self.world.state.height}-{n}")
            for n, one in enumerate(positions_of(voucher, self.world.reader))
            if one.payable and one.status(status) != "WITHHELD"
        ]
        for at in range(0, len(rows), PAID_ROWS):
            args = Payout(number, self.world.time_ms, DOCUMENT, tuple(rows[at : at + PAID_ROWS]))
            self.do("settlement.payout", args, "settle-a")

    # --- how

    def somewhere(self) -> tuple[Voucher, Holding]:
        """A holding of a client, of any voucher."""
        while True:
            number = self.random.choice(self.numbers)
            holding = self.random.choice(api.holdings(self.world.reader, number))
            if holding.sponsor == CLIENTS[self.world.owner_of[holding.tag]]:
                return self.deals.found(number), holding

    def carrier(self, tag: str) -> str:
        """The sponsor of a client."""
        return CLIENTS[self.world.owner_of[tag]]

    def do(
        self, kind: str, args: msgspec.Struct, by: str, content: Mapping[str, msgspec.Struct] | None = None
    ) -> Answer:
        """One act in a block of its own; what an honest gateway refuses before it signs is counted too."""
        carrier = by if by in self.world.members else self.carrier(by)
        try:
            signed = self.world.act(kind, args, by=by, content=content)
        except Refused as refused:
            self.counts["refused before signing"] += 1
            return NotTaken("", refused.code, "")
        return self.note(kind, self.world.submit([signed], carrier=carrier)[0])

    def note(self, kind: str, answer: Answer) -> Answer:
        """Count an answer, and check the whole state where it is time."""
        self.codes[answer.code] += 1
        self.counts["operations"] += 1
        if answer.code == "DONE":
            self.counts[kind] += 1
        if self.world.state.height - self.checked_at >= FULL_EVERY:
            self.check()
        return answer

    def check(self) -> None:
        """The whole state."""
        self.checked_at = self.world.state.height
        self.world.history.clear()
        self.counts["full checks"] += 1
        faults = self.world.check()
        if faults or self.codes["QUARANTINED"] or self.codes["INTERNAL"]:
            raise VolumeFailed(f"height {self.checked_at}: {faults[:5]} {dict(self.codes)}")

    def go_to(self, day: str, hour: int) -> None:
        """Let time pass."""
        self.world.advance(max(self.world.time_ms + 1, instant_ms(parse_date(day), hour)))


def main(arguments: list[str]) -> int:
    """Run, print what was counted, and write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.volume", description=__doc__)
    parser.add_argument("--vouchers", type=int, default=10_000)
    parser.add_argument("--splits", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=20260914)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    volume = Volume(asked.seed)
    began, cpu = time.monotonic(), time.process_time()
    volume.run(asked.vouchers, asked.splits)
    found = {
        "seed": asked.seed,
        "blocks": volume.world.state.height,
        "holdings": sum(1 for _ in volume.world.reader.iterate(HOLDINGS)),
        "seconds": round(time.monotonic() - began),
        "cpu_seconds": round(time.process_time() - cpu),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "root": volume.world.root.hex(),
        "counts": dict(sorted(volume.counts.items())),
        "codes": dict(sorted(volume.codes.items())),
    }
    text = json.dumps(found, indent=1) + "\n"
    sys.stdout.write(text)
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
