"""The header of a block on the embedded engine, and what it commits to.

As in the alliance engine, header H + 1 carries the results and the state root of block H; so one verifier serves both.
"""

from msgspec import Struct

from tallychain.crypto.digest import digest
from tallychain.ledger import codec
from tallychain.ledger.types import ChainName, Count, Digest, Instant


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """One block's header, signed by the sequencer key of genesis."""

    chain: ChainName
    height: Count
    time_ms: Instant
    previous: Digest
    """Digest of the header before; of the genesis document in header 1."""
    envelopes_root: Digest
    """Root over the digests of this block's envelopes."""
    results_root: Digest
    """Root over the results of the block before."""
    app_hash: Digest
    """State root after the block before."""


def header_digest(header: bytes) -> bytes:
    """The digest by which the next header names this one, and which the sequencer signs."""
    return digest("header", header)


def encode_header(header: Header) -> bytes:
    """The canonical text of a header."""
    return codec.encode(header)
