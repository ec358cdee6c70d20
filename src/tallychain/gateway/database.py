"""The gateway's own tables: what was promised to a caller is on the disk before the promise is made.

One thread writes.  Writes that wait at the same moment share one transaction, so the price of reaching the disk is paid once for all of
them.  In PostgreSQL some more threads read beside it; in SQLite reading and writing take turns.

The tables are made and changed by the revisions in `migrations/`; how statements are written so that both databases understand them,
`tallychain.sql.port` says.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Generic, TypeVar

import structlog

from tallychain.gateway.migrating import bring_up
from tallychain.sql.opening import open_sessions
from tallychain.sql.places import Place, SqliteFile
from tallychain.sql.port import AlreadyThere, Connection, Cursor, DatabaseLost, DatabaseRefused, Session

__all__ = ["AlreadyThere", "Connection", "Cursor", "Database", "DatabaseClosed", "DatabaseLost"]

R = TypeVar("R")

_BATCH: Final = 256
_LOOK_AGAIN_S: Final = 0.5
_LOG = structlog.get_logger("database")


class DatabaseClosed(Exception):
    """The gateway is stopping; nothing was read or written."""


class Database:
    """The tables in one place, with the threads that read and write them."""

    def __init__(self, place: Place | Path) -> None:
        """Open them and bring them to this version's revision; a path is a file of SQLite.  Raises `DatabaseRefused`, `DatabaseLost`."""
        where = SqliteFile(place) if isinstance(place, Path) else place
        self._sessions = open_sessions(where)
        session = self._sessions.writer()
        try:
            bring_up(where)
        except BaseException:
            session.close()
            self._sessions.close()
            raise
        self.when_back: Callable[[], object] | None = None
        """Called in the writing thread when a lost database has come back: whatever was being written then may stand or not."""
        self._closing = threading.Lock()
        self._closed = False
        self._writer = _Worker("writer", self._sessions.writer, queue.Queue(), session, self._back)
        reading: _Jobs = queue.Queue()
        self._readers = [
            _Worker(f"reader-{number}", self._sessions.reader, reading)
            for number in range(self._sessions.readers)
        ]
        for worker in (self._writer, *self._readers):
            worker.start()

    async def write(self, work: Callable[[Connection], R]) -> R:
        """
        Do work that changes tables; when this returns, the change is on the disk.  All of it or nothing.

        Raises `DatabaseLost`, after which it may be either; asked again, work must do no harm.
        """
        return await self._ask(_Job(work, writes=True), self._writer)

    async def read(self, work: Callable[[Connection], R]) -> R:
        """Do work that only reads, all of it as of one moment; raises `DatabaseLost`."""
        return await self._ask(_Job(work, writes=False), self._readers[0] if self._readers else self._writer)

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be written just now."""
        return self._writer.is_lost

    def close(self) -> None:
        """Finish what waits, then close; whoever comes later is told so."""
        workers = (self._writer, *self._readers)
        with self._closing:
            self._closed = True
            for worker in workers:
                worker.jobs.put(None)
        for worker in workers:
            worker.join()
        self._sessions.close()

    async def _ask(self, job: "_Job[R]", worker: "_Worker") -> R:
        with self._closing:
            if self._closed:
                raise DatabaseClosed
            worker.jobs.put(job)  # type: ignore[arg-type]  # the queue does not look at results
        return await asyncio.wrap_future(job.future)

    def _back(self) -> None:
        if self.when_back is not None:
            self.when_back()


class _Job(Generic[R]):
    """One piece of work and who waits for it."""

    def __init__(self, work: Callable[[Connection], R], *, writes: bool) -> None:
        self.work = work
        self.writes = writes
        self.future: Future[R] = Future()
        self.value: R | None = None
        self.error: BaseException | None = None

    def run(self, session: Session) -> None:
        if not self.writes:
            self._do(session)
            return
        session.execute("SAVEPOINT job")
        self._do(session)
        if self.error is not None:
            session.execute("ROLLBACK TO SAVEPOINT job")
        session.execute("RELEASE SAVEPOINT job")

    def finish(self, failure: BaseException | None) -> None:
        error = self.error or failure
        if not self.future.set_running_or_notify_cancel():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.value)  # type: ignore[arg-type]  # set by run, or error is

    def _do(self, session: Session) -> None:
        try:
            self.value = self.work(session)
        except DatabaseLost:
            # It is everybody's in this transaction.
            raise
        except Exception as error:  # noqa: BLE001 - handed to the one who waits
            self.error = error


_Jobs = queue.Queue[_Job[object] | None]


class _Worker(threading.Thread):
    """A thread with its session; it finds a new one when the old one is lost, whether or not there is work."""

    def __init__(
        self,
        name: str,
        opened: Callable[[], Session],
        jobs: _Jobs,
        session: Session | None = None,
        back: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(name=f"gateway-database-{name}", daemon=True)
        self.jobs = jobs
        self._open = opened
        self._session = session or opened()
        self._back = back
        self._looked_s = 0.0

    @property
    def is_lost(self) -> bool:
        """Whether its session is lost and no other was found yet."""
        return self._session.is_lost

    def run(self) -> None:
        """Serve until a None comes."""
        stop = False
        while not stop:
            try:
                job = self.jobs.get(timeout=_LOOK_AGAIN_S if self._session.is_lost else None)
            except queue.Empty:
                self._look_again()
                continue
            batch, stop = self._batch(job)
            self._serve(batch)
        self._session.close()

    def _batch(self, job: _Job[object] | None) -> tuple[list[_Job[object]], bool]:
        """This job, and as many more as wait at this moment if they share a transaction; whether to stop afterwards."""
        if job is None:
            return [], True
        batch = [job]
        while self._back is not None and len(batch) < _BATCH:
            try:
                more = self.jobs.get_nowait()
            except queue.Empty:
                break
            if more is None:
                return batch, True
            batch.append(more)
        return batch, False

    def _serve(self, batch: list[_Job[object]]) -> None:
        failure: BaseException | None = None
        try:
            self._begin(writes=any(job.writes for job in batch))
            for job in batch:
                job.run(self._session)
            self._session.commit()
        except Exception as error:  # noqa: BLE001 - handed to those who wait
            failure = error
            self._session.rollback()
        if isinstance(failure, DatabaseLost):
            _LOG.warning("database lost", jobs=len(batch), why=str(failure))
        for job in batch:
            job.finish(failure)

    def _begin(self, *, writes: bool) -> None:
        """A session that was lost while nothing was under way is replaced without anybody noticing."""
        try:
            self._session.begin(writes=writes)
        except DatabaseLost:
            self._look_again()
            self._session.begin(writes=writes)

    def _look_again(self) -> None:
        now = time.monotonic()
        if now - self._looked_s < _LOOK_AGAIN_S:
            return
        try:
            self._session = self._open()
        except (DatabaseLost, DatabaseRefused) as error:
            _LOG.warning("database still lost", why=str(error))
            return
        finally:
            self._looked_s = time.monotonic()
        _LOG.info("database is back", thread=self.name)
        if self._back is not None:
            self._back()
