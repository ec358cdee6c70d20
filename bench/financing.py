"""Financing life cycles a second: request, three sealed quotes, their delivery, award, registration, payment and the seller's word, eleven signed acts each.

``python -m bench.financing --financings 500 --json build/financing.json``

Everything is sealed and signed beforehand and replayed from the bytes of the envelopes: by the embedded engine (every signature, rules, invariants, state
tree, each block on disk before the next), and by the ledger alone (the same on a state in memory, without signatures and disk).
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.machine import machine
from bench.workload import Block, Load, in_blocks
from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers.financing import operations as financing
from tallychain.contracts.vouchers.financing.state import COMPLETED, FINANCINGS
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.memory import settle_memory
from tallychain.instruments.money import Units
from tallychain.ledger.operation import SignedOperation, operation_id
from tallychain.testkit.genesis import sequencer_key, trial_genesis
from tallychain.testkit.world import World
from tests.deals import Deals
from tests.financings import HOUR_MS, PAYING_BANK, Financings

FUNDERS = ("bank-a", "bank-b", "factor-a")
CHOSEN = "factor-a"
SELLERS_SPONSOR = "bank-a"
ACTS = 5 + 2 * len(FUNDERS)
"""Of one life cycle."""
BLOCK_OPERATIONS = 1_000
TREE_DEPTH = 18


@dataclass(slots=True)
class Stages:
    """Many financings, each stage of all of them in blocks of its own."""

    world: World
    financings: Financings
    asked: list[tuple[Voucher, str]] = field(default_factory=list)
    """Each voucher, and the name of the request."""

    def finance(self, vouchers: Sequence[Voucher]) -> None:
        """The whole of each voucher, from the request to title."""
        made, world = self.financings, self.world
        requests = [world.act("financing.request", self.request(one), by=seller(one)) for one in vouchers]
        self.put(SELLERS_SPONSOR, requests)
        self.asked = [(one, operation_id(act.body)) for one, act in zip(vouchers, requests, strict=True)]
        for funder in FUNDERS:
            quotes = [(made.commitment(one, name, funder), funder) for one, name in self.asked]
            self.put(funder, [world.act("financing.quote", args, by=by) for args, by in quotes])
        world.advance(world.time_ms + HOUR_MS)
        for funder in FUNDERS:
            self.put(funder, [made.delivery(one, name, funder) for one, name in self.asked])
        awards = [(made.choice(one, name, CHOSEN), seller(one)) for one, name in self.asked]
        self.put(SELLERS_SPONSOR, [world.act("financing.award", args, by=by) for args, by in awards])
        shown = [made.registration(one, name) for one, name in self.asked]
        self.put(CHOSEN, [world.act("financing.register", args, by=CHOSEN) for args in shown])
        paid = [made.disbursement(one, name) for one, name in self.asked]
        self.put(PAYING_BANK, [world.act("financing.disburse", args, by=PAYING_BANK) for args in paid])
        ends = [(financing.CompleteFinancing(one.number, name), seller(one)) for one, name in self.asked]
        self.put(SELLERS_SPONSOR, [world.act("financing.complete", args, by=by) for args, by in ends])

    def put(self, carrier: str, signed: Sequence[SignedOperation]) -> None:
        """One stage."""
        in_blocks(self.world, carrier, signed, BLOCK_OPERATIONS)

    def request(self, voucher: Voucher) -> financing.AskFinancing:
        """What a seller asks three funders."""
        return financing.AskFinancing(
            voucher=voucher.number,
            holding=Units(1),
            first=Units(1),
            last=Units(voucher.face),
            form="FACTORING",
            recourse=False,
            funders=FUNDERS,
            closes_ms=self.world.time_ms + HOUR_MS,
        )


def seller(voucher: Voucher) -> str:
    """The tag that holds a voucher whole."""
    return voucher.receiver.tag


def life_cycles(count: int, seed: int = 1) -> Load:
    """So many vouchers, and the whole of each financed."""
    world = World(seed=seed, verify=False)
    deals = Deals(world)
    for _ in range(count):
        deals.active("s1")
    prepared = len(world.history)
    Stages(world, Financings(deals)).finance([*world.reader.iterate(VOUCHERS)])
    found = [row.status_at(world.state.moment()) for row in world.reader.iterate(FINANCINGS)]
    if found != [COMPLETED] * count:
        raise SystemExit("the load is not what it should be: a financing was not completed")
    blocks = [Block(block.time_ms, tuple(block.envelopes)) for block in world.history]
    timed = tuple(blocks[prepared:])
    size = sum(len(envelope) for block in timed for envelope in block.envelopes)
    document = trial_genesis(seed, list(world.members.values()), tree_depth=TREE_DEPTH)
    return Load(document, tuple(blocks[:prepared]), timed, count * ACTS, size / (count * ACTS))


Taken = list[tuple[float, float]]
"""Seconds of each timed block, and those of them that this process computed."""


def by_engine(load: Load, workers: int) -> Taken:
    """Seconds of each timed block in the embedded engine."""
    with tempfile.TemporaryDirectory() as folder, VerifierPool(workers) as pool:
        chain = open_chain(Path(folder), CATALOGUE, sequencer_key(1), pool, load.genesis)
        settle_memory()
        try:
            return _timed(load, lambda block: chain.make_block(block.time_ms, block.envelopes).results)
        finally:
            chain.close()


def by_ledger(load: Load, seed: int = 1) -> Taken:
    """Seconds of each timed block on a state in memory."""
    world = World(seed=seed, verify=False)

    def apply(block: Block) -> Sequence[Sequence[bytes]]:
        world.time_ms = block.time_ms - 1
        world.block(block.envelopes)
        return () if world.last is None else world.last.results

    return _timed(load, apply)


def _timed(load: Load, apply: Callable[[Block], Sequence[Sequence[bytes]]]) -> Taken:
    for block in load.preparing:
        apply(block)
    samples: Taken = []
    for block in load.timed:
        began, computed = time.perf_counter(), time.process_time()
        results = apply(block)
        samples.append((time.perf_counter() - began, time.process_time() - computed))
        if any(b'"done"' not in row for rows in results for row in rows):
            raise SystemExit("an act of the load was not done")
    return samples


def figures(load: Load, taken: Taken) -> dict[str, float]:
    """What a run says."""
    count = load.operations // ACTS
    walls, computed = [wall for wall, _ in taken], sum(cpu for _, cpu in taken)
    return {
        "life_cycles_per_s": round(count / sum(walls), 1),
        "acts_per_s": round(load.operations / sum(walls)),
        "cpu_ms_per_life_cycle": round(1_000 * computed / count, 2),
        "blocks": len(walls),
        "block_s_most": round(max(walls), 3),
    }


def main(arguments: list[str]) -> int:
    """Print the figures, and write them where asked."""
    parser = argparse.ArgumentParser(prog="bench.financing", description=__doc__)
    parser.add_argument("--financings", type=int, default=500)
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[0, 1], help="verifying processes beside this one"
    )
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    load = life_cycles(asked.financings)
    found: dict[str, object] = {
        "machine": machine(),
        "financings": asked.financings,
        "acts_each": ACTS,
        "bytes_each": round(load.bytes_per_operation * ACTS),
        "ledger_alone": figures(load, by_ledger(load)),
    }
    for workers in asked.workers:
        found[f"embedded_engine_{workers}_workers"] = figures(load, by_engine(load, workers))
    text = json.dumps(found, indent=1, default=str) + "\n"
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
