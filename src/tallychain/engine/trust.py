"""What a gateway trusts beside the founders of a chain: one later header, told by another member or followed before, and for how long.

Validators that left long ago may sell their keys, and with enough of them somebody could sign another history from their time on.  Whoever names a later header takes no
history that does not hold it; whoever sets a period takes nothing that rests on older trust.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tallychain.engine.port import EngineUnavailable

EXPIRED: Final = "TRUST_EXPIRED"
DAY_MS: Final = 86_400_000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Trusting:
    """A header that is trusted, and how old trust may be."""

    height: int = 0
    """0 for the genesis document alone."""
    hash: bytes = b""
    period_ms: int = 0
    """0 for trust of any age."""
    now_ms: Callable[[], int] = _now_ms

    def is_over(self, time_ms: int) -> bool:
        """Whether trust in what was signed at this time has lasted too long."""
        return bool(self.period_ms) and time_ms + self.period_ms <= self.now_ms()


class TrustExpired(EngineUnavailable):
    """The newest header that is trusted is older than trust may be; the text says what to do."""

    def __init__(self, height: int, time_ms: int, period_ms: int) -> None:
        day = datetime.fromtimestamp(time_ms // 1000, UTC).date().isoformat()
        what = f"block {height}" if height else "the genesis document"
        super().__init__(
            f"{EXPIRED}: the newest that is trusted of this chain is {what} of {day}, and trust lasts {period_ms // DAY_MS} days: "
            "ask another member for a header of now and give it as trusted_header."
        )


def read_trusted(text: str, days: int) -> Trusting:
    """What the settings `trusted_header` (`HEIGHT:HASH` or nothing) and `trusting_days` say."""
    height, _, name = (text or "0:").partition(":")
    return Trusting(int(height), bytes.fromhex(name), days * DAY_MS)
