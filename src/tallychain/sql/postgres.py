"""PostgreSQL: a schema of a database on a server, one session that writes and some that read.

The only module that imports `psycopg`, and it is imported only where a setting names a server.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg import conninfo, errors, sql
from psycopg.adapt import Buffer, Loader

from tallychain.sql.places import PostgresSchema
from tallychain.sql.port import AlreadyThere, Cursor, DatabaseLost, DatabaseRefused, Value
from tallychain.sql.statements import with_percent

OLDEST_VERSION: Final = 14
READERS: Final = 4
WRITER_LOCK: Final = int.from_bytes(b"tally")
"""Name of the advisory lock that the one writer of a database holds."""

_STATEMENT_MS: Final = 60_000
_DEFAULTS: Final[dict[str, str | int]] = {
    "client_encoding": "utf8",
    "target_session_attrs": "read-write",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_LOST: Final = (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction)
"""What is wrong with the server, the way to it or its disk, and not with the statement."""


class _WholeLoader(Loader):
    """Sums of whole numbers come as `numeric`; they are whole numbers as well."""

    def load(self, data: Buffer) -> int:
        """The number; raises ValueError for one with a fraction."""
        return int(bytes(data))


def is_passing(error: BaseException | None) -> bool:
    """Whether an error of the driver is about the server and not about the statement."""
    return isinstance(error, _LOST)


def check_url(url: str) -> None:
    """Raises `DatabaseRefused` for what is not the address of a database, or holds a password."""
    try:
        found = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # The driver's own words would repeat the address, and with it perhaps a secret.
        raise DatabaseRefused(
            "The setting database is neither sqlite nor an address postgresql://role@host/database."
        ) from None
    if "password" in found:
        raise DatabaseRefused(
            "The setting database holds a password; put it into a file and name that in database_password_file."
        )
    if not found.get("dbname"):
        raise DatabaseRefused("The setting database names no database: postgresql://role@host/database.")


def connect(place: PostgresSchema, *, application: str) -> psycopg.Connection[Any]:
    """
    A connection whose unqualified names lie in the schema; each statement is a transaction of its own until one is begun.

    Raises `DatabaseLost` and, for an address that cannot be one, `DatabaseRefused`.
    """
    check_url(place.url)
    given = conninfo.conninfo_to_dict(place.url)
    options = f"-c search_path={place.schema} -c statement_timeout={_STATEMENT_MS} {given.pop('options', '')}"
    settings: dict[str, Any] = {**_DEFAULTS, **given, "options": options, "application_name": application}
    settings.setdefault("sslmode", usual_tls(place))
    if place.password:
        settings["password"] = place.password
    try:
        connection = psycopg.connect(**settings, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseLost(str(error).partition("\n")[0]) from None
    connection.adapters.register_loader("numeric", _WholeLoader)
    return connection


def usual_tls(place: PostgresSchema) -> str:
    """How the connection is protected where the address does not say: without doubt about the server, if that is another machine."""
    host = str(conninfo.conninfo_to_dict(place.url).get("host", ""))
    return "prefer" if _is_near(host) else "verify-full"


def _is_near(host: str) -> bool:
    """Whether the server is on this machine: a socket's folder, or the loopback."""
    return all(
        one == "" or one.startswith(("/", "@", "127.")) or one in ("localhost", "::1")
        for one in host.split(",")
    )


def prepare(place: PostgresSchema) -> None:
    """Make the schema if it is missing; raises `DatabaseRefused` where the server or the database is not fit, and `DatabaseLost`."""
    connection = connect(place, application="tallychain")
    try:
        if connection.info.server_version < OLDEST_VERSION * 10_000:
            raise DatabaseRefused(f"The PostgreSQL server is older than version {OLDEST_VERSION}.")
        encoding = connection.execute("SHOW server_encoding").fetchone()
        if encoding != ("UTF8",):
            raise DatabaseRefused(
                "The PostgreSQL database does not have the encoding UTF8; make it anew with it."
            )
        known = connection.execute(
            "SELECT 1 FROM pg_namespace WHERE nspname = %s", (place.schema,)
        ).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(place.schema)))
    except errors.InsufficientPrivilege:
        raise DatabaseRefused(
            f"The role may not make the schema {place.schema}: let it own the database, or make the schema for it."
        ) from None
    except _LOST as error:
        raise DatabaseLost(str(error).partition("\n")[0]) from None
    finally:
        connection.close()


class PostgresSession:
    """A connection; broken once, it stays so."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.is_lost = False

    @property
    def process(self) -> int:
        """The server's process behind this connection."""
        return self._connection.info.backend_pid

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> Cursor:
        """Run one statement."""
        try:
            return self._connection.execute(with_percent(sql), values)
        except errors.UniqueViolation:
            raise AlreadyThere from None
        except _LOST as error:
            self.is_lost = True
            self.close()
            raise DatabaseLost(type(error).__name__) from error

    def begin(self, *, writes: bool) -> None:
        """Begin a transaction; what is read in one that only reads is as of one moment."""
        self.execute("BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def commit(self) -> None:
        """Make the changes last."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the changes; a connection that cannot is closed, which undoes them too."""
        if self.is_lost:
            return
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self.is_lost = True
            self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PostgresSessions:
    """Sessions on one schema, of which one writes."""

    readers = READERS

    def __init__(self, place: PostgresSchema) -> None:
        self._place = place
        self._name = f"tallychain-{secrets.token_hex(8)}"
        prepare(place)

    def writer(self) -> PostgresSession:
        """
        The session under the writer's lock.

        The server may still hold an earlier session of ours for alive; that one is ended first, so that what it had begun is undone or done
        before anything new is written.  Raises `DatabaseRefused` where another gateway writes here.
        """
        session = PostgresSession(connect(self._place, application=self._name))
        try:
            session.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = ? AND pid <> pg_backend_pid()",
                (self._name,),
            )
            taken = session.execute("SELECT pg_try_advisory_lock(?)", (WRITER_LOCK,)).fetchone()
            if not taken[0]:
                raise DatabaseRefused(
                    "Another gateway writes to this PostgreSQL database; each needs a database of its own."
                )
        except BaseException:
            session.close()
            raise
        return session

    def reader(self) -> PostgresSession:
        """A session that only reads."""
        return PostgresSession(connect(self._place, application="tallychain-reader"))

    def close(self) -> None:
        """Nothing is held but the sessions."""
