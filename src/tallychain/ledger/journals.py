"""Append-only lists whose content the state commits to by one digest each.

`replay/<minute>`: the (author, nonce) pairs used, by the minute of their expiry; dropped whole when it has passed.
`receipts/<day>`: the receipts of a local day; the digest stays for ever, the rows go to the archive.
`due/<day>`: the events of due work, which no envelope carries.
Digest rule: `d' = H(d ‖ row)` in the order of execution, from 32 zero bytes (design page "answers", section Trees).
"""

import sys
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tallychain.crypto.digest import digest, sha256
from tallychain.ledger import codec
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table, Write
from tallychain.ledger.types import AuthorName, Count, Digest, MemberName, Nonce, OperationId

_START: Final = bytes(32)
_MINUTE_MS: Final = 60_000


class JournalDigest(Struct, frozen=True, forbid_unknown_fields=True):
    """What the state holds of one journal."""

    name: str
    digest: Digest
    rows: Count


class ReplayRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One use of a nonce."""

    author: AuthorName
    nonce: Nonce
    via: MemberName
    operation: Digest


JOURNALS: Final = Table("meta", JournalDigest, lambda row: (row.name,), prefix=("journal",))


def extended(before: bytes, row: bytes) -> bytes:
    """The digest of a journal after one more row."""
    return digest("journal", before, row)


def replay_journal(expires_ms: int) -> str:
    """Name of the journal that an operation's nonce belongs to."""
    return f"replay/{expires_ms // _MINUTE_MS}"


def is_over(journal: str, now_ms: int) -> bool:
    """Whether every operation of a replay journal has expired."""
    return (int(journal.partition("/")[2]) + 1) * _MINUTE_MS <= now_ms


class ReplayIndex:
    """
    The nonces in use: rebuilt from the journals' rows at start, not committed itself.

    One index over all living journals, because a retry may carry another expiry than the first attempt.
    """

    def __init__(self) -> None:
        self._first: dict[bytes, bytes] = {}
        self._journals: dict[str, list[tuple[bytes, str]]] = {}
        self._living: dict[str, int] = {}

    def first(self, author: str, nonce: str) -> OperationId | None:
        """The operation that used this nonce first, or None."""
        first = self._first.get(_pair(author, nonce))
        return None if first is None else OperationId(first.hex())

    def living(self, carrier: str) -> int:
        """How many unexpired operations of a carrier are remembered."""
        return self._living.get(carrier, 0)

    def add(self, journal: str, row: ReplayRow) -> None:
        """Remember one use."""
        pair = _pair(row.author, row.nonce)
        carrier = sys.intern(row.via)
        # Raw bytes and one string per carrier: the index holds a million entries of a busy member.
        self._first[pair] = bytes.fromhex(row.operation)
        self._journals.setdefault(journal, []).append((pair, carrier))
        self._living[carrier] = self.living(carrier) + 1

    def over(self, now_ms: int) -> list[str]:
        """The journals whose every operation has expired, in name order."""
        return sorted(name for name in self._journals if is_over(name, now_ms))

    def drop(self, journal: str) -> None:
        """Forget a journal."""
        for pair, carrier in self._journals.pop(journal):
            del self._first[pair]
            self._living[carrier] -= 1

    def adopt(self, pending: "PendingReplay") -> None:
        """Remember what a block used, and forget what it dropped."""
        for journal, row in pending.used:
            self.add(journal, row)
        for journal in pending.dropped:
            self.drop(journal)


class PendingReplay:
    """The nonces in use as a block being executed sees them; the index beneath is as it was."""

    def __init__(self, below: ReplayIndex) -> None:
        self._below = below
        self._first: dict[tuple[str, str], OperationId] = {}
        self._living: dict[str, int] = {}
        self.used: list[tuple[str, ReplayRow]] = []
        """What the block used, with the journal of each, in order of execution."""
        self.dropped: list[str] = []

    def first(self, author: str, nonce: str) -> OperationId | None:
        """The operation that used this nonce first, or None."""
        return self._first.get((author, nonce)) or self._below.first(author, nonce)

    def living(self, carrier: str) -> int:
        """How many unexpired operations of a carrier are remembered."""
        return self._below.living(carrier) + self._living.get(carrier, 0)

    def add(self, journal: str, row: ReplayRow) -> None:
        """Remember one use."""
        self._first[row.author, row.nonce] = OperationId(row.operation)
        self._living[row.via] = self._living.get(row.via, 0) + 1
        self.used.append((journal, row))

    def drop_over(self, now_ms: int) -> list[str]:
        """Forget the journals whose every operation has expired; their names.  None is among them that this block has added to."""
        self.dropped = self._below.over(now_ms)
        return self.dropped


def _pair(author: str, nonce: str) -> bytes:
    """Author and nonce in 32 bytes, whatever the author's scheme: the index holds many."""
    return sha256(f"{author} {nonce}".encode())


class JournalWriter:
    """The rows that one block appends, and the digests that follow."""

    def __init__(self, state: Reader) -> None:
        self._state = state
        self._digests: dict[str, tuple[bytes, int]] = {}
        self.appended: list[tuple[str, int, bytes]] = []
        """(journal, position, row) in order of execution."""
        self.dropped: list[str] = []

    def append(self, journal: str, row: bytes) -> None:
        """Append one row."""
        before, count = self._digests.get(journal) or self._committed(journal)
        self.appended.append((journal, count, row))
        self._digests[journal] = (extended(before, row), count + 1)

    def drop(self, journal: str) -> None:
        """Drop a journal whole."""
        self.dropped.append(journal)

    def writes(self) -> Iterator[Write]:
        """The state rows that commit to the journals after this block."""
        for journal, (value, count) in sorted(self._digests.items()):
            yield JOURNALS.put(JournalDigest(journal, value.hex(), count))
        for journal in self.dropped:
            yield Write(JOURNALS.key(journal), None)

    def _committed(self, journal: str) -> tuple[bytes, int]:
        row = self._state.get(JOURNALS, journal)
        return (_START, 0) if row is None else (bytes.fromhex(row.digest), row.rows)


def replay_row(author: str, nonce: str, via: str, operation: OperationId) -> tuple[ReplayRow, bytes]:
    """One use of a nonce, as a row and as its text."""
    row = ReplayRow(author, nonce, via, operation)
    return row, codec.encode(row)
