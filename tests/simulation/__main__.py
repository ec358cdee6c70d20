"""Run schedules: one seed again, or many on all cores; or hunt the planted bugs.

python -m tests.simulation run --seed 7                      # one schedule again, with what happened
python -m tests.simulation run --seed 7 --trace              # every fault as it strikes and every block
python -m tests.simulation run --from 1 --count 500          # many, by default on two processes
python -m tests.simulation run --from 1 --minutes 10         # as many as fit
python -m tests.simulation run --seed 7 --faults crash,leap  # only these kinds of faults
python -m tests.simulation evidence PIECE...                 # the files of --json together: counts kept, page printed
python -m tests.simulation bugs                              # every planted bug, and the seed that finds it
"""

import argparse
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from tests.simulation import evidence
from tests.simulation.faults import ALL
from tests.simulation.planted import BUGS, hunted
from tests.simulation.reach import Totals
from tests.simulation.schedule import OPERATIONS, Report, run_schedule

AHEAD = 4
"""Schedules begun for each process before the first of them is waited for: a long one keeps no other process idle."""
HUNTED_SEEDS = 40


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 1 if any schedule found a fault, or any bug stayed hidden."""
    asked = _parser().parse_args(arguments)
    if asked.command == "bugs":
        return _hunt(asked.bug, range(asked.first, asked.first + HUNTED_SEEDS))
    if asked.command == "evidence":
        return _tell(asked.pieces, asked.note)
    kinds = tuple(asked.faults.split(",")) if asked.faults else ()
    if unknown := sorted(set(kinds) - set(ALL)):
        sys.stderr.write(f"There is no fault {unknown[0]}; there are {', '.join(sorted(ALL))}.\n")
        return 2
    run = partial(run_schedule, operations=asked.operations, kinds=kinds)
    if asked.seed is not None:
        return _say_one(run(asked.seed, trace=_line if asked.trace else None))
    seeds: Iterable[int] = (
        count(asked.first) if asked.minutes else range(asked.first, asked.first + asked.count)
    )
    until = time.monotonic() + asked.minutes * 60 if asked.minutes else None
    return _say_all(reports(run, seeds, asked.processes, until), asked.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run schedules")
    run.add_argument("--seed", type=int, help="one schedule")
    run.add_argument("--trace", action="store_true", help="with --seed: tell it as it happens")
    run.add_argument("--from", dest="first", type=int, default=1, help="first of many seeds")
    run.add_argument("--count", type=int, default=20, help="how many")
    run.add_argument("--minutes", type=float, default=0.0, help="instead of --count: as many as fit")
    run.add_argument("--json", type=Path, help="of many: write the counts into this file")
    run.add_argument("--processes", type=int, default=2)
    run.add_argument("--operations", type=int, default=OPERATIONS, help="acts in each schedule")
    run.add_argument("--faults", default="", help="kinds of faults, with commas; else as each seed chooses")
    bugs = commands.add_parser("bugs", help="hunt the planted bugs")
    bugs.add_argument("--bug", default="", help="only this one")
    bugs.add_argument("--from", dest="first", type=int, default=1, help="first seed to try")
    told = commands.add_parser(
        "evidence", help="put runs together: their counts are kept, the page is printed"
    )
    told.add_argument("pieces", nargs="+", type=Path, help="files that runs wrote with --json")
    told.add_argument("--note", default="not noted", help="what else the machine did")
    return parser


def _tell(places: Sequence[Path], note: str) -> int:
    whole = evidence.together([evidence.read(place) for place in places])
    evidence.REACHED.write_bytes(evidence.encoded(whole))
    _line(evidence.page(whole, note))
    return bool(whole.failed)


def reports(
    run: "partial[Report]", seeds: Iterable[int], processes: int, until: float | None = None
) -> Iterator[Report]:
    """Reports as they come, in order of seeds."""
    left = iter(seeds)
    if processes == 1:
        for seed in left:
            if until is not None and time.monotonic() > until:
                return
            yield run(seed)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        begun: deque[Future[Report]] = deque()
        for seed in left:
            if until is not None and time.monotonic() > until:
                break
            begun.append(pool.submit(run, seed))
            if len(begun) >= AHEAD * processes:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _say_one(report: Report) -> int:
    _line(
        f"seed {report.seed}: {report.operations} operations answered, {report.done} done, {report.height} blocks in "
        f"{report.rounds} rounds, {report.restarts} restarts, {report.passed_s:,.0f} s of virtual time, last root {report.digest}"
    )
    for title, counts in (
        ("faults", report.happened),
        ("codes", report.codes),
        ("acts", report.acts),
        ("events", report.events),
    ):
        _line(f"{title}: {_counts(counts)}")
    for text in report.faults:
        _line(f"FAULT {text}")
    return bool(report.faults)


def _say_all(made: Iterable[Report], place: Path | None = None) -> int:
    totals, began = Totals(), time.monotonic()
    for report in made:
        totals.add(report)
        if report.faults:
            _line(f"seed {report.seed} FAILS: {report.faults[0]}")
            sys.stdout.flush()
    seconds = time.monotonic() - began
    _line(
        f"{_counts(totals.sums)}, done {totals.done_share:.0%}, {seconds:.0f} s, {totals.cpu_s:.0f} s of CPU"
    )
    for title, counts in (
        ("faults", totals.happened),
        ("codes", totals.codes),
        ("operations", totals.acts),
        ("events", totals.events),
    ):
        _line(f"{title} ({len(counts)}): {_counts(counts)}")
    _line(f"least of a schedule: {_counts(totals.least)}")
    if place is not None:
        place.write_bytes(totals.encoded(seconds))
    for title, names in totals.not_reached().items():
        _line(f"{title} not reached ({len(names)}): {', '.join(names) or 'none'}")
    _line(f"failing seeds: {', '.join(map(str, totals.failed)) or 'none'}")
    return bool(totals.failed)


def _hunt(name: str, seeds: Sequence[int]) -> int:
    """Every planted bug by the first of these seeds that finds it."""
    hidden = 0
    for bug in (bug for bug in BUGS if name in ("", bug.name)):
        found = hunted(bug, seeds)
        hidden += found is None
        by = f"found by seed {found[0]}: {found[1]}" if found else f"NOT FOUND by {len(seeds)} seeds"
        _line(f"{bug.name} ({bug.says}): {by}")
        sys.stdout.flush()
    _line(f"{hidden} of {len(BUGS)} planted bugs stayed hidden" if hidden else "every planted bug was found")
    return bool(hidden)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
