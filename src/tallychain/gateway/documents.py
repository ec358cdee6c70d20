"""Files that were given to this gateway: bounded, kept by digest, never executed, never under a name of the sender's choosing."""

import asyncio
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.crypto.digest import sha256
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem

MEDIA_TYPES: Final = frozenset(
    {
        "application/pdf",
        "application/xml",
        "application/json",
        "text/csv",
        "text/plain",
        "image/png",
        "image/jpeg",
        "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
_NAME: Final = re.compile(
    r"[A-Za-z0-9_\u3400-\u4DBF\u4E00-\u9FFF][A-Za-z0-9_. \-()\u3400-\u4DBF\u4E00-\u9FFF]{0,99}"
)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What is known of a file."""

    digest: str
    seat: str
    name: str
    media_type: str
    size: int
    sender: str
    """The member that sent it, or empty if it was given here."""
    stored_ms: int


class Documents:
    """The files of one gateway; a seat sees only its own."""

    def __init__(self, folder: Path, size_limit: int, database: Database, clock: ChainClock) -> None:
        self._folder = folder
        self._size_limit = size_limit
        self._database = database
        self._clock = clock
        self.when_stored: Callable[[], None] | None = None
        """Told that a file has come or been given."""

    async def store(
        self, seat: str, content: bytes, *, name: str, media_type: str, sender: str = ""
    ) -> StoredDocument:
        """
        Keep a file; the same content again is the same document.

        Raises `GATEWAY_TOO_LARGE`, `GATEWAY_FIELD_NOT_VALID` for a name, `GATEWAY_MEDIA_TYPE`.
        """
        if len(content) > self._size_limit:
            raise Problem("GATEWAY_TOO_LARGE", limit=self._size_limit)
        if not _NAME.fullmatch(name) or ".." in name:
            raise Problem(
                "GATEWAY_FIELD_NOT_VALID", detail="a document's name is up to 100 letters and digits"
            )
        if media_type not in MEDIA_TYPES:
            raise Problem("GATEWAY_MEDIA_TYPE", wanted="a listed media type")
        digest = sha256(content).hex()
        await asyncio.to_thread(self._write, digest, content)
        stored = StoredDocument(digest, seat, name, media_type, len(content), sender, self._clock.now_ms())

        def insert(db: Connection) -> None:
            db.execute(
                "INSERT INTO document (digest, seat, name, media_type, size, sender, stored_ms) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (digest, seat, name, media_type, len(content), sender, stored.stored_ms),
            )

        await self._database.write(insert)
        if self.when_stored is not None:
            self.when_stored()
        return stored

    async def find(self, seat: str, digest: str) -> StoredDocument | None:
        """What is known of a document of a seat, or None."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT digest, seat, name, media_type, size, sender, stored_ms FROM document WHERE seat = ? AND digest = ?",
                (seat, digest),
            ).fetchone()
        )
        return None if row is None else StoredDocument(*row)

    async def list(self, seat: str, limit: int, after: tuple[int, str] | None = None) -> list[StoredDocument]:
        """The newest documents of a seat, behind one that was stored then with that digest."""
        stored_ms, digest = after or (2**63 - 1, "")
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT digest, seat, name, media_type, size, sender, stored_ms FROM document WHERE seat = ? "
                "AND (stored_ms < ? OR (stored_ms = ? AND digest > ?)) ORDER BY stored_ms DESC, digest LIMIT ?",
                (seat, stored_ms, stored_ms, digest, limit),
            ).fetchall()
        )
        return [StoredDocument(*row) for row in rows]

    async def get(self, seat: str, digest: str) -> tuple[StoredDocument, bytes]:
        """
        A document of a seat and its content.

        Raises `GATEWAY_NOT_FOUND`, for another seat's as well, and `GATEWAY_DOCUMENT_DAMAGED` where the disk gives back something else.
        """
        stored = await self.find(seat, digest)
        if stored is None:
            raise Problem("GATEWAY_NOT_FOUND")
        # The path comes from the row, which holds digests that were computed here.
        content = await asyncio.to_thread(_read, self._folder / stored.digest)
        if content is None:
            raise Problem("GATEWAY_DOCUMENT_DAMAGED", digest=stored.digest)
        return stored, content

    def _write(self, digest: str, content: bytes) -> None:
        path = self._folder / digest
        if _read(path) is not None:
            return
        descriptor, temporary = tempfile.mkstemp(prefix=".arriving-", dir=self._folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)


def _read(path: Path) -> bytes | None:
    """The file that is kept under its own digest; None where it is missing or is not what it was."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return content if sha256(content).hex() == path.name else None
