"""Questions to the read model: lists with filters and a cursor, single rows, operations, blocks, facts.

A status is never the stored one: it is what the stored steps say at the time of the last projected block, which every
answer names as `as_of`.  The wall clock plays no part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from tallychain.ledger.views import STATUS_UNTIL, View
from tallychain.readmodel.projector import HEIGHT, TIME_MS
from tallychain.readmodel.rows import Row, status_at, status_until
from tallychain.readmodel.schema import STATUS, Schema

PAGE_ROWS = 500
"""Rows on one page, at most."""
_NUL: Final = "\0"
_BEYOND: Final = 2**63
"""The first whole number that no column holds."""


class QueryRefused(Exception):
    """A question that the read model does not answer; `code` is stable, the text is a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class AsOf:
    """Up to where the answer knows the chain."""

    height: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a view, in key order."""

    rows: tuple[Row, ...]
    next_cursor: tuple[str | int, ...] | None
    """Key of the last row when there may be more; None at the end."""
    as_of: AsOf


class Queries:
    """Reads one read model; safe to use beside the projector."""

    def __init__(self, engine: sa.Engine, schema: Schema) -> None:
        self._engine = engine
        self._schema = schema

    def as_of(self) -> AsOf:
        """The last projected block."""
        with self._engine.connect() as connection:
            return self._as_of(connection)

    def view(self, name: str) -> View:
        """A declared view.  Raises `QueryRefused` with `VIEW_UNKNOWN`."""
        view = self._schema.declared.get(name)
        if view is None:
            raise QueryRefused("VIEW_UNKNOWN", f"There is no list called {name}.")
        return view

    def page(
        self,
        name: str,
        *,
        filters: Mapping[str, str | int],
        seats: Sequence[str],
        cursor: Sequence[str | int] | None = None,
        limit: int = 50,
    ) -> Page:
        """
        Rows of a view that equal the filters, in key order after the cursor.

        `seats` are the caller's own; of a private view only their rows are seen.
        Raises `QueryRefused`: `VIEW_UNKNOWN`, `FILTER_UNKNOWN`, `CURSOR_MALFORMED`, `LIMIT_OUT_OF_RANGE`.
        """
        view, table = self.view(name), self._schema.views[name]
        if not 1 <= limit <= PAGE_ROWS:
            raise QueryRefused("LIMIT_OUT_OF_RANGE", f"A page has 1 to {PAGE_ROWS} rows.")
        with self._engine.connect() as connection:
            as_of = self._as_of(connection)
            columns = _columns(view, table, as_of.time_ms)
            conditions = [self._equal(columns, column, value) for column, value in filters.items()]
            keys = [table.c[column] for column in view.key]
            if view.private:
                conditions.append(table.c.seat.in_(list(seats)))
            if cursor is not None:
                conditions.append(_after(keys, cursor))
            statement = (
                sa.select(*(value.label(label) for label, value in columns.items()))
                .where(*conditions)
                .order_by(*keys)
                .limit(limit + 1)
            )
            rows = [dict(row) for row in connection.execute(statement).mappings()]
        more = len(rows) > limit
        rows = rows[:limit]
        following = tuple(rows[-1][column] for column in view.key) if more else None
        return Page(tuple(rows), following, as_of)

    def row(self, name: str, key: Sequence[str | int], *, seats: Sequence[str]) -> Row | None:
        """One row of a view, or None (also when the caller may not see it)."""
        view = self.view(name)
        if len(key) != len(view.key):
            return None
        found = self.page(name, filters=dict(zip(view.key, key, strict=True)), seats=seats, limit=1)
        return found.rows[0] if found.rows else None

    def operation(self, operation: str) -> Row | None:
        """One operation that got a receipt."""
        return self._one(self._schema.operations, self._schema.operations.c.id == operation)

    def block(self, height: int) -> Row | None:
        """One block."""
        return self._one(self._schema.blocks, self._schema.blocks.c.height == height)

    def blocks(self, *, below: int | None = None, limit: int = 50) -> list[Row]:
        """The newest blocks, below a height."""
        table = self._schema.blocks
        statement = sa.select(table).order_by(table.c.height.desc()).limit(min(limit, PAGE_ROWS))
        return self._all(statement if below is None else statement.where(table.c.height < below))

    def block_operations(self, height: int) -> list[Row]:
        """The operations of one block, in order."""
        table = self._schema.operations
        return self._all(sa.select(table).where(table.c.height == height).order_by(table.c.position))

    def facts(self, height: int, number: int, limit: int = 100) -> list[Row]:
        """Facts after a position, in order of height and number; for event streams that resume."""
        table = self._schema.facts
        after = sa.tuple_(table.c.height, table.c.number) > sa.tuple_(sa.literal(height), sa.literal(number))
        return self._all(
            sa.select(table)
            .where(after)
            .order_by(table.c.height, table.c.number)
            .limit(min(limit, PAGE_ROWS))
        )

    def openings(self, operation: str, *, seats: Sequence[str]) -> list[Row]:
        """The opened parts of an operation that these seats may read."""
        table = self._schema.openings
        return self._all(
            sa.select(table)
            .where(table.c.operation == operation, table.c.seat.in_(list(seats)))
            .order_by(table.c.label, table.c.seat)
        )

    def _equal(
        self, columns: Mapping[str, sa.ColumnElement[object]], name: str, value: str | int
    ) -> sa.ColumnElement[bool]:
        if name not in columns:
            raise QueryRefused("FILTER_UNKNOWN", f"The list has no column {name}.")
        if isinstance(columns[name].type, sa.BigInteger) and isinstance(value, str):
            if not (value.isascii() and value.isdigit() and len(value) <= 18):
                raise QueryRefused("FILTER_MALFORMED", f"The column {name} holds whole numbers.")
            return columns[name] == int(value)
        if isinstance(value, str) and _NUL in value:
            # No row holds it, and PostgreSQL does not even take the question.
            return sa.false()
        return columns[name] == value

    def _as_of(self, connection: sa.Connection) -> AsOf:
        known = {row.name: row.value for row in connection.execute(sa.select(self._schema.progress))}
        return AsOf(int(known.get(HEIGHT, "0")), int(known.get(TIME_MS, "0")))

    def _one(self, table: sa.Table, condition: sa.ColumnElement[bool]) -> Row | None:
        rows = self._all(sa.select(table).where(condition).limit(1))
        return rows[0] if rows else None

    def _all(self, statement: sa.Select[tuple[object, ...]]) -> list[Row]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


def _columns(view: View, table: sa.Table, now_ms: int) -> dict[str, sa.ColumnElement[object]]:
    columns: dict[str, sa.ColumnElement[object]] = {
        column.name: table.c[column.name] for column in view.columns
    }
    if view.timeline:
        columns[STATUS] = status_at(table, now_ms)
        columns[STATUS_UNTIL.name] = status_until(table, now_ms)
    return columns


def _after(keys: Sequence[sa.Column[object]], cursor: Sequence[str | int]) -> sa.ColumnElement[bool]:
    if len(cursor) != len(keys) or not all(
        abs(part) < _BEYOND if isinstance(part, int) else _NUL not in part for part in cursor
    ):
        raise QueryRefused("CURSOR_MALFORMED", "The cursor is not one that this list gave out.")
    if any(
        isinstance(part, int) != isinstance(key.type, sa.BigInteger)
        for part, key in zip(cursor, keys, strict=True)
    ):
        raise QueryRefused("CURSOR_MALFORMED", "The cursor is not one that this list gave out.")
    return sa.tuple_(*keys) > sa.tuple_(*(sa.literal(part) for part in cursor))
