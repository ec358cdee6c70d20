"""Engines and the connections that they hand out."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from tallychain.sql.opening import open_engine
from tallychain.sql.places import SqliteFile


def test_a_connection_that_a_thread_still_holds_when_its_engine_ends_is_closed_when_it_comes_back(
    tmp_path: Path,
) -> None:
    engine = open_engine(SqliteFile(tmp_path / "rows"), lasting=False)
    with engine.connect() as held:
        raw = held.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        engine.dispose()
        assert held.execute(sa.text("SELECT 1")).scalar_one() == 1
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        raw.execute("SELECT 1")
