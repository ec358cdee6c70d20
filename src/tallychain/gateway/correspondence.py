"""Letters that come in: from members of record only, each once, acknowledged when it is durable."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from tallychain.crypto.certificates import CertificateNotValid, Subject
from tallychain.crypto.digest import equal, sha256
from tallychain.crypto.identity import (
    TAG_PREFIX,
    CardNotValid,
    TagCard,
    decode_card,
    encode_card,
    verify_card,
)
from tallychain.crypto.keys import SigningKey
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.arrivals import Arrivals
from tallychain.gateway.cards import Cards, GivenCard
from tallychain.gateway.certificates import Authorities, Certificates, Chain
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.documents import Documents
from tallychain.gateway.dossiers import Dossiers
from tallychain.gateway.handingover import HandOver
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import (
    CLOCK_TOLERANCE_MS,
    LASTING_LIFE_MS,
    LIFE_MS,
    CardAnswer,
    CardRequest,
    Dossier,
    DossierRequest,
    Introduction,
    Letter,
    PapersAnswer,
    PapersRequest,
    SentDocument,
    SentFingerprintKey,
    acknowledge,
    open_letter,
    read,
)
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.rates import Rates
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seats
from tallychain.gateway.sharing import Sharing
from tallychain.ledger import identity
from tallychain.ledger.holder import Receiver
from tallychain.ledger.types import Height

_FORGET_EVERY: Final = 500


class CheckedCard:
    """What a giver may rely on: the receiver that goes on the ledger."""

    def __init__(self, card: TagCard) -> None:
        self.receiver = Receiver(card.tag.removeprefix(TAG_PREFIX), card.sealing, card.sponsor)


def check_card(
    card: TagCard, chain: Chain, *, uscc: str, sponsor: str, name: str, authorities: Authorities, at_ms: int
) -> Subject:
    """Whom a card is of.  Raises `GATEWAY_CARD_NOT_VALID`; done before the giver signs."""
    try:
        verify_card(card, chain.certificate, chain=name, at_ms=at_ms)
        subject = authorities.subject(chain)
    except (CardNotValid, CertificateNotValid) as error:
        raise Problem("GATEWAY_CARD_NOT_VALID", detail=str(error)) from None
    if card.sponsor != sponsor:
        raise Problem("GATEWAY_CARD_NOT_VALID", detail="it names another sponsor.")
    if subject.identifier != uscc:
        raise Problem("GATEWAY_CARD_NOT_VALID", detail="its certificate is another enterprise's.")
    return subject


class Correspondence:
    """Takes letters in and answers them."""

    def __init__(
        self,
        member: str,
        key: SigningKey,
        state: LedgerState,
        seats: Seats,
        sealing: SealingKeys,
        cards: Cards,
        certificates: Certificates,
        authorities: Authorities,
        documents: Documents,
        arrivals: Arrivals,
        sharing: Sharing,
        dossiers: Dossiers,
        hand_over: HandOver,
        postbox: Postbox,
        database: Database,
        clock: ChainClock,
        rates: Rates,
    ) -> None:
        self._member = member
        self._key = key
        self._state = state
        self._seats = seats
        self._sealing = sealing
        self._cards = cards
        self._certificates = certificates
        self._authorities = authorities
        self._documents = documents
        self._arrivals = arrivals
        self._sharing = sharing
        self._dossiers = dossiers
        self._hand_over = hand_over
        self._postbox = postbox
        self._database = database
        self._clock = clock
        self._rates = rates
        self._taken = 0
        self._waiters: dict[str, tuple[asyncio.Event, int]] = {}

    async def take(self, text: bytes) -> bytes:
        """
        The signed acknowledgement of a letter, which is kept and done by then.

        The same letter again has the same answer.  Raises `GATEWAY_LETTER_NOT_VALID`, `GATEWAY_LETTER_REUSED`, `GATEWAY_RATE_EXCEEDED`.
        """
        letter = read(text)
        await self._check_sender(letter)
        self._rates.take(f"letters:{letter.head.sender}")
        before = await self._earlier(letter, text)
        if before is not None:
            return before
        own = self._sealing.held(await self._key_named(letter))
        payload = open_letter(letter, own)
        await self._act(letter, payload)
        answer = acknowledge(letter, text, at_ms=self._clock.now_ms(), key=self._key)
        await self._remember(letter, text, answer)
        return answer

    @contextmanager
    def waiting_for(self, request: str) -> Iterator[asyncio.Event]:
        """An event that is set when the answer to a card request comes meanwhile."""
        event, users = self._waiters.get(request, (asyncio.Event(), 0))
        self._waiters[request] = (event, users + 1)
        try:
            yield event
        finally:
            event, users = self._waiters[request]
            self._waiters[request] = (event, users - 1)
            if users == 1:
                del self._waiters[request]

    async def answer_waiting(self, seat: str) -> None:
        """Answer requests that waited for cards of a seat, as far as the stock goes."""
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT member, id FROM card_waiting WHERE seat = ? ORDER BY asked_ms", (seat,)
            ).fetchall()
        )
        for member, request in rows:
            given = await self._cards.give(seat)
            if given is None:
                return
            await self._send_card(member, request, given)
            await self._database.write(
                lambda db, member=member, request=request: db.execute(  # type: ignore[misc]  # the defaults bind this round's row
                    "DELETE FROM card_waiting WHERE member = ? AND id = ?", (member, request)
                )
            )

    async def _check_sender(self, letter: Letter) -> None:
        head = letter.head
        now = self._clock.now_ms()
        facts = await self._state.facts()
        if head.chain != facts.chain or head.receiver != self._member:
            raise _not_valid("it is for another chain or member")
        if not now < head.expires <= head.sent_at + LIFE_MS[head.kind]:
            raise _not_valid("its time is over")
        if head.sent_at > now + CLOCK_TOLERANCE_MS:
            raise _not_valid("it was sent in the future")
        row = await self._state.key(letter.key)
        if row is None or row.member != head.sender or identity.SYSTEM not in row.rights:
            raise _not_valid("its key is not of the sender's system")
        if not row.signs_at(Height(self._clock.height + 1)):
            raise _not_valid("its key is revoked or not valid yet")
        sender = await self._state.member(head.sender)
        standing = sender.status_at(self._clock.moment())
        if standing not in (identity.ACTIVE, identity.SUSPENDED):
            raise _not_valid(f"the sender is {standing}")

    async def _key_named(self, letter: Letter) -> str:
        public = await self._sealing.public(letter.sealed_to)
        if public is None or not letter.sealed_to.startswith(f"member:{self._member}#"):
            raise _not_valid("it is not sealed to this member")
        return public

    async def _earlier(self, letter: Letter, text: bytes) -> bytes | None:
        head = letter.head
        row: tuple[bytes, bytes] | None = await self._database.read(
            lambda db: db.execute(
                "SELECT digest, acknowledgement FROM letter_in WHERE sender = ? AND id = ?",
                (head.sender, head.id),
            ).fetchone()
        )
        if row is None:
            return None
        if not equal(row[0], sha256(text)):
            raise Problem("GATEWAY_LETTER_REUSED")
        return row[1]

    async def _remember(self, letter: Letter, text: bytes, answer: bytes) -> None:
        now = self._clock.now_ms()
        head = letter.head
        self._taken += 1
        forget = self._taken % _FORGET_EVERY == 0

        def insert(db: Connection) -> None:
            db.execute(
                "INSERT INTO letter_in VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (head.sender, head.id, sha256(text), answer, now),
            )
            if forget:
                db.execute("DELETE FROM letter_in WHERE received_ms < ?", (now - 2 * LASTING_LIFE_MS,))

        await self._database.write(insert)

    async def _act(self, letter: Letter, payload: msgspec.Struct) -> None:
        sender = letter.head.sender
        if isinstance(payload, CardRequest):
            await self._on_card_request(sender, letter.head.id, payload)
        elif isinstance(payload, CardAnswer):
            await self._on_card(sender, payload)
        elif isinstance(payload, Introduction):
            await self._on_introduction(sender, payload)
        elif isinstance(payload, SentDocument):
            await self._on_document(sender, payload)
        elif isinstance(payload, SentFingerprintKey):
            await self._hand_over.take(sender, payload)
        elif isinstance(payload, PapersRequest):
            await self._sharing.answer(sender, letter.head.id, payload)
        elif isinstance(payload, PapersAnswer):
            await self._sharing.take(sender, payload)
        elif isinstance(payload, DossierRequest):
            await self._dossiers.answer(sender, letter.head.id, payload.financing)
        elif isinstance(payload, Dossier):
            await self._dossiers.take(sender, payload)

    async def _on_card_request(self, sender: str, request: str, asked: CardRequest) -> None:
        seat = await self._seats.by_uscc(asked.uscc)
        # Unknown, suspended, and not willing to be found: one answer, so that nobody learns who is a client here.
        if seat is None or not seat.findable:
            await self._postbox.send(sender, "card", CardAnswer(request, found=False))
            return
        given = await self._cards.give(seat.id)
        if given is not None:
            await self._send_card(sender, request, given)
            return
        row = (sender, request, seat.id, self._clock.now_ms())
        await self._database.write(
            lambda db: db.execute("INSERT INTO card_waiting VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
        )

    async def _send_card(self, member: str, request: str, given: GivenCard) -> None:
        answer = CardAnswer(
            request,
            found=True,
            card=encode_card(given.card),
            certificate=given.chain.certificate,
            intermediates=given.chain.intermediates,
        )
        await self._postbox.send(member, "card", answer)

    async def _on_card(self, sender: str, answer: CardAnswer) -> None:
        asked: tuple[str, str] | None = await self._database.read(
            lambda db: db.execute(
                "SELECT sponsor, uscc FROM card_request WHERE id = ? AND state = 'asked'", (answer.request,)
            ).fetchone()
        )
        if asked is None or asked[0] != sender:
            raise _not_valid("it answers no request of this member")
        state, card, digest = "refused", None, None
        if answer.found:
            card, digest = answer.card, await self._checked(sender, asked[1], answer)
            state = "found"
        await self._database.write(
            lambda db: db.execute(
                "UPDATE card_request SET state = ?, card = ?, certificate = ? WHERE id = ?",
                (state, card, digest, answer.request),
            )
        )
        if answer.request in self._waiters:
            self._waiters[answer.request][0].set()

    async def _checked(self, sender: str, uscc: str, answer: CardAnswer) -> str:
        chain = Chain(answer.certificate, answer.intermediates)
        facts = await self._state.facts()
        try:
            card = decode_card(answer.card)
        except CardNotValid as error:
            raise Problem("GATEWAY_CARD_NOT_VALID", detail=str(error)) from None
        subject = check_card(
            card,
            chain,
            uscc=uscc,
            sponsor=sender,
            name=facts.chain,
            authorities=self._authorities,
            at_ms=self._clock.now_ms(),
        )
        return await self._certificates.keep(chain, name=subject.name, uscc=subject.identifier, sender=sender)

    async def _on_introduction(self, sender: str, introduced: Introduction) -> None:
        chain = Chain(introduced.certificate, introduced.intermediates)
        try:
            subject = self._authorities.subject(chain)
        except CertificateNotValid as error:
            raise _not_valid(f"the certificate: {error.reason}") from None
        if subject.kind == "enterprise" and (subject.identifier, subject.name) != (
            introduced.uscc,
            introduced.name,
        ):
            raise _not_valid("the certificate names somebody else")
        await self._certificates.keep(chain, name=introduced.name, uscc=introduced.uscc, sender=sender)

    async def _on_document(self, sender: str, sent: SentDocument) -> None:
        if sent.financing:
            await self._sharing.take_file(sender, sent)
            return
        if sent.payable:
            await self._arrivals.take(sender, sent)
            return
        own = await self._state.member(self._member)
        seat = await self._seats.by_uscc(sent.uscc)
        if seat is None and sent.uscc != own.uscc:
            raise _not_valid("it is for nobody here")
        await self._documents.store(
            HOUSE if seat is None else seat.id,
            sent.content,
            name=sent.name,
            media_type=sent.media_type,
            sender=sender,
        )


def _not_valid(detail: str) -> Problem:
    return Problem("GATEWAY_LETTER_NOT_VALID", detail=detail)
