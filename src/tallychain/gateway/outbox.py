"""Operations on their way to the ledger: kept from the moment they are acknowledged until their end is certain.

The end of an operation is a receipt, a turning away, or the proof that it can no longer happen: a committed block whose time is not before the
operation's expiry.  Time that passes here proves nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tallychain.gateway import hookqueue
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.hooks import OPERATION_ENDED
from tallychain.gateway.problems import Problem

QUEUED: Final = "queued"
DONE: Final = "done"
REFUSED: Final = "refused"
TURNED_AWAY: Final = "turned_away"
EXPIRED: Final = "expired"
SUBMITTED: Final = "submitted"
"""Shown while the engine has it; not kept, because after a crash it is queued again."""

_PRESENT: Final = "payable.present"
_LAST: Final = 2**63 - 1
_COLUMNS: Final = "id, seat, account, type, frame, expires_ms, queued_ms, state, code, height, first, answer"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operation that waits to be submitted."""

    id: str
    frame: bytes
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Submission:
    """What is known here of one operation."""

    id: str
    seat: str
    account: str
    type: str
    frame: bytes
    expires_ms: int
    queued_ms: int
    state: str
    code: str
    height: int
    """Of the receipt, or of the block that proves the expiry."""
    first: str
    """The operation that was there first, where the ledger named one."""
    answer: bytes
    """Canonical `Receipt` or `NotTaken`."""


@dataclass(frozen=True, slots=True)
class End:
    """How an operation ended."""

    id: str
    state: str
    code: str
    height: int = 0
    first: str = ""
    answer: bytes = b""


def insert(db: Connection, submission: Submission) -> bool:
    """Put an operation into the outbox within a larger change; False if it is there already, and stays as it is."""
    values = tuple(getattr(submission, name) for name in _COLUMNS.split(", "))
    marks = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
    statement = f"INSERT INTO outbox ({_COLUMNS}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - constants
    return db.execute(statement, values).rowcount > 0


def settle(db: Connection, ends: Sequence[End]) -> list[End]:
    """Write down ends within a larger change; those of operations that were still open here.  The first end stays."""
    changed: list[End] = []
    for end in ends:
        rows = db.execute(
            "UPDATE outbox SET state = ?, code = ?, height = ?, first = ?, answer = ? WHERE id = ? AND state = 'queued' "
            "RETURNING seat, type",
            (end.state, end.code, end.height, end.first, end.answer, end.id),
        ).fetchall()
        changed += [end for _ in rows]
        for seat, kind in rows:
            said = {
                "operation": end.id,
                "type": kind,
                "state": end.state,
                "code": end.code,
                "height": end.height,
            }
            hookqueue.tell(db, seat, OPERATION_ENDED, said)
            if kind == _PRESENT and end.state == DONE:
                # In the same transaction, so that its papers follow it whatever happens next.
                row = (end.id, seat)
                db.execute(
                    "INSERT INTO presented (operation, seat) VALUES (?, ?) ON CONFLICT DO NOTHING", row
                )
    return changed


class Outbox:
    """The table of operations, and how many may wait."""

    def __init__(self, database: Database, limit: int) -> None:
        self._database = database
        self._limit = limit
        self.open = 0
        """Operations without an end."""
        self.when_ended: Callable[[Sequence[End]], None] | None = None
        """Told the ends of operations that were open here, each once."""

    async def count(self) -> None:
        """Count what is open, in the order of the writes, so that none of them is counted twice."""
        row = await self._database.write(
            lambda db: db.execute("SELECT count(*) FROM outbox WHERE state = 'queued'").fetchone()
        )
        self.open = int(row[0])

    async def need_room(self, seat: str) -> None:
        """
        Refuse before the outbox overflows; raises `GATEWAY_OUTBOX_FULL`.

        One seat fills at most half of it, so that a client in a hurry leaves room for the others.
        """
        share = max(1, self._limit // 2)
        if self.open >= self._limit or (self.open >= share and await self._open_of(seat) >= share):
            raise Problem("GATEWAY_OUTBOX_FULL", retry_after_s=5)

    async def _open_of(self, seat: str) -> int:
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT count(*) FROM outbox WHERE state = 'queued' AND seat = ?", (seat,)
            ).fetchone()
        )
        return int(row[0])

    async def waiting(self, after: str = "", limit: int = 5000) -> list[Waiting]:
        """Operations without an end, in order of id."""
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT id, frame, expires_ms FROM outbox WHERE state = 'queued' AND id > ? ORDER BY id LIMIT ?",
                (after, limit),
            ).fetchall()
        )
        return [Waiting(*row) for row in rows]

    async def overdue(self, time_ms: int) -> list[Waiting]:
        """Operations without an end whose expiry a block's time has reached."""
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT id, frame, expires_ms FROM outbox WHERE state = 'queued' AND expires_ms <= ? LIMIT 1000",
                (time_ms,),
            ).fetchall()
        )
        return [Waiting(*row) for row in rows]

    async def unseen(self, kind: str, height: int) -> list[bytes]:
        """Frames of the operations of a type that have no end yet, or took effect above a height."""
        rows = await self._database.read(
            lambda db: [
                *db.execute(
                    "SELECT frame FROM outbox WHERE state = 'queued' AND type = ?", (kind,)
                ).fetchall(),
                *db.execute(
                    "SELECT frame FROM outbox WHERE state = 'done' AND type = ? AND height > ?",
                    (kind, height),
                ).fetchall(),
            ]
        )
        return [row[0] for row in rows]

    async def get(self, operation: str) -> Submission | None:
        """What is known of one operation, or None."""
        row = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM outbox WHERE id = ?",  # noqa: S608 - a constant
                (operation,),
            ).fetchone()
        )
        return None if row is None else Submission(*row)

    async def newest(self, seat: str, limit: int, after: tuple[int, str] | None = None) -> list[Submission]:
        """The newest operations of a seat, behind one that was queued then under that id."""
        queued_ms, operation = after or (_LAST, "")
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM outbox WHERE seat = ? AND (queued_ms < ? OR (queued_ms = ? AND id > ?)) "  # noqa: S608 - a constant
                "ORDER BY queued_ms DESC, id LIMIT ?",
                (seat, queued_ms, queued_ms, operation, limit),
            ).fetchall()
        )
        return [Submission(*row) for row in rows]

    async def settle(self, ends: Sequence[End]) -> None:
        """Write down ends; the first end of an operation stays."""
        self.ended(await self._database.write(lambda db: settle(db, ends)))

    def ended(self, ends: Sequence[End]) -> None:
        """Take note of ends that are written down."""
        self.open -= len(ends)
        if self.when_ended is not None:
            self.when_ended(ends)

    async def oldest_ms(self) -> int:
        """When the operation that waits longest was put here, by the chain's time; 0 if none waits."""
        row = await self._database.read(
            lambda db: db.execute("SELECT min(queued_ms) FROM outbox WHERE state = 'queued'").fetchone()
        )
        return int(row[0] or 0)
