"""Opening the database of a read model."""

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


def open_database(url: str) -> sa.Engine:
    """
    The database behind a URL such as `sqlite:///readmodel.sqlite`.

    SQLite runs with a write-ahead log and without waiting for the disk at each block: the rows are derived, and after a
    crash the missing blocks are projected again.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
