"""The papers behind a payable follow it by themselves: once it stands on the ledger, the files that it names go to the debtor's gateway.

That a payable was presented is written down with the end of its operation, in one transaction; from there each step is written down when it is done, and done
again it makes the same letter.  So a process that ends between any two steps loses no paper and sends none twice.
"""

from typing import Final

import structlog

from tallychain.contracts.documents.contents import PapersContent
from tallychain.contracts.documents.operations import Present
from tallychain.crypto.digest import sha256
from tallychain.gateway.arrivals import Arrivals
from tallychain.gateway.confirming import PAPERS
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.documents import Documents
from tallychain.gateway.houseparts import PartShut, house_part
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import SentDocument
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation

_AT_ONCE: Final = 100


class Enclosures:
    """Which papers are to go where, and their letters."""

    def __init__(
        self,
        member: str,
        state: LedgerState,
        sealing: SealingKeys,
        documents: Documents,
        arrivals: Arrivals,
        postbox: Postbox,
        database: Database,
    ) -> None:
        self._member = member
        self._state = state
        self._sealing = sealing
        self._documents = documents
        self._arrivals = arrivals
        self._postbox = postbox
        self._database = database
        self._log = structlog.get_logger("enclosures")

    async def send_due(self) -> None:
        """Look up what newly presented payables name, then send what is named and here; what comes later is sent when it comes."""
        presented = await self._database.read(
            lambda db: db.execute(
                "SELECT p.operation, p.seat, o.frame FROM presented p JOIN outbox o ON o.id = p.operation "
                "WHERE p.is_read = 0 ORDER BY p.operation LIMIT ?",
                (_AT_ONCE,),
            ).fetchall()
        )
        for operation, seat, frame in presented:
            await self._look_up(operation, seat, codec.decode_frame(SignedOperation, frame))
        waiting = await self._database.read(
            lambda db: db.execute(
                "SELECT e.operation, e.digest, e.seat, e.receiver FROM enclosure e "
                "JOIN document d ON d.seat = e.seat AND d.digest = e.digest WHERE e.letter = '' LIMIT ?",
                (_AT_ONCE,),
            ).fetchall()
        )
        for operation, digest, seat, receiver in waiting:
            try:
                await self._send(operation, digest, seat, receiver)
            except (Problem, OSError) as error:
                # One that cannot be sent now must not keep the others.
                self._log.warning("paper not sent yet", operation=operation, why=type(error).__name__)

    async def _look_up(self, operation: str, seat: str, signed: SignedOperation) -> None:
        body = codec.decode(Body, signed.body)
        issuer = codec.decode(Present, bytes(body.args)).issuer
        try:
            papers = (await house_part(self._sealing, signed, body, PAPERS, PapersContent)).papers
        except PartShut as shut:
            self._log.warning("papers cannot be sent", operation=operation, why=str(shut))
            papers = ()
        digests = sorted({paper.document for paper in papers if paper.document})

        def note(db: Connection) -> None:
            for digest in digests:
                row = (operation, digest, seat, issuer)
                db.execute(
                    "INSERT INTO enclosure (operation, digest, seat, receiver) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    row,
                )
            db.execute("UPDATE presented SET is_read = 1 WHERE operation = ?", (operation,))

        await self._database.write(note)

    async def _send(self, operation: str, digest: str, seat: str, receiver: str) -> None:
        stored, content = await self._documents.get(seat, digest)
        to = await self._state.member(receiver)
        paper = SentDocument(to.uscc, stored.name, stored.media_type, content, operation, digest)
        letter = sha256(f"document {operation} {digest} {receiver}".encode()).hex()[:32]
        if receiver == self._member:
            await self._arrivals.take(self._member, paper)
        else:
            await self._postbox.send(receiver, "document", paper, letter_id=letter)
        await self._database.write(
            lambda db: db.execute(
                "UPDATE enclosure SET letter = ? WHERE operation = ? AND digest = ?",
                (letter, operation, digest),
            )
        )
