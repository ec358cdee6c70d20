"""Columns that mean the same in SQLite and in PostgreSQL."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tallychain.sql.opening import BYTEWISE, WHOLE


def table(name: str, *parts: sa.schema.SchemaItem) -> None:
    """Make a table if it is missing; SQLite holds its columns to their types."""
    op.create_table(name, *parts, sqlite_strict=True, if_not_exists=True)


def add(table: str, *columns: sa.Column[Any]) -> None:
    """Add columns with a default to a table, those that it lacks."""
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)


def index(name: str, table: str, *columns: str, where: str = "") -> None:
    """Make an index if it is missing; `where` keeps it to some rows."""
    some: dict[str, Any] = {}
    if where:
        some = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    op.create_index(name, table, list(columns), if_not_exists=True, **some)


def text(name: str, *, key: bool = False, default: str | None = None, null: bool = False) -> sa.Column[str]:
    """A text, ordered byte by byte."""
    start = None if default is None else sa.text(f"'{default}'")
    return sa.Column(name, BYTEWISE, primary_key=key, nullable=null and not key, server_default=start)


def whole(name: str, *, default: int | None = None) -> sa.Column[int]:
    """A whole number of 64 bits; also truth, as 0 and 1."""
    return sa.Column(
        name, WHOLE, nullable=False, server_default=None if default is None else sa.text(str(default))
    )


def octets(name: str, *, key: bool = False, empty: bool = False, null: bool = False) -> sa.Column[bytes]:
    """Bytes; `empty` if a row may leave them out."""
    start = None
    if empty:
        start = sa.text("x''" if op.get_bind().dialect.name == "sqlite" else "''")
    return sa.Column(name, sa.LargeBinary, primary_key=key, nullable=null and not key, server_default=start)


def number(name: str) -> sa.Column[int]:
    """A running number that the database gives."""
    return sa.Column(name, WHOLE, sa.Identity(), primary_key=True)


def key(*columns: str) -> sa.PrimaryKeyConstraint:
    """A key of several columns."""
    return sa.PrimaryKeyConstraint(*columns)


def unique(*columns: str) -> sa.UniqueConstraint:
    """Columns of which no two rows hold the same."""
    return sa.UniqueConstraint(*columns)
