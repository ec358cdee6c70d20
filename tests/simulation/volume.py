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
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tallychain.contracts.vouchers.courting.operations import FreezeUnits, Unfreeze
from tallychain.contracts.vouchers.declared import TRADE_EXAMPLE
from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.operations import TRADE_LABELS, Decline, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.settling.operations import Attest, NamePayee, Payout, PayoutRow, WriteOff
from tallychain.contracts.vouchers.settling.rules.position import positions_of
from tallychain.contracts.vouchers.state import HOLDINGS, Holding, Voucher
from tallychain.instruments.money import Units
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.receipt import Receipt
from tallychain.testkit.genesis import CLIENTS
from tests.financings import HOUR_MS, Financings
from tests.payments import DOCUMENT
from tests.simulation.volume_acting import Acting
from tests.simulation.volume_guaranteed import Guaranteed
from tests.simulation.volume_rarer import Rarer

DAY_MS = 86_400_000
DAYS = 90
"""That pass between two acts in the whole run, however many acts it has."""
ISSUERS = ("ce-a", "ce-b")
FUNDERS = ("bank-b", "factor-a")
ROWS = 7
PAID_ROWS = 20
MATURITY = "2026-09-14"


@dataclass
class Volume(Acting):
    """One run and what it counted."""

    frozen: list[tuple[str, str]] = field(init=False, default_factory=list)
    financings: Financings = field(init=False)
    rarer: Rarer = field(init=False)
    guaranteed: Guaranteed = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.financings = Financings(self.deals)
        self.rarer = Rarer(self)
        self.guaranteed = Guaranteed(self)

    def run(self, vouchers: int, splits: int) -> None:
        """So many vouchers and splits in some months, with financings and freezes between them, and then the maturity."""
        steps = vouchers + splits / 3
        self.guaranteed.stand(ISSUERS)
        while len(self.numbers) < vouchers or self.counts["splits"] < splits:
            is_issue = len(self.numbers) < vouchers and (
                not self.numbers or self.random.random() < vouchers / steps
            )
            if is_issue:
                self.issue()
            elif self.random.random() < 0.02:
                self.finance()
            elif self.random.random() < 0.06:
                self.freeze()
            elif self.random.random() < 0.03:
                self.rarer.step()
            elif self.counts["splits"] < splits:
                self.split()
            is_a_day = self.random.random() < DAYS / steps
            self.world.advance(self.world.time_ms + (DAY_MS if is_a_day else self.random.randint(1, 2_000)))
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
        args = msgspec.structs.replace(args, guarantor=self.guaranteed.for_next())
        answer = self.do("voucher.issue", args, issuer)
        if isinstance(answer, Receipt) and answer.code == "DONE":
            voucher = self.deals.voucher(answer)
            self.note("voucher.accept", self.deals.accept(voucher))
            self.numbers.append(voucher.number)
            self.counts["vouchers"] += 1
            self.counts["vouchers with a guarantor"] += bool(args.guarantor)

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
                recourse=self.random.random() < 0.5,
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
            if self.do("financing.complete", args, holding.tag).code == "DONE":
                self.rarer.sold(voucher, holding, name, funder)
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
        """Some payees are named; most is paid in full, some in part, some not at all; guarantors pay some of it, half of what is missing comes late."""
        self.go_to("2026-09-10", 10)
        sold = self.rarer.sold_numbers()
        named = [number for number in self.numbers if number in sold or self.random.random() < 0.1]
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
            self.pay_out(number)
        self.rarer.claim_back(missing)
        self.guaranteed.pay()
        for number in missing:
            owed = sum(one.outstanding for one in positions_of(self.deals.found(number), self.world.reader))
            if owed and self.random.random() < 0.5:
                self.attest(number, owed)
            elif owed:
                row = next(iter(self.world.reader.scan(HOLDINGS, number)))
                self.do("debt.write_off", WriteOff(number, row.first), row.tag)
        self.go_to("2026-09-25", 10)
        self.guaranteed.pay()
        self.guaranteed.repaid()
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


def main(arguments: list[str]) -> int:
    """Run, print what was counted, and write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.volume", description=__doc__)
    parser.add_argument("--vouchers", type=int, default=10_000)
    parser.add_argument("--splits", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=20260914)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    volume = Volume(asked.seed, tell=sys.stderr.write)
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
