"""The papers behind one payable, for those who may read them: staff of the debtor who confirm, and the client that presented it.

Of each paper that the payable names it is said whether its file is here, missing, or came as another than the one named.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from msgspec import Struct

from tallychain.contracts.documents.contents import PaperContent, PapersContent
from tallychain.contracts.documents.operations import Present
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.arrivals import shelf
from tallychain.gateway.concern import Concerns
from tallychain.gateway.confirming import PAPERS, PRESENT
from tallychain.gateway.database import Database
from tallychain.gateway.documents import Documents, StoredDocument
from tallychain.gateway.houseparts import PartShut, house_part
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seats
from tallychain.gateway.sharing import Sharing
from tallychain.ledger import codec
from tallychain.ledger.operation import Body
from tallychain.ledger.types import Author, author_tag_key

State = Literal["here", "missing", "differs", "unnamed"]
_CONFIRM: Final = frozenset({"staff:maker", "staff:checker"})
_OPERATION: Final = re.compile("[0-9a-f]{64}")


class PaperBehind(Struct, frozen=True):
    """One paper of a payable and the state of its file."""

    row: int
    fingerprint: str
    kind: str
    number: str
    document: str
    """Digest of the file that the payable names; empty where it names none."""
    state: State
    """`here`, `missing`, `differs` (another file came, and was not kept), or `unnamed` where no file was named."""
    name: str
    media_type: str
    size: int
    found: str
    """Digest of what came in place of the file, where that differs."""
    letter: str
    """For the presenter: `waiting`, `delivered`, `refused` or `expired`; empty while it is not sent, and for the debtor."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A payable's papers, opened for somebody entitled, and where their files may lie."""

    papers: tuple[PaperContent, ...]
    shelves: tuple[str, ...]
    presents: bool


class PapersBehind:
    """Answers for one gateway."""

    def __init__(
        self,
        member: str,
        concerns: Concerns,
        sealing: SealingKeys,
        seats: Seats,
        documents: Documents,
        sharing: Sharing,
        database: Database,
    ) -> None:
        self._member = member
        self._concerns = concerns
        self._sealing = sealing
        self._seats = seats
        self._documents = documents
        self._sharing = sharing
        self._database = database

    async def list(self, caller: Account, payable: str) -> list[PaperBehind]:
        """Every paper of a payable; raises `GATEWAY_NOT_FOUND` for whoever may not read them."""
        opened = await self._open(caller, payable)
        came = dict(
            await self._database.read(
                lambda db: db.execute(
                    "SELECT digest, found FROM arrival WHERE payable = ?", (payable,)
                ).fetchall()
            )
        )
        sent = dict(
            await self._database.read(
                lambda db: db.execute(
                    "SELECT e.digest, l.state FROM enclosure e JOIN letter_out l ON l.id = e.letter WHERE e.operation = ?",
                    (payable,),
                ).fetchall()
            )
        )
        return [
            await self._shown(number, paper, opened, came, sent)
            for number, paper in enumerate(opened.papers, start=1)
        ]

    async def content(self, caller: Account, payable: str, digest: str) -> tuple[StoredDocument, bytes]:
        """The file of one paper; raises `GATEWAY_NOT_FOUND`."""
        opened = await self._open(caller, payable)
        if digest and any(paper.document == digest for paper in opened.papers):
            for place in opened.shelves:
                if await self._documents.find(place, digest) is not None:
                    return await self._documents.get(place, digest)
        raise Problem("GATEWAY_NOT_FOUND")

    async def _open(self, caller: Account, payable: str) -> _Open:
        if not _OPERATION.fullmatch(payable):
            raise Problem("GATEWAY_NOT_FOUND")
        signed = await self._concerns.operation(payable)
        body = None if signed is None else codec.decode(Body, signed.body)
        if signed is None or body is None or body.type != PRESENT:
            raise Problem("GATEWAY_NOT_FOUND")
        shelves: tuple[str, ...] = ()
        if (
            caller.seat == HOUSE
            and codec.decode(Present, bytes(body.args)).issuer == self._member
            and caller.classes & _CONFIRM
        ):
            shelves = (shelf(payable), HOUSE)
        presents = body.via == self._member and await self._presented_by(body, payable) == caller.seat
        if presents and (caller.seat != HOUSE or caller.classes & _CONFIRM):
            shelves += (caller.seat,)
        if not shelves and caller.seat == HOUSE and caller.classes & _CONFIRM:
            # A funder that was given them, because the ledger names it.
            given = await self._sharing.papers(payable)
            if given is not None:
                return _Open(given, (shelf(payable),), presents=False)
        if not shelves:
            raise Problem("GATEWAY_NOT_FOUND")
        try:
            papers = (await house_part(self._sealing, signed, body, PAPERS, PapersContent)).papers
        except PartShut:
            raise Problem("GATEWAY_NOT_FOUND") from None
        return _Open(papers, shelves, presents)

    async def _presented_by(self, body: Body, payable: str) -> str | None:
        """The seat that presented it: by its tag, or, where the seat keeps its own keys, by what was submitted here."""
        key = author_tag_key(Author(body.author))
        tag = None if key is None else await self._seats.tag(key)
        if tag is not None:
            return tag.seat
        row = await self._database.read(
            lambda db: db.execute("SELECT seat FROM outbox WHERE id = ?", (payable,)).fetchone()
        )
        return None if row is None else str(row[0])

    async def _shown(
        self, number: int, paper: PaperContent, opened: _Open, came: dict[str, str], sent: dict[str, str]
    ) -> PaperBehind:
        stored = None
        for place in opened.shelves if paper.document else ():
            stored = stored or await self._documents.find(place, paper.document)
        found = came.get(paper.document, "")
        state: State = "missing"
        if not paper.document:
            state = "unnamed"
        elif stored is not None:
            state = "here"
        elif found and found != paper.document:
            state = "differs"
        return PaperBehind(
            row=number,
            fingerprint=paper.fingerprint,
            kind=paper.kind,
            number=paper.number,
            document=paper.document,
            state=state,
            name="" if stored is None else stored.name,
            media_type="" if stored is None else stored.media_type,
            size=0 if stored is None else stored.size,
            found=found if state == "differs" else "",
            letter=sent.get(paper.document, "") if opened.presents else "",
        )
