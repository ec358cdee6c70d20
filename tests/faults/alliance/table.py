"""The table of results: each fault, how often it was tried, what was acknowledged meanwhile, and how long the chain stood still."""

import os
import platform
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.faults.alliance.four import ROOT

PAGE: Final = ROOT / "docs" / "evidence" / "faults-alliance.md"
HEAD: Final = """\
# Faults of an alliance of four, on real processes

Written by `make faults ARGS=tests/faults/alliance`, which plays every fault below on four validators with two gateways (ledger, engine and gateway of each are processes of their own, ten in all), all on one machine: {machine}.

Method: clients present payables through both gateways without end, while others read. The fault begins and ends under that load. Then, from what every node serves to everybody: all four nodes have the same
blocks with the same roots; every acknowledged operation stands in exactly one of them; no reader saw a height go back; every node's check of itself finds nothing; and the chain goes on. Where one of these does not
hold the run fails and this page stays as it was. A run of some of the faults renews their rows only.

- **Acknowledged**: operations that a gateway answered with 202 from the beginning of the round, under the fault and after it. **Done**: those of them that the ledger carried out; the others it refused with a receipt, or none are left.
- **Longest gap**: between two blocks, from the beginning of the fault to its end. With two of four away this is how long they were away and more.
- **Recovery**: from the end of the fault, with what was ended started again, until all four nodes had a new block (with two dead: until the first block after one of them had been started again). Where nodes are ended one after the other: the
  longest that one took from its start until it voted with the others. The next is ended only then, because before that two of four are away, which is another fault, and a longer gap.
- **Load**: running threads per processor, a minute's average; above 1 the machine had other work too, and times are upper bounds.

Clocks: all processes of one machine have the same clock. What others see of an engine's clock are the times in its validator's votes, from which the time of a block follows; so in the rounds with a wrong clock a signer of its own
(`remote_signer`) signs and dates the votes, and ledger and gateway of the node read the same wrong clock. In the halt of two hours all four do so, and the clock is put forward while two are away.

Not played: a real loss of power, of which torn files are an imitation.

| Fault | Rounds | Acknowledged | Done | Longest gap | Recovery | Load | Day |
|---|---:|---:|---:|---:|---:|---:|---|
"""


@dataclass(slots=True)
class Row:
    """What was seen of one fault."""

    rounds: int = 0
    acknowledged: int = 0
    done: int = 0
    longest_gap_s: float = 0.0
    recovery_s: float = 0.0
    slowness: float = 0.0

    def line(self, fault: str) -> str:
        """As a line of the table."""
        day = time.strftime("%Y-%m-%d", time.gmtime())
        counts = f"{self.rounds} | {self.acknowledged} | {self.done}"
        return f"| {fault} | {counts} | {self.longest_gap_s:.1f} s | {self.recovery_s:.1f} s | {self.slowness:.1f} | {day} |"


@dataclass(slots=True)
class Table:
    """The results of one run."""

    rows: dict[str, Row] = field(default_factory=dict)
    measured: bool = False
    """Whether this run is there for the figures, on a machine that has nothing else to do."""

    def add(self, fault: str, seen: Row) -> None:
        """Note a round."""
        row = self.rows.setdefault(fault, Row())
        row.rounds += seen.rounds
        row.acknowledged += seen.acknowledged
        row.done += seen.done
        row.longest_gap_s = max(row.longest_gap_s, seen.longest_gap_s)
        row.recovery_s = max(row.recovery_s, seen.recovery_s)
        row.slowness = max(row.slowness, seen.slowness)

    def write(self, path: Path = PAGE) -> None:
        """Write the page; rows of faults that this run did not play stay."""
        lines = {fault: row.line(fault) for fault, row in self.rows.items()}
        kept = _lines(path) if path.exists() else {}
        both = sorted((kept | lines).items())
        path.write_text(HEAD.format(machine=_machine()) + "".join(f"{line}\n" for _, line in both))


def _lines(path: Path) -> dict[str, str]:
    found = (re.match(r"\| (.+?) \| \d", line) for line in path.read_text().splitlines())
    return {match[1]: match.string for match in found if match is not None}


def _machine() -> str:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    processor = platform.machine() if model is None else model[1]
    return f"{processor}, {os.cpu_count()} processors, {memory_gib:.0f} GiB, Linux {platform.release()}"
