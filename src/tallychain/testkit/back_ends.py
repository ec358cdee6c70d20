"""In which of the two databases the running test keeps its tables.

A folder of tests that is tried in both has a `conftest.py` that names `on_both` as its `pytest_generate_tests`; its tests ask here for
places.  In PostgreSQL each path stands for a database of its own, so that a test that opens a path again finds what it left.
"""

import zlib
from pathlib import Path

import pytest

from tallychain.sql.places import Place, PostgresSchema, SqliteFile
from tallychain.testkit.postgres_server import PostgresServer


class _Chosen:
    """What the running test uses."""

    server: PostgresServer | None = None


def on_both(metafunc: pytest.Metafunc) -> None:
    """Run each test that writes files in SQLite, and among the slow tests in PostgreSQL as well."""
    if "tmp_path" in metafunc.fixturenames and metafunc.definition.get_closest_marker("databases") is None:
        metafunc.fixturenames.append("back_end")
        both = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
        metafunc.parametrize("back_end", both, indirect=True)


def use(server: PostgresServer | None) -> None:
    """Keep tables on this server from now on; None for files."""
    _Chosen.server = server


def setting(path: Path) -> str:
    """The setting `database` for a gateway whose folder this is."""
    return "sqlite" if _Chosen.server is None else _address(_Chosen.server, path)


def own_tables(path: Path) -> Place:
    """A place for a gateway's own tables."""
    return _place(path, "gateway")


def row_tables(path: Path) -> Place:
    """A place for the rows of a read model."""
    return _place(path, "readmodel")


def _place(path: Path, schema: str) -> Place:
    if _Chosen.server is None:
        return SqliteFile(path)
    return PostgresSchema(_address(_Chosen.server, path), schema)


def _address(server: PostgresServer, path: Path) -> str:
    name = f"t{zlib.crc32(bytes(path)):08x}"
    return server.url(name) if name in server.made else server.new_database(name)
