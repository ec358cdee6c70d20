"""SQLite: one file, one process, one connection for reading and writing.

Only this module and `copies.py` import `sqlite3`.
"""

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tallychain.sql.port import AlreadyThere, Cursor, DatabaseLost, DatabaseRefused, Value

_DOUBLE: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}
)
_PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""What is wrong with the disk and not with the statement: it may be put right while the process runs."""


def is_passing(error: BaseException | None) -> bool:
    """Whether an error of the driver is about the disk and not about the statement."""
    return isinstance(error, sqlite3.OperationalError) and (error.sqlite_errorcode & 0xFF) in _PASSING


class SqliteSession:
    """A connection that puts every change on the disk before it is acknowledged."""

    is_lost = False

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> Cursor:
        """Run one statement."""
        try:
            return self._connection.execute(sql, values)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode in _DOUBLE:
                raise AlreadyThere from None
            raise
        except sqlite3.OperationalError as error:
            if is_passing(error):
                raise DatabaseLost(str(error)) from error
            raise

    def begin(self, *, writes: bool) -> None:
        """Begin a transaction; one that writes takes the file at once."""
        self.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    def commit(self) -> None:
        """Put the changes on the disk."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the changes."""
        if self._connection.in_transaction:
            self._connection.rollback()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class SqliteSessions:
    """The one connection to a file, under a lock that the kernel takes back when the process ends, however it ends."""

    readers = 0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: int | None = None

    def writer(self) -> SqliteSession:
        """The connection; raises `DatabaseRefused` where another process has the file."""
        if self._lock is None:
            self._lock = _locked(self._path.with_name(self._path.name + ".lock"), self._path)
        try:
            return SqliteSession(self._path)
        except sqlite3.Error as error:
            self.close()
            raise DatabaseRefused(f"The database {self._path} cannot be opened: {error}.") from None

    def reader(self) -> SqliteSession:
        """The same as the writer's: reading and writing take turns."""
        return self.writer()

    def close(self) -> None:
        """Let another process have the file."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(path: Path, guarded: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseRefused(f"The database {guarded} cannot be opened: {error.strerror}.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise DatabaseRefused(
            f"Another process has the database {guarded} open; end it before this one starts."
        ) from None
    return descriptor
