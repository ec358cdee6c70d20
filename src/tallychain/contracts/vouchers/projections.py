"""How views are put together: each part answers to one kind of event."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from tallychain.contracts.vouchers import columns
from tallychain.ledger.contract import Event
from tallychain.ledger.views import Fact, RowWrite, Value, Written

E = TypeVar("E", bound=Event)
Values = Mapping[str, Value]
Rows = Iterable[Written]
Projection = Callable[[Fact], Rows]

STATUS = columns.text("status", "Status", "状态")


def of(kind: type[E], rows: Callable[[E, Fact], Rows]) -> Projection:
    """A projection that answers to one kind of event."""

    def project(fact: Fact) -> Rows:
        return rows(fact.event, fact) if isinstance(fact.event, kind) else ()

    return project


def all_of(*parts: Projection) -> Projection:
    """Several projections as one."""

    def project(fact: Fact) -> Rows:
        return [row for part in parts for row in part(fact)]

    return project


def set_row(view: str, key: tuple[str | int, ...], values: Values) -> Rows:
    """Columns of one row."""
    return (RowWrite(view, key, values),)
