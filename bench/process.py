"""Operations a second of the ledger process as gateways use it: over its socket, several envelopes on the way.

``python -m bench.process --operations 20000 --json build/process.json``

Timed from handing over the first envelope of a block's worth of operations until the last is answered, that is, on disk.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench.machine import machine, percentile
from bench.workload import Block, Load, offers_and_takes
from tallychain.crypto.keyfile import StoredSecret, write_key_file
from tallychain.engine.client import LedgerClient
from tallychain.engine.port import EngineRefused
from tallychain.testkit.genesis import sequencer_key
from tallychain.testkit.people import derived

PASSPHRASE = "bench"  # noqa: S105 - of a key that signs nothing but this


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    options = _options()
    load = offers_and_takes(options.operations, seed=1, block_operations=options.block, rounds=4)
    report: dict[str, object] = {
        "machine": machine(),
        "settings": vars(options) | {"json": str(options.json)},
    }
    report["bytes_per_operation"] = round(load.bytes_per_operation)
    report["runs"] = [asyncio.run(_run(load, workers)) for workers in options.workers]
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    sys.stdout.buffer.write(text + b"\n")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_bytes(text + b"\n")


async def _run(load: Load, workers: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        process = _start(Path(folder), load.genesis, workers)
        client = LedgerClient(Path(folder) / "chain" / "ledger.sock")
        try:
            for block in load.preparing:
                for envelope in block.envelopes:
                    await _submit(client, envelope)
            samples = [await _timed(client, block) for block in load.timed]
        finally:
            await client.close()
            process.terminate()
            process.wait()
    return {
        "workers": workers,
        "operations": load.operations,
        "operations_per_s": round(load.operations / sum(samples)),
        "batch_s": {
            "p50": round(percentile(samples, 0.5), 4),
            "p99": round(percentile(samples, 0.99), 4),
            "samples": [round(sample, 4) for sample in samples],
        },
    }


async def _timed(client: LedgerClient, block: Block) -> float:
    start = time.perf_counter()
    await asyncio.gather(*(_submit(client, envelope) for envelope in block.envelopes))
    return time.perf_counter() - start


async def _submit(client: LedgerClient, envelope: bytes) -> None:
    while True:
        try:
            answer = await client.submit(envelope)
        except EngineRefused as refused:
            if not refused.retry_after_ms:
                raise
            await asyncio.sleep(refused.retry_after_ms / 1000)
            continue
        if any(b'"done"' not in result for result in answer.results):
            raise RuntimeError("an operation of the load was not done")
        return


def _start(folder: Path, genesis: bytes, workers: int) -> subprocess.Popen[bytes]:
    key = StoredSecret("signing", sequencer_key(1).public, derived(1, "sequencer"))
    write_key_file(folder / "sequencer.key", key, PASSPHRASE, n=2**10)
    (folder / "passphrase").write_text(PASSPHRASE)
    (folder / "genesis.json").write_bytes(genesis)
    ready, write = os.pipe()
    given = {
        "--dir": folder / "chain",
        "--genesis": folder / "genesis.json",
        "--key-file": folder / "sequencer.key",
        "--passphrase-file": folder / "passphrase",
        "--workers": workers,
        "--ready-fd": write,
    }
    command = [sys.executable, "-m", "tallychain.engine.embedded"]
    command += [str(part) for pair in given.items() for part in pair]
    process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(ready) as said:
        if said.readline().strip() != "ready":
            raise RuntimeError("the ledger process did not start")
    return process


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--block", type=int, default=2_500, help="operations handed over at once")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1], help="verifying processes")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
