"""A real PostgreSQL server for tests, of Debian's package `postgresql`: made in a folder of its own, on a socket, and ended with its folder.

PostgreSQL does not run as root, so under root it runs as the package's user `postgres`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

ROLE: Final = "tallychain"
_USER: Final = "postgres"
_START_S: Final = 180.0
_FAST: Final = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "shared_buffers=32MB",
    "max_connections=200",
)
"""What is lost with the machine may be lost here; what a test wants to see lost, it kills."""


class PostgresMissing(Exception):
    """The server's programs are not installed, or it does not start."""


def programs() -> Path:
    """The folder of the newest server's programs; raises `PostgresMissing` with what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise PostgresMissing("PostgreSQL is missing: run apt install postgresql")
    return found[-1].parent


class PostgresServer:
    """One server in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs = programs()
        self._as_user: tuple[str, ...] = ("setpriv", "--pdeathsig=INT")
        self.made: set[str] = set()
        """Names of the databases that were made here and not dropped."""
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            user = pwd.getpwnam(_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as_user += (f"--reuid={_USER}", f"--regid={user.pw_gid}", "--clear-groups")

    def make(self) -> None:
        """Make the server's folder; every local user of its socket is trusted, and the folder is for one user."""
        arguments = (
            *("--pgdata", str(self.folder / "data"), "--username", ROLE, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"),
        )
        made = subprocess.run(
            [*self._as_user, str(self._programs / "initdb"), *arguments],
            cwd="/",
            capture_output=True,
            check=False,
        )
        if made.returncode:
            raise PostgresMissing(f"PostgreSQL's folder cannot be made: {made.stderr.decode()}")

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = [part for name in _FAST for part in ("-c", name)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._as_user,
                    str(self._programs / "postgres"),
                    *("-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="),
                    *settings,
                ],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise PostgresMissing(
                    f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-500:]}"
                )
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it: with SIGINT its sessions are cut and nothing is lost, with SIGQUIT it dies as in a power cut."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(_START_S)
            self._process = None

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{ROLE}@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """Make an empty database; its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        self.made.add(name)
        return self.url(name)

    def drop_databases(self) -> None:
        """Drop every database that was made, whoever is still in it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for name in sorted(self.made):
                connection.execute(
                    psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
                )
        self.made.clear()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server that runs, in a temporary folder; raises `PostgresMissing`."""
    # A short path: the name of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="tally-pg-", dir="/tmp"))
    server = PostgresServer(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
