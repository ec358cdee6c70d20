"""When a node proposes an empty block first, so that operations are dated when they came and not when the chain fell silent.

A block of this engine carries the time at which the block before it was agreed on: after five idle seconds it is five seconds old, after a halt as old as the
halt.  An empty block takes that old time upon itself, and the next one has a time of now.  This is each proposer's own choice: nobody checks
clocks when voting, because validators that hold on to a block could then disagree for ever.
"""

from typing import Final

FRESH_MS: Final = 1_000
"""A time so little behind is fresh, or twice what this node's last block took where that is more."""
SLOWEST_MS: Final = 10_000
"""A time further behind is never fresh: a machine that slept while it executed a block takes its own sleep for work."""


class Pacing:
    """What one node knows of its own pace."""

    def __init__(self) -> None:
        self._work_ms = 0
        self._committed_ms = 0
        self._was_empty = False
        self._renewed_at = 0

    def committed(self, *, empty: bool, work_ms: int, now_ms: int) -> None:
        """A block is durable; executing and writing it took this long."""
        self._was_empty, self._work_ms, self._committed_ms = empty, work_ms, now_ms

    def renews_time(self, height: int, time_ms: int, now_ms: int) -> bool:
        """
        Whether the block of this height, which would carry `time_ms`, is to be empty although operations wait.

        Never after an empty block that was made just now, nor after one that this node made for this reason: if the time is still behind then,
        it is this node's clock that differs, and the others' operations must not wait for that.  What it proposed and the others did not decide was
        no renewal: then a block with operations stands before, and a halt may have come after it.
        """
        bound_ms = min(max(FRESH_MS, 2 * self._work_ms), SLOWEST_MS)
        if now_ms - time_ms <= bound_ms:
            return False
        is_renewed = self._renewed_at == height - 1 or now_ms - self._committed_ms <= bound_ms
        if self._was_empty and is_renewed:
            return False
        self._renewed_at = height
        return True
