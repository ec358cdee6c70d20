"""Copies of tables while they are written, and copies that cannot be made or do not hold together."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tallychain.sql.copies import NotCopied, check_copy, copy_tables
from tallychain.sql.places import PostgresSchema, SqliteFile


def filled(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE row (n INTEGER)")
    connection.executemany("INSERT INTO row VALUES (?)", [(n,) for n in range(1000)])
    connection.commit()
    return connection


def test_a_copy_holds_what_was_committed_and_nothing_of_what_is_under_way(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "live.sqlite")) as live:
        live.execute("INSERT INTO row VALUES (-1)")
        copy = copy_tables(SqliteFile(tmp_path / "live.sqlite"), tmp_path, "copy")
        live.rollback()

    assert copy == tmp_path / "copy.sqlite"
    check_copy(copy)
    with closing(sqlite3.connect(copy)) as found:
        assert found.execute("SELECT count(*), min(n) FROM row").fetchone() == (1000, 0)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")] == ["copy.sqlite"]


def test_where_there_are_no_tables_yet_there_is_no_copy(tmp_path: Path) -> None:
    assert copy_tables(SqliteFile(tmp_path / "none.sqlite"), tmp_path, "copy") is None


def test_a_damaged_copy_and_one_that_is_no_database_are_found(tmp_path: Path) -> None:
    filled(tmp_path / "live.sqlite").close()
    copy = copy_tables(SqliteFile(tmp_path / "live.sqlite"), tmp_path, "copy")
    assert copy is not None
    whole = copy.read_bytes()
    copy.write_bytes(whole[:4096] + b"\xff" * 200 + whole[4296:])
    with pytest.raises(NotCopied):
        check_copy(copy)
    copy.write_bytes(b"something else entirely" * 100)
    with pytest.raises(NotCopied, match="cannot be read"):
        check_copy(copy)


def test_a_source_that_is_no_database_and_a_server_that_is_away_are_said_in_a_sentence(
    tmp_path: Path,
) -> None:
    (tmp_path / "bad.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(NotCopied, match="cannot be copied"):
        copy_tables(SqliteFile(tmp_path / "bad.sqlite"), tmp_path, "copy")
    away = PostgresSchema("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2", "gateway", "secret-word")
    with pytest.raises(NotCopied) as refused:
        copy_tables(away, tmp_path, "copy")
    assert "secret-word" not in str(refused.value)


def test_without_the_tools_of_postgresql_its_tables_are_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotCopied, match="pg_dump is missing"):
        copy_tables(PostgresSchema("postgresql://a@b/c", "gateway"), tmp_path, "copy")
