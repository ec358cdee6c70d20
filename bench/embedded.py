"""Operations a second of the embedded ledger: real offers and takes, sealed and signed beforehand.

``python -m bench.embedded --operations 20000 --json build/embedded.json``

Timed from the envelope's bytes to the fsynced block: decoding, canonical check, every signature, rules, invariants, state tree, RocksDB.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench.machine import machine, percentile
from bench.workload import Block, Load, offers_and_takes
from tallychain.catalogue import CATALOGUE
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.memory import settle_memory
from tallychain.testkit.genesis import sequencer_key


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    options = _options()
    load = offers_and_takes(
        options.operations, seed=options.seed, block_operations=options.block, tree_depth=options.depth
    )
    report: dict[str, object] = {
        "machine": machine(),
        "settings": vars(options) | {"json": str(options.json)},
    }
    report["bytes_per_operation"] = round(load.bytes_per_operation)
    report["runs"] = [_run(load, workers) for workers in options.workers]
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    sys.stdout.buffer.write(text + b"\n")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_bytes(text + b"\n")


def _run(load: Load, workers: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, VerifierPool(workers) as pool:
        chain = open_chain(Path(folder), CATALOGUE, sequencer_key(1), pool, load.genesis)
        settle_memory()
        try:
            for block in load.preparing:
                _apply(chain, block)
            samples = [_apply(chain, block) for block in load.timed]
        finally:
            chain.close()
    total_s = sum(samples)
    return {
        "workers": workers,
        "operations": load.operations,
        "operations_per_s": round(load.operations / total_s),
        "block_s": {
            "p50": round(percentile(samples, 0.5), 4),
            "p99": round(percentile(samples, 0.99), 4),
            "samples": [round(sample, 4) for sample in samples],
        },
    }


def _apply(chain: Chain, block: Block) -> float:
    start = time.perf_counter()
    made = chain.make_block(block.time_ms, block.envelopes)
    took = time.perf_counter() - start
    if any(b'"done"' not in result for results in made.results for result in results):
        raise RuntimeError("an operation of the load was not done")
    return took


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--block", type=int, default=1_000, help="operations in a block")
    parser.add_argument("--depth", type=int, default=18, help="of the state tree")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[0, 1], help="verifying processes beside this one"
    )
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
