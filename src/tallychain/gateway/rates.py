"""How often one caller may ask: buckets that fill at a fixed rate."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from tallychain.gateway.problems import Problem

_BUCKETS: Final = 10_000


class Rates:
    """One bucket per name, `rate` a second and at most `burst` at once; the least recently used are forgotten."""

    def __init__(self, rate: float, burst: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Count one request; raises `GATEWAY_RATE_EXCEEDED` with the seconds to wait."""
        now = self._monotonic()
        level, at = self._buckets.pop(name, (float(self._burst), now))
        level = min(float(self._burst), level + (now - at) * self._rate)
        if level < 1:
            self._buckets[name] = (level, now)
            raise Problem("GATEWAY_RATE_EXCEEDED", retry_after_s=max(1, math.ceil((1 - level) / self._rate)))
        self._buckets[name] = (level - 1, now)
        if len(self._buckets) > _BUCKETS:
            self._buckets.popitem(last=False)
