"""The gateway's own tables: one writer, one order of texts, revisions that only go forward, in both databases alike."""

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway import migrating
from tallychain.gateway.config import Folder, Settings, own_tables
from tallychain.gateway.database import AlreadyThere, Connection, Database, DatabaseLost
from tallychain.gateway.migrating import REVISION
from tallychain.gateway.tests.alliance import in_loop
from tallychain.sql.places import Place, SqliteFile
from tallychain.sql.port import DatabaseRefused
from tallychain.testkit import back_ends

BEFORE_REVISIONS = Path(__file__).with_name("before_revisions.sql")
"""A file's content as the last version without revisions left it, with a row in each table."""
GATEWAY = Path(migrating.__file__).parent
ONE_ONLY = re.compile(
    r"\bOR (IGNORE|REPLACE|ABORT|FAIL)\b|PRAGMA|AUTOINCREMENT|\browid\b|total_changes|lastrowid|::|\bx''|\bILIKE\b|\bGLOB\b"
)


def place(folder: Path) -> Place:
    return back_ends.own_tables(folder / "g.sqlite")


def test_no_statement_is_for_one_database_only() -> None:
    modules = [path for path in GATEWAY.rglob("*.py") if "tests" not in path.parts]
    assert len(modules) > 50
    found = [
        f"{path.name}: {match.group()}"
        for path in modules
        for line in path.read_text().splitlines()
        if "execute" in line or re.search(r"\b(SELECT|INSERT|UPDATE|DELETE)\b", line)
        if (match := ONE_ONLY.search(line))
    ]
    assert not found


@in_loop
async def test_a_row_that_is_already_there_is_said_so_and_the_rest_of_the_work_is_undone(
    tmp_path: Path,
) -> None:
    database = Database(place(tmp_path))

    def twice(db: Connection) -> None:
        db.execute("INSERT INTO progress VALUES ('first', 1)")
        db.execute("INSERT INTO progress VALUES ('first', 2)")

    with pytest.raises(AlreadyThere):
        await database.write(twice)
    assert await database.read(lambda db: db.execute("SELECT count(*) FROM progress").fetchone()) == (0,)
    database.close()


@in_loop
async def test_texts_are_ordered_byte_by_byte_and_numbers_and_bytes_come_back_as_they_were(
    tmp_path: Path,
) -> None:
    database = Database(place(tmp_path))
    names = ["b", "B", "a b", "ab", "a-b", "é", "Z", "_", "甲", "乙", "%", "ａ", "10", "9"]
    numbers = [0, 1, -1, 10**11, 2**63 - 1, -(2**63)]

    def fill(db: Connection) -> None:
        for name, number in zip(names, numbers * 3, strict=False):
            db.execute("INSERT INTO progress VALUES (?, ?)", (name, number))
        db.execute(
            "INSERT INTO token (digest, account, expires_ms) VALUES (?, 'a', ?)", (bytes(range(256)), 10**11)
        )

    await database.write(fill)
    rows = await database.read(
        lambda db: db.execute("SELECT name, height FROM progress ORDER BY name").fetchall()
    )
    kept = dict(zip(names, numbers * 3, strict=False))
    assert rows == [(name, kept[name]) for name in sorted(names, key=str.encode)]
    after = await database.read(
        lambda db: db.execute("SELECT count(*) FROM progress WHERE name > ?", ("a",)).fetchone()
    )
    assert after == (sum(name.encode() > b"a" for name in names),)
    token = await database.read(
        lambda db: db.execute("SELECT digest, account, expires_ms, revoked FROM token").fetchone()
    )
    assert token == (bytes(range(256)), "a", 10**11, 0)
    database.close()


@in_loop
async def test_a_sum_of_whole_numbers_is_a_whole_number(tmp_path: Path) -> None:
    database = Database(place(tmp_path))
    await database.write(lambda db: db.execute("INSERT INTO progress VALUES ('a', ?), ('b', ?)", (10**11, 5)))
    found = await database.read(lambda db: db.execute("SELECT sum(height) FROM progress").fetchone())
    assert (found, type(found[0])) == ((10**11 + 5,), int)
    database.close()


@in_loop
async def test_many_writers_and_readers_at_once_lose_nothing(tmp_path: Path) -> None:
    database = Database(place(tmp_path))
    await database.write(lambda db: db.execute("INSERT INTO progress VALUES ('n', 0)"))

    async def one() -> int:
        row = await database.write(
            lambda db: db.execute("UPDATE progress SET height = height + 1 RETURNING height").fetchone()
        )
        seen = await database.read(lambda db: db.execute("SELECT height FROM progress").fetchone())
        assert seen[0] >= row[0]
        return int(row[0])

    assert sorted(await asyncio.gather(*(one() for _ in range(200)))) == list(range(1, 201))
    database.close()


def test_two_gateways_never_write_to_one_database(tmp_path: Path) -> None:
    first = Database(place(tmp_path))
    with pytest.raises(DatabaseRefused, match="Another"):
        Database(place(tmp_path))
    first.close()
    Database(place(tmp_path)).close()


def test_tables_of_a_newer_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    database = Database(place(tmp_path))
    asyncio.run(database.write(lambda db: db.execute("UPDATE alembic_version SET version_num = '9999'")))
    database.close()
    for _ in range(2):
        with pytest.raises(DatabaseRefused, match=f"revision 9999, which is newer .*{REVISION}"):
            Database(place(tmp_path))


@pytest.mark.databases
def test_the_newest_revision_is_the_one_that_is_asked_for() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(GATEWAY / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [REVISION]
    assert not any(hasattr(script.module, "downgrade") for script in scripts.walk_revisions())


def shape(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Names, types, defaults and keys of all columns of a file."""
    with sqlite3.connect(path) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            name: [
                (row[1], row[2], bool(row[3] or row[5]), str(row[4]).strip("()"), row[5])
                for row in db.execute(f"PRAGMA table_info('{name}')")
            ]
            for name in sorted(tables)
        }
    db.close()
    return found


@pytest.mark.databases
def test_a_file_of_the_version_before_revisions_is_taken_over_with_every_row(tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    with sqlite3.connect(old) as db:
        db.executescript(BEFORE_REVISIONS.read_text())
        db.execute("PRAGMA journal_mode = WAL")
    db.close()
    tables = sorted(shape(old))

    def rows(db: Connection) -> dict[str, list[tuple[Any, ...]]]:
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608 - names of our own tables

    with sqlite3.connect(old) as db:
        before = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608 - names of our own tables
    db.close()
    for _ in range(2):
        database = Database(SqliteFile(old))
        after = asyncio.run(database.read(rows))
        database.close()
        for name, kept in before.items():
            assert [row[: len(kept[0])] for row in after[name]] == kept
            assert kept
    Database(SqliteFile(tmp_path / "new.sqlite")).close()
    assert shape(old) == shape(tmp_path / "new.sqlite")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://role:geheim@host/name", "holds a password"),
        ("postgresql://role@host", "names no database"),
        ("oracle://role:geheim@host/name", "neither sqlite nor an address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(
    tmp_path: Path, address: str, said: str
) -> None:
    settings = Settings(member="bank-a", engine="s", database=address)
    with pytest.raises(DatabaseRefused, match=said) as refused:
        Database(own_tables(settings, Folder(tmp_path)))
    assert "geheim" not in str(refused.value)


@pytest.mark.databases
@in_loop
async def test_a_full_disk_undoes_what_was_under_way_and_writing_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    database = Database(tmp_path / "g.sqlite")

    async def allow(pages: str) -> None:
        await database.read(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    def fill(db: Connection) -> None:
        db.execute("INSERT INTO progress VALUES (?, 1)", ("x" * 100_000,))

    await allow("1")
    with pytest.raises(DatabaseLost):
        await database.write(fill)
    await allow("1000000")
    await database.write(fill)
    assert await database.read(lambda db: db.execute("SELECT count(*) FROM progress").fetchone()) == (1,)
    database.close()
