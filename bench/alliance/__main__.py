"""Several validators on one machine under a real load: rate, times, cost, and the engine's own rate for the same bytes.

``python -m bench alliance`` runs all in at most twelve minutes; ``--validators 4 --seconds 10`` and so on run a part.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench.alliance.page import page, table
from bench.alliance.runs import Sizes, run
from bench.machine import machine


def main() -> int:
    """Measure, print, and write what was asked for."""
    given = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(
        signal.SIGALRM, lambda *_: sys.exit(f"not done after {given.limit} s; what was done is written")
    )
    signal.alarm(given.limit)
    begun = time.monotonic()
    report: dict[str, object] = {
        "machine": machine(),
        "measured_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "settings": {
            name: str(value) if isinstance(value, Path) else value for name, value in vars(given).items()
        },
    }
    runs: list[dict[str, object]] = []
    report["runs"] = runs
    for place, count in enumerate(given.validators):
        root = Path(tempfile.mkdtemp(prefix="tb-"))
        try:
            runs.append(run(root, count, _sizes(given, first=place == 0)))
        finally:
            if given.keep:
                sys.stderr.write(f"kept: {root}\n")
            else:
                shutil.rmtree(root, ignore_errors=True)
        report["took_s"] = round(time.monotonic() - begun)
        # Written after each, so that a run that is cut short leaves what it has.
        _write(given, report)
        sys.stdout.write(table([runs[-1]], headed=place == 0))
        sys.stdout.flush()
    return 0


def _sizes(given: argparse.Namespace, *, first: bool) -> Sizes:
    """The first number of validators is looked at closely, the others for the curve."""
    seconds = given.seconds if first else min(given.seconds, given.curve_seconds)
    return Sizes(
        seconds=seconds,
        dead_seconds=given.dead_seconds if first else 0.0,
        engine_seconds=min(given.engine_seconds, seconds),
        operations=round(given.expected * (seconds + (given.dead_seconds if first else 0.0))),
        lines=given.on_the_way,
        lone=tuple(given.lone) if first else (0, 0),
        workers=given.workers,
        makers=given.makers,
        profile=given.profile,
    )


def _write(given: argparse.Namespace, report: dict[str, object]) -> None:
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    if given.page is not None:
        given.page.write_text(page(report))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.alliance", description=__doc__)
    parser.add_argument(
        "--validators",
        type=int,
        nargs="+",
        default=[4, 1, 7, 10],
        choices=range(1, 23),
        metavar="N",
        help="the first is looked at closely, the others for the curve; default: 4 1 7 10",
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="of load, for the first")
    parser.add_argument("--curve-seconds", type=float, default=15.0, help="of load, for each other")
    parser.add_argument("--dead-seconds", type=float, default=15.0, help="of load with one validator dead")
    parser.add_argument(
        "--engine-seconds", type=float, default=20.0, help="of the engine alone with the same bytes; 0: not"
    )
    parser.add_argument(
        "--expected", type=int, default=1_400, help="operations a second; so many are sealed beforehand"
    )
    parser.add_argument(
        "--on-the-way", type=int, default=16, help="envelopes of 100 operations handed over at once"
    )
    parser.add_argument(
        "--lone",
        type=int,
        nargs=2,
        default=[20, 8],
        metavar=("N", "M"),
        help="lone operations after half a second, and after three seconds, of idleness",
    )
    parser.add_argument("--workers", type=int, default=0, help="verifying processes of each ledger")
    parser.add_argument("--makers", type=int, default=2, help="processes that seal beforehand")
    parser.add_argument("--limit", type=int, default=1_200, help="seconds after which everything is ended")
    parser.add_argument("--profile", action="store_true", help="with cProfile in every ledger; see --keep")
    parser.add_argument("--keep", action="store_true", help="leave folders and logs")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="write the page of docs/evidence")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
