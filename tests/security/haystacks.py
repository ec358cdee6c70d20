"""Everything that a party has: its files as they lie on the disk, and the rows in them put together again."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.embedded.opening import open_chain
from tests.running import Processes


def everything_in(folder: Path) -> list[bytes]:
    """The bytes of every file in a folder, names of files, and every cell of every SQLite table."""
    pieces = []
    for path in sorted(folder.rglob("*")):
        pieces.append(path.relative_to(folder).as_posix().encode())
        if path.is_file() and not path.is_symlink():
            # What a running program writes for a moment may be gone.
            with suppress(FileNotFoundError):
                pieces.append(path.read_bytes())
            if path.suffix == ".sqlite":
                pieces += cells(path)
    return pieces


def cells(path: Path) -> Iterator[bytes]:
    """Every cell of a SQLite file, in one piece whatever pages it lies in."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - names of our own tables
                for cell in row:
                    yield cell if isinstance(cell, bytes) else str(cell).encode()
    finally:
        database.close()


def tables_of(folder: Path) -> dict[str, bool]:
    """Every table of the SQLite files in a folder, and whether it has a row."""
    found: dict[str, bool] = {}
    for path in sorted(folder.rglob("*.sqlite")):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                row = database.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608 - names of our own tables
                found[name] = found.get(name, False) or row is not None
        finally:
            database.close()
    return found


def everything_of_the_ledger(processes: Processes) -> list[bytes]:
    """Files of the ledger process, and all rows, journals and blocks as it would hand them out: its store compresses files."""
    pieces = [*everything_in(processes.layout.ledger), processes.layout.genesis.read_bytes()]
    with VerifierPool(0) as pool:
        chain = open_chain(processes.layout.ledger, CATALOGUE, processes.keys.sequencer, pool)
        try:
            with chain.store.view() as view:
                for rows in (view.state, view.journals):
                    for key, value in rows:
                        pieces += [key, value]
            for number in range(1, chain.height + 1):
                block = chain.block(number)
                pieces += [block.header, *block.envelopes, *(row for rows in block.results for row in rows)]
                pieces += block.due_events
        finally:
            chain.close()
    return pieces
