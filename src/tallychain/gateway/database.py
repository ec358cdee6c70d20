"""The gateway's own tables in SQLite: what was promised to a caller is on the disk before the promise is made.

One thread owns the connection.  Writes that wait at the same moment share one transaction, so the price of reaching the disk is paid
once for all of them.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Generic, TypeVar

R = TypeVar("R")

_BATCH: Final = 256

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, height INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seat (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, uscc TEXT NOT NULL, two_persons INTEGER NOT NULL, findable INTEGER NOT NULL,
    active INTEGER NOT NULL, hosted INTEGER NOT NULL, next_tag INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, seat TEXT NOT NULL, person TEXT NOT NULL, roles TEXT NOT NULL, key_file TEXT NOT NULL,
    certificate TEXT NOT NULL, active INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS token (
    digest BLOB PRIMARY KEY, account TEXT NOT NULL, expires_ms INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0,
    id TEXT NOT NULL DEFAULT '', made_ms INTEGER NOT NULL DEFAULT 0, key TEXT NOT NULL DEFAULT '',
    roles TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX IF NOT EXISTS token_by_account ON token (account);
CREATE TABLE IF NOT EXISTS factor (
    account TEXT PRIMARY KEY, secret BLOB NOT NULL, pending BLOB NOT NULL, last_step INTEGER NOT NULL, salt BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS recovery (account TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (account, digest)) STRICT;
CREATE TABLE IF NOT EXISTS enrolment_code (
    account TEXT PRIMARY KEY, salt BLOB NOT NULL, digest BLOB NOT NULL, expires_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS attempt (
    account TEXT PRIMARY KEY, failed INTEGER NOT NULL, locked_until_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS account_change (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, content BLOB NOT NULL, asked_by TEXT NOT NULL,
    asked_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, state TEXT NOT NULL, decided_by TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE IF NOT EXISTS tag (
    key TEXT PRIMARY KEY, seat TEXT NOT NULL, counter INTEGER NOT NULL, sealing TEXT NOT NULL, card BLOB, certificate TEXT,
    valid_until_ms INTEGER NOT NULL DEFAULT 0, given INTEGER NOT NULL, UNIQUE (seat, counter)) STRICT;
CREATE INDEX IF NOT EXISTS tag_by_sealing ON tag (sealing);
CREATE TABLE IF NOT EXISTS certificate (
    digest TEXT PRIMARY KEY, der BLOB NOT NULL, intermediates BLOB NOT NULL, name TEXT NOT NULL, uscc TEXT NOT NULL,
    sender TEXT NOT NULL, received_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS introduction (certificate TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (certificate, member)) STRICT;
CREATE TABLE IF NOT EXISTS request (
    seat TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, draft TEXT NOT NULL, operation TEXT NOT NULL,
    PRIMARY KEY (seat, type, key)) STRICT;
CREATE TABLE IF NOT EXISTS draft (
    id TEXT PRIMARY KEY, seat TEXT NOT NULL, type TEXT NOT NULL, maker TEXT NOT NULL, made_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL, content BLOB NOT NULL, decided_by TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    operation TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX IF NOT EXISTS draft_by_state ON draft (state, seat);
CREATE TABLE IF NOT EXISTS outbox (
    id TEXT PRIMARY KEY, seat TEXT NOT NULL, account TEXT NOT NULL, type TEXT NOT NULL, frame BLOB NOT NULL, expires_ms INTEGER NOT NULL,
    queued_ms INTEGER NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', height INTEGER NOT NULL DEFAULT 0,
    first TEXT NOT NULL DEFAULT '', answer BLOB NOT NULL DEFAULT x'') STRICT;
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (expires_ms) WHERE state = 'queued';
CREATE TABLE IF NOT EXISTS card_request (
    id TEXT PRIMARY KEY, seat TEXT NOT NULL, place TEXT NOT NULL, sponsor TEXT NOT NULL, uscc TEXT NOT NULL, state TEXT NOT NULL,
    card BLOB, certificate TEXT, asked_ms INTEGER NOT NULL, UNIQUE (seat, place)) STRICT;
CREATE TABLE IF NOT EXISTS card_waiting (
    member TEXT NOT NULL, id TEXT NOT NULL, seat TEXT NOT NULL, asked_ms INTEGER NOT NULL, PRIMARY KEY (member, id)) STRICT;
CREATE TABLE IF NOT EXISTS letter_in (
    sender TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, acknowledgement BLOB NOT NULL, received_ms INTEGER NOT NULL,
    PRIMARY KEY (sender, id)) STRICT;
CREATE TABLE IF NOT EXISTS letter_out (
    id TEXT PRIMARY KEY, receiver TEXT NOT NULL, kind TEXT NOT NULL, text BLOB NOT NULL, expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS letter_out_open ON letter_out (expires_ms) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS document (
    digest TEXT NOT NULL, seat TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL, sender TEXT NOT NULL,
    stored_ms INTEGER NOT NULL, PRIMARY KEY (seat, digest)) STRICT;
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, account TEXT NOT NULL, act TEXT NOT NULL, object TEXT NOT NULL,
    second_factor TEXT NOT NULL) STRICT;
"""


class _Job(Generic[R]):
    """One piece of work and who waits for it."""

    def __init__(self, work: Callable[[sqlite3.Connection], R], *, writes: bool) -> None:
        self.work = work
        self.writes = writes
        self.future: Future[R] = Future()
        self.value: R | None = None
        self.error: BaseException | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        try:
            if self.writes:
                connection.execute("SAVEPOINT job")
            self.value = self.work(connection)
            if self.writes:
                connection.execute("RELEASE job")
        except Exception as error:  # noqa: BLE001 - handed to the one who waits
            if self.writes:
                connection.execute("ROLLBACK TO job")
                connection.execute("RELEASE job")
            self.error = error

    def finish(self, failure: BaseException | None) -> None:
        error = self.error or failure
        if not self.future.set_running_or_notify_cancel():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.value)  # type: ignore[arg-type]  # set by run, or error is


class DatabaseClosed(Exception):
    """The gateway is stopping; nothing was read or written."""


class Database:
    """One SQLite file with its thread."""

    def __init__(self, path: Path) -> None:
        self._jobs: queue.Queue[_Job[object] | None] = queue.Queue()
        self._closing = threading.Lock()
        self._closed = False
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)
        self._thread = threading.Thread(target=self._serve, name="gateway-database", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """Do work that changes tables; when this returns, the change is on the disk.  All of it or nothing."""
        return await self._ask(_Job(work, writes=True))

    async def read(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """Do work that only reads."""
        return await self._ask(_Job(work, writes=False))

    async def _ask(self, job: _Job[R]) -> R:
        with self._closing:
            if self._closed:
                raise DatabaseClosed
            self._jobs.put(job)  # type: ignore[arg-type]  # the queue does not look at results
        return await asyncio.wrap_future(job.future)

    def close(self) -> None:
        """Finish what waits, then close the file; whoever comes later is told so."""
        with self._closing:
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch = [job]
            stop = False
            while len(batch) < _BATCH:
                try:
                    more = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                    break
                batch.append(more)
            self._run(batch)
            if stop:
                break
        self._connection.close()

    def _run(self, batch: list[_Job[object]]) -> None:
        failure: BaseException | None = None
        try:
            self._connection.execute("BEGIN IMMEDIATE" if any(job.writes for job in batch) else "BEGIN")
            for job in batch:
                job.run(self._connection)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            failure = error
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        for job in batch:
            job.finish(failure)
