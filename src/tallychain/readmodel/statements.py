"""Statements that write single rows: each is built once for its table and columns, because building it costs more than running it."""

from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


@lru_cache(maxsize=256)
def insert(table: sa.Table) -> sa.Insert:
    """Rows that are not there yet; their columns come as parameters."""
    return sa.insert(table)


@lru_cache(maxsize=1024)
def upsert(table: sa.Table, dialect: str, key: tuple[str, ...], values: tuple[str, ...]) -> sa.Insert:
    """A row that is there already or not: with these key columns, and these others to be written; all come as parameters."""
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    if not values:
        return statement.on_conflict_do_nothing(index_elements=list(key))
    written = {name: statement.excluded[name] for name in values}
    return statement.on_conflict_do_update(index_elements=list(key), set_=written)


@lru_cache(maxsize=16)
def advance(table: sa.Table, name: str) -> sa.Update:
    """The value under a name becomes `after`, if it is `before`."""
    is_before = (table.c.name == name) & (table.c.value == sa.bindparam("before"))
    return sa.update(table).where(is_before).values(value=sa.bindparam("after"))
