"""Which protocol a chain runs at a height, and whether this build can.

A protocol number stands for everything that two builds must do alike: contracts, their operations, formats, bounds.  A vote says from which
height the next number holds and which release brings it; until then a node with that release and one without it do the same.  So nodes are
replaced one by one, and one that was not stops with a sentence instead of going its own way.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.types import Count, Digest, PublicText

FIRST_PROTOCOL: Final = 1
"""What every chain runs from its beginning."""

KNOWN_PROTOCOLS: Final = frozenset({FIRST_PROTOCOL})
"""What this build can run."""

NOTICE_BLOCKS: Final = 100
"""A protocol holds at the earliest so many blocks after the vote on it acts."""

ProtocolNumber = Annotated[int, Meta(ge=FIRST_PROTOCOL + 1, le=1_000_000)]


class ProtocolUnknown(Exception):
    """This build cannot execute the next block; the sentence says what to install.  Whoever runs the node ends it before anything is executed."""


class Activation(Struct, frozen=True, forbid_unknown_fields=True):
    """From a height on the chain runs another protocol."""

    protocol: ProtocolNumber
    from_height: Count
    release: PublicText
    """The first release that can run it."""
    source: Digest
    """SHA-256 of that release's source archive."""
    build: Digest
    """SHA-256 of what is installed."""


ACTIVATIONS: Final = Table("meta", Activation, lambda row: (row.protocol,), prefix=("activation",))


def protocol_at(state: Reader, height: int) -> int:
    """The protocol that the block of this height is executed by."""
    return max([FIRST_PROTOCOL, *(row.protocol for row in _reached(state, height))])


def stop_sentence(state: Reader, height: int, known: frozenset[int] = KNOWN_PROTOCOLS) -> str:
    """
    Why this build may not execute the block of this height; empty if it may.

    A node asks at its start and before each block, and stops without executing anything.
    """
    for row in _reached(state, height):
        if row.protocol not in known:
            return (
                f"From height {row.from_height} on this chain runs protocol {row.protocol}, and this build knows only up to "
                f"{max(known)}: install release {row.release} (source {row.source}, build {row.build}) and start again."
            )
    return ""


def next_protocol(state: Reader) -> int:
    """The number that a vote may bring next."""
    return max([FIRST_PROTOCOL, *(row.protocol for row in state.scan(ACTIVATIONS))]) + 1


def _reached(state: Reader, height: int) -> list[Activation]:
    return [row for row in state.scan(ACTIVATIONS) if row.from_height <= height]
