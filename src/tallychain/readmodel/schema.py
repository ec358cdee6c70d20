"""The tables of the read model, derived from the views that the contracts declare.

A change of any view changes the schema digest; then the tables are dropped and rebuilt from the chain, never migrated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tallychain.crypto.digest import digest
from tallychain.ledger import limits
from tallychain.ledger.contract import Contract
from tallychain.ledger.views import View
from tallychain.sql.opening import BYTEWISE

STEP_COLUMNS = tuple((f"step{number}_at", f"step{number}_status") for number in range(1, limits.STEPS + 1))
"""How the later statuses of a timeline are stored: instant (0 for none) and status."""

STATUS = "status"
"""The column of a view with a timeline; a view may list it to give it a title and a place."""

_TEXTS = ("text", "day")
"""Column kinds that are stored as text; all others are whole numbers."""


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables of one read model."""

    metadata: sa.MetaData
    blocks: sa.Table
    operations: sa.Table
    facts: sa.Table
    openings: sa.Table
    progress: sa.Table
    outages: sa.Table
    views: dict[str, sa.Table]
    declared: dict[str, View]
    digest: str


def build_schema(contracts: Sequence[Contract]) -> Schema:
    """The tables for these contracts' views, beside those of blocks, operations, facts and openings."""
    metadata = sa.MetaData()
    declared = {view.name: view for contract in contracts for view in contract.views}
    views = {name: _view_table(metadata, view) for name, view in declared.items()}
    blocks = _table(metadata, "blocks", "height*: time_ms: header envelopes: operations: header_signature")
    operations = _table(
        metadata,
        "operations",
        "id* height:+ position: envelope: place: type+ author+ via outcome code receipt body signatures",
    )
    facts = _table(metadata, "facts", "height*: number*: event+ operation+ text")
    openings = _table(metadata, "openings", "operation* label* seat* salt content")
    progress = _table(metadata, "progress", "name* value")
    outages = _table(metadata, "outages", "height*: since_ms: until_ms: grace_ms:")
    text = repr(
        sorted((table.name, [repr(column) for column in table.columns]) for table in metadata.tables.values())
    )
    return Schema(
        metadata=metadata,
        blocks=blocks,
        operations=operations,
        facts=facts,
        openings=openings,
        progress=progress,
        outages=outages,
        views=views,
        declared=declared,
        digest=digest("readmodel", text.encode()).hex(),
    )


def _table(metadata: sa.MetaData, name: str, columns: str) -> sa.Table:
    """A table from its column names: `*` marks the key, `:` a whole number (else text), `+` an index."""
    made: list[sa.Column[object]] = []
    for written in columns.split():
        bare = written.rstrip("*:+")
        marks = written.removeprefix(bare)
        made.append(_column(bare, is_text=":" not in marks, is_key="*" in marks, index="+" in marks))
    return sa.Table(name, metadata, *made)


def _view_table(metadata: sa.MetaData, view: View) -> sa.Table:
    columns: list[sa.Column[object]] = [
        _column(column.name, is_text=column.kind in _TEXTS, is_key=column.name in view.key)
        for column in view.columns
        if not (view.timeline and column.name == STATUS)
    ]
    if view.timeline:
        columns.append(_column(STATUS, is_text=True))
        for at_name, status_name in STEP_COLUMNS:
            columns += [_column(at_name, is_text=False), _column(status_name, is_text=True)]
    return sa.Table(f"view_{view.name}", metadata, *columns)


def _column(
    name: str, *, is_text: bool, is_key: bool = False, index: bool | None = None
) -> sa.Column[object]:
    default = None if is_key else ("" if is_text else "0")
    kind = BYTEWISE if is_text else sa.BigInteger()
    return sa.Column(
        name,
        kind,
        primary_key=is_key,
        autoincrement=False,
        nullable=False,
        index=index or None,
        server_default=default,
    )
