"""What time it is on the chain: the last block's time, plus what has passed here since.

On a driven chain nothing passes by itself, so the last block's time is the time.
"""

import time
from collections.abc import Callable


class ChainClock:
    """The chain's time and height as this gateway knows them; never goes back."""

    def __init__(self, *, driven: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._driven = driven
        self._monotonic = monotonic
        self._seen_at = monotonic()
        self.block_time_ms = 0
        self.height = 0

    def saw(self, height: int, time_ms: int) -> None:
        """Take note of a committed block."""
        if height < self.height:
            return
        self.height, self.block_time_ms, self._seen_at = height, time_ms, self._monotonic()

    def now_ms(self) -> int:
        """UTC milliseconds."""
        if self._driven:
            return self.block_time_ms
        return self.block_time_ms + int((self._monotonic() - self._seen_at) * 1000)
