"""How a block lies in the store, whichever engine made it, and which rows of journals come and go with it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from tallychain.engine.port import CommittedBlock
from tallychain.ledger import codec
from tallychain.ledger.header import Header
from tallychain.ledger.journals import JOURNALS, JournalDigest
from tallychain.ledger.machine import BlockResult
from tallychain.store.layout import journal_key, split_journal_key
from tallychain.store.snapshot import JournalRule
from tallychain.store.store import BlockRecord, Store

_REPLAY: Final = b"replay/"
_RECEIPTS: Final = b"receipts/"


class SignedHeader(msgspec.Struct, frozen=True, array_like=True):
    """A header with the sequencer's signature, or with the commit of the validators; both empty while they are not known yet."""

    header: bytes
    signature: bytes

    def decoded(self) -> Header:
        """The header as a struct."""
        return codec.trusted(Header, self.header)


class TakenOver(msgspec.Struct, frozen=True, array_like=True):
    """The headers with which a chain was taken over from a snapshot."""

    last: SignedHeader
    """Of the height at which the snapshot stands."""
    following: SignedHeader
    """The next one, which carries the results and the state root of that height."""


class _Result(msgspec.Struct, frozen=True, array_like=True):
    results: list[list[bytes]]
    codes: list[int]
    due_events: list[bytes]
    time_ms: int = 0
    """0 in a store of before this stood here: then the header says it."""


class ReceiptPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where the receipt of an operation stands."""

    height: int
    envelope: int
    position: int
    journal: bytes = b""
    """Key of the row in the receipts' journal, where the block itself came before a snapshot and is not kept."""


_ENVELOPES = msgspec.msgpack.Decoder(list[bytes])
_SIGNED_HEADER = msgspec.msgpack.Decoder(SignedHeader)
_TAKEN_OVER = msgspec.msgpack.Decoder(TakenOver)
_RESULT = msgspec.msgpack.Decoder(_Result)
_PLACE = msgspec.msgpack.Decoder(ReceiptPlace)


def record(block: CommittedBlock, result: BlockResult, store: Store) -> BlockRecord:
    """Everything that a block leaves in the store."""
    journal: list[tuple[bytes, bytes | None]] = []
    for name in result.journals_dropped:
        journal.extend((key, None) for key in _journal_keys(store, name.encode()))
    journal.extend((journal_key(name.encode(), number), row) for name, number, row in result.journal_rows)
    return BlockRecord(
        height=block.height,
        block=codec.encode_frame(block.envelopes),
        header=codec.encode_frame(SignedHeader(block.header, block.header_signature)),
        result=codec.encode_frame(_Result(block.results, block.codes, block.due_events, block.time_ms)),
        writes=result.writes,
        journal=journal,
        app_hash=result.root,
        receipt_index={
            bytes.fromhex(operation): codec.encode_frame(ReceiptPlace(block.height, envelope, position))
            for operation, envelope, position in result.receipts
        },
    )


def stored_block(store: Store, height: int) -> CommittedBlock | None:
    """A block as it was committed, or None where the store does not have it."""
    signed = stored_header(store, height)
    envelopes, result = store.block(height), store.result(height)
    if signed is None or envelopes is None or result is None:
        return None
    parts = _RESULT.decode(result)
    return CommittedBlock(
        height=height,
        time_ms=parts.time_ms or signed.decoded().time_ms,
        header=signed.header,
        header_signature=signed.signature,
        envelopes=_ENVELOPES.decode(envelopes),
        results=parts.results,
        codes=parts.codes,
        due_events=parts.due_events,
    )


def stored_time(store: Store, height: int) -> int | None:
    """The time of a block, or None where the store does not have it."""
    result = store.result(height) if height > 0 else None
    if result is None:
        return None
    time_ms = _RESULT.decode(result).time_ms
    signed = stored_header(store, height)
    return signed.decoded().time_ms if not time_ms and signed is not None else time_ms


def stored_header(store: Store, height: int) -> SignedHeader | None:
    """The signed header of a height, or None; genesis has none."""
    raw = store.header(height) if height > 0 else None
    return None if raw is None else _SIGNED_HEADER.decode(raw)


def keep_header(store: Store, height: int, signed: SignedHeader) -> None:
    """Keep the signed header of a block that an engine of its own agreed on, and of which it is known after the block."""
    store.put_header(height, codec.encode_frame(signed))


def receipt_place(store: Store, operation: bytes) -> ReceiptPlace | None:
    """Where the receipt of an operation stands, or None."""
    raw = store.index_get(operation)
    return None if raw is None else _PLACE.decode(raw)


def encode_taken_over(taken: TakenOver) -> bytes:
    """The two headers as a file holds them."""
    return codec.encode_frame(taken)


def read_taken_over(path: Path) -> TakenOver | None:
    """The two headers in a file, or None where there is no such file or it is no such thing."""
    try:
        return _TAKEN_OVER.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def replay_rows(store: Store) -> Iterator[tuple[str, bytes]]:
    """The nonces in use, with the name of the journal that each stands in."""
    for key, row in store.journal_scan(_REPLAY):
        yield split_journal_key(key)[0].decode(), row


def _journal_keys(store: Store, journal: bytes) -> Iterator[bytes]:
    # A journal's name may begin another's, so the name is compared and not only the beginning of the key.
    for key, _ in store.journal_scan(journal):
        if split_journal_key(key)[0] == journal:
            yield key


def _state_value(bucket: bytes, digest: bytes, rows: int) -> bytes:
    return codec.encode(JournalDigest(bucket.decode(), digest.hex(), rows))


def _kept_journal(key: bytes, value: bytes) -> bytes | None:
    if not key.startswith(JOURNALS.key()):
        return None
    return codec.trusted(JournalDigest, value).name.encode()


class _KeptReceipt(msgspec.Struct, frozen=True):
    """What the index needs of a receipt's text."""

    operation: str
    height: int


def _receipt_row(key: bytes, row: bytes) -> tuple[bytes, bytes] | None:
    if not key.startswith(_RECEIPTS):
        return None
    receipt = codec.trusted(_KeptReceipt, row)
    return bytes.fromhex(receipt.operation), codec.encode_frame(ReceiptPlace(receipt.height, 0, 0, key))


JOURNAL_RULE: Final = JournalRule(
    state_key=lambda bucket: JOURNALS.key(bucket.decode()),
    state_value=_state_value,
    kept=_kept_journal,
    index=_receipt_row,
)
"""How an imported snapshot's journals are checked; this engine keeps the rows of every journal."""


def write_file_durably(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Have the names in a directory on disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def first_block(store: Store) -> int:
    """The first height from which blocks are kept: 1, or the one after a state that was taken over."""
    low, high = 1, store.height + 1
    # Headers are there from some height on without a gap, or the whole check finds the gap.
    while low < high:
        middle = (low + high) // 2
        if store.header(middle) is None:
            low = middle + 1
        else:
            high = middle
    return low
