"""Papers behind payables as they come in at the debtor's: only from the presenter's sponsor, and compared with what the payable names.

They are kept for their payable alone, apart from the member's other documents, so that only those who confirm can read them.
"""

import structlog

from tallychain.contracts.documents import api as documents_api
from tallychain.contracts.documents.contents import PapersContent
from tallychain.crypto.digest import sha256
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.concern import Concerns
from tallychain.gateway.confirming import PAPERS
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.documents import Documents
from tallychain.gateway.houseparts import PartShut, house_part
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import SentDocument
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.ledger import codec
from tallychain.ledger.operation import Body


def shelf(payable: str) -> str:
    """Under which name the papers of a payable are kept, where a seat's documents are kept under the seat's; no seat is called so."""
    return f"payable:{payable}"


class Arrivals:
    """Takes papers in for the member that owes."""

    def __init__(
        self,
        member: str,
        state: LedgerState,
        concerns: Concerns,
        sealing: SealingKeys,
        documents: Documents,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._state = state
        self._concerns = concerns
        self._sealing = sealing
        self._documents = documents
        self._database = database
        self._clock = clock
        self._log = structlog.get_logger("arrivals")

    async def take(self, sender: str, sent: SentDocument) -> None:
        """
        Keep a paper that is the one named, and note one that differs without keeping it.

        Raises `GATEWAY_PAYABLE_NOT_SEEN` where this side's ledger has not come to the payable yet: the sender tries again; `GATEWAY_LETTER_NOT_VALID`
        for a paper that no payable of this sender to this member names.
        """
        payable = await self._state.evaluate(lambda rows: documents_api.payable(rows, sent.payable))
        if payable is None:
            raise Problem("GATEWAY_PAYABLE_NOT_SEEN", payable=sent.payable)
        if payable.issuer != self._member or payable.presenter.sponsor != sender:
            raise _not_valid("its payable is another member's")
        if not await self._is_named(sent):
            raise _not_valid("its payable names no such paper")
        found = sha256(sent.content).hex()
        if found == sent.digest:
            await self._documents.store(
                shelf(sent.payable), sent.content, name=sent.name, media_type=sent.media_type, sender=sender
            )
        else:
            self._log.warning("a paper differs from the one named", payable=sent.payable, sender=sender)
        row = (sent.payable, sent.digest, found, sender, self._clock.now_ms())

        def note(db: Connection) -> None:
            db.execute(
                "INSERT INTO arrival VALUES (?, ?, ?, ?, ?) ON CONFLICT (payable, digest) DO UPDATE SET "
                "found = excluded.found, received_ms = excluded.received_ms WHERE arrival.found <> arrival.digest",
                row,
            )

        await self._database.write(note)

    async def _is_named(self, sent: SentDocument) -> bool:
        signed = await self._concerns.operation(sent.payable)
        if (
            signed is None
        ):  # a chain that was taken over from a snapshot: the record stands, its text does not
            return True
        body = codec.decode(Body, signed.body)
        try:
            content = await house_part(self._sealing, signed, body, PAPERS, PapersContent)
        except PartShut as shut:
            raise _not_valid(f"the papers of its payable cannot be opened: {str(shut).rstrip('.')}") from None
        return any(paper.document == sent.digest for paper in content.papers)


def _not_valid(detail: str) -> Problem:
    return Problem("GATEWAY_LETTER_NOT_VALID", detail=detail)
