"""A node with very many holdings: how long it takes to begin again, to give its state to a new node, and for that node to take it.

``python -m bench.large_state --holdings 1000000 --json build/large-state.json``

The rows are written into the store as blocks would leave them, not by acts: a million acts would take far longer than what is measured here.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from bench.alliance import load
from bench.machine import machine
from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS, Holding
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.admissions import Admissions
from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.calls import Applied, Offer
from tallychain.engine.cometbft.opening import open_application
from tallychain.engine.cometbft.snapshots import Snapshots
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.outages import CLOCK, Clock
from tallychain.store.store import BlockRecord, Store
from tallychain.testkit.people import derived

TREE_DEPTH = 18
OF_ONE_VOUCHER = 500
ROWS_OF_A_BLOCK = 50_000
_MEBIBYTE = 1024 * 1024


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    options = _options()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        root = Path(folder)
        world = load.world_of_now(4)
        (root / "genesis.json").write_bytes(world.genesis(TREE_DEPTH))
        list(load.Maker(world, "first").vouchers(1))
        (voucher,) = world.reader.iterate(VOUCHERS)
        (sample,) = world.reader.iterate(HOLDINGS, voucher.number)
        made = _apart(_fill, root, sample, options.holdings)
        report: dict[str, object] = {
            "machine": machine(),
            "holdings": options.holdings,
            "row_bytes": len(codec.encode(sample)),
            "filled": made,
            "begins_again": _apart(_begin_again, root),
            "gives": _apart(_give, root),
            "takes": _apart(_take, root),
        }
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    sys.stdout.buffer.write(text + b"\n")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_bytes(text + b"\n")


def _apart(step: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    """Run a step in a process of its own, so that memory is that of the step alone."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(step, arguments)


def _opened(root: Path, name: str, pool: VerifierPool) -> Application:
    genesis = (root / "genesis.json").read_bytes()
    return open_application(root / name, CATALOGUE, Admissions(pool), load.wall_ms, genesis=genesis)


def _fill(root: Path, sample: Holding, holdings: int) -> dict[str, float]:
    with VerifierPool(0) as pool:
        application = _opened(root, "giver", pool)
        tree, start_ms = application.state.tree, application.genesis.time_ms
        application.close()
    store = Store.open(root / "giver" / "store")
    begun = time.perf_counter()
    try:
        for height, first in enumerate(range(0, holdings, ROWS_OF_A_BLOCK), start=1):
            rows = [
                HOLDINGS.put(_holding(sample, number))
                for number in range(first, min(first + ROWS_OF_A_BLOCK, holdings))
            ]
            rows.append(CLOCK.put(Clock(height, start_ms + height, 0)))
            writes = {row.key: codec.encode(row.value) for row in rows if row.value is not None}
            store.commit(
                BlockRecord(
                    height=height,
                    block=codec.encode_frame([]),
                    header=codec.encode_frame([b"", b""]),
                    result=codec.encode_frame([[], [], [], start_ms + height]),
                    writes=dict(writes),
                    journal=(),
                    app_hash=tree.update(dict(writes)),
                )
            )
    finally:
        store.close()
    return {"seconds": round(time.perf_counter() - begun, 1), "store_mib": _mib(root / "giver" / "store")}


def _holding(sample: Holding, number: int) -> Holding:
    voucher, place = divmod(number, OF_ONE_VOUCHER)
    return msgspec.structs.replace(
        sample,
        voucher=f"{sample.voucher[:-10]}{voucher:010d}",
        first=Units(1 + place * load.PART),
        last=Units((place + 1) * load.PART),
        tag=f"ed25519:{derived(1, 'tag', str(number)).hex()}",
        sealing=f"x25519:{derived(1, 'sealing', str(number)).hex()}",
    )


def _begin_again(root: Path) -> dict[str, float]:
    """From a stopped process's store to an application that answers."""
    begun = time.perf_counter()
    with VerifierPool(0) as pool:
        application = _opened(root, "giver", pool)
        ready = time.perf_counter() - begun
        resident = _resident_mib()
        application.close()
    return {"seconds": round(ready, 2), "resident_mib": resident}


def _give(root: Path) -> dict[str, float]:
    """Write a snapshot, as is done beside the chain while it goes on."""
    with VerifierPool(0) as pool:
        application = _opened(root, "giver", pool)
        snapshots = Snapshots(root / "giver", TREE_DEPTH, interval=1, kept=1, background=lambda job: job())
        begun = time.perf_counter()
        snapshots.take(application.store)
        took = time.perf_counter() - begun
        (offered,) = snapshots.known()
        size = sum(
            len(snapshots.chunk(offered.height, offered.format, number)) for number in range(offered.chunks)
        )
        application.close()
    return {"seconds": round(took, 2), "chunks": offered.chunks, "mib": round(size / _MEBIBYTE, 1)}


def _take(root: Path) -> dict[str, float]:
    """Take the snapshot over into a new node, everything of it recomputed, without the network between."""
    snapshots = Snapshots(root / "giver", TREE_DEPTH, interval=1, kept=1, background=lambda job: job())
    (offered,) = snapshots.known()
    store = Store.open(root / "giver" / "store")
    app_hash = store.app_hash
    store.close()
    with VerifierPool(0) as pool:
        application = _opened(root, "taker", pool)
        begun = time.perf_counter()
        if application.offer_snapshot(offered, app_hash) is not Offer.ACCEPT:
            raise RuntimeError("the snapshot was not accepted")
        for number in range(offered.chunks):
            chunk = snapshots.chunk(offered.height, offered.format, number)
            if application.apply_chunk(number, chunk, "giver").result is not Applied.ACCEPT:
                raise RuntimeError("a chunk was not accepted")
        took = time.perf_counter() - begun
        if (application.height, application.app_hash) != (offered.height, app_hash):
            raise RuntimeError("the state taken over is not the one given")
        resident = _resident_mib()
        application.close()
    return {"seconds": round(took, 2), "resident_mib": resident}


def _mib(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / _MEBIBYTE, 1)


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / _MEBIBYTE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.large_state", description=__doc__)
    parser.add_argument("--holdings", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the stores are written; default: the system's")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
