"""Papers behind a payable for those whom the ledger entitles: its debtor, once more after a loss, and the funders that were asked for money on it.

Who asks and who gives are gateways; the ledger says who is who.  The presenter's sponsor gives: to the debtor always, and to a funder
that a holder has asked, while that request lives, if the presenter is the holder itself (to ask for money is its consent) or has given
standing consent.  It opens the sealed part that names the papers, and the receiver computes its commitment again and compares it with the one that stands
on the ledger, then every file with the digest in that part.  Every request is kept on both sides, a refused one with its reason.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from tallychain.contracts.documents import api as documents_api
from tallychain.contracts.documents.contents import PaperContent, PapersContent
from tallychain.contracts.vouchers.financing.state import (
    ASKING,
    FINANCINGS,
    Financing,
)
from tallychain.crypto.digest import sha256
from tallychain.crypto.kept import keep, reveal
from tallychain.crypto.sealing import SALT_BYTES, Opened, check_opening
from tallychain.gateway.arrivals import shelf
from tallychain.gateway.askedfunders import is_entitled
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.concern import Concerns
from tallychain.gateway.confirming import PAPERS, PRESENT
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.documents import Documents
from tallychain.gateway.houseparts import PartShut, house_opening
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import PapersAnswer, PapersRequest, SentDocument, new_id
from tallychain.gateway.paperslog import DECLINED, NO_CONSENT, PapersGiven, PapersLog, Place
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seats
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.ledger.types import Author, author_tag_key
from tallychain.sdk.opening import part_context

FOUND: Final = "found"
REFUSED: Final = "refused"
NOT_OURS: Final = "the payable was presented through another member"
NOT_ENTITLED: Final = "the ledger does not name the asking member"
NOT_OPEN: Final = "its papers cannot be opened here"
_PLACE: Final = "papers_asked"
_LACKING: Final = (NO_CONSENT, DECLINED)
"""What only the presenter's yes is missing for."""
_REQUESTS_LOOKED_AT: Final = 100
"""A file comes soon after its request, so the newest are enough."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """Whether a request is granted: then the presenter's seat and the opened part."""

    why: str
    seat: str = ""
    opened: Opened | None = None
    papers: tuple[PaperContent, ...] = ()


class Sharing:
    """Asks, answers and takes for one member."""

    def __init__(
        self,
        member: str,
        secret: bytes,
        state: LedgerState,
        concerns: Concerns,
        sealing: SealingKeys,
        seats: Seats,
        documents: Documents,
        postbox: Postbox,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._secret = secret
        self._state = state
        self._concerns = concerns
        self._sealing = sealing
        self._seats = seats
        self._documents = documents
        self._postbox = postbox
        self._database = database
        self._clock = clock
        self.log = PapersLog(database)

    async def ask(self, account: str, payable: str, financing: str) -> str:
        """Ask the presenter's sponsor for the papers; the request.  Raises `GATEWAY_NOT_FOUND` for an unknown payable."""
        known = await self._state.evaluate(lambda rows: documents_api.payable(rows, payable))
        if known is None:
            raise Problem("GATEWAY_NOT_FOUND")
        request, sponsor = new_id(), known.presenter.sponsor
        row = (request, payable, financing, sponsor, account, self._clock.now_ms())
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO papers_asked (id, payable, financing, sponsor, account, asked_ms) VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
        )
        wanted = PapersRequest(payable, financing)
        if sponsor == self._member:
            await self.answer(self._member, request, wanted)
        else:
            await self._postbox.send(sponsor, "papers.request", wanted, letter_id=request)
        return request

    async def answer(self, sender: str, request: str, wanted: PapersRequest) -> None:
        """Give another member what it is entitled to, or say why not.  Raises `GATEWAY_PAYABLE_NOT_SEEN`: it is asked again."""
        judged = await self._judge(sender, wanted, has_consented=False)
        row = (
            request,
            wanted.payable,
            wanted.financing,
            sender,
            judged.seat,
            self._clock.now_ms(),
            judged.why,
        )
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO papers_given (id, payable, financing, member, seat, given_ms, why) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
        )
        await self._send(sender, request, wanted, judged, _letter("papers", request))

    async def given(self, seat: str, payable: str, before: Place, limit: int) -> list[PapersGiven]:
        """Who has asked for papers that this seat presented, as `PapersLog.given`, and which of these requests it may still answer."""
        rows = await self.log.given(seat, payable, before, limit)
        return [
            msgspec.structs.replace(row, is_open=row.why in _LACKING and await self._is_asking(row))
            for row in rows
        ]

    async def decide(self, seat: str, request: str, *, give: bool) -> None:
        """
        What the presenter says to one request for which it has no standing consent: the papers go out, or a no.

        Who says nothing has given nothing: the funder was told so at once.  A no may be followed by a yes while money is asked for.
        Raises `GATEWAY_NOT_FOUND`, `GATEWAY_PAPERS_DECIDED`.
        """
        row = await self.log.one_given(seat, request)
        if row is None:
            raise Problem("GATEWAY_NOT_FOUND")
        if row.why not in _LACKING or not await self._is_asking(row):
            raise Problem("GATEWAY_PAPERS_DECIDED")
        wanted = PapersRequest(row.payable, row.financing)
        judged = _Judged(DECLINED, seat)
        if give:
            judged = await self._judge(row.member, wanted, has_consented=True)
            if judged.why:
                raise Problem("GATEWAY_PAPERS_DECIDED")
        # The letter is kept first: whoever is interrupted in between says it again, and the letter goes once.
        name = "consented" if give else "declined"
        await self._send(row.member, request, wanted, judged, _letter(name, request))
        await self.log.note(request, judged.why)

    async def take(self, sender: str, given: PapersAnswer) -> None:
        """Note what came of a request.  Raises `GATEWAY_LETTER_NOT_VALID` for what was not asked, or is not what the ledger commits to."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT payable, sponsor, state FROM papers_asked WHERE id = ?", (given.request,)
            ).fetchone()
        )
        if row is None or row[1] != sender:
            raise _not_valid("it answers no request of this member")
        if given.why and row[2] == FOUND:
            # An earlier no that comes after a later yes.
            return
        state, kept = REFUSED, b""
        if not given.why:
            await self._check(str(row[0]), given)
            state = FOUND
            kept = keep(self._secret, given.salt + given.content, _PLACE, given.request)
        values = (state, given.why[:200], kept, given.request)
        await self._database.write(
            lambda db: db.execute("UPDATE papers_asked SET state = ?, why = ?, kept = ? WHERE id = ?", values)
        )

    async def take_file(self, sender: str, sent: SentDocument) -> None:
        """
        Keep a file that a payable of an answered request names, and nothing else.

        Raises `GATEWAY_LETTER_NOT_VALID`, and `GATEWAY_PAYABLE_NOT_SEEN` before the answer has come: the file comes again.
        """
        asked = [
            row
            for row in await self.log.asked(str(sent.payable), None, _REQUESTS_LOOKED_AT)
            if (row.sponsor, row.financing) == (sender, sent.financing) and row.state != REFUSED
        ]
        if not asked:
            raise _not_valid("nobody here has asked for it")
        papers = await self.papers(str(sent.payable))
        if papers is None:
            raise Problem("GATEWAY_PAYABLE_NOT_SEEN", payable=sent.payable)
        if sha256(sent.content).hex() != sent.digest or all(
            paper.document != sent.digest for paper in papers
        ):
            raise _not_valid("its payable names no such paper")
        await self._documents.store(
            shelf(str(sent.payable)),
            sent.content,
            name=sent.name,
            media_type=sent.media_type,
            sender=sender,
        )

    async def papers(self, payable: str) -> tuple[PaperContent, ...] | None:
        """What a payable names, as it was given to this member on request; None where it was not."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT id, kept FROM papers_asked WHERE payable = ? AND state = 'found' ORDER BY asked_ms DESC LIMIT 1",
                (payable,),
            ).fetchone()
        )
        if row is None:
            return None
        opened = reveal(self._secret, bytes(row[1]), _PLACE, str(row[0]))
        return codec.decode(PapersContent, opened[SALT_BYTES:]).papers

    async def consents(self, seat: str) -> bool:
        """Whether a seat shares its papers with the funders of later holders."""
        row = await self._database.read(
            lambda db: db.execute("SELECT since_ms FROM papers_consent WHERE seat = ?", (seat,)).fetchone()
        )
        return row is not None

    async def set_consent(self, seat: str, *, standing: bool) -> None:
        """Give standing consent, or take it back; what was given before stays where it is."""
        now = self._clock.now_ms()

        def write(db: Connection) -> None:
            db.execute("DELETE FROM papers_consent WHERE seat = ?", (seat,))
            if standing:
                db.execute("INSERT INTO papers_consent (seat, since_ms) VALUES (?, ?)", (seat, now))

        await self._database.write(write)

    async def _is_asking(self, row: PapersGiven) -> bool:
        financing: Financing | None = await self._state.get(FINANCINGS, row.financing)
        return financing is not None and financing.status_at(self._clock.moment()) in ASKING

    async def _judge(self, sender: str, wanted: PapersRequest, *, has_consented: bool) -> _Judged:
        payable = await self._state.evaluate(lambda rows: documents_api.payable(rows, wanted.payable))
        signed = await self._concerns.operation(wanted.payable)
        if payable is None or signed is None:
            raise Problem("GATEWAY_PAYABLE_NOT_SEEN", payable=wanted.payable)
        body = codec.decode(Body, signed.body)
        if payable.presenter.sponsor != self._member or body.type != PRESENT:
            return _Judged(NOT_OURS)
        seat = await self._seat_of(Author(body.author), wanted.payable)
        if wanted.financing:
            why = await self._why_not(sender, wanted, seat, has_consented=has_consented)
        else:
            why = "" if sender == payable.issuer else NOT_ENTITLED
        if why:
            return _Judged(why, seat)
        try:
            opened = await house_opening(self._sealing, signed, body, PAPERS)
            papers = codec.decode(PapersContent, opened.content).papers
        except (PartShut, codec.Malformed):
            return _Judged(NOT_OPEN, seat)
        return _Judged("", seat, opened, papers)

    async def _why_not(
        self, sender: str, wanted: PapersRequest, seat: str, *, has_consented: bool = False
    ) -> str:
        """Why a funder gets nothing; empty where it gets the papers."""
        financing: Financing | None = await self._state.get(FINANCINGS, wanted.financing)
        if financing is None or not is_entitled(financing, sender, self._clock.moment()):
            return NOT_ENTITLED
        voucher = financing.voucher
        behind = await self._state.evaluate(lambda rows: documents_api.allocation(rows, voucher))
        if behind is None or behind.payable != wanted.payable:
            return NOT_ENTITLED
        seller = await self._seats.tag(financing.tag)
        is_own = seller.seat == seat if seller is not None else await self._sent_by(seat, wanted.financing)
        return "" if is_own or has_consented or await self.consents(seat) else NO_CONSENT

    async def _seat_of(self, author: Author, operation: str) -> str:
        """The seat that presented: by its tag, or, where it keeps its own keys, by what was submitted here."""
        key = author_tag_key(author)
        tag = None if key is None else await self._seats.tag(key)
        if tag is not None:
            return tag.seat
        row = await self._database.read(
            lambda db: db.execute("SELECT seat FROM outbox WHERE id = ?", (operation,)).fetchone()
        )
        return "" if row is None else str(row[0])

    async def _sent_by(self, seat: str, operation: str) -> bool:
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT 1 FROM outbox WHERE id = ? AND seat = ?", (operation, seat)
            ).fetchone()
        )
        return bool(seat) and row is not None

    async def _send(self, to: str, request: str, wanted: PapersRequest, judged: _Judged, letter: str) -> None:
        opened = judged.opened
        answer = PapersAnswer(request, judged.why)
        if opened is not None:
            answer = PapersAnswer(request, "", opened.salt, opened.content)
        if to == self._member:
            await self.take(to, answer)
        else:
            await self._postbox.send(to, "papers", answer, letter_id=letter)
        if opened is not None:
            await self._send_files(to, request, wanted, judged)

    async def _send_files(self, sender: str, request: str, wanted: PapersRequest, judged: _Judged) -> None:
        to = await self._state.member(sender)
        for digest in sorted({paper.document for paper in judged.papers if paper.document}):
            stored = await self._documents.find(judged.seat, digest)
            if stored is None:
                continue
            _, content = await self._documents.get(judged.seat, digest)
            sent = SentDocument(
                to.uscc, stored.name, stored.media_type, content, wanted.payable, digest, wanted.financing
            )
            if sender == self._member:
                await self.take_file(sender, sent)
            else:
                await self._postbox.send(sender, "document", sent, letter_id=_letter("file", request, digest))

    async def _check(self, payable: str, given: PapersAnswer) -> None:
        """Whether the opened part is the one that the payable commits to."""
        signed: SignedOperation | None = await self._concerns.operation(payable)
        if signed is None:
            raise Problem("GATEWAY_PAYABLE_NOT_SEEN", payable=payable)
        body = codec.decode(Body, signed.body)
        part = next((part for part in body.sealed if part.label == PAPERS), None)
        if (
            part is None
            or len(given.salt) != SALT_BYTES
            or not check_opening(
                bytes.fromhex(part.commitment), part_context(body, part), given.salt, given.content
            )
        ):
            raise _not_valid("the papers are not those that the payable commits to")
        try:
            codec.decode(PapersContent, given.content)
        except codec.Malformed as error:
            raise _not_valid(error.detail) from None


def _letter(*parts: str) -> str:
    """The id of a letter that follows from what it answers, so that the same request again makes no second one."""
    return sha256(" ".join(("shared", *parts)).encode()).hex()[:32]


def _not_valid(detail: str) -> Problem:
    return Problem("GATEWAY_LETTER_NOT_VALID", detail=detail)
