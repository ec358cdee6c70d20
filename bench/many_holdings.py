"""One voucher in very many hands: what each act on it costs when it has a few holdings, 501, and nearly 1,000.

Every act stands in a block of its own on a chain in memory, so a time holds admission, signatures, rule, invariants, state tree and encoding, and no
disk.  Process time is measured, so that other work on the machine does not count.  ``python -m bench.many_holdings --json FILE``
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from msgspec import Struct

from bench.machine import machine
from tallychain.contracts.vouchers.contents import PromiseContent
from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.settling.operations import Attest, NamePayee, Payout, PayoutRow
from tallychain.contracts.vouchers.settling.rules.position import positions_of
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS, Voucher
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger.operation import SignedOperation, operation_id
from tallychain.testkit.world import World

FACE = 100_000_000
MATURITY = "2026-09-14"
TINY = 1_000
"""Units of a part while half of the splits are left."""
EVEN = FACE // 500
"""From then on no part, and nothing beside it, is smaller."""
ROWS = 7
PAID_ROWS = 20
MOST_SPLITS = 500
DOCUMENT = "d0" * 32


@dataclass(frozen=True, slots=True)
class Measured:
    """What acts took on a voucher in so many hands."""

    splits: int
    holdings: int
    milliseconds: dict[str, float]
    """Process time of each act."""
    bytes: dict[str, int]
    """What its block published: receipts and events."""


@dataclass(slots=True)
class Bench:
    """A chain with one voucher, and what its acts took."""

    splits: int
    world: World = field(default_factory=World)
    number: str = ""
    free: int = 1
    """First unit of the rest that s1 still holds."""
    milliseconds: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def timed(self, name: str, act: Callable[[], None]) -> None:
        """Run something and note the process time that it took, and the bytes that its block published."""
        began = time.process_time()
        act()
        self.milliseconds[name] = round((time.process_time() - began) * 1_000, 2)
        last = self.world.last
        if last is not None:
            rows = sum(len(row) for rows in last.results for row in rows)
            self.sizes[name] = rows + sum(len(event) for event in last.due_events)

    def submit(self, signed: SignedOperation, carrier: str) -> None:
        """One signed act in a block; it must take effect."""
        (answer,) = self.world.submit([signed], carrier=carrier)
        if answer.code != "DONE":
            raise SystemExit(f"{answer.code}: {answer}")

    def do(self, name: str, type_name: str, args: object, by: str, carrier: str = "", **more: object) -> None:
        """Sign an act, and time its block."""
        signed = self.world.act(type_name, args, by=by, **more)  # type: ignore[arg-type]  # one of the declared arguments
        self.timed(name, lambda: self.submit(signed, carrier or by))

    def issue(self) -> None:
        """A voucher that s1 holds whole."""
        receiver = self.world.receiver("s1")
        backing = self.world.backed(receiver, FACE)
        args = Issue(
            "7b" * 16, receiver, "CNY", Units(FACE), MATURITY, "settle-a", backing.payable, backing.invoices
        )
        promise = {"trade": PromiseContent("We pay.", "HT-1", (), "", "")}
        self.do("issue", "voucher.issue", args, "ce-a", content=promise)
        (voucher,) = self.world.reader.iterate(VOUCHERS)
        self.number = voucher.number
        self.do("accept", "voucher.accept", Accept(self.number, voucher.promise), receiver.tag, "bank-a")

    def divide(self) -> None:
        """Pass parts on until the splits are used, seven parts an offer; the last offer and its last taking are timed."""
        (holder,) = {item.tag for item in self.world.reader.scan(HOLDINGS, self.number)}
        done = 0
        while done < self.splits:
            rows = tuple(self._row(done + n) for n in range(min(ROWS, self.splits - done)))
            start = rows[0].first - self._gap(done)
            args = MakeOffer(self.number, Units(start), rows)
            signed = self.world.act("voucher.offer", args, by=holder, content=self._trades(len(rows)))
            self.timed("offer, 7 rows", lambda signed=signed: self.submit(signed, "bank-a"))  # type: ignore[misc]  # bound at once
            for n, row in enumerate(rows, start=1):
                take = Take(self.number, f"{operation_id(signed.body)}:{n}")
                self.do("take", "voucher.take", take, row.receiver.tag, "bank-a")
            done += len(rows)

    def _row(self, split: int) -> OfferRow:
        first = self.free + self._gap(split)
        length = TINY if split < self.splits_cheap else EVEN
        self.free = first + length
        return OfferRow(
            Units(first),
            Units(first + length - 1),
            self.world.receiver("s2" if self.s2_is_near else "s1"),
            f"{split:032x}",
            "",
        )

    @property
    def splits_cheap(self) -> int:
        """Splits before half of them are used."""
        return MOST_SPLITS // 2 - ROWS

    @property
    def s2_is_near(self) -> bool:
        """Whether s2 is a client of bank-a as s1 is."""
        return self.world.clients["s2"].sponsor == "bank-a"

    def _gap(self, split: int) -> int:
        """What stays with the giver before a part, so that one split makes three holdings; without room for that it makes two."""
        if split < self.splits_cheap:
            return TINY
        wide = (FACE - 2 * TINY * self.splits_cheap) // EVEN - (MOST_SPLITS - self.splits_cheap)
        return EVEN if split - self.splits_cheap < wide - 2 else 0

    def _trades(self, count: int) -> dict[str, Struct]:
        kind = self.world.state.operation_type("voucher.offer", 1)
        assert kind is not None
        labels = [rule.label for rule in kind.seals if rule.label != "identity"][:count]
        examples = {rule.label: rule.example for rule in kind.seals if rule.example is not None}
        return {label: examples[label] for label in labels}

    def settle(self) -> None:
        """Payees of some holdings, money in two parts with the cut-off between them, and a payout of twenty rows."""
        held = self.world.reader.scan(HOLDINGS, self.number)
        self.world.advance(instant_ms(parse_date("2026-09-10"), 12))
        for holding in held[:PAID_ROWS]:
            self.do("payee", "settlement.payee", NamePayee(self.number, holding.first), holding.sponsor)
        self.world.advance(instant_ms(parse_date(MATURITY), 12))
        self._attest("attest, half", "B-1", FACE // 2)
        self.timed(
            "cut-off: dishonour names all", lambda: self.world.advance(instant_ms(parse_date(MATURITY), 17))
        )
        self._attest("attest, the rest", "B-2", FACE - FACE // 2)
        owed = [one for one in positions_of(self._voucher(), self.world.reader) if one.payable][:PAID_ROWS]
        rows = tuple(PayoutRow(one.holding.first, one.payable, f"P-{n}") for n, one in enumerate(owed))
        self.do(
            "payout, 20 rows",
            "settlement.payout",
            Payout(self.number, self.world.time_ms, DOCUMENT, rows),
            "settle-a",
        )
        self.timed("check of every invariant", self._check)

    def _attest(self, name: str, reference: str, amount: int) -> None:
        args = Attest(self.number, amount, self.world.time_ms, reference, DOCUMENT)
        self.do(name, "settlement.attest", args, "settle-a")

    def _voucher(self) -> Voucher:
        voucher = self.world.reader.get(VOUCHERS, self.number)
        assert voucher is not None
        return voucher

    def _check(self) -> None:
        faults = self.world.check()
        if faults:
            raise SystemExit(f"an invariant is broken: {faults[0]}")


def measured(splits: int) -> Measured:
    """All acts on a voucher that was divided so many times."""
    bench = Bench(splits)
    bench.issue()
    bench.divide()
    holdings = len(bench.world.reader.scan(HOLDINGS, bench.number))
    bench.settle()
    return Measured(splits, holdings, bench.milliseconds, bench.sizes)


def main() -> int:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.many_holdings", description=__doc__)
    parser.add_argument("--splits", type=int, nargs="*", default=[10, 250, MOST_SPLITS])
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found = [measured(splits) for splits in chosen.splits]
    sys.stdout.write("holdings".ljust(32) + "".join(str(one.holdings).rjust(22) for one in found) + "\n")
    for name in found[-1].milliseconds:
        cells = [f"{one.milliseconds[name]:.1f} ms {one.bytes[name]:>8} B" for one in found]
        sys.stdout.write(name.ljust(32) + "".join(cell.rjust(22) for cell in cells) + "\n")
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(
            json.dumps({"machine": machine(), "found": [asdict(one) for one in found]}, indent=1)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
