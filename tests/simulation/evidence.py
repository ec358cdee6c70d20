"""What many schedules did, put together from the files that their runs wrote, and told as a page.

python -m tests.simulation evidence PIECE... [--note TEXT]   # prints the page; the counts go into tests/simulation/reached.json
"""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

REACHED = Path(__file__).with_name("reached.json")


class Piece(msgspec.Struct, forbid_unknown_fields=True):
    """The counts of one run, as `Totals.encoded` writes them."""

    seconds: int
    cpu_seconds: float
    costliest_cpu_seconds: float
    seeds: list[int]
    failed: dict[str, str]
    sums: dict[str, int]
    least: dict[str, int]
    faults: dict[str, int]
    operations: dict[str, int]
    refusals: dict[str, int]
    events: dict[str, int]


def read(place: Path) -> Piece:
    """One run's file."""
    return msgspec.json.decode(place.read_bytes(), type=Piece)


def together(pieces: Sequence[Piece]) -> Piece:
    """The counts of runs over different seeds as if they were one."""
    first, last = min(piece.seeds[0] for piece in pieces), max(piece.seeds[1] for piece in pieces)
    failed: dict[str, str] = {}
    for piece in pieces:
        failed |= piece.failed
    return Piece(
        seconds=sum(piece.seconds for piece in pieces),
        cpu_seconds=round(sum(piece.cpu_seconds for piece in pieces), 1),
        costliest_cpu_seconds=max(piece.costliest_cpu_seconds for piece in pieces),
        seeds=[first, last],
        failed=failed,
        sums=_sum([piece.sums for piece in pieces]),
        least={name: min(piece.least[name] for piece in pieces) for name in pieces[0].least},
        faults=_sum([piece.faults for piece in pieces]),
        operations=_sum([piece.operations for piece in pieces]),
        refusals=_sum([piece.refusals for piece in pieces]),
        events=_sum([piece.events for piece in pieces]),
    )


def _sum(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    made: Counter[str] = Counter()
    for one in counts:
        made.update(one)
    return dict(sorted(made.items()))


def encoded(piece: Piece) -> bytes:
    """The counts as `reached.json` keeps them."""
    return msgspec.json.format(msgspec.json.encode(piece, order="sorted"), indent=1) + b"\n"


def page(piece: Piece, note: str) -> str:
    """The tables of `docs/evidence/simulation.md`."""
    sums, count = piece.sums, piece.sums["schedules"]
    each = piece.cpu_seconds / count
    rows = [
        ("schedules, seeds", f"{count:,}, {piece.seeds[0]} to {piece.seeds[1]}"),
        ("failing schedules", str(len(piece.failed))),
        ("machine", f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"),
        ("load", note),
        ("time on the clock, of two processes", f"{piece.seconds:,} s"),
        (
            "processor time",
            f"{piece.cpu_seconds:,.0f} s; {each:.2f} s a schedule, the costliest {piece.costliest_cpu_seconds} s",
        ),
        ("schedules in ten minutes of two processors at that cost", f"{1200 / each:,.0f}"),
        (
            "operations answered by the ledger",
            f"{sums['operations']:,} on each of four nodes; {sums['done']:,} took effect ({sums['done'] / sums['operations']:.0%})",
        ),
        ("answers, with repeats and what was turned away", f"{sums['answers']:,}"),
        (
            "least of any schedule",
            ", ".join(f"{number} {name}" for name, number in sorted(piece.least.items())),
        ),
        ("blocks decided, in rounds", f"{sums['blocks']:,} in {sums['rounds']:,}"),
        ("restarts of nodes and gateways", f"{sums['restarts']:,}"),
        ("virtual time", f"{sums['virtual_hours']:,} hours"),
        ("faults that struck", f"{sum(piece.faults.values()):,} of {len(piece.faults)} kinds"),
        (
            "operations, answers' codes and events that occurred",
            f"{len(piece.operations)}, {len(piece.refusals)} and {len(piece.events)} different ones",
        ),
    ]
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""]
    for title, counts in (
        ("Faults", piece.faults),
        ("Operations", piece.operations),
        ("Answers", piece.refusals),
        ("Events", piece.events),
    ):
        told = ", ".join(f"`{name}` {number:,}" for name, number in sorted(counts.items()))
        lines += [f"**{title}.** {told}.", ""]
    return "\n".join(lines)
