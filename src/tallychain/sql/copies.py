"""Copies of tables while somebody goes on writing them: the one place that knows how a database is copied.

A file of SQLite is copied by its own online copy, a schema of PostgreSQL by `pg_dump`; both give the tables as of one moment.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from tallychain.sql.places import Place, PostgresSchema, SqliteFile

SQLITE_SUFFIX: Final = ".sqlite"
DUMP_SUFFIX: Final = ".pgdump"
_PATIENCE_S: Final = 3600


class NotCopied(Exception):
    """Tables cannot be copied, or a copy is damaged; the text is one sentence."""

    code = "DATABASE_NOT_COPIED"


def copy_tables(place: Place, folder: Path, name: str) -> Path | None:
    """Copy tables into a new file of the folder, which nobody else may read; None where there are none yet.  Raises `NotCopied`."""
    if isinstance(place, PostgresSchema):
        target = folder / (name + DUMP_SUFFIX)
        _dump(place, target)
    elif place.path.exists():
        target = folder / (name + SQLITE_SUFFIX)
        _copy_file(place, target)
    else:
        return None
    target.chmod(0o600)
    return target


def check_copy(path: Path) -> None:
    """See that a copy holds together; raises `NotCopied`.  One of PostgreSQL is looked through where its tools are installed."""
    if path.suffix == DUMP_SUFFIX:
        if shutil.which("pg_restore"):
            _run(["pg_restore", "--list", str(path)], path, {})
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise NotCopied(f"The database {path} cannot be read: {error}.") from None
    if found != "ok":
        raise NotCopied(f"The database {path} is damaged: {found}.")


def _copy_file(place: SqliteFile, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{place.path}?mode=rw", uri=True)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
            # A copy that is carried away consists of one file.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise NotCopied(f"The database {place.path} cannot be copied: {error}.") from None


def _dump(place: PostgresSchema, target: Path) -> None:
    from tallychain.sql.postgres import usual_tls  # noqa: PLC0415 - most installations never need the driver

    if not shutil.which("pg_dump"):
        raise NotCopied("pg_dump is missing: install the client tools of the server's version of PostgreSQL.")
    command = ["pg_dump", "--format=custom", f"--schema={place.schema}", f"--file={target}"]
    environment = {"PGSSLMODE": usual_tls(place)}
    if place.password:
        environment["PGPASSWORD"] = place.password
    _run([*command, f"--dbname={place.url}"], target, environment)


def _run(command: list[str], path: Path, environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            env={**os.environ, **environment},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotCopied(f"{command[0]} could not be run: {type(error).__name__}.") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NotCopied(f"{command[0]} did not finish {path.name}: {last[:200]}.")
