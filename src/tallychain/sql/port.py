"""What tables are read and written through, whichever database they lie in.

Statements are written once, for both: `?` stands for a value, texts are in single quotes, and of the rest only what both understand is
used: `ON CONFLICT … DO NOTHING`, `ON CONFLICT (…) DO UPDATE SET … = excluded.…`, `RETURNING`, `LIMIT`.  Values are texts, whole numbers of
64 bits, bytes and NULL; truth is 0 or 1.  Texts are ordered and compared byte by byte.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

Value = str | int | bytes | None


class AlreadyThere(Exception):
    """A row with this key exists; the work that met it must end here, for its changes are undone."""


class DatabaseLost(Exception):
    """The database did not answer, or had no room; what was under way is undone or will be found done.  Worth trying again."""


class DatabaseRefused(Exception):
    """The database cannot be used as it is; the text is a sentence that says why, without a secret."""


class Cursor(Protocol):
    """The outcome of one statement."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""

    def fetchone(self) -> Any:
        """The next row as a tuple, or None."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """The rows that are left, one by one."""


class Connection(Protocol):
    """A transaction under way."""

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> Cursor:
        """Run one statement; raises `AlreadyThere` and `DatabaseLost`."""


class Session(Connection, Protocol):
    """One connection with its transactions, for one thread."""

    @property
    def is_lost(self) -> bool:
        """Whether it can be used no more."""

    def begin(self, *, writes: bool) -> None:
        """Begin a transaction that sees one state of the tables throughout; raises `DatabaseLost`."""

    def commit(self) -> None:
        """Make the changes last; raises `DatabaseLost`, after which they may stand or not."""

    def rollback(self) -> None:
        """Undo the changes; never raises."""

    def close(self) -> None:
        """Give the connection back; never raises."""


class Sessions(Protocol):
    """Opens sessions on one place."""

    @property
    def readers(self) -> int:
        """How many sessions of their own the readers have; 0 where reading takes turns with writing."""

    def writer(self) -> Session:
        """The one session that may write: while it lives nobody else gets one.  Raises `DatabaseLost`, `DatabaseRefused`."""

    def reader(self) -> Session:
        """A session that only reads; raises `DatabaseLost`."""

    def close(self) -> None:
        """Let others write; after the sessions were closed."""
