"""Acts that wait for a second person: kept whole, shown exactly, approved or refused by somebody else, or gone after a day."""

import secrets
from typing import Final

import msgspec
from msgspec import Struct

from tallychain.gateway import hookqueue
from tallychain.gateway.building import Plan
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.hooks import DRAFT_WAITING
from tallychain.gateway.problems import Problem
from tallychain.ledger.operation import Signature

OPEN: Final = "open"
APPROVED: Final = "approved"
REFUSED: Final = "refused"
EXPIRED: Final = "expired"


class DraftContent(Struct, frozen=True):
    """What the maker has made."""

    plan: Plan
    key: str
    """Idempotency-Key of the maker's call."""
    body: bytes
    """The signed text; empty where a client's second identity signature still belongs into it."""
    signatures: tuple[Signature, ...]
    maker_certificate: str
    """Digest of the certificate under which the maker's identity signature was made; for acts of clients."""
    maker_signature: str
    counter: int
    """Counter of the acting tag; for acts of clients."""
    basis: bytes = b""
    """What a confirmation rests on, as it was found before the maker signed."""
    promised: bytes = b""
    """The quote that this act commits to, encrypted; see `quoting`."""


class Draft(Struct, frozen=True):
    """A draft with what became of it."""

    id: str
    seat: str
    type: str
    maker: str
    made_ms: int
    expires_ms: int
    state: str
    content: DraftContent
    decided_by: str
    reason: str
    operation: str


_COLUMNS: Final = "id, seat, type, maker, made_ms, expires_ms, state, content, decided_by, reason, operation"
_DECODER: Final = msgspec.msgpack.Decoder(DraftContent)


class Drafts:
    """The drafts of one gateway."""

    def __init__(self, database: Database, clock: ChainClock) -> None:
        self._database = database
        self._clock = clock

    def fresh(self, *, seat: str, kind: str, maker: str, expires_ms: int, content: DraftContent) -> Draft:
        """A draft that is not kept yet; see `insert`."""
        now = self._clock.now_ms()
        return Draft(secrets.token_hex(16), seat, kind, maker, now, expires_ms, OPEN, content, "", "", "")

    async def get(self, draft: str) -> Draft | None:
        """One draft with its state now, or None."""
        row = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM draft WHERE id = ?", (draft,)).fetchone()  # noqa: S608 - a constant
        )
        return None if row is None else self._draft(row)

    async def open_of(self, seat: str, limit: int = 200, after: tuple[int, str] | None = None) -> list[Draft]:
        """The drafts of a seat that wait for somebody, oldest first, behind one that was made then under that id."""
        now = self._clock.now_ms()
        made_ms, draft = after or (-1, "")
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM draft WHERE state = 'open' AND seat = ? AND expires_ms > ? "  # noqa: S608 - a constant
                "AND (made_ms > ? OR (made_ms = ? AND id > ?)) "
                "AND NOT EXISTS (SELECT 1 FROM batch_row WHERE batch_row.draft = draft.id) ORDER BY made_ms, id LIMIT ?",
                (seat, now, made_ms, made_ms, draft, limit),
            ).fetchall()
        )
        return [self._draft(row) for row in rows]

    def now_ms(self) -> int:
        """The time by which drafts end."""
        return self._clock.now_ms()

    def need_open(self, draft: Draft) -> None:
        """Refuse a draft that was decided or has expired; raises `GATEWAY_DRAFT_CLOSED`."""
        if draft.state != OPEN:
            raise Problem("GATEWAY_DRAFT_CLOSED", state=draft.state)

    async def refuse(self, draft: Draft, account: str, reason: str) -> None:
        """Close a draft without an operation; raises `GATEWAY_DRAFT_CLOSED`."""
        await self._database.write(lambda db: close(db, draft.id, REFUSED, account, reason=reason))

    def _draft(self, row: tuple[object, ...]) -> Draft:
        values = dict(zip(_COLUMNS.split(", "), row, strict=True))
        values["content"] = _DECODER.decode(values["content"])  # type: ignore[arg-type]  # the column holds bytes
        draft = msgspec.convert(values, Draft)
        if draft.state == OPEN and draft.expires_ms <= self._clock.now_ms():
            return msgspec.structs.replace(draft, state=EXPIRED)
        return draft


def insert(db: Connection, draft: Draft) -> None:
    """Keep a new draft within a larger change."""
    values = [getattr(draft, name) for name in _COLUMNS.split(", ")]
    values[_COLUMNS.split(", ").index("content")] = msgspec.msgpack.encode(draft.content)
    db.execute(f"INSERT INTO draft ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - a constant
    said = {"draft": draft.id, "type": draft.type, "maker": draft.maker, "expires_ms": draft.expires_ms}
    hookqueue.tell(db, draft.seat, DRAFT_WAITING, said)


def close(
    db: Connection, draft: str, state: str, account: str, *, reason: str = "", operation: str = ""
) -> None:
    """Decide a draft within a larger change, once; raises `GATEWAY_DRAFT_CLOSED`."""
    changed = db.execute(
        "UPDATE draft SET state = ?, decided_by = ?, reason = ?, operation = ? WHERE id = ? AND state = 'open'",
        (state, account, reason, operation, draft),
    ).rowcount
    if not changed:
        raise Problem("GATEWAY_DRAFT_CLOSED", state="decided")
