"""The whole check of a node: the ledger's state from its rows, and the read model against one made again from the blocks."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from tallychain.catalogue import CATALOGUE
from tallychain.engine.embedded.client import EmbeddedClient
from tallychain.node.config import Node
from tallychain.readmodel.database import open_database
from tallychain.readmodel.openings import NoKeys
from tallychain.readmodel.projector import Projector
from tallychain.readmodel.schema import build_schema

_PATIENCE_S: Final = 300.0
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
    client = EmbeddedClient(node.socket, patience_s=_PATIENCE_S)
    try:
        found = await client.check()
        tables, failures = await _compare(node, client)
    finally:
        await client.close()
    return NodeCheck(found.height, found.app_hash, tables, [*found.failures, *failures])


async def _compare(node: Node, client: EmbeddedClient) -> tuple[dict[str, int], list[str]]:
    schema = build_schema(CATALOGUE.contracts)
    names = [*_FIXED, *(name for name, view in schema.declared.items() if not view.private)]
    names = [schema.views[name].name if name in schema.views else name for name in names]
    height, live = await asyncio.to_thread(_dump, node.gateway_folder.read_model, names)
    with tempfile.TemporaryDirectory(prefix="tally-check-") as folder:
        path = Path(folder) / "readmodel.sqlite"
        database = open_database(f"sqlite:///{path}")
        projector = Projector(database, schema, CATALOGUE, node.genesis.read_bytes(), NoKeys())
        while projector.height < height:
            projector.project(await client.block(projector.height + 1))
        database.dispose()
        _, again = await asyncio.to_thread(_dump, path, names)
    failures = [
        f"The read model's table {name} differs from one made again from the blocks up to {height}."
        for name in names
        if live[name] != again[name]
    ]
    return {name: len(live[name]) for name in names}, failures


def _dump(path: Path, names: list[str]) -> tuple[int, dict[str, list[tuple[object, ...]]]]:
    """The height of a read model and all rows of its tables, as of one moment."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        connection.execute("BEGIN")
        height = connection.execute("SELECT value FROM progress WHERE name = 'height'").fetchone()
        return int(height[0]), {name: sorted(_rows(connection, name), key=repr) for name in names}
    finally:
        connection.close()


def _rows(connection: sqlite3.Connection, name: str) -> Iterator[tuple[object, ...]]:
    yield from connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - names of declared tables
