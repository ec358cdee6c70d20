"""How fast the state tree is: time to build, time per update in a block, memory, and proofs.

``python -m bench.state_tree --keys 1000000 --depth 18 --json build/state-tree.json``
"""

import argparse
import os
import platform
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tallychain.crypto.digest import sha256
from tallychain.ledger.tree import BucketTree, verify_absence, verify_inclusion

VALUE_BYTES = 200
BATCHES = (1, 50, 500, 2000, 10_000)
PROOFS = 2000


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    options = _options()
    report: dict[str, object] = {
        "machine": _machine(),
        "settings": _settings(options),
    }
    keys = [sha256(b"key %d" % number) for number in range(options.keys)]
    draw = random.Random(options.seed)

    before_mib = _resident_mib()
    start = time.perf_counter()
    tree = BucketTree(options.depth, _rows(keys, draw))
    report["build_s"] = round(time.perf_counter() - start, 3)
    report["memory_mib"] = round(_resident_mib() - before_mib, 1)

    report["updates"] = [
        _updates(tree, keys, size, options.samples, draw) for size in BATCHES if size <= len(keys)
    ]
    report["proofs"] = _proofs(tree, options.depth, keys, draw)
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    sys.stdout.buffer.write(text + b"\n")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_bytes(text + b"\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--depth", type=int, default=18)
    parser.add_argument("--samples", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _settings(options: argparse.Namespace) -> dict[str, int]:
    return {
        "keys": options.keys,
        "depth": options.depth,
        "samples": options.samples,
        "seed": options.seed,
        "value_bytes": VALUE_BYTES,
    }


def _rows(keys: list[bytes], draw: random.Random) -> Iterator[tuple[bytes, bytes]]:
    for key in keys:
        yield key, draw.randbytes(VALUE_BYTES)


def _updates(
    tree: BucketTree, keys: list[bytes], size: int, samples: int, draw: random.Random
) -> dict[str, object]:
    """Blocks of ``size`` changes each: nine tenths overwrite a key, the rest put a new one; microseconds per change."""
    times_us, cpu_us = [], []
    for _ in range(samples):
        changes: dict[bytes, bytes | None] = {
            key: draw.randbytes(VALUE_BYTES) for key in draw.sample(keys, size)
        }
        for key in list(changes)[: size // 10]:
            del changes[key]
            changes[draw.randbytes(32)] = draw.randbytes(VALUE_BYTES)
        start, cpu_start = time.perf_counter(), time.process_time()
        tree.update(changes)
        times_us.append((time.perf_counter() - start) / size * 1e6)
        cpu_us.append((time.process_time() - cpu_start) / size * 1e6)
    return {
        "block": size,
        "us_per_update": _spread(times_us),
        "cpu_us_per_update": _spread(cpu_us),
        "samples_us": [round(value, 2) for value in times_us],
    }


def _proofs(tree: BucketTree, depth: int, keys: list[bytes], draw: random.Random) -> dict[str, object]:
    value = draw.randbytes(VALUE_BYTES)
    present = draw.sample(keys, min(PROOFS, len(keys)))
    tree.update(dict.fromkeys(present, value))
    absent = [draw.randbytes(32) for _ in present]
    root = tree.root
    start = time.perf_counter()
    shown = [tree.prove(key) for key in present]
    made = time.perf_counter()
    held = all(
        verify_inclusion(root, depth, key, value, proof) for key, proof in zip(present, shown, strict=True)
    )
    checked = time.perf_counter()
    missing = [tree.prove(key) for key in absent]
    started = time.perf_counter()
    held = held and all(
        verify_absence(root, depth, key, proof) for key, proof in zip(absent, missing, strict=True)
    )
    ended = time.perf_counter()
    if not held:
        raise SystemExit("a proof did not verify")
    per_proof = 1e6 / len(present)
    return {
        "inclusion_prove_us": round((made - start) * per_proof, 1),
        "inclusion_verify_us": round((checked - made) * per_proof, 1),
        "absence_verify_us": round((ended - started) * per_proof, 1),
        "inclusion_json_bytes": len(msgspec.json.encode(shown[0])),
        "absence_json_bytes": len(msgspec.json.encode(missing[0])),
    }


def _spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "min": round(ordered[0], 2),
        "p50": round(ordered[len(ordered) // 2], 2),
        "p90": round(ordered[len(ordered) * 9 // 10], 2),
        "max": round(ordered[-1], 2),
    }


def _machine() -> dict[str, object]:
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": cpu[0].partition(": ")[2] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_1_min": round(os.getloadavg()[0], 2),
    }


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


if __name__ == "__main__":
    main()
