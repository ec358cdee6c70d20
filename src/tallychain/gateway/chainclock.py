"""What time it is on the chain: the last block's time, plus what has passed since.

What has passed is measured here, by a clock that nobody sets.  Before the first block that this process sees nothing was measured: a gateway that
begins while the chain stands still takes the machine's time for it, or what it signs would have expired when the chain goes on.  The next block
puts right what a wrong machine's clock says.  On a driven chain nothing passes by itself, so the last block's time is the time.  Deadlines are judged as the ledger will judge them in its
next block: with every outage there was, and with the one that this block would end.
"""

import time
from collections.abc import Callable

from tallychain.ledger.outages import outage_between
from tallychain.ledger.parameters import ChainFacts
from tallychain.ledger.timeline import Moment, Outage
from tallychain.ledger.types import Height, TimeMs


class ChainClock:
    """The chain's time and height as this gateway knows them; never goes back."""

    def __init__(
        self,
        *,
        driven: bool,
        monotonic: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] | None = None,
    ) -> None:
        """`wall_ms` is the machine's time in UTC milliseconds, or None where it says nothing of the chain's."""
        self._driven = driven
        self._monotonic = monotonic
        self._wall_ms = wall_ms
        self._seen_at = monotonic()
        self.block_time_ms = 0
        self.height = 0
        self.facts: ChainFacts | None = None
        """What genesis fixed; until it is known there are no outages."""
        self.recorded: Callable[[], tuple[Outage, ...]] = tuple
        """The outages that somebody who read every block knows of; this clock has seen those only that ended since it runs."""
        self._outages: tuple[Outage, ...] = ()

    def saw(self, height: int, time_ms: int) -> None:
        """Take note of a committed block."""
        if height < self.height:
            return
        outage = self._outage(time_ms) if height == self.height + 1 else None
        if outage is not None:
            self._outages += (outage,)
        passed_ms = 0
        if self._wall_ms is not None:
            passed_ms, self._wall_ms = max(0, self._wall_ms() - time_ms), None
        self.height, self.block_time_ms = height, time_ms
        self._seen_at = self._monotonic() - passed_ms / 1000

    def now_ms(self) -> int:
        """UTC milliseconds."""
        if self._driven:
            return self.block_time_ms
        return self.block_time_ms + int((self._monotonic() - self._seen_at) * 1000)

    def moment(self) -> Moment:
        """When a rule would be asked, if its block were made now."""
        now = self.now_ms()
        found = {*self.recorded(), *self._outages}
        coming = self._outage(now)
        if coming is not None:
            found.add(coming)
        outages = tuple(sorted(found, key=lambda outage: outage.since_ms))
        return Moment(Height(self.height), TimeMs(now), outages)

    def _outage(self, time_ms: int) -> Outage | None:
        """The outage that a block of this time would end, if it came next; before the first block there is none."""
        if self.facts is None or self.height == 0:
            return None
        return outage_between(self.facts, self.block_time_ms, time_ms)
