"""What the embedded engine may be tuned to, and its bounds.  None of it is part of the protocol."""

from dataclasses import dataclass
from typing import Final

from tallychain.ledger import limits

REQUEST_BYTES: Final = limits.ENVELOPE_BYTES + 16 * 1024
"""One request on the socket: an envelope and what is around it."""

REPLY_BYTES: Final = 64 * 1024 * 1024
"""One reply, at most a block with its results."""

CONNECTIONS: Final = 256
IN_FLIGHT: Final = 256
"""Requests of one connection that may be unanswered at once."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Paces and bounds; the defaults are those of the design for one machine."""

    block_interval_ms: int = 50
    """Time from the beginning of a block to the next one under load."""
    idle_interval_ms: int = 5_000
    """Time between the time blocks of an idle chain."""
    block_bytes: int = 8 * 1024 * 1024
    """Envelopes of one block, in bytes."""
    block_operations: int = 4_000
    """Operations of one block."""
    member_envelopes: int = 500
    member_bytes: int = 8 * 1024 * 1024
    """What one member may have waiting for a block; beyond it the answer to that member is `BUSY`.  Every member has this much for itself."""
    member_operations_per_s: int = 5_000
    """Sustained rate of one member; twice that may come at once.  Beyond it the answer is `RATE_EXCEEDED`, with the time to wait."""
    slow_reader_ms: int = 10_000
    """A follower that takes nothing for so long is cut off."""
