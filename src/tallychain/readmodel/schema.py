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
    blocks = sa.Table(
        "blocks",
        metadata,
        sa.Column("height", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("header", sa.Text, nullable=False),
        sa.Column("header_signature", sa.Text, nullable=False),
        sa.Column("envelopes", sa.BigInteger, nullable=False),
        sa.Column("operations", sa.BigInteger, nullable=False),
    )
    operations = sa.Table(
        "operations",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("height", sa.BigInteger, nullable=False, index=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.BigInteger, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False, index=True),
        sa.Column("author", sa.Text, nullable=False, index=True),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("signatures", sa.Text, nullable=False),
    )
    facts = sa.Table(
        "facts",
        metadata,
        sa.Column("height", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", sa.Text, nullable=False, index=True),
        sa.Column("operation", sa.Text, nullable=False, index=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    openings = sa.Table(
        "openings",
        metadata,
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, primary_key=True),
        sa.Column("seat", sa.Text, primary_key=True),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    progress = sa.Table(
        "progress",
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    outages = sa.Table(
        "outages",
        metadata,
        sa.Column("height", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("grace_ms", sa.BigInteger, nullable=False),
    )
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


def _view_table(metadata: sa.MetaData, view: View) -> sa.Table:
    columns: list[sa.Column[int] | sa.Column[str]] = [
        _column(column.name, is_text=column.kind in _TEXTS, is_key=column.name in view.key)
        for column in view.columns
        if not (view.timeline and column.name == STATUS)
    ]
    if view.timeline:
        columns.append(_column(STATUS, is_text=True))
        for at_name, status_name in STEP_COLUMNS:
            columns += [_column(at_name, is_text=False), _column(status_name, is_text=True)]
    return sa.Table(f"view_{view.name}", metadata, *columns)


def _column(name: str, *, is_text: bool, is_key: bool = False) -> sa.Column[int] | sa.Column[str]:
    default = None if is_key else ("" if is_text else "0")
    if is_text:
        return sa.Column(name, sa.Text, primary_key=is_key, nullable=False, server_default=default)
    return sa.Column(
        name, sa.BigInteger, primary_key=is_key, autoincrement=False, nullable=False, server_default=default
    )
