"""The read models of simulated gateways: the real projector and follower, on tables in memory made from one empty copy."""

import sqlite3
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import LRUCache

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.keys import SealingKey
from tallychain.engine.port import CommittedBlock
from tallychain.gateway.accounts import HOUSE
from tallychain.readmodel.database import open_database
from tallychain.readmodel.follower import Follower
from tallychain.readmodel.openings import NoKeys
from tallychain.readmodel.projector import Projector
from tallychain.readmodel.schema import Schema, build_schema
from tallychain.sql.places import SqliteFile
from tests.simulation import alliance
from tests.simulation.engine import NodeEngine

Rows = dict[str, list[tuple[object, ...]]]
_COMPILED: LRUCache[object, object] = LRUCache(1000)
"""Statements compiled once in a process: every read model has the same."""


class Keys:
    """The sealing keys of one member, as its gateway has them."""

    def __init__(self, member: str) -> None:
        self._own = f"member:{member}"
        self._key = alliance.members()[member].sealing

    def find(self, recipient: str, /) -> tuple[str, SealingKey] | None:
        """The member's own key."""
        return (HOUSE, self._key) if recipient.partition("#")[0] == self._own else None

    def public_key(self, recipient: str, /) -> str | None:
        """Any member's key."""
        found = alliance.members().get(recipient.removeprefix("member:").partition("#")[0])
        return None if found is None else found.sealing.public

    def introduced(self, _certificate: str, /) -> None:
        """Nobody was introduced here: identities stay unverified."""
        return


@cache
def schema() -> Schema:
    """The tables that the contracts' views ask for."""
    return build_schema(CATALOGUE.contracts)


@cache
def _beginning(*, outages: bool) -> bytes:
    """A database with what genesis says in it."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "rows.db"
        engine = open_database(SqliteFile(place))
        Projector(engine, schema(), CATALOGUE, alliance.document(outages=outages), NoKeys())
        engine.dispose()
        connection = sqlite3.connect(place)
        connection.execute("PRAGMA journal_mode = DELETE")
        content = connection.serialize()
        connection.close()
        return content


class Reading:
    """One member's read model."""

    def __init__(self, member: str, *, outages: bool) -> None:
        self.member = member
        self._outages = outages
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.deserialize(_beginning(outages=outages))
        engine = sa.create_engine("sqlite://", creator=lambda: self._connection, poolclass=StaticPool)
        engine.update_execution_options(compiled_cache=_COMPILED)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        self.projector = Projector(
            engine, schema(), CATALOGUE, alliance.document(outages=outages), Keys(member)
        )

    async def follow(self, engine: NodeEngine) -> None:
        """Follow a node as the real gateway does."""
        await Follower(engine, self.projector).run()

    def project(self, block: CommittedBlock) -> None:
        """One block, for a rebuild."""
        self.projector.project(block)

    def rebuilt(self, blocks: list[CommittedBlock]) -> "Reading":
        """Another read model of the same member made from the blocks alone."""
        made = Reading(self.member, outages=self._outages)
        for block in blocks:
            made.project(block)
        return made

    def rows(self) -> Rows:
        """Every row of every table."""
        names = sorted(schema().metadata.tables)
        return {name: self._rows_of(name) for name in names}

    def _rows_of(self, table: str) -> list[tuple[object, ...]]:
        statement = f"SELECT * FROM {table}"  # noqa: S608 - a name of our own schema
        found = cast("list[tuple[object, ...]]", self._connection.execute(statement).fetchall())
        return sorted(found, key=repr)

    def close(self) -> None:
        """Let the memory go."""
        self._connection.close()
