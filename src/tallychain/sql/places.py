"""Where tables lie: in a file of SQLite, or in a schema of a PostgreSQL database."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """Tables in one file, for one process."""

    path: Path


@dataclass(frozen=True, slots=True)
class PostgresSchema:
    """Tables in one schema of a database on a server."""

    url: str
    """`postgresql://role@host:port/database?sslmode=verify-full`, without a password."""
    schema: str
    password: str = field(default="", repr=False)


Place = SqliteFile | PostgresSchema
