"""Run schedules: one seed again, or many on all cores.

python -m tests.simulation run --seed 7                      # one schedule again, with what happened
python -m tests.simulation run --from 1 --count 500          # many, by default on two processes
python -m tests.simulation run --from 1 --minutes 10         # as many as fit
python -m tests.simulation run --seed 7 --faults crash,leap  # only these kinds of faults
python -m tests.simulation bugs                              # every planted bug, and the seed that finds it
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count, islice
from multiprocessing import get_context

from tests.simulation.faults import ALL
from tests.simulation.schedule import OPERATIONS, Report, run_schedule

BATCH = 4


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 1 if any schedule found a fault, or any bug stayed hidden."""
    asked = _parser().parse_args(arguments)
    kinds = tuple(asked.faults.split(",")) if asked.faults else ()
    if unknown := sorted(set(kinds) - set(ALL)):
        sys.stderr.write(f"There is no fault {unknown[0]}; there are {', '.join(sorted(ALL))}.\n")
        return 2
    run = partial(run_schedule, operations=asked.operations, kinds=kinds)
    if asked.seed is not None:
        return _say_one(run(asked.seed))
    seeds: Iterable[int] = (
        count(asked.first) if asked.minutes else range(asked.first, asked.first + asked.count)
    )
    until = time.monotonic() + asked.minutes * 60 if asked.minutes else None
    return _say_all(_reports(run, seeds, asked.processes, until))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation", description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else ""
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run schedules")
    run.add_argument("--seed", type=int, help="one schedule")
    run.add_argument("--from", dest="first", type=int, default=1, help="first of many seeds")
    run.add_argument("--count", type=int, default=20, help="how many")
    run.add_argument("--minutes", type=float, default=0.0, help="instead of --count: as many as fit")
    run.add_argument("--processes", type=int, default=2)
    run.add_argument("--operations", type=int, default=OPERATIONS, help="acts in each schedule")
    run.add_argument(
        "--faults", default="", help="kinds of faults, with commas; by default a choice of each seed"
    )
    return parser


def _reports(
    run: "partial[Report]", seeds: Iterable[int], processes: int, until: float | None
) -> Iterator[Report]:
    """Reports as they come, in order of seeds."""
    if processes == 1:
        for seed in seeds:
            if until is not None and time.monotonic() > until:
                return
            yield run(seed)
        return
    left = iter(seeds)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        while batch := list(islice(left, BATCH * processes)):
            if until is not None and time.monotonic() > until:
                return
            yield from pool.map(run, batch)


def _say_one(report: Report) -> int:
    sys.stdout.write(
        f"seed {report.seed}: {report.operations} operations answered, {report.done} done, {report.height} blocks in "
        f"{report.rounds} rounds, {report.restarts} restarts, {report.passed_s:,.0f} s of virtual time, last root {report.digest}\n"
    )
    for title, counts in (
        ("faults", report.happened),
        ("codes", report.codes),
        ("acts", report.acts),
        ("events", report.events),
    ):
        sys.stdout.write(f"{title}: {_counts(counts)}\n")
    for text in report.faults:
        sys.stdout.write(f"FAULT {text}\n")
    return bool(report.faults)


def _say_all(reports: Iterable[Report]) -> int:
    total, codes, happened = Counter[str](), Counter[str](), Counter[str]()
    acts, events, failed = Counter[str](), Counter[str](), []
    began = time.monotonic()
    for report in reports:
        total.update(
            schedules=1,
            operations=report.operations,
            done=report.done,
            blocks=report.height,
            rounds=report.rounds,
            restarts=report.restarts,
            virtual_hours=int(report.passed_s // 3600),
        )
        codes.update(report.codes)
        happened.update(report.happened)
        acts.update(report.acts)
        events.update(report.events)
        if report.faults:
            failed.append(report.seed)
            sys.stdout.write(f"seed {report.seed} FAILS: {report.faults[0]}\n")
            sys.stdout.flush()
    share = total["done"] * 100 // max(1, total["operations"])
    sys.stdout.write(f"{_counts(total)}, done {share} %, {time.monotonic() - began:.0f} s\n")
    for title, counts in (("faults", happened), ("codes", codes), ("acts", acts), ("events", events)):
        sys.stdout.write(f"{title} ({len(counts)}): {_counts(counts)}\n")
    sys.stdout.write(f"failing seeds: {', '.join(map(str, failed)) or 'none'}\n")
    return bool(failed)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
