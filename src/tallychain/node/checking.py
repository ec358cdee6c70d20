"""The whole check of a node: the ledger's state from its rows, and the read model against one made again from the blocks."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from msgspec import Struct

from tallychain.catalogue import CATALOGUE
from tallychain.engine.client import LedgerClient
from tallychain.gateway.config import row_tables
from tallychain.node.config import Node
from tallychain.readmodel.database import open_database
from tallychain.readmodel.openings import NoKeys
from tallychain.readmodel.projector import HEIGHT, Projector
from tallychain.readmodel.schema import Schema, build_schema
from tallychain.sql.places import Place, SqliteFile

_PATIENCE_S: Final = 300.0
"""For the check itself: a large state takes its time."""
_THERE_S: Final = 3.0
"""For the first word of a process that runs; one that does not is not waited for."""
_FIXED: Final = ("blocks", "operations", "facts", "outages")


class NodeCheck(Struct, frozen=True):
    """What was compared, and what does not hold: one sentence each."""

    height: int
    app_hash: str
    tables: dict[str, int]
    """Rows of each table of the read model that were compared."""
    failures: list[str]


async def check_node(node: Node) -> NodeCheck:
    """
    Check a running node; no block is made while the ledger checks its own state.

    Tables that hold what was opened with the member's keys are left out: they are made from the same blocks, but need the keys.
    Raises `EngineUnavailable`.
    """
    first = LedgerClient(node.socket, patience_s=_THERE_S)
    try:
        await first.status()
    finally:
        await first.close()
    client = LedgerClient(node.socket, patience_s=_PATIENCE_S)
    try:
        found = await client.check()
        tables, failures = await _compare(node, client)
    finally:
        await client.close()
    return NodeCheck(found.height, found.app_hash, tables, [*found.failures, *failures])


async def _compare(node: Node, client: LedgerClient) -> tuple[dict[str, int], list[str]]:
    schema = build_schema(CATALOGUE.contracts)
    names = [*_FIXED, *(name for name, view in schema.declared.items() if not view.private)]
    names = [schema.views[name].name if name in schema.views else name for name in names]
    place = row_tables(node.gateway, node.gateway_folder)
    height, live = await asyncio.to_thread(_dump, place, schema, names)
    with tempfile.TemporaryDirectory(prefix="tally-check-") as folder:
        second = SqliteFile(Path(folder) / "readmodel.sqlite")
        database = open_database(second)
        projector = Projector(database, schema, CATALOGUE, node.genesis.read_bytes(), NoKeys())
        while projector.height < height:
            projector.project(await client.block(projector.height + 1))
        database.dispose()
        _, again = await asyncio.to_thread(_dump, second, schema, names)
    failures = [
        f"The read model's table {name} differs from one made again from the blocks up to {height}."
        for name in names
        if live[name] != again[name]
    ]
    return {name: len(live[name]) for name in names}, failures


def _dump(place: Place, schema: Schema, names: list[str]) -> tuple[int, dict[str, list[tuple[object, ...]]]]:
    """The height of a read model and all rows of its tables, as of one moment."""
    database = open_database(place)
    progress = schema.progress
    try:
        with database.connect() as connection:
            height = connection.scalar(sa.select(progress.c.value).where(progress.c.name == HEIGHT))
            rows = {
                name: sorted(
                    map(tuple, connection.execute(sa.select(schema.metadata.tables[name]))), key=repr
                )
                for name in names
            }
    finally:
        database.dispose()
    return int(str(height)), rows
