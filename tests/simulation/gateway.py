"""One member's gateway: the real outbox, sender, follower, submissions and read model, with tables in memory that outlive a crash."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeVar, cast

from msgspec import Struct

from tallychain.catalogue import CATALOGUE
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.carrying import Carried, Carrying
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database, DatabaseLost
from tallychain.gateway.follower import Follower, Waiters
from tallychain.gateway.introductions import Introductions
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.limits import OwnLimits
from tallychain.gateway.migrating import bring_up
from tallychain.gateway.outbox import End, Outbox, Submission
from tallychain.gateway.seats import Seat
from tallychain.gateway.sender import Sender, SendRules
from tallychain.gateway.submissions import Submissions
from tallychain.ledger.admission import AdmittedOperation
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.parameters import facts_of
from tallychain.sql.places import SqliteFile
from tallychain.sql.sqlite import SqliteSession
from tallychain.testkit.genesis import CHAIN
from tests.simulation import alliance
from tests.simulation.engine import NodeEngine
from tests.simulation.loop import VirtualLoop
from tests.simulation.reading import Reading

R = TypeVar("R")
STAFF = Account("a" * 16, "simulated staff", HOUSE, "5f" * 8, ("maker",), "", "", active=True)
CLIENT = Seat("seat", "client", "", two_persons=False, findable=True, active=True, hosted=True)


@cache
def empty_tables() -> bytes:
    """The gateway's own tables as the migrations make them."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "gateway.db"
        bring_up(SqliteFile(place))
        connection = sqlite3.connect(place)
        connection.execute("PRAGMA journal_mode = DELETE")
        content = connection.serialize()
        connection.close()
        return content


class GatewayDied(Exception):
    """The process ended before it answered: the caller does not know whether its operation was kept."""


class Tables(Database):
    """The gateway's database: every write takes the time of a disk, before and after, and is there whole or not."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._turn = asyncio.Lock()
        self._session = SqliteSession(Path(":memory:"))
        self._session._connection.deserialize(empty_tables())
        self.when_back = None
        self.losing = 0.0
        """How likely a write is answered by an error, whether or not it took place."""

    async def write(self, work: Callable[[Connection], R]) -> R:
        """Do work in a transaction; as with the one thread that writes, one is answered before the next begins."""
        async with self._turn:
            await asyncio.sleep(self._random.uniform(0.0, 0.004))
            if self._random.random() < self.losing / 2:
                raise DatabaseLost("simulated")
            self._session.begin(writes=True)
            try:
                value = work(self._session)
                self._session.commit()
            except BaseException:
                self._session.rollback()
                raise
            await asyncio.sleep(self._random.uniform(0.0, 0.004))
            if self._random.random() < self.losing / 2:
                raise DatabaseLost("simulated, after it was written")
            return value

    async def read(self, work: Callable[[Connection], R]) -> R:
        """Do work that only reads."""
        return work(self._session)

    @property
    def is_lost(self) -> bool:
        """Memory is not lost."""
        return False

    def close(self) -> None:
        """It outlives the process."""

    def rows(self) -> dict[str, Submission]:
        """Every operation of the outbox, for checkers."""
        found = self._session.execute(
            "SELECT id, seat, account, type, frame, expires_ms, queued_ms, state, code, height, first, answer FROM outbox"
        ).fetchall()
        return {row[0]: Submission(*row) for row in found}


class _KnowsItsClients(Carrying):
    """Identity checks have tests of their own; here every client is known."""

    def __init__(self) -> None:
        """Needs nothing."""

    async def check(self, operation: AdmittedOperation) -> Carried:
        """The one seat."""
        return Carried(CLIENT, ())


class _NoLimits(OwnLimits):
    """Limits of funders have tests of their own; here nobody has entered any."""

    def __init__(self) -> None:
        """Needs nothing."""

    @asynccontextmanager
    async def judged(self, operation: str, args: Struct) -> AsyncIterator[None]:
        """Everything passes."""
        yield


class Gateway:
    """A gateway process that can be killed at any moment and started again."""

    def __init__(
        self, member: str, engine: NodeEngine, loop: VirtualLoop, random: Random, reading: Reading | None
    ) -> None:
        self.member = member
        self.engine = engine
        self.tables = Tables(random)
        self.reading = reading
        self.is_up = False
        self.restarts = 0
        self._loop = loop
        self._key = alliance.members()[member].staff["system"].key
        self._tasks: list[asyncio.Task[None]] = []
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Put the parts together as the real one does, then begin to send and follow."""
        self.clock = ChainClock(driven=False, monotonic=self._loop.time)
        self.outbox = Outbox(self.tables, 10_000)
        rules = SendRules(CHAIN, self.member, 20, 4)
        waiters = Waiters()

        async def settled(ends: Sequence[End]) -> None:
            await self.outbox.settle(ends)
            waiters.wake(ends)

        self.sender = Sender(rules, self._key, self.engine, self.outbox, self.clock, settled)
        self.follower = Follower(
            self.engine, self.outbox, self.sender, waiters, self.tables, self.clock, lambda _block: None
        )
        self.submissions = Submissions(
            self.member,
            CHAIN,
            CATALOGUE,
            LedgerState(self.engine),
            _KnowsItsClients(),
            _NoLimits(),
            cast("Introductions", None),
            self.outbox,
            self.sender,
            self.tables,
            self.clock,
        )
        status = await self.engine.status()
        self.clock.saw(status.height, status.time_ms)
        self.clock.facts = facts_of(self.engine.node.running().state.committed)
        await self.outbox.count()
        await self.sender.start()
        await self.follower.start()
        if self.reading is not None:
            self._tasks.append(self._loop.create_task(self.reading.follow(self.engine)))
        self.is_up = True

    async def tables_are_back(self) -> None:
        """What the real one does then: whatever was being written stands there or not, so it looks anew."""
        if self.is_up:
            await self.outbox.count()
            await self.sender.take_up()

    async def take(self, signed: SignedOperation) -> str:
        """Take an operation for submission; when this returns it is acknowledged."""
        task = asyncio.ensure_future(self.submissions.take(signed, STAFF))
        self._clients.add(cast("asyncio.Task[None]", task))
        try:
            return await task
        except asyncio.CancelledError:
            if self.is_up or not task.cancelled():
                raise
            raise GatewayDied from None
        finally:
            self._clients.discard(cast("asyncio.Task[None]", task))

    async def kill(self) -> None:
        """End the process in the middle of whatever it does; the tables stay."""
        self.is_up = False
        for task in [*self._tasks, *self._clients]:
            task.cancel()
        await asyncio.gather(
            self.sender.close(), self.follower.close(), *self._tasks, *self._clients, return_exceptions=True
        )
        self._tasks, self._clients = [], set()
