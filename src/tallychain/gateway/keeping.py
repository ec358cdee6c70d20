"""What an open or living business still needs stays: a document is removed only where nothing rests on it any more."""

from typing import Final

from tallychain.contracts.documents import api as documents_api
from tallychain.contracts.documents.state import ENDED
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.documents import Documents, StoredDocument
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem

EVIDENCE_MS: Final = 3660 * 86_400_000
"""Ten years and some days: so long a document stays that a statement of this member's on the ledger names."""
_AT_ONCE: Final = 200
_PAYABLE: Final = "payable.present"


class Keeping:
    """Removes documents of one gateway, or says why one stays."""

    def __init__(
        self, documents: Documents, state: LedgerState, database: Database, clock: ChainClock
    ) -> None:
        self._documents = documents
        self._state = state
        self._database = database
        self._clock = clock

    async def remove(self, seat: str, digest: str) -> StoredDocument:
        """Remove a document of a seat.  Raises `GATEWAY_NOT_FOUND`, and `GATEWAY_DOCUMENT_NEEDED` with what needs it."""
        stored = await self._documents.find(seat, digest)
        if stored is None:
            raise Problem("GATEWAY_NOT_FOUND")
        why = (
            await self._in_a_draft(stored)
            or await self._under_way(stored)
            or await self._behind_a_payable(stored)
            or await self._named_on_the_ledger(stored)
        )
        if why:
            raise Problem("GATEWAY_DOCUMENT_NEEDED", why=why)
        await self._documents.remove(seat, digest)
        return stored

    async def _in_a_draft(self, stored: StoredDocument) -> str:
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT content FROM draft WHERE seat = ? AND state = 'open' AND expires_ms > ?",
                (stored.seat, self._clock.now_ms()),
            ).fetchall()
        )
        if any(_names(bytes(row[0]), stored) for row in rows):
            return "a draft names it that waits for its second person"
        return ""

    async def _under_way(self, stored: StoredDocument) -> str:
        """What a payable names is known when its operation has ended and was looked up."""

        def count(db: Connection) -> int:
            sent = db.execute(
                "SELECT count(*) FROM outbox WHERE seat = ? AND type = ? AND state IN ('queued', 'submitted')",
                (stored.seat, _PAYABLE),
            ).fetchone()
            unread = db.execute(
                "SELECT count(*) FROM presented WHERE seat = ? AND is_read = 0", (stored.seat,)
            ).fetchone()
            return int(sent[0]) + int(unread[0])

        return "a payable is being presented that may name it" if await self._database.read(count) else ""

    async def _behind_a_payable(self, stored: StoredDocument) -> str:
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT operation FROM enclosure WHERE seat = ? AND digest = ?", (stored.seat, stored.digest)
            ).fetchall()
        )
        moment = self._clock.moment()
        for (name,) in rows:
            payable = await self._state.evaluate(
                lambda state, name=name: documents_api.payable(state, name)  # type: ignore[misc]  # the default binds this round's name
            )
            if payable is None:
                continue
            is_living = payable.status_at(moment) not in ENDED
            if is_living or any(use.is_living(moment) for use in payable.uses):
                return f"the payable {name[:16]} rests on it"
        return ""

    async def _named_on_the_ledger(self, stored: StoredDocument) -> str:
        """Whether a statement of this seat names it; the text of a statement holds the commitment as it is."""
        since, after = self._clock.now_ms() - EVIDENCE_MS, ""
        while True:
            rows = await self._database.read(
                lambda db, after=after: db.execute(  # type: ignore[misc]  # the default binds this round's place
                    "SELECT id, frame FROM outbox WHERE seat = ? AND queued_ms > ? AND id > ? ORDER BY id LIMIT ?",
                    (stored.seat, since, after, _AT_ONCE),
                ).fetchall()
            )
            for name, frame in rows:
                if _names(bytes(frame), stored):
                    return f"the statement {str(name)[:16]} names it"
            if len(rows) < _AT_ONCE:
                return ""
            after = str(rows[-1][0])


def _names(text: bytes, stored: StoredDocument) -> bool:
    return stored.digest.encode() in text or stored.commitment.encode() in text
