"""Files that were given to this gateway: bounded, of a sort that their content shows, encrypted at rest, never under a name of the sender's choosing.

A file lies under a keyed name and is encrypted under the member's secret, so the folder alone tells neither what a file says nor which file it
is.  The digest of its bytes is the owner's handle and stands in sealed parts; what may stand in the open is its commitment, made with a random salt.
The bytes are on the disk before the row that names them: a process that ends in between leaves a file that nobody names, and `tidy` removes it.
"""

import asyncio
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.crypto.digest import Tag, digest, keyed, sha256
from tallychain.crypto.kept import KeptDamaged, keep, reveal
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.filekinds import MEDIA_TYPES, check_kind
from tallychain.gateway.problems import Problem

__all__ = ["MEDIA_TYPES", "Documents", "StoredDocument", "commitment_of"]

SALT_BYTES: Final = 32
ORPHAN_S: Final = 3600
"""So long a file without a row is left alone: the upload that it belongs to may be under way."""
_PLACE: Final = "document"
_ARRIVING: Final = ".arriving-"
_PLAIN: Final = re.compile("[0-9a-f]{64}")
_NAME: Final = re.compile(
    r"[A-Za-z0-9_\u3400-\u4DBF\u4E00-\u9FFF][A-Za-z0-9_. \-()\u3400-\u4DBF\u4E00-\u9FFF]{0,99}"
)
_COLUMNS: Final = "digest, seat, name, media_type, size, sender, stored_ms, commitment, account"


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
    commitment: str
    """What may stand in the open for it: without the salt it tells nothing of the bytes."""
    account: str
    """The account that stored it; empty where it came from another member, or before accounts were kept."""


def commitment_of(salt: bytes, content: bytes) -> str:
    """The commitment to a file: whoever is given the file and its salt can compute it again."""
    return digest(Tag.DOCUMENT, salt, sha256(content)).hex()


def plain_name(name: str) -> str:
    """A file's name as the store takes it: other signs left out, and what stands before a folder's end too."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if _NAME.fullmatch(f"a{sign}") else "-" for sign in last).lstrip(" .-()")
    while ".." in kept:
        kept = kept.replace("..", ".")
    stem, dot, end = kept.rpartition(".")
    return f"{stem[:80]}.{end[:10]}" if dot and stem else kept[:90] or "document"


class Documents:
    """The files of one gateway; a seat sees only its own."""

    def __init__(
        self,
        folder: Path,
        size_limit: int,
        seat_limit: int,
        secret: bytes,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._folder = folder
        self._size_limit = size_limit
        self._seat_limit = seat_limit
        self._secret = secret
        self._database = database
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        """Storing, deleting and tidying: none of them takes away a file that another has just found."""
        self._tidy_at = 0.0
        self.when_stored: Callable[[], None] | None = None
        """Told that a file has come or been given."""

    async def store(
        self,
        seat: str,
        content: bytes,
        *,
        name: str,
        media_type: str,
        sender: str = "",
        account: str = "",
        anew: bool = False,
    ) -> StoredDocument:
        """
        Keep a file; the same content again is the same document, under its first name, and with `anew` the newest one.

        Raises `GATEWAY_TOO_LARGE`, `GATEWAY_FIELD_NOT_VALID` for a name, `GATEWAY_MEDIA_TYPE`, `GATEWAY_CONTENT_DIFFERS`, `GATEWAY_STORE_FULL`.
        """
        if len(content) > self._size_limit:
            raise Problem("GATEWAY_TOO_LARGE", limit=self._size_limit)
        if not _NAME.fullmatch(name) or ".." in name:
            raise Problem(
                "GATEWAY_FIELD_NOT_VALID", detail="a document's name is up to 100 letters and digits"
            )
        check_kind(media_type, content)
        found, salt = sha256(content).hex(), secrets.token_bytes(SALT_BYTES)
        row = (
            found, seat, name, media_type, len(content), sender, self._clock.now_ms(), commitment_of(salt, content), account, salt,
        )  # fmt: skip
        async with self._one_at_a_time:
            await self._need_room(seat, found, len(content))
            await asyncio.to_thread(self._write, found, content)
            await self._database.write(lambda db: _insert(db, row, anew=anew))
        if self.when_stored is not None:
            self.when_stored()
        return StoredDocument(*await self._row(seat, found))  # type: ignore[misc]  # it has just been written

    async def find(self, seat: str, digest: str) -> StoredDocument | None:
        """What is known of a document of a seat, or None."""
        row = await self._row(seat, digest)
        return None if row is None else StoredDocument(*row)  # type: ignore[arg-type]  # columns of their types

    async def list(self, seat: str, limit: int, after: tuple[int, str] | None = None) -> list[StoredDocument]:
        """The newest documents of a seat, behind one that was stored then with that digest."""
        stored_ms, digest = after or (2**63 - 1, "")
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM document WHERE seat = ? "  # noqa: S608 - a constant
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
        content = await asyncio.to_thread(self._read, stored.digest)
        if content is None:
            raise Problem("GATEWAY_DOCUMENT_DAMAGED", digest=stored.digest)
        return stored, content

    async def salt(self, seat: str, digest: str) -> bytes:
        """The secret of a document's commitment, for its owner; raises `GATEWAY_NOT_FOUND`."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT salt FROM document WHERE seat = ? AND digest = ?", (seat, digest)
            ).fetchone()
        )
        if row is None:
            raise Problem("GATEWAY_NOT_FOUND")
        return bytes(row[0])

    async def remove(self, seat: str, digest: str) -> None:
        """Forget a document of a seat; its bytes go when no other seat has the same.  Raises `GATEWAY_NOT_FOUND`."""
        async with self._one_at_a_time:
            if await self._row(seat, digest) is None:
                raise Problem("GATEWAY_NOT_FOUND")

            def forget(db: Connection) -> bool:
                db.execute("DELETE FROM document WHERE seat = ? AND digest = ?", (seat, digest))
                rest = db.execute("SELECT count(*) FROM document WHERE digest = ?", (digest,)).fetchone()
                return int(rest[0]) == 0

            if await self._database.write(forget):
                await asyncio.to_thread(self.path_of(digest).unlink, missing_ok=True)

    async def tidy_due(self) -> None:
        """Tidy at the first call, and then once an hour."""
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + ORPHAN_S
            await self.tidy()

    async def tidy(self) -> int:
        """
        Remove what no row names, and bring files of an earlier version, which lay in the clear, to the present form; how many went.

        Done at every start and every hour: whatever a process that ended in the middle has left is gone within two hours.
        """
        removed = 0
        async with self._one_at_a_time:
            rows = await self._database.read(
                lambda db: db.execute("SELECT DISTINCT digest FROM document").fetchall()
            )
            await asyncio.to_thread(self._encrypt_plain)
            removed = await asyncio.to_thread(self._sweep, {self.path_of(str(row[0])).name for row in rows})
            await self._salt_old()
        return removed

    def path_of(self, digest: str) -> Path:
        """Where the bytes with this digest lie: under a name that tells nothing without the member's secret."""
        return self._folder / keyed(self._secret, Tag.KEPT, _PLACE.encode(), digest.encode()).hex()

    async def _row(self, seat: str, digest: str) -> tuple[object, ...] | None:
        found: tuple[object, ...] | None = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM document WHERE seat = ? AND digest = ?",  # noqa: S608 - a constant
                (seat, digest),
            ).fetchone()
        )
        return found

    async def used(self, seat: str, except_digest: str = "") -> int:
        """Bytes of all documents of a seat together."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT coalesce(sum(size), 0) FROM document WHERE seat = ? AND digest <> ?",
                (seat, except_digest),
            ).fetchone()
        )
        return int(row[0])

    async def _need_room(self, seat: str, digest: str, size: int) -> None:
        if await self.used(seat, digest) + size > self._seat_limit:
            raise Problem("GATEWAY_STORE_FULL", limit=self._seat_limit)

    async def _salt_old(self) -> None:
        """Give a commitment to documents that were stored before there were any."""
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT seat, digest FROM document WHERE commitment = '' LIMIT 500"
            ).fetchall()
        )
        for seat, found in rows:
            salt = secrets.token_bytes(SALT_BYTES)
            made = digest(Tag.DOCUMENT, salt, bytes.fromhex(found)).hex()
            values = (made, salt, seat, found)
            await self._database.write(
                lambda db, values=values: db.execute(  # type: ignore[misc]  # the default binds this round's row
                    "UPDATE document SET commitment = ?, salt = ? WHERE seat = ? AND digest = ?", values
                )
            )

    def _write(self, digest: str, content: bytes) -> None:
        path = self.path_of(digest)
        if self._read(digest) is not None:
            return
        descriptor, temporary = tempfile.mkstemp(prefix=_ARRIVING, dir=self._folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(keep(self._secret, content, _PLACE, digest))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)

    def _read(self, digest: str) -> bytes | None:
        """The file of this digest; None where it is missing or is not what it was."""
        try:
            return reveal(self._secret, self.path_of(digest).read_bytes(), _PLACE, digest)
        except FileNotFoundError:
            plain = self._folder / digest
            content = plain.read_bytes() if plain.exists() else None
            return content if content is not None and sha256(content).hex() == digest else None
        except KeptDamaged:
            return None

    def _encrypt_plain(self) -> None:
        for path in self._folder.iterdir():
            if not _PLAIN.fullmatch(path.name):
                continue
            content = path.read_bytes()
            if sha256(content).hex() == path.name:
                self._write_over(path.name, content)
                path.unlink()

    def _write_over(self, digest: str, content: bytes) -> None:
        if not self.path_of(digest).exists():
            path = self._folder / digest
            sealed = path.with_name(f"{_ARRIVING}{digest}")
            with sealed.open("wb") as file:
                file.write(keep(self._secret, content, _PLACE, digest))
                file.flush()
                os.fsync(file.fileno())
            sealed.replace(self.path_of(digest))

    def _sweep(self, named: set[str]) -> int:
        removed, before = 0, time.time() - ORPHAN_S
        for path in self._folder.iterdir():
            if path.name not in named and path.is_file() and path.stat().st_mtime < before:
                path.unlink()
                removed += 1
        return removed


def _insert(db: Connection, row: tuple[str | int | bytes, ...], *, anew: bool) -> None:
    again = "DO UPDATE SET stored_ms = excluded.stored_ms" if anew else "DO NOTHING"
    db.execute(
        f"INSERT INTO document ({_COLUMNS}, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (seat, digest) {again}",  # noqa: S608 - constants
        row,
    )
