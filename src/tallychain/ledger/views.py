"""How a contract says what its events mean as rows, so that tables, queries, lists and documents can be derived.

A view is a pure function of events and opened parts: it never reads the rows that it changes, so a rebuild from height 0
gives the same rows as following live.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from tallychain.ledger.contract import Event, Words
from tallychain.ledger.timeline import Timeline

ColumnKind = Literal["text", "integer", "amount", "time", "day", "flag"]
"""`amount` is in minor units, `time` in UTC milliseconds, `day` a local date; `flag` is 0 or 1."""

Value = str | int | Timeline


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view."""

    name: str
    kind: ColumnKind
    title: Words


def column(name: str, kind: ColumnKind, en: str, zh: str) -> Column:
    """A column with its title in both languages."""
    return Column(name, kind, Words(en, zh))


STATUS_UNTIL: Final = column("status_until", "time", "Until", "状态截止")
"""When time ends the status of a row, 0 where nothing happens by itself; queries of every view with a timeline answer with it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event, with the operation that caused it and when it stood in a block."""

    event: Event
    operation: str
    """Empty for due work, which no operation causes."""
    author: str
    via: str
    height: int
    index: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A sealed part that this gateway could open."""

    content: msgspec.Struct
    args: msgspec.Struct
    type: str
    label: str
    operation: str
    author: str
    seat: str
    """Whose key opened it: `member`, or the id of a client seat."""
    height: int
    time_ms: int
    verified: bool = False
    """For an identity: its signatures fit certificates that were introduced here, are believed, and name this enterprise."""


@dataclass(frozen=True, slots=True)
class RowWrite:
    """Set columns of one row (made if absent), or delete it when `values` is None."""

    view: str
    key: tuple[str | int, ...]
    values: Mapping[str, Value] | None


@dataclass(frozen=True, slots=True)
class RowsWrite:
    """
    Set columns of every row of a view that has these values and, at the time of the fact, this status.

    For a fact about somebody that ends what others have with it: who they are stands in no event, and the rows know.
    """

    view: str
    where: Mapping[str, str | int]
    status: str
    values: Mapping[str, Value]


Written = RowWrite | RowsWrite


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    One table of the read model and what fills it.

    With `timeline`, the row has a status that time changes: give a `Timeline` under the column name `status`; queries answer with the
    status at the time of the last projected block, and with the instant at which time ends it (`STATUS_UNTIL`).  A `private` view has `seat` as its first key column, and a caller sees
    only the rows of seats that are its own.
    """

    name: str
    """Plural noun, as in the path of its query."""
    title: Words
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    """All columns in order, the key's first."""
    timeline: bool = False
    private: bool = False
    project: Callable[[Fact], Iterable[Written]] | None = None
    project_opening: Callable[[Opening], Iterable[RowWrite]] | None = None

    @property
    def answered(self) -> tuple[Column, ...]:
        """Every column that queries answer with."""
        return (*self.columns, STATUS_UNTIL) if self.timeline else self.columns
