"""From a place to what opens it: sessions for plain statements, an engine of SQLAlchemy for statements that are put together."""

import threading
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from tallychain.sql import sqlite
from tallychain.sql.places import Place, PostgresSchema, SqliteFile
from tallychain.sql.port import DatabaseLost, Sessions

_CONNECTIONS: Final = 8
BYTEWISE: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that is ordered byte by byte everywhere, whatever language the server was set up in."""
WHOLE: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A whole number of 64 bits; SQLite calls it INTEGER."""


def open_sessions(place: Place) -> Sessions:
    """Sessions on a place, for one thread each; raises `DatabaseRefused` and `DatabaseLost`."""
    if isinstance(place, SqliteFile):
        return sqlite.SqliteSessions(place.path)
    from tallychain.sql.postgres import PostgresSessions  # noqa: PLC0415 - most installations never need the driver

    return PostgresSessions(place)


def open_engine(place: Place, *, lasting: bool) -> sa.Engine:
    """
    An engine whose transactions see one state of the tables from their first statement to their last.

    `lasting` says whether a commit to a file waits for the disk.  One to a server always does: the server may die alone, and then this process
    would go on as if nothing were missing.  Its statements raise `DatabaseLost` as sessions do.
    Raises `DatabaseRefused` and `DatabaseLost`.
    """
    if isinstance(place, SqliteFile):
        engine = sa.create_engine(f"sqlite:///{place.path}")
        _prepare_sqlite(engine, lasting=lasting)
        passing = sqlite.is_passing
    else:
        from tallychain.sql import postgres  # noqa: PLC0415 - most installations never need the driver

        engine = _postgres_engine(place)
        passing = postgres.is_passing

    def say_that_it_is_lost(context: ExceptionContext) -> None:
        if context.is_disconnect or passing(context.original_exception):
            raise DatabaseLost(_why(context.original_exception)) from context.original_exception

    event.listen(engine, "handle_error", say_that_it_is_lost)
    _close_late_ones(engine)
    return engine


def _close_late_ones(engine: sa.Engine) -> None:
    """A connection that a thread still holds when the engine is disposed of comes back to a pool that nobody looks at: it is closed then."""
    is_disposed = threading.Event()

    def came_back(connection: DBAPIConnection | None, _: ConnectionPoolEntry) -> None:
        if is_disposed.is_set() and connection is not None:
            connection.close()

    event.listen(engine, "engine_disposed", lambda _: is_disposed.set())
    event.listen(engine, "checkin", came_back)


def _why(error: BaseException) -> str:
    """What SQLite says is a few words about the disk; what a driver says may hold an address."""
    return str(error) if sqlite.is_passing(error) else type(error).__name__


def _postgres_engine(place: PostgresSchema) -> sa.Engine:
    from tallychain.sql import postgres  # noqa: PLC0415 - most installations never need the driver

    postgres.prepare(place)

    def connect() -> Any:
        return postgres.connect(place, application="tallychain-rows")

    return sa.create_engine(
        "postgresql+psycopg://",
        creator=connect,
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
    )


def _prepare_sqlite(engine: sa.Engine, *, lasting: bool) -> None:
    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver would begin a transaction only before the first change, and tables would be made outside of any.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if lasting else 'NORMAL'}",
            "busy_timeout=10000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
