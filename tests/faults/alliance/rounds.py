"""One round: a load, a fault that begins and ends under it, and what must hold afterwards."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from tests.faults.alliance.four import Four
from tests.faults.alliance.load import Load, loaded
from tests.faults.alliance.table import Row, Table
from tests.faults.alliance.verify import Seen
from tests.running import slowness

GAP_S = 5.0
"""Between two blocks with one of four dead or lying, on a machine that has nothing else to do."""
ANYWHERE_S = 60.0
"""The same on any machine: a chain that halted would make no block at all while the fault lasts."""
BACK_S = 10.0
"""Until the next block after one of two has returned, on such a machine."""


def now_ms() -> int:
    """By this machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Rounds:
    """Plays faults one after the other on one alliance."""

    four: Four
    results: Table
    seen: Seen = field(default_factory=Seen)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    now_ms: Callable[[], int] = now_ms
    """The clock that the alliance reads."""
    went_on_s: float | None = None
    """What a test measured itself, where a fault ends step by step: until the chain went on."""

    @contextmanager
    def round(self, fault: str, *, gap_s: float | None = None) -> Iterator[Load]:
        """A load before, during and after what is done within; then everything is verified and noted."""
        with loaded(self.four, f"r{next(self.numbers)}") as load:
            slow, began_ms = slowness(), self.now_ms()
            yield load
            ended_ms, ended = self.now_ms(), time.monotonic()
            self.four.together()
            recovery_s = time.monotonic() - ended
            load.acknowledges(4)
        done = self.seen.verify(self.four, load)
        longest_s, slow = self.seen.longest_gap_s(began_ms, ended_ms), max(slow, slowness())
        if gap_s is not None:
            # A figure of the design is kept by a machine that has nothing else to do, where `make faults` measures; on any other the chain goes on.
            bound_s = gap_s * slow if self.results.measured else ANYWHERE_S
            assert longest_s <= bound_s, f"no block for {longest_s:.1f} s"
        recovery_s = recovery_s if self.went_on_s is None else self.went_on_s
        self.went_on_s = None
        row = Row(1, len(load.told.operations), done, longest_s, recovery_s, slow)
        self.results.add(fault, row)

    def revives(self, member: str) -> None:
        """
        Have a member's node again, and wait until it votes with the others: the longest such time of a round is its recovery.

        An end of the next node before that would be two of four away at once, which is another fault.
        """
        began = time.monotonic()
        self.four.revive(member)
        self.four.takes_part(member)
        self.went_on_s = max(self.went_on_s or 0.0, time.monotonic() - began)

    def play(
        self,
        fault: str,
        happening: Callable[[], AbstractContextManager[None]],
        *,
        during: Callable[[Load], object] = lambda load: load.acknowledges(6),
        gap_s: float | None = GAP_S,
    ) -> None:
        """A round of a fault that lasts until something was acknowledged under it."""
        with self.round(fault, gap_s=gap_s) as load, happening():
            during(load)
