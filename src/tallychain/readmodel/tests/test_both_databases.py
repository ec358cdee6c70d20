"""The same blocks give the same rows, in the same order, in SQLite and in PostgreSQL."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.certificates import certificate_digest
from tallychain.readmodel.database import open_database
from tallychain.readmodel.projector import Projector
from tallychain.readmodel.queries import Page, Queries, QueryRefused
from tallychain.readmodel.schema import build_schema
from tallychain.readmodel.tests.story import Ring, issue, offer, take
from tallychain.sql.places import Place, PostgresSchema, SqliteFile
from tallychain.testkit.genesis import trial_genesis
from tallychain.testkit.postgres_server import PostgresServer
from tallychain.testkit.world import World

pytestmark = [pytest.mark.slow, pytest.mark.databases]

SCHEMA = build_schema(CATALOGUE.contracts)
SEATS = ("member", "s1", "s2", "s3")
DAY_MS = 86_400_000


class Model:
    """One read model, followed to the end of a world."""

    def __init__(self, world: World, place: Place) -> None:
        ring = Ring(world, "bank-a", ("s1", "s2", "s3"))
        self.engine = open_database(place)
        genesis = trial_genesis(world.seed, list(world.members.values()), world.start_ms)
        self.projector = Projector(self.engine, SCHEMA, CATALOGUE, genesis, ring)
        self.queries = Queries(self.engine, SCHEMA)
        for block in world.history:
            self.projector.project(block)
        ring.known = ("s1",)
        self.projector.verify_again(certificate_digest(world.clients["s1"].certificate))

    def tables(self) -> dict[str, Sequence[tuple[Any, ...]]]:
        """All rows of all tables."""
        with self.engine.connect() as connection:
            return {
                name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
                for name, table in SCHEMA.metadata.tables.items()
            }

    def pages(self, view: str) -> list[Page]:
        """All pages of a view as it is asked."""
        found: list[Page] = []
        cursor: tuple[str | int, ...] | None = None
        while not found or cursor is not None:
            found.append(self.queries.page(view, filters={}, seats=SEATS, cursor=cursor, limit=7))
            cursor = found[-1].next_cursor
        return found


@pytest.fixture(scope="module")
def world() -> World:
    """Issues, offers to many, takes, expiries: enough for several pages."""
    made = World()
    number = issue(made)
    for part in range(12):
        name, tag = offer(made, number, 1 + 1_000 * part, 1_000 * (part + 1), "s2" if part % 2 else "s3")
        if part % 3 == 0:
            take(made, number, name, tag)
            number = issue(made, reference=f"{part:032x}")
    made.advance(made.time_ms + 3 * DAY_MS)
    return made


def test_every_row_of_every_table_and_every_page_of_every_view_is_the_same(
    tmp_path: Path, postgres: PostgresServer, world: World
) -> None:
    url = postgres.new_database("rows")
    here, there = (
        Model(world, place) for place in (SqliteFile(tmp_path / "r.sqlite"), PostgresSchema(url, "readmodel"))
    )

    assert there.tables() == here.tables()
    assert sum(bool(rows) for rows in here.tables().values()) > 12
    several = 0
    for view in SCHEMA.declared:
        assert there.pages(view) == here.pages(view), view
        several += len(here.pages(view)) > 1
    assert several >= 3
    for height in range(world.state.height + 1):
        assert there.queries.block(height) == here.queries.block(height)
        assert there.queries.block_operations(height) == here.queries.block_operations(height)
    assert there.queries.facts(1, 0, 500) == here.queries.facts(1, 0, 500)
    for operation in (row["id"] for row in here.queries._all(sa.select(SCHEMA.operations))):
        name = str(operation)
        assert there.queries.openings(name, seats=SEATS) == here.queries.openings(name, seats=SEATS)
    there.engine.dispose()


def answer(queries: Queries, question: dict[str, Any]) -> object:
    """What is answered, or the code of the refusal."""
    try:
        return queries.page(**{"name": "holdings", "filters": {}, "seats": SEATS, **question})
    except QueryRefused as refused:
        return refused.code


QUESTIONS: list[dict[str, Any]] = [
    {"filters": {"voucher": "\0"}},
    {"filters": {"voucher": "%"}},
    {"filters": {"voucher": "' OR 1=1 --"}},
    {"filters": {"status": "LIVE"}},
    {"filters": {"status": "live"}},
    {"filters": {"first": "1"}},
    {"filters": {"first": "9" * 18}},
    {"filters": {"first": "9" * 19}},
    {"filters": {"first": "-1"}},
    {"cursor": ("A\0", 1)},
    {"cursor": ("é", 1)},
    {"cursor": ("", -(2**63) + 1)},
    {"cursor": ("", 2**63)},
    {"cursor": ("", 10**30)},
    {"seats": ()},
    {"seats": ("'",)},
    {"name": "identities", "filters": {"verified": "1"}},
    {"name": "identities", "filters": {"name": "trial client s1"}},
]


def test_odd_questions_have_the_same_answers(tmp_path: Path, postgres: PostgresServer, world: World) -> None:
    url = postgres.new_database("questions")
    here, there = (
        Model(world, place) for place in (SqliteFile(tmp_path / "r.sqlite"), PostgresSchema(url, "readmodel"))
    )
    for question in QUESTIONS:
        assert answer(there.queries, question) == answer(here.queries, question), question
    there.engine.dispose()


def test_what_else_lies_in_the_database_survives_a_rebuild(postgres: PostgresServer, world: World) -> None:
    url = postgres.new_database("neighbours")
    other = open_database(PostgresSchema(url, "gateway"))
    with other.begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (n BIGINT)"))
    model = Model(world, PostgresSchema(url, "readmodel"))
    model.projector.clear()
    with other.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM kept")) == 0
    other.dispose()
    model.engine.dispose()
