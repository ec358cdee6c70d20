"""How soon an alliance of four validators on one machine is ready, and what it holds in memory: made, started, looked at after some idle seconds, ended.

``python -m bench.ready --json build/alliance.json``
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tallychain.network import looking, running
from tallychain.network.alliance import read_alliance, read_calendar
from tallychain.network.layout import Layout
from tallychain.network.making import Making, make
from tallychain.node.record import RunFolder

_DATA = Path(__file__).resolve().parents[1] / "examples" / "chain"
_MEBIBYTE = 1024 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measure once, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.ready", description=__doc__)
    parser.add_argument("--engine", choices=("cometbft", "embedded"), default="cometbft")
    parser.add_argument(
        "--idle", type=float, default=20.0, help="seconds between ready and the look at memory"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="tally-bench-"))
    try:
        found = _measured(root / "n", given.engine, given.idle)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    for name in ("make_s", "start_s", "stop_s"):
        print(f"{name:8} {found[name]:6.1f}")
    for kind, row in found["memory"].items():
        print(
            f"{kind:10} {row['processes']:3} processes, {row['rss_mib']:6.0f} MiB resident, {row['pss_mib']:6.0f} MiB with shared pages shared out"
        )
    print(f"idle: {found['idle_cpu_percent']:.1f} % of one core; roots equal: {found['roots_equal']}")
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


def _measured(root: Path, engine: str, idle_s: float) -> dict[str, Any]:
    alliance, calendar = read_alliance(_DATA / "alliance.json"), read_calendar(_DATA / "calendar-2026.json")
    began = time.monotonic()
    make(root, Making(alliance=alliance, calendar=calendar, seed=1, engine=engine, clock="system"))
    made = time.monotonic()
    running.start(root)
    started = time.monotonic()
    try:
        before = _cpu_s(root)
        time.sleep(idle_s)
        cpu_s = _cpu_s(root) - before
        status = asyncio.run(looking.status(root))
        memory = _memory(root)
    finally:
        ending = time.monotonic()
        running.stop(root)
    return {
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "engine": engine,
        "make_s": round(made - began, 2),
        "start_s": round(started - made, 2),
        "stop_s": round(time.monotonic() - ending, 2),
        "height": 0 if status.ledger is None else status.ledger.height,
        "roots_equal": status.roots_equal,
        "idle_s": idle_s,
        "idle_cpu_percent": round(100 * cpu_s / idle_s, 1),
        "memory": memory,
    }


def _pids(root: Path) -> dict[int, str]:
    """Every process of the alliance with its kind."""
    record = RunFolder(Layout(root).root).read()
    if record is None:
        return {}
    kinds = {item.process.pid: item.name.rpartition("-")[2] for item in record.programs}
    named = {pid: kind if kind in ("ledger", "engine") else "gateway" for pid, kind in kinds.items()}
    return {record.supervisor.pid: "supervisor", **named}


def _memory(root: Path) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for pid, kind in _pids(root).items():
        fields = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        )
        for name in (kind, "all"):
            row = found.setdefault(name, {"processes": 0, "rss_mib": 0.0, "pss_mib": 0.0})
            row["processes"] += 1
            row["rss_mib"] += int(fields["Rss"].split()[0]) * 1024 / _MEBIBYTE
            row["pss_mib"] += int(fields["Pss"].split()[0]) * 1024 / _MEBIBYTE
    return found


def _cpu_s(root: Path) -> float:
    total = 0
    for pid in _pids(root):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


if __name__ == "__main__":
    sys.exit(main())
