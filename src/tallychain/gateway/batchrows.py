"""The tables behind batches: what was given, what became of each row, and what both are called."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tallychain.gateway import drafts, outbox
from tallychain.gateway.batchplans import Planned
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.drafts import Draft, Drafts
from tallychain.gateway.problems import Problem
from tallychain.gateway.sentences import Sentences
from tallychain.integrations.batchtables import Row

OPEN: Final = "open"
"""A person signs it, or it waits for the second one."""
RELEASED: Final = "released"
REFUSED: Final = "refused"

NEW: Final = "new"
"""Not signed yet."""
FAILED: Final = "failed"
"""Not signed, and why is written beside."""
WAITING: Final = "waiting"
"""Signed by the maker, and waits for the second person."""
LAPSED: Final = "lapsed"
"""The second person did not sign in time."""
DECLINED: Final = "declined"
ANEW: Final = frozenset({LAPSED, outbox.REFUSED, outbox.TURNED_AWAY, outbox.EXPIRED})
"""Ended without effect: signed again it is another operation."""
SIGNS: Final = ANEW | {NEW, FAILED}
_BATCH: Final = "id, seat, kind, digest, name, total, maker, made_ms, state, decided_by, decided_ms, reason"
_ROW: Final = (
    "r.line, r.cells, r.plan, r.attempt, r.draft, CASE WHEN r.operation <> '' THEN r.operation ELSE COALESCE(d.operation, '') END, "
    "r.code, r.why_en, r.why_zh, COALESCE(d.state, ''), COALESCE(d.expires_ms, 0), COALESCE(o.state, ''), COALESCE(o.code, ''), "
    "COALESCE(o.height, 0), o.answer"
)
_FROM: Final = (
    "batch_row r LEFT JOIN draft d ON d.id = r.draft "
    "LEFT JOIN outbox o ON o.id = CASE WHEN r.operation <> '' THEN r.operation ELSE d.operation END"
)


class Batch(Struct, frozen=True):
    """One table that was given."""

    id: str
    seat: str
    kind: str
    digest: str
    """SHA-256 of the file."""
    name: str
    total: int
    """In fen."""
    maker: str
    made_ms: int
    state: str
    decided_by: str
    decided_ms: int
    reason: str


class BatchRow(Struct, frozen=True):
    """One row, and what became of it."""

    line: int
    cells: dict[str, str]
    plan: Planned
    attempt: int
    draft: str
    operation: str
    state: str
    """As above, or that of the operation: queued, done, refused, turned_away, expired."""
    height: int
    code: str
    why_en: str
    why_zh: str


def key(batch: Batch, row: BatchRow) -> str:
    """The Idempotency-Key of a row's act."""
    return f"{batch.id}-{row.line}-{row.attempt}"


class BatchRows:
    """Reads and writes the two tables."""

    def __init__(self, database: Database, known: Drafts, sentences: Sentences) -> None:
        self._database = database
        self._drafts = known
        self._sentences = sentences

    async def same(self, seat: str, kind: str, digest: str) -> Batch | None:
        """The batch of this very file that was not refused, or None."""
        found = await self._batches(
            "WHERE seat = ? AND kind = ? AND digest = ? AND state <> 'refused' ORDER BY made_ms DESC, id LIMIT 1",
            seat, kind, digest,
        )  # fmt: skip
        return found[0] if found else None

    async def need(self, name: str, seat: str) -> Batch:
        """A batch of a seat; raises `GATEWAY_NOT_FOUND`."""
        found = await self._batches("WHERE id = ? AND seat = ?", name, seat)
        if not found:
            raise Problem("GATEWAY_NOT_FOUND")
        return found[0]

    async def newest(self, seat: str, limit: int, after: tuple[int, str] | None) -> list[Batch]:
        """The newest batches of a seat, behind one that was made then under that id."""
        made_ms, name = after or (2**63 - 1, "")
        return await self._batches(
            "WHERE seat = ? AND (made_ms < ? OR (made_ms = ? AND id > ?)) ORDER BY made_ms DESC, id LIMIT ?",
            seat, made_ms, made_ms, name, limit,
        )  # fmt: skip

    async def all(self, batch: Batch) -> list[BatchRow]:
        """Every row in the order of the file; there are at most as many as a table may have."""
        return await self.page(batch, 0, 2**31)

    async def page(self, batch: Batch, after: int, limit: int) -> list[BatchRow]:
        """Some rows behind a line."""
        found = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_ROW} FROM {_FROM} WHERE r.batch = ? AND r.line > ? ORDER BY r.line LIMIT ?",  # noqa: S608 - constants
                (batch.id, after, limit),
            ).fetchall()
        )
        return [self._row(*row) for row in found]

    async def draft(self, row: BatchRow) -> Draft:
        """The draft of a row; raises `GATEWAY_NOT_FOUND`."""
        found = await self._drafts.get(row.draft)
        if found is None:
            raise Problem("GATEWAY_NOT_FOUND")
        return found

    async def keep(self, batch: Batch, rows: Sequence[Row], planned: Sequence[Planned]) -> None:
        """Write a batch with all its rows at once."""
        plans = {row.line: row for row in planned}
        values = [getattr(batch, name) for name in _BATCH.split(", ")]
        lines = [
            (batch.id, row.line, msgspec.json.encode(row.values), _plan(plans[row.line])) for row in rows
        ]

        def write(db: Connection) -> None:
            db.execute(f"INSERT INTO batch ({_BATCH}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - a constant
            for line in lines:
                db.execute("INSERT INTO batch_row VALUES (?, ?, ?, ?, 1, '', '', '', '', '')", line)

        await self._database.write(write)

    async def again(self, batch: Batch, row: BatchRow, planned: Planned) -> BatchRow:
        """Begin a row anew, with what it would do now."""
        made = replace(
            row, plan=planned, attempt=row.attempt + 1, draft="", operation="", code="", why_en="", why_zh=""
        )
        await self._write(
            "plan = ?, attempt = ?, draft = '', operation = '', code = '', why_en = '', why_zh = ''",
            (_plan(planned), made.attempt), batch, row,
        )  # fmt: skip
        return made

    async def signed(self, batch: Batch, row: BatchRow, draft: str, operation: str) -> None:
        """Write down what a row led to."""
        await self._write(
            "draft = ?, operation = ?, code = '', why_en = '', why_zh = ''", (draft, operation), batch, row
        )

    async def failed(self, batch: Batch, row: BatchRow, code: str, en: str, zh: str) -> None:
        """Write down why a row was not signed."""
        await self._write("code = ?, why_en = ?, why_zh = ?", (code, en, zh), batch, row)

    async def decide(self, batch: Batch, state: str, by: str, reason: str = "") -> None:
        """Write down who released or refused a batch."""
        now = self._drafts.now_ms() if by else 0
        await self._database.write(
            lambda db: db.execute(
                "UPDATE batch SET state = ?, decided_by = ?, decided_ms = ?, reason = ? WHERE id = ?",
                (state, by, now, reason, batch.id),
            )
        )

    async def _write(
        self, what: str, values: tuple[str | int | bytes, ...], batch: Batch, row: BatchRow
    ) -> None:
        await self._database.write(
            lambda db: db.execute(
                f"UPDATE batch_row SET {what} WHERE batch = ? AND line = ?",  # noqa: S608 - constants
                (*values, batch.id, row.line),
            )
        )

    async def _batches(self, where: str, *values: str | int) -> list[Batch]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_BATCH} FROM batch {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [Batch(*row) for row in rows]

    def _row(self, *row: Any) -> BatchRow:
        (line, cells, plan, attempt, draft, operation, code, en, zh) = row[:9]
        (draft_state, expires_ms, state, end_code, height, answer) = row[9:]
        if operation:
            said = ("", "")
            if state == outbox.REFUSED:
                said = self._sentences.of(bytes(answer))
            elif end_code and state != outbox.DONE:
                said = self._sentences.of_end(end_code)
            state, code, en, zh = state or outbox.QUEUED, "" if state == outbox.DONE else end_code, *said
        else:
            state = self._unsent(draft, draft_state, expires_ms, code)
        values = msgspec.json.decode(cells, type=dict[str, str])
        planned = msgspec.json.decode(plan, type=Planned)
        return BatchRow(line, values, planned, attempt, draft, operation, state, height, code, en, zh)

    def _unsent(self, draft: str, state: str, expires_ms: int, code: str) -> str:
        if not draft:
            return FAILED if code else NEW
        if state == drafts.REFUSED:
            return DECLINED
        return LAPSED if expires_ms <= self._drafts.now_ms() else WAITING


def _plan(planned: Planned) -> bytes:
    return msgspec.json.encode(planned)
