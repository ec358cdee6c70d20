"""Whom a gateway serves, kept beside its keys: what the ledger does not hold and a gateway that has lost its tables must know again.

Holdings, vouchers and receipts are made again from the blocks, tags from view roots (`tagrecovery.py`).  Seats, accounts, certificates and second factors are nowhere else, so a
file of them is kept in `keys/`, which is copied anyway: written at the start and whenever something in it has changed.  It holds names, and no secret in clear: second factors lie
under the member's own secret.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from tallychain.crypto.digest import sha256
from tallychain.gateway.config import ConfigRefused
from tallychain.gateway.database import Connection, Database, DatabaseClosed, DatabaseLost

FILE: Final = "roster.bin"
TABLES: Final = ("seat", "account", "certificate", "introduction", "factor", "recovery")
_FORMAT: Final = 1
_LOOK_S: Final = 30.0

_Row = list[Any]
"""Texts, whole numbers, bytes and None."""


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """The file: every row of each table."""

    format: int
    member: str
    tables: dict[str, list[_Row]]


class Roster:
    """The file of one gateway."""

    def __init__(self, member: str, folder: Path, database: Database) -> None:
        self._member = member
        self._path = folder / FILE
        self._database = database
        self._written = b""
        self._task: asyncio.Task[None] | None = None

    async def put_back(self) -> int:
        """
        Where no account is known, those of the file come back, with their seats; how many rows.

        Raises `ConfigRefused` for a file of another member or form.
        """
        known = await self._database.read(lambda db: db.execute("SELECT count(*) FROM account").fetchone())
        if known[0] or not await asyncio.to_thread(self._path.exists):
            return 0
        kept = await asyncio.to_thread(self._read)

        def insert(db: Connection) -> int:
            for table in TABLES:
                for row in kept.tables.get(table, []):
                    marks = ", ".join("?" for _ in row)
                    db.execute(f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING", row)  # noqa: S608 - names of TABLES
            return sum(len(rows) for rows in kept.tables.values())

        rows = await self._database.write(insert)
        structlog.get_logger("gateway").warning("the tables were empty; the roster was put back", rows=rows)
        return rows

    async def keep(self) -> bool:
        """Write the file if anything in it has changed since; whether it was written."""
        tables = await self._database.read(_rows)
        content = msgspec.msgpack.encode(_Kept(_FORMAT, self._member, tables))
        digest = sha256(content)
        if digest == self._written or not tables["account"]:
            return False
        await asyncio.to_thread(self._write, content)
        self._written = digest
        return True

    async def start(self) -> None:
        """Keep the file up to date from now on."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Write what has changed last."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            with suppress(DatabaseLost, DatabaseClosed, OSError):
                await self.keep()

    async def _run(self) -> None:
        while True:
            # A database or disk that is away now is looked at again later; other parts raise the alarm.
            with suppress(DatabaseLost, OSError):
                await self.keep()
            await asyncio.sleep(_LOOK_S)

    def _read(self) -> _Kept:
        try:
            kept = msgspec.msgpack.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            raise ConfigRefused(f"The roster {self._path} cannot be read; put back a copy of it.") from None
        if (kept.format, kept.member) != (_FORMAT, self._member):
            raise ConfigRefused(f"The roster {self._path} is of another member or of another version.")
        return kept

    def _write(self, content: bytes) -> None:
        partial = self._path.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)


def _rows(db: Connection) -> dict[str, list[_Row]]:
    return {table: _sorted(db.execute(f"SELECT * FROM {table}").fetchall()) for table in TABLES}  # noqa: S608 - names of TABLES


def _sorted(rows: Sequence[Sequence[Any]]) -> list[_Row]:
    return sorted(([*row] for row in rows), key=repr)
