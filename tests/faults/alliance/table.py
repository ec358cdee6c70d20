"""The table of results: each fault, how often it was tried, what was acknowledged meanwhile, and how long the chain stood still."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.alliance.four import ROOT, slowness

PAGE = ROOT / "docs" / "evidence" / "faults-alliance.md"


@dataclass(slots=True)
class Row:
    """What was seen of one fault."""

    rounds: int = 0
    acknowledged: int = 0
    longest_gap_s: float = 0.0
    recovery_s: float = 0.0


@dataclass(slots=True)
class Table:
    """The results of one run."""

    rows: dict[str, Row] = field(default_factory=dict)

    def add(self, fault: str, acknowledged: int, gap_s: float, recovery_s: float) -> None:
        """Note one round."""
        row = self.rows.setdefault(fault, Row())
        row.rounds += 1
        row.acknowledged += acknowledged
        row.longest_gap_s = max(row.longest_gap_s, gap_s)
        row.recovery_s = max(row.recovery_s, recovery_s)

    def page(self) -> str:
        """The table as a page."""
        lines = [
            "# Faults of an alliance of four, on real processes",
            "",
            "Written by `make faults`: four validators with two gateways on one machine, under a load of payables that clients present through both gateways.",
            "After every round all four nodes have the same blocks with the same roots, every acknowledged operation stands in exactly one of them,",
            "no reader has seen a height go back, and the chain goes on.",
            "",
            f"Last run {time.strftime('%Y-%m-%d', time.gmtime())}, at its end with {slowness():.0f} times as many running threads as processors.",
            "",
            "- **Acknowledged**: operations that a gateway answered with 202 while the fault lasted, and until the chain had gone on after it.",
            "- **Longest gap**: between two blocks, from the beginning of the fault until then. With two of four away this is how long they were away and more.",
            "- **Recovery**: from the end of the fault until all four nodes had a new block.",
            "",
            "| Fault | Rounds | Acknowledged | Longest gap | Recovery |",
            "|---|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {fault} | {row.rounds} | {row.acknowledged} | {row.longest_gap_s:.1f} s | {row.recovery_s:.1f} s |"
            for fault, row in sorted(self.rows.items())
        ]
        return "\n".join(lines) + "\n"

    def write(self, path: Path = PAGE) -> None:
        """Write the page."""
        path.write_text(self.page())
