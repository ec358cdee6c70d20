"""What an open or living business still needs stays: a document is removed only where nothing rests on it any more."""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from tallychain.contracts.documents import api as documents_api
from tallychain.contracts.documents.state import ENDED
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.documents import Documents, StoredDocument
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem

EVIDENCE_MS: Final = 3660 * 86_400_000
"""Ten years and some days: so long a document stays that a statement of this member's on the ledger names."""
BINDINGS_MOST: Final = 100
"""Of so many things that a document must stay for it is told; one is enough to keep it."""
_AT_ONCE: Final = 200
_PAYABLE: Final = "payable.present"
_SAID: Final = {
    "draft": ("a draft names it that waits for its second person", "有待第二人复核的草稿引用该文件"),
    "presenting": ("a payable is being presented that may name it", "正在提交的应付账款可能引用该文件"),
    "payable": ("the payable {subject} rests on it", "应付账款 {subject} 以该文件为依据"),
    "statement": ("the statement {subject} names it", "账本上的声明 {subject} 引用该文件"),
}
"""What is said of each kind of binding, in English and in Chinese."""


class Binding(Struct, frozen=True):
    """One thing that a document must stay for."""

    kind: Literal["draft", "presenting", "payable", "statement"]
    """A draft that names it, a payable on its way that may name it, one that rests on it, or a statement on the ledger that names it."""
    subject: str
    """Draft, payable or statement; empty for what is on its way."""
    until_ms: int
    """When it ends by itself; 0 where that is not known, as for a payable that lives."""


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
        bound = (await self.bindings(seat, [stored]))[digest]
        if bound:
            en, zh = _SAID[bound[0].kind]
            subject = bound[0].subject[:16]
            raise Problem(
                "GATEWAY_DOCUMENT_NEEDED",
                why=en.format(subject=subject),
                detail_zh=zh.format(subject=subject),
            )
        await self._documents.remove(seat, digest)
        return stored

    async def bindings(
        self, seat: str, documents: Sequence[StoredDocument]
    ) -> dict[str, tuple[Binding, ...]]:
        """What each of some documents of a seat must stay for, by digest, at most `BINDINGS_MOST`; of statements only the newest, which keeps it longest."""
        on_its_way = await self._under_way(seat)
        drafts = await self._in_drafts(seat, documents)
        named = await self._named_on_the_ledger(seat, documents)
        found = {}
        for stored in documents:
            bound = [*drafts[stored.digest], *on_its_way, *named[stored.digest]][:BINDINGS_MOST]
            behind = await self._behind_payables(stored, BINDINGS_MOST - len(bound))
            found[stored.digest] = (*bound, *behind)
        return found

    async def _in_drafts(self, seat: str, documents: Sequence[StoredDocument]) -> dict[str, list[Binding]]:
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT id, content, expires_ms FROM draft WHERE seat = ? AND state = 'open' AND expires_ms > ?",
                (seat, self._clock.now_ms()),
            ).fetchall()
        )
        return {
            stored.digest: [
                Binding("draft", str(name), int(expires_ms))
                for name, content, expires_ms in rows
                if _names(bytes(content), stored)
            ]
            for stored in documents
        }

    async def _under_way(self, seat: str) -> list[Binding]:
        """What a payable names is known when its operation has ended and was looked up."""

        def count(db: Connection) -> int:
            sent = db.execute(
                "SELECT count(*) FROM outbox WHERE seat = ? AND type = ? AND state IN ('queued', 'submitted')",
                (seat, _PAYABLE),
            ).fetchone()
            unread = db.execute(
                "SELECT count(*) FROM presented WHERE seat = ? AND is_read = 0", (seat,)
            ).fetchone()
            return int(sent[0]) + int(unread[0])

        return [Binding("presenting", "", 0)] if await self._database.read(count) else []

    async def _behind_payables(self, stored: StoredDocument, at_most: int) -> list[Binding]:
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT operation FROM enclosure WHERE seat = ? AND digest = ? ORDER BY operation",
                (stored.seat, stored.digest),
            ).fetchall()
        )
        moment = self._clock.moment()
        found: list[Binding] = []
        for (name,) in rows:
            if len(found) >= at_most:
                break
            payable = await self._state.evaluate(
                lambda state, name=name: documents_api.payable(state, name)  # type: ignore[misc]  # the default binds this round's name
            )
            if payable is None:
                continue
            is_living = payable.status_at(moment) not in ENDED
            if is_living or any(use.is_living(moment) for use in payable.uses):
                found.append(Binding("payable", str(name), 0))
        return found

    async def _named_on_the_ledger(
        self, seat: str, documents: Sequence[StoredDocument]
    ) -> dict[str, list[Binding]]:
        """The newest statement of this seat that names each; the text of a statement holds the commitment as it is."""
        since, after = self._clock.now_ms() - EVIDENCE_MS, ""
        newest: dict[str, Binding] = {}
        while documents:
            rows = await self._database.read(
                lambda db, after=after: db.execute(  # type: ignore[misc]  # the default binds this round's place
                    "SELECT id, frame, queued_ms FROM outbox WHERE seat = ? AND queued_ms > ? AND id > ? ORDER BY id LIMIT ?",
                    (seat, since, after, _AT_ONCE),
                ).fetchall()
            )
            for name, frame, queued_ms in rows:
                made = Binding("statement", str(name), int(queued_ms) + EVIDENCE_MS)
                text = bytes(frame)
                for stored in documents:
                    known = newest.get(stored.digest)
                    if (known is None or known.until_ms < made.until_ms) and _names(text, stored):
                        newest[stored.digest] = made
            if len(rows) < _AT_ONCE:
                break
            after = str(rows[-1][0])
        return {
            stored.digest: [newest[stored.digest]] if stored.digest in newest else [] for stored in documents
        }


def _names(text: bytes, stored: StoredDocument) -> bool:
    return stored.digest.encode() in text or stored.commitment.encode() in text
