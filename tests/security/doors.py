"""The doors through which an envelope may come, and a chain on disk beside a world in memory."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.embedded.opening import open_chain
from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope, build_header, envelope_message
from tallychain.ledger.operation import Signature, SignedOperation
from tallychain.testkit.genesis import CHAIN, sequencer_key, trial_genesis
from tallychain.testkit.world import World


@contextmanager
def chain_of(world: World, directory: Path) -> Iterator[Chain]:
    """The same chain as the world's, on disk, with the world's blocks so far."""
    genesis = trial_genesis(world.seed, list(world.members.values()), world.start_ms)
    with VerifierPool(0) as pool:
        chain = open_chain(directory, CATALOGUE, sequencer_key(world.seed), pool, genesis)
        try:
            for block in world.history:
                chain.make_block(block.time_ms, block.envelopes)
            yield chain
        finally:
            chain.close()


def with_signatures(operation: SignedOperation, *signatures: Signature) -> SignedOperation:
    """The same body under other signatures."""
    return msgspec.structs.replace(operation, signatures=signatures)


def with_operations(envelope: bytes, operations: tuple[SignedOperation, ...]) -> bytes:
    """The envelope of somebody else, its operations exchanged and its header and signature left as they were."""
    opened = codec.decode_frame(Envelope, envelope)
    return codec.encode_frame(msgspec.structs.replace(opened, operations=operations))


def with_new_header(envelope: bytes, operations: tuple[SignedOperation, ...], world: World) -> bytes:
    """The envelope with other operations and a header that covers them, under the old signature of its member."""
    opened = codec.decode_frame(Envelope, envelope)
    member = "bank-a"
    header = build_header(
        chain=CHAIN,
        member=member,
        key=world.members[member].staff["system"].key.public,
        expires=world.time_ms + 100_000,
        operations=operations,
    )
    assert envelope_message(header) != envelope_message(opened.header)
    return codec.encode_frame(Envelope(header, operations, opened.signature))


Row = tuple[bytes, bytes, bytes]
_LENGTHS = struct.Struct(">cII")


def rows_in(chunk: bytes) -> list[Row]:
    """The rows of a snapshot's chunk: space, key and value."""
    rows, start = [], 0
    while start < len(chunk):
        space, key_bytes, value_bytes = _LENGTHS.unpack_from(chunk, start)
        key_at = start + _LENGTHS.size
        start = key_at + key_bytes + value_bytes
        rows.append((space, chunk[key_at : key_at + key_bytes], chunk[key_at + key_bytes : start]))
    return rows


def written(rows: list[Row]) -> bytes:
    """A chunk of these rows."""
    return b"".join(_LENGTHS.pack(space, len(key), len(value)) + key + value for space, key, value in rows)
